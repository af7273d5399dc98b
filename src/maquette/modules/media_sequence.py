"""`media.sequence`: actions one after the other, each fed with what the one before it made."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from maquette.core.action import Action, Result
from maquette.core.errors import ParamsInvalid
from maquette.core.module import Made, Stage, module
from maquette.core.params import Params
from maquette.core.preset import fed


class Link(Params):
    """One action of a chain."""

    action: Annotated[str, Field(min_length=3, max_length=200)]
    """The name of the action."""
    account: str | None = None
    """The account to use; without one, whichever serves the action."""
    params: dict[str, Any] = Field(default_factory=dict)
    """Its parameters, without what the one before it makes."""


class Sequence(Params):
    """What to run, in order."""

    title: Annotated[str, Field(max_length=200)] = "Sequence"
    """What it is called."""
    members: Annotated[list[Link], Field(min_length=1, max_length=50)]
    """The actions."""
    asked: dict[str, Any] = Field(default_factory=dict)
    """The request that they were made from, where a preset made them."""


@module("media.sequence", title="Sequence")
async def sequence(params: Sequence, call: Stage) -> Result:
    """Run actions in order: a picture, a film or a text goes into the field of the next one that takes it."""
    results, before = list[dict[str, Any]](), None
    for number, member in enumerate(params.members):
        action = await call.action(member.action)
        given = member.params if before is None else {**member.params, **await _fed(action, before, call)}
        await call.progress(number / len(params.members), f"{action.title}", phase=f"step {number + 1}")
        before = await call.child(f"step-{number}", member.action, given, account=member.account, title=action.title)
        results.append({"candidate": number, "action": action.name, "job": before.job, **before.value})
    return Result(value={"results": results, "assets": results[-1].get("assets", [])})


async def _fed(action: Action, before: Made, call: Stage) -> dict[str, Any]:
    """Return the field of an action with what the one before it made; raises `ParamsInvalid` if it has none."""
    media = before.assets[0].media if before.assets else "data"
    name = fed(action, media)
    if name is None:
        message = f"{action.name!r} takes no {media}"
        raise ParamsInvalid(message, errors=[{"path": "members", "message": message}])
    if name not in action.accepts():
        return {name: before.value.get("text") or await call.text(before.assets[0].id)}
    ids = [asset.id for asset in before.assets if asset.media == media]
    several = action.schema()["properties"][name].get("type") == "array"
    return {name: ids if several else ids[0]}


MODULE = sequence
