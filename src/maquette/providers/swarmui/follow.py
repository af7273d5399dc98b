"""Follow a generation over the server's WebSocket: progress, previews, pictures and its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec
import pybase64

from maquette.core.action import Call, Socket
from maquette.core.errors import GenerationFailed, ProviderError

from . import wire

_LOG = logging.getLogger(__name__)
_LARGEST_PREVIEW = 4 * 2**20
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF", b"GIF8")


class Following:
    """What was heard of a generation; progress never goes back."""

    def __init__(self, *, count: int, call: Call) -> None:
        self.count = count
        self.images: dict[int, str] = {}
        """The pictures by their numbers in the batch."""
        self.seeds: dict[int, int] = {}
        self.submitted = False
        """Whether the work went out on the socket of this very call."""
        self.ended = False
        self.fault: ProviderError | None = None
        self._call = call
        self._parts: dict[int, float] = {}
        self._fraction: float | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def listening(self) -> bool:
        """Whether more may be heard."""
        return self._task is not None and not self._task.done()

    def finish(self, images: Mapping[int, str]) -> None:
        """Take the pictures as an answer names them."""
        self.images, self.ended = dict(images), True

    @contextmanager
    def heard(self, socket: Socket) -> Iterator[None]:
        """Listen in the background while the block runs, unless the work was submitted on another socket before."""
        if self.submitted:
            self._task = asyncio.create_task(self._listen(socket))
        try:
            yield
        finally:
            if self._task is not None:
                self._task.cancel()

    async def _listen(self, socket: Socket) -> None:
        try:
            async for text in socket:
                await self.hear(wire.frame(text))
                if self.ended or self.fault is not None:
                    return
        except (OSError, ValueError) as error:
            _LOG.info("swarmui.socket.dropped", extra={"reason": str(error)[:500]})

    async def hear(self, told: Mapping[str, Any]) -> None:
        """Take one frame; what cannot be read is passed over."""
        if (fault := wire.refusal(told)) is not None:
            self.fault = fault if not self._parts else GenerationFailed(f"The server failed: {fault.message}")
            return
        if isinstance(step := told.get("gen_progress"), dict):
            await self._step(step)
        if "image" in told:
            self._take(told)
        if isinstance(dropped := told.get("discard_indices"), list):
            self.images = {at: path for at, path in self.images.items() if at not in dropped}
        if told.get("socket_intention") == "close":
            self.ended = True
        if isinstance(status := told.get("status"), dict):
            await self.asked(busy=wire.number(status.get("live_gens")) > 0)

    async def asked(self, *, busy: bool) -> None:
        """Tell what the server says of its queue, while there is no better news."""
        if self._fraction is None:
            await self._call.progress(None, "generating" if busy else "waiting for the server")

    async def _step(self, step: Mapping[str, Any]) -> None:
        number = int(wire.number(step.get("batch_index")))
        if 0 <= number < self.count:
            part = min(max(wire.number(step.get("overall_percent")), 0.0), 1.0)
            self._parts[number] = max(part, self._parts.get(number, 0.0))
            await self._tell()
        preview = step.get("preview")
        if isinstance(preview, str) and len(preview) < _LARGEST_PREVIEW:
            await self._show(preview)

    async def _tell(self) -> None:
        reached = sum(self._parts.values()) / self.count
        if reached > (self._fraction or 0.0):
            self._fraction = reached
            await self._call.progress(reached, "generating")

    async def _show(self, preview: str) -> None:
        try:
            content = pybase64.b64decode(preview.partition(",")[2], validate=True)
        except ValueError:
            return
        if content.startswith(_PICTURES):
            await self._call.preview(content)

    def _take(self, told: Mapping[str, Any]) -> None:
        # The picture stands beside its number in the frame, or both in an object of their own.
        inner = told["image"] if isinstance(told["image"], dict) else told
        path, number = inner.get("image"), int(wire.number(inner.get("batch_index", -1)))
        if not isinstance(path, str) or number < 0:
            return  # the grid of all, or a step between, has a negative number
        self.images[number] = path
        self._parts[number] = 1.0
        if (seed := _seed(inner.get("metadata"))) is not None:
            self.seeds[number] = seed


def _seed(metadata: object) -> int | None:
    try:
        found = msgspec.json.decode(metadata) if isinstance(metadata, str) else metadata
        seed = found["sui_image_params"]["seed"]  # type: ignore[index]
    except (msgspec.DecodeError, LookupError, TypeError):
        return None
    return seed if isinstance(seed, int) else None
