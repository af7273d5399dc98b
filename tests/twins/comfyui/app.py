"""Route the ComfyUI wire."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.twins.comfyui.control import Control
from tests.twins.comfyui.dialect import ComfyDialect
from tests.twins.comfyui.file import Files
from tests.twins.comfyui.prompt import Prompts
from tests.twins.comfyui.queue import Queue
from tests.twins.comfyui.socket import Sockets
from tests.twins.comfyui.version import VERSIONS, Version
from tests.twins.comfyui.view import Views
from tests.twins.comfyui.worker import Workers
from tests.twins.desk import Desk, Exchange
from tests.twins.ledger import Ledger
from tests.twins.server import LARGEST, Wire
from tests.twins.storm import Storm
from tests.twins.wire import Answer, Json

Read = Callable[[web.Request], Answer]
Act = Callable[[web.Request, Exchange], Awaitable[Answer]]


class Vendor:
    """Serve a ComfyUI of one generation."""

    def __init__(self, version: Version, workers: int, files: Files, storm: Storm, ledger: Ledger) -> None:
        self._version = version
        self._count = workers
        self._storm = storm
        self._files = files
        self._queue = Queue()
        self._desk = Desk(storm, ledger, ComfyDialect())
        self._sockets = Sockets(self._queue, storm, ledger)
        self._workers = Workers(self._queue, self._sockets, files, storm)
        self.restarts = 0

    def app(self) -> web.Application:
        """Return the routes: each bare and under `/api`, save those of jobs."""
        app = web.Application(client_max_size=LARGEST, middlewares=[_same_site])
        app.cleanup_ctx.append(self._working)
        views, control = Views(self._queue, self._version), Control(self._queue, self._sockets, self._files)
        prompts = Prompts(self._queue, self._sockets, self._files, self._version)
        reads, acts = dict(views.routes()), dict(control.routes())
        job_reads = dict(views.job_routes()) if self._version.jobs else {}
        job_acts = dict(control.job_routes()) if self._version.cancel else {}
        for prefix in ("", "/api"):
            app.router.add_post(f"{prefix}/prompt", partial(self._submit, prompts))
            app.router.add_get(f"{prefix}/ws", self._sockets.serve)
            app.router.add_get(f"{prefix}/view", self._view)
            for path, read in reads.items():
                app.router.add_get(prefix + path, partial(self._read, read))
            for path, act in acts.items():
                app.router.add_post(prefix + path, partial(self._act, act))
        for path, read in job_reads.items():
            app.router.add_get(path, partial(self._read, read))
        for path, act in job_acts.items():
            app.router.add_post(path, partial(self._act, act))
        return app

    def state(self) -> Json:
        """Return what is in memory."""
        return {
            "pending": [job.id for job in self._queue.pending],
            "running": [job.id for job in self._queue.running],
            "history": list(self._queue.history),
            "restarts": self.restarts,
        }

    async def restart(self) -> None:
        """Forget queue, history and cache, and end all sockets; files stay."""
        await self._workers.stop()
        self._queue.forget()
        await self._sockets.close()
        self.restarts += 1
        self._workers.start(self._count)

    async def _working(self, _: web.Application) -> AsyncIterator[None]:
        self._workers.start(self._count)
        yield
        await self._sockets.close()
        await self._workers.stop()

    async def _submit(self, prompts: Prompts, request: web.Request) -> web.StreamResponse:
        return await self._desk.submit(request, lambda: prompts.accept(request))

    async def _view(self, request: web.Request) -> web.StreamResponse:
        return await self._desk.download(request, request.query_string, lambda: self._files.viewed(request.query))

    async def _read(self, read: Read, request: web.Request) -> web.StreamResponse:
        return await self._desk.poll(request, request.path, lambda: read(request))

    async def _act(self, act: Act, request: web.Request) -> web.StreamResponse:
        return await self._desk.side(request, lambda exchange: act(request, exchange))


def build(options: argparse.Namespace, storm: Storm, ledger: Ledger) -> Wire:
    """Build the twin from its flags."""
    vendor = Vendor(VERSIONS[options.version], options.workers, Files(options.folder), storm, ledger)
    return Wire(vendor.app(), vendor.state, vendor.restart)


@web.middleware
async def _same_site(request: web.Request, handler: Handler) -> web.StreamResponse:
    # A page of another site must not drive the server, so a forwarded Origin is turned away.
    origin = request.headers.get("Origin")
    foreign = origin is not None and urlsplit(origin).netloc != request.host
    if foreign or request.headers.get("Sec-Fetch-Site") == "cross-site":
        return web.Response(status=403)
    return await handler(request)
