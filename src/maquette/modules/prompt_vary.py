"""`prompt.vary`: run an action for what a varied prompt becomes, every combination or some that are drawn."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

from pydantic import Field

from maquette.core.action import Result
from maquette.core.module import Stage, module
from maquette.core.params import Params, hint
from maquette.core.spread import list_of, spared, summed
from maquette.core.wildcard import MOST, drawn, every, gathered, read


class Variation(Params):
    """A prompt that varies, and what is run for each."""

    prompt: Annotated[str, Field(min_length=1, max_length=8_000, json_schema_extra=hint(widget="textarea"))]
    """With choices `{red|blue}`, ranges `{1-5}` and lists `__animal__`."""
    action: Annotated[str, Field(min_length=3, max_length=200)]
    """The action that is run for each prompt."""
    params: dict[str, Any] = Field(default_factory=dict)
    """Its other parameters."""
    account: Annotated[str, Field(max_length=128)] | None = None
    """The account to use; without one, whichever serves the action."""
    mode: Literal["draw", "all"] = "draw"
    """Draw some prompts, or write out every combination."""
    n: Annotated[int, Field(ge=1, le=MOST)] = 4
    """How many to draw."""
    seed: Annotated[int, Field(ge=0, lt=2**32, json_schema_extra=hint(widget="seed"))] = 0
    """By which they are drawn; the same seed draws the same prompts."""


@module("prompt.vary", title="Prompt variations")
async def vary(params: Variation, call: Stage) -> Result:
    """Run an action for each prompt that a varied prompt becomes; one that fails does not stop the others."""
    tree = read(params.prompt, await gathered(params.prompt, partial(list_of, call)))
    prompts = every(tree) if params.mode == "all" else drawn(tree, params.seed, params.n)
    ended = await call.together(*(partial(_one, params, number, text, call) for number, text in enumerate(prompts)))
    return Result(value=summed(ended))


async def _one(params: Variation, number: int, prompt: str, call: Stage) -> dict[str, Any]:
    told = {"prompt": prompt}
    return await spared(call, f"item-{number}", params.action, {**params.params, **told}, params.account, told)


MODULE = vary
