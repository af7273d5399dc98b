"""Tell clients over their WebSockets what happens to their jobs."""

from __future__ import annotations

import asyncio
import json
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from aiohttp import WSMsgType, web

from tests.twins.comfyui.queue import Job, Queue
from tests.twins.ledger import Ledger
from tests.twins.storm import Storm
from tests.twins.wire import Json, abort

FEATURES: Final[Json] = {
    "supports_preview_metadata": True,
    "supports_model_type_tags": True,
    "max_upload_size": 104_857_600,
    "extension": {"manager": {"supports_v4": True}},
    "node_replacements": True,
    "assets": False,
}
PREVIEW: Final = (1).to_bytes(4, "big")
PREVIEW_WITH_METADATA: Final = (4).to_bytes(4, "big")
JPEG: Final = (1).to_bytes(4, "big")


@dataclass(eq=False)
class Line:
    """Hold one connection, with what waits to be sent on it.

    Attributes:
        messages: A text or a binary frame each; a slow reader delays only itself.
        metadata: Whether previews name their job.
        patience: How many messages go out before the line drops, if it drops.
    """

    sid: str
    messages: asyncio.Queue[str | bytes] = field(default_factory=asyncio.Queue)
    metadata: bool = False
    patience: int | None = None


class Sockets:
    """Know one line for each client; a newer one takes the place of the older."""

    def __init__(self, queue: Queue, storm: Storm, ledger: Ledger) -> None:
        self._queue = queue
        self._storm = storm
        self._ledger = ledger
        self._lines: dict[str, Line] = {}
        self._open: set[web.WebSocketResponse] = set()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Hold a connection until one side ends it."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        line = Line(request.query.get("clientId") or uuid.uuid4().hex)
        fault = self._storm.draw("socket", line.sid)
        if fault:
            line.patience = self._storm.chance("socket", line.sid).randint(1, 20)
        self._lines[line.sid] = line
        self._open.add(socket)
        self._greet(line)
        writer = asyncio.create_task(self._write(request, socket, line))
        try:
            await self._listen(socket, line)
        finally:
            writer.cancel()
            self._open.discard(socket)
            if self._lines.get(line.sid) is line:
                del self._lines[line.sid]
            self._ledger.log({"phase": "socket", "path": request.path, "fault": fault, "sid": line.sid})
        return socket

    def tell(self, client: str | None, kind: str, data: Json) -> None:
        """Send an event to one client; nobody hears it if that client is not there."""
        line = self._lines.get(client or "")
        if line:
            line.messages.put_nowait(json.dumps({"type": kind, "data": data}))

    def broadcast(self, kind: str, data: Json) -> None:
        """Send an event to everybody."""
        for sid in self._lines:
            self.tell(sid, kind, data)

    def status(self) -> None:
        """Tell everybody how long the queue is."""
        self.broadcast("status", {"status": {"exec_info": {"queue_remaining": self._queue.remaining}}})

    def preview(self, job: Job, node: str, image: bytes) -> None:
        """Send a JPEG of a running job to its client, named if the client asked for that."""
        line = self._lines.get(job.client or "")
        if line is None:
            return
        if not line.metadata:
            line.messages.put_nowait(PREVIEW + JPEG + image)
            return
        names = {"node_id": node, "prompt_id": job.id, "display_node_id": node, "parent_node_id": None}
        about = json.dumps({**names, "real_node_id": node, "image_type": "image/jpeg"}).encode()
        line.messages.put_nowait(PREVIEW_WITH_METADATA + len(about).to_bytes(4, "big") + about + image)

    async def close(self) -> None:
        """End all connections, as a restart does."""
        for socket in list(self._open):
            await socket.close()

    def _greet(self, line: Line) -> None:
        info = {"exec_info": {"queue_remaining": self._queue.remaining}}
        self.tell(line.sid, "status", {"status": info, "sid": line.sid})
        for job in self._queue.running:
            if job.client == line.sid and job.current:
                self.tell(line.sid, "executing", {"node": job.current})

    async def _listen(self, socket: web.WebSocketResponse, line: Line) -> None:
        async for message in socket:
            said = json.loads(message.data) if message.type is WSMsgType.TEXT else {}
            if said.get("type") == "feature_flags":
                line.metadata = bool(said["data"].get("supports_preview_metadata"))
                self.tell(line.sid, "feature_flags", FEATURES)

    async def _write(self, request: web.Request, socket: web.WebSocketResponse, line: Line) -> None:
        sent = 0
        with suppress(ConnectionError):
            while sent != line.patience:
                message = await line.messages.get()
                if isinstance(message, str):
                    await socket.send_str(message)
                else:
                    await socket.send_bytes(message)
                sent += 1
            abort(request.transport)
