"""Postcards: plain pictures by a seed, with no model, no key and no network."""

from __future__ import annotations

import random
import secrets
from typing import Annotated

from pydantic import Field
from typing_extensions import override

from maquette.core.action import Call, Output, Provider, Result, operation
from maquette.core.params import Counted, Prompted, Seeded, hint, slider


class Card(Prompted, Seeded, Counted):
    """Parameters of a postcard."""

    stripes: Annotated[int, slider(1, 16)] = 4
    """How many stripes the picture has."""
    tint: Annotated[str, Field(pattern="^#[0-9a-f]{6}$", json_schema_extra=hint(advanced=True))] = "#c03020"
    """The colour that the stripes are made from."""


class Postcard(Provider):
    """Striped postcards at once."""

    title = "Postcard"
    keyless = True

    @override
    async def check(self, call: Call) -> None:
        """Draw a very small card."""
        await call.offload("maquette_postcard:draw", seed=1, stripes=1, tint="#000000", side=8, target="check.png")

    @operation(produces="image", title="Print a postcard", free=True)
    async def emboss(self, params: Card, call: Call) -> Result:
        """Draw stripes from a seed, and say on the back what they are meant to be."""
        first, outputs = params.seed if params.seed >= 0 else secrets.randbelow(2**31), []
        for number in range(params.n):
            await call.progress(number / params.n, f"card {number + 1} of {params.n}")
            look = {"seed": first + number, "stripes": params.stripes, "tint": params.tint, "side": 64}
            await call.offload("maquette_postcard:draw", **look, target=f"card-{number}.png")
            outputs.append(Output("image", path=f"card-{number}.png", source="algorithm", seed=first + number))
        return Result(outputs)


def draw(seed: int, stripes: int, tint: str, side: int, target: str) -> dict[str, int]:
    """Draw one card; runs in the child process."""
    from PIL import Image, ImageDraw

    picture, chance = Image.new("RGB", (side, side), "white"), random.Random(seed)
    for _ in range(stripes):
        top = chance.randrange(side)
        ImageDraw.Draw(picture).rectangle((0, top, side, min(top + 3, side)), fill=tint)
    picture.save(target)
    return {"stripes": stripes}


PROVIDER = Postcard()
