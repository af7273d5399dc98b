"""`asset.export`: bring chosen assets into one form, named for whoever takes them further."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import Field

from maquette.core.action import Result
from maquette.core.model import Asset
from maquette.core.module import Stage, module
from maquette.core.params import MEDIA, Params, asset


class Export(Params):
    """What to export, and how."""

    assets: Annotated[list[Annotated[str, asset(*MEDIA)]], Field(min_length=1, max_length=50)]
    """What to export."""
    format: Literal["original", "png", "jpeg", "webp"] = "original"
    """The form of pictures; other media stay as they are."""
    max_side: Annotated[int, Field(ge=16, le=8192)] | None = None
    """The longest side of a picture in pixels; larger ones are made smaller."""
    name: Annotated[str, Field(max_length=60, pattern=r"^[\w .-]*$")] = ""
    """How the file names begin; without it they keep theirs."""


@module("asset.export", title="Export assets")
async def export(params: Export, call: Stage) -> Result:
    """Convert pictures where that is asked for, and return the assets with the file names that they go by."""
    found = list(await call.assets(params.assets))
    made = await _converted(params, found, call)
    files = [{"name": _name(params, each, number), "asset": each.id} for number, each in enumerate(made, 1)]
    return Result(value={"assets": [each.id for each in made], "files": files})


async def _converted(params: Export, found: Sequence[Asset], call: Stage) -> list[Asset]:
    pictures = [each.id for each in found if each.media == "image"]
    if not pictures or (params.format == "original" and params.max_side is None):
        return list(found)
    wanted: dict[str, Any] = {"images": pictures, "format": params.format}
    if params.max_side is not None:
        wanted["max_side"] = params.max_side
    child = await call.child("convert", "media.converter.reformat", wanted)
    ready = iter(child.assets)
    return [next(ready, each) if each.media == "image" else each for each in found]


def _name(params: Export, found: Asset, number: int) -> str:
    if not params.name:
        return found.name
    return f"{params.name}-{number}{PurePosixPath(found.name).suffix}"


MODULE = export
