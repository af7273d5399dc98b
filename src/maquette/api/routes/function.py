"""Actions as functions of a language model: their schemas, and one call of one."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Header, Path, Query, Request

from maquette.api.ask import Waiting
from maquette.api.ask_function import FunctionAsk
from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.routes.job import Throttled, seconds_to_wait
from maquette.api.shape import Listing
from maquette.api.shape_function import FunctionShape
from maquette.services import follow
from maquette.services import tool as tools

DOORS = Doors("/api/v1/functions", "jobs")
WAIT_S = 120
"""How long a call is waited for that does not say."""

FunctionName = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9_-]+$", description="The function's name.")]


@DOORS.get("", "viewer")
async def functions(
    studio: TheStudio,
    caller: TheCaller,
    shape: Annotated[
        Literal["responses", "chat"],
        Query(description="As the field `tools` of the Responses API wants them, or of chat completions."),
    ] = "responses",
) -> Listing[dict[str, Any]]:
    """List the actions that this key can run as functions of a language model, ready to be handed to it."""
    found = await tools.offered(studio, caller)
    return Listing[dict[str, Any]](items=[_function(tool, shape) for tool in found])


def _function(tool: tools.Tool, shape: str) -> dict[str, Any]:
    said = {"name": tool.name, "description": tool.description[:1024], "parameters": dict(tool.schema)}
    if shape == "chat":
        return {"type": "function", "function": said}
    return {"type": "function", **said, "strict": False}


@DOORS.post("/{name}", "member", dependencies=[Throttled])
async def run_function(
    name: FunctionName,
    ask: FunctionAsk,
    waiting: Annotated[Waiting, Header()],
    request: Request,
    studio: TheStudio,
    caller: TheCaller,
) -> FunctionShape:
    """Run a function that a language model called, wait for it, and return what to hand back to the model."""
    job = await tools.begin(studio, caller, name, ask.read(), waiting.idempotency_key)
    await follow.wait(studio, caller, job, seconds_to_wait(waiting.prefer) or WAIT_S)
    return FunctionShape.of(await tools.outcome(studio, caller, job), str(request.base_url))
