"""The one place where requests of the Model Context Protocol arrive: it is set up by the first of them."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.types import Receive, Scope, Send

from maquette.engine.studio import Studio
from maquette.services.caller import Caller

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

Throttle = Callable[[Caller], None]
"""Bounds how many jobs one key may start a minute; raises `TooManyRequests`."""


@dataclass(slots=True)
class Desk:
    """Answers the requests of one installation; whoever calls it has been let in."""

    studio: Studio
    throttle: Throttle
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _closing: asyncio.Event = field(default_factory=asyncio.Event)
    _sessions: StreamableHTTPSessionManager | None = None
    _task: asyncio.Task[None] | None = None

    async def serve(self, scope: Scope, receive: Receive, send: Send, caller: Caller) -> None:
        """Answer one request of a known caller, to whom the session that it opens belongs."""
        sessions = await self._opened()
        from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser  # noqa: PLC0415 - loaded by now
        from mcp.server.auth.provider import AccessToken  # noqa: PLC0415 - as above

        owner = f"{caller.workspace}/{caller.key or caller.via}"
        scope["user"] = AuthenticatedUser(AccessToken(token="", client_id=owner, scopes=[]))
        await sessions.handle_request(scope, receive, send)

    async def close(self) -> None:
        """End every session."""
        self._closing.set()
        if self._task is not None:
            await self._task

    async def _opened(self) -> StreamableHTTPSessionManager:
        async with self._lock:
            if self._sessions is None:
                # It takes a good part of a second to load, so neither the start nor other requests wait for it.
                server = await asyncio.to_thread(importlib.import_module, "maquette.mcp.server")
                made: StreamableHTTPSessionManager = server.sessions(self.studio, self.throttle)
                ready = asyncio.get_running_loop().create_future()
                self._task = asyncio.create_task(self._run(made, lambda: _settle(ready)))
                await ready
                self._sessions = made
        return self._sessions

    async def _run(self, sessions: StreamableHTTPSessionManager, ready: Callable[[], None]) -> None:
        # Entered and left in one task, as its task group wants.
        async with sessions.run():
            ready()
            await self._closing.wait()


def _settle(future: asyncio.Future[None]) -> None:
    future.set_result(None)
