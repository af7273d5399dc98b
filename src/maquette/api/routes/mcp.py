"""The Model Context Protocol over HTTP, behind the same gate as everything else."""

from __future__ import annotations

from fastapi import Request, Response
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from maquette.api.door import Doors, TheCaller
from maquette.mcp.desk import Desk
from maquette.services.caller import Caller

# To call a tool is to run a job, so a key that may run jobs, or some actions, may come here.
DOORS = Doors("/mcp", "jobs")


class _Handed(Response):
    """An answer that the desk writes itself."""

    def __init__(self, desk: Desk, caller: Caller) -> None:
        super().__init__()
        self._desk, self._caller = desk, caller

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._desk.serve(scope, receive, send, self._caller)


@DOORS.post("", "viewer", include_in_schema=False)
async def send_message(request: Request, caller: TheCaller) -> Response:
    """Take a message of the protocol; its answer is JSON or a stream, as the protocol has it."""
    return _Handed(request.app.state.desk, caller)


@DOORS.get("", "viewer", include_in_schema=False)
async def listen(request: Request, caller: TheCaller) -> Response:
    """Open the stream of a session on which the server speaks unasked."""
    return _Handed(request.app.state.desk, caller)


@DOORS.delete("", "viewer", include_in_schema=False)
async def leave(request: Request, caller: TheCaller) -> Response:
    """End a session."""
    return _Handed(request.app.state.desk, caller)
