"""`media.generate`: run one action by its name, without a person."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from maquette.core.action import Result
from maquette.core.module import Stage, module
from maquette.core.params import Params


class Generate(Params):
    """What to run."""

    action: Annotated[str, Field(min_length=3, max_length=200)]
    """The name of the action."""
    params: dict[str, Any] = Field(default_factory=dict)
    """Its parameters."""
    account: str | None = None
    """The account to use; without one, whichever serves the action."""


@module("media.generate", title="Generate")
async def generate(params: Generate, call: Stage) -> Result:
    """Run one action and return the ids of what it made, and its text if it made one."""
    await call.action(params.action)  # a name that nothing has is a mistake, not something to wait for
    made = await call.child("made", params.action, params.params, account=params.account)
    return Result(value=made.value)


MODULE = generate
