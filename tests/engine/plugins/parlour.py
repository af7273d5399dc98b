"""A provider without a server: what it makes, and how it misbehaves, stands in the order."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from maquette.core.action import Call, Output, Provider, Result, operation
from maquette.core.params import Params, Prompted

Thing = Literal["good", "bad"]


class Bundle(Params):
    """What to put into a bundle."""

    things: list[Thing] = Field(default_factory=list)
    """One output each: a text, or bytes that are no picture."""


class Family(Params):
    """Which children to ask, one after the other."""

    prompts: list[str]
    """The prompt of each child."""
    action: str = "media.parlour.echo"
    """What each child runs."""


def output_of(number: int, thing: Thing) -> Output:
    """Make one output of a bundle."""
    if thing == "bad":
        return Output("image", content=b"these bytes are no picture")
    return Output("text", content=f"text {number}")


class Parlour(Provider):
    """Games on this machine."""

    title = "Parlour"

    @operation(produces="text", title="Echo", free=True)
    async def echo(self, params: Prompted, call: Call) -> Result:
        """Say it again."""
        return Result([Output("text", content=f"echo of {params.prompt}")])

    @operation(produces="text", title="Bundle", free=True)
    async def bundle(self, params: Bundle, call: Call) -> Result:
        """Make several things, some of them bad."""
        return Result([output_of(number, thing) for number, thing in enumerate(params.things)])

    @operation(produces="text", title="Family", free=True)
    async def family(self, params: Family, call: Call) -> Result:
        """Ask a child for each prompt and tell how many assets they made."""
        made = [
            asset
            for number, prompt in enumerate(params.prompts)
            for asset in await call.child(f"child {number}", params.action, {"prompt": prompt})
        ]
        return Result([Output("text", content=f"{len(made)} assets of children")])

    @operation(produces="text", title="Stumble", free=True)
    async def stumble(self, params: Prompted, call: Call) -> Result:
        """Fall over a mistake in the code."""
        raise ZeroDivisionError(params.prompt)


PROVIDER = Parlour()
