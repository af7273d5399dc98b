"""A provider's server on loopback: it keeps a bill, and answers wrong when a test says so."""

from __future__ import annotations

import asyncio
import ssl
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Fault = Callable[["Upstream", web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Seen:
    """One request, as the server saw it."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    peer: int
    """The client's port: the same on one connection."""


@dataclass
class Task:
    """Work that the server took, and bills."""

    id: str
    token: str
    texts: list[str]
    status: str = "running"
    polls: int = 0
    progress: float | None = None
    urls: list[str] = field(default_factory=list)
    charged: int | None = None
    """What it says that it charged for a task that failed."""


@dataclass
class Upstream:
    """The server's memory, which outlives every crash of the caller."""

    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    tasks: dict[str, Task] = field(default_factory=dict)
    bill: list[str] = field(default_factory=list)
    """The prompt of each paid call that was taken, in order."""
    faults: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    """What to do instead of answering, by "METHOD /first-part", one entry a request."""
    held: bool = False
    """Whether tasks stay unfinished."""
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    """What answers of `hang` wait for."""
    cancelled: list[str] = field(default_factory=list)
    open_calls: int = 0
    most_open: int = 0
    """The most tasks that were ever unfinished at once."""

    def fail(self, route: str, *faults: Fault) -> None:
        """Answer the next requests of a route by these faults, one each."""
        self.faults[route].extend(faults)

    def calls(self, route: str) -> list[Seen]:
        """Return the requests of a route so far."""
        method, _, start = route.partition(" ")
        return [seen for seen in self.seen if seen.method == method and seen.path.startswith(start)]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Note a request and answer it."""
        peer = request.transport.get_extra_info("peername")[1] if request.transport else 0
        body = await request.json() if request.content_type == "application/json" and request.can_read_body else {}
        self.seen.append(Seen(request.method, request.path, dict(request.headers), body, peer))
        waiting = self.faults[f"{request.method} /{request.path.split('/')[1]}"]
        return await (waiting.popleft()(self, request) if waiting else self.answer(request))

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer as a healthy server does."""
        body = self.seen[-1].body if request.method == "POST" else {}
        match request.path.strip("/").split("/"):
            case ["tasks"]:
                return web.json_response({"id": self.take(body).id})
            case ["tasks", name]:
                return self._state(name)
            case ["tasks", name, "cancel"]:
                return self._cancel(name)
            case [("print" | "bytes" | "stream") as way]:
                return await self._at_once(way, request, body)
        return self._other(request.path.strip("/"))

    def _other(self, path: str) -> web.Response:
        start, _, name = path.partition("/")
        if start == "tokens":
            found = next(({"id": task.id} for task in self.tasks.values() if task.token == name), None)
            return web.json_response({"task": found})
        if start == "files":
            return web.Response(text=f"the file {name}")
        return web.json_response({"error": "no such path"}, status=404)

    def take(self, body: Mapping[str, Any]) -> Task:
        """Take work, and bill it."""
        self.bill.append(body["prompt"])
        count = body.get("n", 1)
        task = Task(
            f"task-{len(self.tasks) + 1}", body.get("token", ""), [f"{body['prompt']} {i}" for i in range(count)]
        )
        self.tasks[task.id] = task
        self.most_open = max(self.most_open, sum(other.status == "running" for other in self.tasks.values()))
        return task

    def finish(self) -> None:
        """Finish every task, and hold none any more."""
        self.held = False
        for task in self.tasks.values():
            task.status = "done"

    def _state(self, name: str) -> web.Response:
        if name not in self.tasks:
            return web.json_response({"error": "no such task"}, status=404)
        task = self.tasks[name]
        task.polls += 1
        if task.status == "running" and not self.held and task.polls >= 2:
            task.status = "done"
        made = {"texts": task.texts, "urls": task.urls} if task.status == "done" else {}
        shown = {"status": task.status, "progress": task.progress, "charged": task.charged}
        return web.json_response({**shown, **made})

    def _cancel(self, name: str) -> web.Response:
        self.cancelled.append(name)
        self.tasks[name].status = "cancelled"
        return web.json_response({"cancelled": True})

    async def _at_once(self, way: str, request: web.Request, body: Mapping[str, Any]) -> web.StreamResponse:
        self.bill.append(body["prompt"])
        if way == "print":
            return web.json_response({"texts": [f"{body['prompt']} {i}" for i in range(body.get("n", 1))]})
        if way == "bytes":
            return web.Response(body=f"{body['prompt']} as bytes".encode(), content_type="text/plain")
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        for word in body["prompt"].split():
            await response.write(f"data: {word}\n\n".encode())
        await response.write_eof()
        return response


@asynccontextmanager
async def serving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Upstream]:
    """Run a server on a free port of loopback while the block lasts."""
    upstream = Upstream()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", upstream.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    upstream.url = f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield upstream
    finally:
        upstream.gate.set()
        await runner.cleanup()


# -- faults ---------------------------------------------------------------------------------------------------------


def status(code: int, body: Mapping[str, Any] | None = None, **headers: str) -> Fault:
    """Answer with a status; underscores in header names stand for dashes."""

    async def fault(_upstream: Upstream, _request: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.json_response(dict(body or {"error": f"status {code}"}), status=code, headers=named)

    return fault


def plain(body: bytes, code: int = 200) -> Fault:
    """Answer with bytes that are no JSON."""

    async def fault(_upstream: Upstream, _request: web.Request) -> web.StreamResponse:
        return web.Response(body=body, status=code, content_type="text/html")

    return fault


async def reset(_upstream: Upstream, request: web.Request) -> web.StreamResponse:
    """Cut the connection without an answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def billed_then_reset(upstream: Upstream, request: web.Request) -> web.StreamResponse:
    """Take the work and cut the connection, so that the answer is lost."""
    await upstream.answer(request)
    return await reset(upstream, request)


async def truncated(upstream: Upstream, request: web.Request) -> web.StreamResponse:
    """Take the work and cut the connection in the middle of the answer."""
    await upstream.answer(request)
    response = web.StreamResponse(headers={"content-length": "1000", "content-type": "application/json"})
    await response.prepare(request)
    await response.write(b'{"id": "ta')
    return await reset(upstream, request)


async def hang(upstream: Upstream, request: web.Request) -> web.StreamResponse:
    """Take the work and answer when the test opens the gate."""
    answer = await upstream.answer(request)
    await upstream.gate.wait()
    return answer


async def hang_then_refuse(upstream: Upstream, _request: web.Request) -> web.StreamResponse:
    """Say no for the rate, once the test opens the gate."""
    await upstream.gate.wait()
    return web.json_response({"error": "too fast"}, status=429, headers={"retry-after": "1"})
