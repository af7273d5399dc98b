"""Put answers on a socket, whole or broken in a chosen way."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web

from tests.twins.storm import Conditions

Json = dict[str, Any]
HTML = b"<!doctype html><html><head><title>Just a moment</title></head><body><h1>Please wait</h1></body></html>"
DRIPS = 8
# What was written before a reset reaches the reader only if it is read before the reset arrives.
HEAD_START = 0.02


@dataclass(frozen=True)
class Answer:
    """Hold one answer of a vendor.

    Attributes:
        chunks: The body in the pieces in which it is sent.
        status: The HTTP status.
        content_type: What the header says.
        headers: Further headers.
        streamed: Whether the length is unknown beforehand (chunked transfer).
        pause: Seconds between two chunks.
        hollow: The body of the same answer with the id or the result left out.
    """

    chunks: Sequence[bytes] = (b"",)
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    streamed: bool = False
    pause: float = 0.0
    hollow: bytes = b"{}"

    @property
    def body(self) -> bytes:
        """Return the whole body."""
        return b"".join(self.chunks)

    def told(self, headers: Mapping[str, str]) -> Answer:
        """Return the answer with more headers."""
        return replace(self, headers={**self.headers, **headers})


class Refused(Exception):
    """Say no to a request, with the vendor's answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def json_answer(data: Any, status: int = 200, hollow: Json | None = None) -> Answer:
    """Return an answer of JSON."""
    return Answer(
        (json.dumps(data).encode(),),
        status,
        "application/json; charset=utf-8",
        hollow=json.dumps(hollow or {}).encode(),
    )


def event_stream(events: Sequence[Json], *, named: bool = True, end: bytes = b"", pause: float = 0.0) -> Answer:
    """Return an answer of server-sent events; `named` ones repeat their type in the `event:` line."""
    chunks = [
        (f"event: {event['type']}\n" if named else "").encode() + b"data: " + json.dumps(event).encode() + b"\n\n"
        for event in events
    ]
    first = chunks[0] if len(chunks) > 1 else b""
    return Answer([*chunks, end], content_type="text/event-stream", streamed=True, pause=pause, hollow=first)


def abort(transport: asyncio.BaseTransport | None) -> None:
    """Reset a connection: the peer gets RST, not FIN."""
    if not isinstance(transport, asyncio.Transport):
        return
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


class Reply:
    """Answer one request, and know whether the whole answer went out."""

    def __init__(self, request: web.Request) -> None:
        self._request = request
        self.status: int | None = None
        self.answered = False
        # aiohttp wants a response from its handler even when the connection is gone.
        self.response: web.StreamResponse = web.Response(status=500)

    async def whole(self, answer: Answer) -> None:
        """Send an answer as it is."""
        self.answered = await self._sent(answer)

    async def broken(self, answer: Answer, fault: str, conditions: Conditions) -> None:
        """Send an answer under a fault that strikes while or after it was made."""
        if fault == "hang":
            await asyncio.sleep(conditions.hang)
            await self.whole(answer)
        elif fault == "drip":
            await self.whole(_dripping(answer, conditions.drip))
        elif fault in _SPOILED:
            await self._sent(_SPOILED[fault](answer))
        elif fault in {"reset_midway", "download_reset", "truncate", "download_truncate"}:
            await self._half(answer, reset="reset" in fault)
        else:
            self.reset()

    def reset(self) -> None:
        """Reset the connection without a word."""
        abort(self._request.transport)

    async def _sent(self, answer: Answer) -> bool:
        if self._gone():
            return False
        try:
            response = await self._begun(answer)
            for place, chunk in enumerate(answer.chunks):
                if place and answer.pause:
                    await asyncio.sleep(answer.pause)
                await response.write(chunk)
            await response.write_eof()
        except ConnectionError:
            return False
        return not self._gone()

    async def _half(self, answer: Answer, *, reset: bool) -> None:
        if self._gone():
            return
        try:
            response = await self._begun(answer)
            await response.write(answer.body[: len(answer.body) // 2])
        except ConnectionError:
            return
        await asyncio.sleep(HEAD_START)
        transport = self._request.transport
        if reset:
            self.reset()
        elif transport is not None:
            transport.close()

    async def _begun(self, answer: Answer) -> web.StreamResponse:
        self.response = web.StreamResponse(status=answer.status, headers=dict(answer.headers))
        self.response.headers["Content-Type"] = answer.content_type
        if not answer.streamed:
            self.response.content_length = len(answer.body)
        await self.response.prepare(self._request)
        self.status = answer.status
        return self.response

    def _gone(self) -> bool:
        transport = self._request.transport
        return transport is None or transport.is_closing()


def _dripping(answer: Answer, seconds: float) -> Answer:
    body, size = answer.body, -(-len(answer.body) // DRIPS) or 1
    return replace(answer, chunks=[body[at : at + size] for at in range(0, len(body), size)], pause=seconds / DRIPS)


_SPOILED = {
    "malformed": lambda answer: replace(answer, chunks=(answer.body[: len(answer.body) // 2],)),
    "poll_malformed": lambda answer: replace(answer, chunks=(answer.body[: len(answer.body) // 2] + b"\0",)),
    "empty": lambda answer: replace(answer, chunks=(b"",)),
    "html": lambda answer: replace(answer, chunks=(HTML,), content_type="text/html; charset=utf-8", streamed=False),
    "no_id": lambda answer: replace(answer, chunks=(answer.hollow,), streamed=False),
}


def parsed(data: bytes, refuse: Callable[[str], Answer]) -> Json:
    """Return a JSON object, or refuse the request in the vendor's words."""
    try:
        fields = json.loads(data)
    except ValueError:
        raise Refused(refuse("The body is not JSON.")) from None
    if not isinstance(fields, dict):
        raise Refused(refuse("The body is no object."))
    return fields
