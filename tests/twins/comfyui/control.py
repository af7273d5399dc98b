"""Change what a server does and has: cancels, clearing and uploads."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Final

from aiohttp import web

from tests.twins.comfyui.file import Files, OutsideFolder, masked
from tests.twins.comfyui.prompt import UUID, posted
from tests.twins.comfyui.queue import Queue
from tests.twins.comfyui.socket import Sockets
from tests.twins.desk import Exchange
from tests.twins.wire import Answer, Json, Refused, json_answer

EMPTY: Final = Answer()
# Interrupting whoever runs is a client's mistake on a server that others use too; the log says so.
GLOBAL: Final = "global_interrupt"
NOT_A_NAME: Final = re.compile(r"[\x00-\x1f]")
Route = tuple[str, Callable[[web.Request, Exchange], Awaitable[Answer]]]


class Control:
    """Act on the queue and on the input files."""

    def __init__(self, queue: Queue, sockets: Sockets, files: Files) -> None:
        self._queue = queue
        self._sockets = sockets
        self._files = files

    def routes(self) -> Iterator[Route]:
        """Yield the routes that every generation has."""
        yield "/interrupt", self._interrupt
        yield "/queue", self._change_queue
        yield "/history", self._change_history
        yield "/free", self._free
        yield "/upload/image", self._upload
        yield "/upload/mask", self._upload_mask

    def job_routes(self) -> Iterator[Route]:
        """Yield the routes that cancel jobs."""
        yield "/api/jobs/cancel", self._cancel_several
        yield "/api/jobs/{id}/cancel", self._cancel

    async def _interrupt(self, request: web.Request, exchange: Exchange) -> Answer:
        body = await posted(request) if request.can_read_body else {}
        name = body.get("prompt_id")
        if name is None:
            exchange.note = GLOBAL
        self._queue.interrupt(name)
        return EMPTY

    async def _cancel(self, request: web.Request, _: Exchange) -> Answer:
        return json_answer({"cancelled": self._cancelled(request.match_info["id"])})

    async def _cancel_several(self, request: web.Request, _: Exchange) -> Answer:
        names = (await posted(request)).get("job_ids")
        if not isinstance(names, list):
            return json_answer({"error": "job_ids must be a list"}, 400)
        wrong = [name for name in names if not UUID.fullmatch(str(name))]
        if wrong:
            return json_answer({"error": "job_ids contains invalid id(s)", "invalid_ids": wrong}, 400)
        # Each one is cancelled, even after the first success.
        outcomes = [self._cancelled(name) for name in names]
        return json_answer({"cancelled": any(outcomes)})

    def _cancelled(self, name: str) -> bool:
        if self._queue.remove(name):
            self._sockets.status()
            return True
        return self._queue.interrupt(name)

    async def _change_queue(self, request: web.Request, _: Exchange) -> Answer:
        body = await posted(request)
        names = [job.id for job in self._queue.pending] if body.get("clear") else body.get("delete", [])
        for name in names:
            self._queue.remove(name)
        self._sockets.status()
        return EMPTY

    async def _change_history(self, request: web.Request, _: Exchange) -> Answer:
        body = await posted(request)
        for name in list(self._queue.history) if body.get("clear") else body.get("delete", []):
            self._queue.history.pop(name, None)
        return EMPTY

    async def _free(self, request: web.Request, _: Exchange) -> Answer:
        await posted(request)
        return EMPTY

    async def _upload(self, request: web.Request, _: Exchange) -> Answer:
        fields, name, data = await _form(request)
        return json_answer(self._stored(fields, name, data))

    async def _upload_mask(self, request: web.Request, _: Exchange) -> Answer:
        fields, name, data = await _form(request)
        original = json.loads(str(fields["original_ref"]))
        kind, subfolder = original.get("type", "output"), original.get("subfolder", "")
        path = self._files.path(kind, subfolder, original["filename"])
        if not path.is_file():
            return Answer(status=400)
        return json_answer(self._stored(fields, name, masked(path.read_bytes(), data)))

    def _stored(self, fields: Json, name: str, data: bytes) -> Json:
        kind, subfolder = fields.get("type") or "input", fields.get("subfolder") or ""
        overwrite = fields.get("overwrite") in {"true", "1"}
        try:
            return self._files.upload(kind, subfolder, name, data, overwrite=overwrite)
        except OutsideFolder:
            raise Refused(Answer(status=400)) from None


async def _form(request: web.Request) -> tuple[Json, str, bytes]:
    fields = dict(await request.post())
    image = fields.pop("image", None)
    if not isinstance(image, web.FileField) or not image.filename or NOT_A_NAME.search(image.filename):
        raise Refused(Answer(status=400))
    return fields, image.filename, image.file.read()
