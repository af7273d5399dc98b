"""Serve the routes of a hosted vendor to the holder of a key: some cost money, some are free."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import web

from tests.twins.desk import Desk, Exchange, Order
from tests.twins.server import LARGEST
from tests.twins.wire import Answer

Read = Callable[[web.Request], Awaitable[Order]]
Look = Callable[[web.Request], Answer]
Act = Callable[[web.Request], Awaitable[Answer]]


class Counter:
    """Serve the routes of a vendor to those whom it admits."""

    def __init__(self, desk: Desk, admit: Callable[[web.Request], None], nothing: Look) -> None:
        self.app = web.Application(client_max_size=LARGEST)
        self._desk, self._admit, self._nothing = desk, admit, nothing

    def paid(self, path: str, read: Read) -> None:
        """Add a route that costs money."""
        self.app.router.add_post(path, partial(self._take, read))

    def free(self, method: str, path: str, look: Look) -> None:
        """Add a route that costs nothing."""
        self.app.router.add_route(method, path, partial(self._show, look))

    def side(self, method: str, path: str, act: Act) -> None:
        """Add a free route that changes something."""
        self.app.router.add_route(method, path, partial(self._change, act))

    def served(self) -> web.Application:
        """Return the routes, with an answer to every other path."""
        self.app.router.add_route("*", "/{path:.*}", self._unknown)
        return self.app

    def latency(self) -> float:
        """Return how long a direct answer takes."""
        return self._desk.storm.conditions.latency

    async def _take(self, read: Read, request: web.Request) -> web.StreamResponse:
        async def accept() -> Order:
            self._admit(request)
            return await read(request)

        return await self._desk.submit(request, accept)

    async def _show(self, look: Look, request: web.Request) -> web.StreamResponse:
        def answer() -> Answer:
            self._admit(request)
            return look(request)

        return await self._desk.poll(request, request.path, answer)

    async def _change(self, act: Act, request: web.Request) -> web.StreamResponse:
        async def work(_: Exchange) -> Answer:
            self._admit(request)
            return await act(request)

        return await self._desk.side(request, work)

    async def _unknown(self, request: web.Request) -> web.StreamResponse:
        async def act(_: Exchange) -> Answer:
            return self._nothing(request)

        return await self._desk.side(request, act)
