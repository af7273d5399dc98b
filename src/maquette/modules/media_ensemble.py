"""`media.ensemble`: several actions at once from one request; all results are kept, the first, or a person's choice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any

from pydantic import Field

from maquette.core.action import Result
from maquette.core.errors import GenerationFailed
from maquette.core.module import Stage, module
from maquette.core.params import Params
from maquette.core.preset import Pick


class Member(Params):
    """One action of several."""

    action: Annotated[str, Field(min_length=3, max_length=200)]
    """The name of the action."""
    account: str | None = None
    """The account to use; without one, whichever serves the action."""
    params: dict[str, Any] = Field(default_factory=dict)
    """Its parameters."""


class Ensemble(Params):
    """What to run at once, and what to take of it."""

    title: Annotated[str, Field(max_length=200)] = "Ensemble"
    """What it is called where a person has to choose."""
    members: Annotated[list[Member], Field(min_length=1, max_length=50)]
    """The actions."""
    pick: Pick = "all"
    """Keep all results, take the first that comes, or let a person choose."""
    asked: dict[str, Any] = Field(default_factory=dict)
    """The request that they were made from, where a preset made them."""


@module("media.ensemble", title="Ensemble")
async def ensemble(params: Ensemble, call: Stage) -> Result:
    """Run several actions at once; one that fails does not stop the others, and only if all fail does this."""
    works = [partial(_one, params, number, call) for number in range(len(params.members))]
    if params.pick == "first":
        return Result(value=_value([await call.first(*works)]))
    ended = await call.together(*(partial(_spared, work) for work in works))
    made = [each for each in ended if "job" in each]
    failed = [each for each in ended if "job" not in each]
    if not made:
        raise GenerationFailed(str(failed[0]["detail"]), child=failed[0].get("child"), cause=failed[0].get("cause"))
    value = _value(made) | {"failed": failed}
    if params.pick == "person" and len(value["assets"]) > 1:
        asked = {"title": params.title, "assets": value["assets"]}
        value |= (await call.child("choose", "ask.choose", asked, title=params.title)).value
    return Result(value=value)


async def _one(params: Ensemble, number: int, call: Stage) -> dict[str, Any]:
    member = params.members[number]
    made = await call.child(f"member-{number}", member.action, member.params, account=member.account)
    return {"candidate": number, "action": member.action, "job": made.job, **made.value}


async def _spared(work: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    """Return what a member made, or what is to be told of its failure, so that the others go on."""
    try:
        return await work()
    except GenerationFailed as error:
        return error.problem()


def _value(made: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"results": list(made), "assets": [asset for each in made for asset in each.get("assets", ())]}


MODULE = ensemble
