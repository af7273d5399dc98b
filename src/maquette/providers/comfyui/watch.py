"""Follow a running job over the server's WebSocket: a hint for progress and previews, never the truth."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from maquette.core.action import Call
from maquette.core.errors import ProviderUnavailable

from .node import Graph

_LOG = logging.getLogger(__name__)
_AGAIN_S = 3.0
_LARGEST_PREVIEW = 4 * 2**20
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_WISH = json.dumps({"type": "feature_flags", "data": {"supports_preview_metadata": True}})


class Telling:
    """Pass progress on, so that it never goes back, whoever of poll and socket is ahead."""

    def __init__(self, graph: Graph, name: str, call: Call) -> None:
        self._graph = graph
        self._call = call
        self._fraction: float | None = None
        self._message = ""
        self.name = name
        self.cached: frozenset[str] = frozenset()
        self.done: set[str] = set()

    async def status(self, message: str) -> None:
        """Tell in which state the job is, if that is news."""
        if self._fraction is None and message != self._message:
            self._message = message
            await self._call.progress(None, message)

    async def step(self, node: str, part: float) -> None:
        """Tell that `node` is done by `part`, 0 to 1."""
        total = max(len(self._graph) - len(self.cached), 1)
        reached = min((len(self.done - self.cached) + min(max(part, 0.0), 1.0)) / total, 1.0)
        if node in self._graph and reached > (self._fraction or 0.0):
            self._fraction = reached
            # The words are of our own graph: what a server calls its nodes is not shown.
            await self._call.progress(reached, str(self._graph[node]["class_type"]))

    async def preview(self, content: bytes) -> None:
        """Show an unfinished picture, if it is one."""
        if content.startswith(_PICTURES) and len(content) <= _LARGEST_PREVIEW:
            await self._call.preview(content)


@asynccontextmanager
async def watched(telling: Telling, call: Call) -> AsyncIterator[None]:
    """Listen in the background while the block runs, where the account wants that."""
    if not call.settings.enable_websocket:
        yield
        return
    task = asyncio.create_task(_listen(telling, call))
    try:
        yield
    finally:
        task.cancel()
        (ended,) = await asyncio.gather(task, return_exceptions=True)
        if ended is not None and not isinstance(ended, asyncio.CancelledError):
            _LOG.info("comfyui.socket.failed", extra={"reason": repr(ended)[:500]})


async def _listen(telling: Telling, call: Call) -> None:
    while True:
        try:
            # One socket a job: a second one under the same id would silence the first.
            async with call.http.socket("/ws", clientId=call.token) as socket:
                await socket.send(_WISH)
                async for frame in socket:
                    await hear(telling, frame)
        except (ProviderUnavailable, OSError) as error:
            _LOG.info("comfyui.socket.dropped", extra={"reason": str(error)[:500]})
        await asyncio.sleep(_AGAIN_S)


async def hear(telling: Telling, frame: str | bytes) -> None:
    """Take one frame of the socket; what cannot be read is passed over."""
    try:
        if isinstance(frame, bytes):
            await _see(telling, frame)
            return
        message = msgspec.json.decode(frame)
        data = message.get("data") if isinstance(message, dict) else None
        if isinstance(data, dict) and data.get("prompt_id") == telling.name:
            await _event(telling, str(message.get("type")), data)
    except (msgspec.DecodeError, AttributeError, TypeError, ValueError) as error:
        _LOG.debug("comfyui.socket.unreadable", extra={"reason": str(error)[:500]})


async def _event(telling: Telling, kind: str, data: Mapping[str, Any]) -> None:
    if kind == "execution_cached":
        telling.cached = frozenset(map(str, data.get("nodes") or ()))
    elif kind == "progress_state":
        await _states(telling, data.get("nodes") or {})
    elif kind == "executed":
        telling.done.add(str(data.get("node")))
        await telling.step(str(data.get("node")), 0.0)
    elif kind == "progress" and float(data.get("max") or 0) > 0:
        await telling.step(str(data.get("node")), float(data.get("value") or 0) / float(data["max"]))


async def _states(telling: Telling, nodes: Mapping[str, Any]) -> None:
    telling.done |= {name for name, state in nodes.items() if state.get("state") == "finished"}
    running = {name: state for name, state in nodes.items() if state.get("state") == "running"}
    for name, state in running.items():
        await telling.step(name, float(state.get("value") or 0) / (float(state.get("max") or 0) or 1.0))


async def _see(telling: Telling, frame: bytes) -> None:
    """Read a binary frame: type 1 is a picture behind four bytes of format, type 4 one behind its description."""
    kind = int.from_bytes(frame[:4], "big")
    if kind == 1:
        await telling.preview(frame[8:])
    elif kind == 4:
        size = int.from_bytes(frame[4:8], "big")
        if msgspec.json.decode(frame[8 : 8 + size]).get("prompt_id") == telling.name:
            await telling.preview(frame[8 + size :])
