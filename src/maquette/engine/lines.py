"""Cut the bytes of an answer into server-sent events."""

from __future__ import annotations

from maquette.core.action import ServerEvent


class Lines:
    """Cuts a byte stream into server-sent events."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        """Take bytes and return the events that they complete."""
        # The two halves of a line's end may come in two chunks: a \r at the end waits for what follows it.
        whole = self._rest + chunk
        held = whole[-1:] if whole.endswith(b"\r") else b""
        *blocks, rest = whole.removesuffix(held).replace(b"\r\n", b"\n").split(b"\n\n")
        self._rest = rest + held
        return [found for block in blocks if (found := self._event(block.decode("utf-8", "replace"))) is not None]

    @staticmethod
    def _event(block: str) -> ServerEvent | None:
        name, data = "message", list[str]()
        for line in block.split("\n"):
            field, _, value = line.partition(":")
            if field == "event":
                name = value.removeprefix(" ")
            elif field == "data":
                data.append(value.removeprefix(" "))
        return ServerEvent(name, "\n".join(data)) if data else None
