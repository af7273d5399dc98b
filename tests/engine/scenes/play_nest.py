"""A composite of composites."""

from __future__ import annotations

from maquette.core.action import Result
from maquette.core.module import Stage, module
from maquette.core.params import Params


class Nest(Params):
    """How deep to go."""

    depth: int = 1
    """Levels below this one."""
    prompt: str = "egg"
    """What lies at the bottom."""
    action: str = "media.parlour.echo"
    """What runs at the bottom."""


@module("play.nest", title="Nest")
async def nest(params: Nest, call: Stage) -> Result:
    """Run itself until the bottom is reached."""
    if params.depth == 0:
        made = await call.child("egg", params.action, {"prompt": params.prompt})
    else:
        made = await call.child("below", "play.nest", params.model_dump() | {"depth": params.depth - 1})
    return Result(value={"run": call.run, "found": dict(made.value)})


MODULE = nest
