"""`asset.export`: bring chosen assets into one form, named for whoever takes them further."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import Field

from maquette.core.action import Result
from maquette.core.model import Asset
from maquette.core.module import Stage, module
from maquette.core.params import MEDIA, Params, asset

_FILMS = {"mp4": "encode", "gif": "animate"}
_GIF_SIDE = 1024


class Export(Params):
    """What to export, and how."""

    assets: Annotated[list[Annotated[str, asset(*MEDIA)]], Field(min_length=1, max_length=50)]
    """What to export."""
    format: Literal["original", "png", "jpeg", "webp"] = "original"
    """The form of pictures."""
    film: Literal["original", "mp4", "gif"] = "original"
    """The form of films; other media stay as they are."""
    max_side: Annotated[int, Field(ge=16, le=8192)] | None = None
    """The longest side of a picture or a film in pixels; larger ones are made smaller."""
    name: Annotated[str, Field(max_length=60, pattern=r"^[\w .-]*$")] = ""
    """How the file names begin; without it they keep theirs."""


@module("asset.export", title="Export assets")
async def export(params: Export, call: Stage) -> Result:
    """Convert pictures and films where that is asked for, and return the assets with the file names that they go by."""
    found = list(await call.assets(params.assets))
    made = await _converted(params, found, call)
    files = [{"name": _name(params, each, number), "asset": each.id} for number, each in enumerate(made, 1)]
    return Result(value={"assets": [each.id for each in made], "files": files})


async def _converted(params: Export, found: Sequence[Asset], call: Stage) -> list[Asset]:
    pictures = [each.id for each in found if each.media == "image"]
    films = [each.id for each in found if each.media == "video"]
    works = []
    if pictures and (params.format != "original" or params.max_side is not None):
        works.append(partial(_made, pictures, "images", ("convert", "reformat", {"format": params.format}), call))
    if films and params.film != "original":
        works.append(partial(_made, films, "videos", ("film", _FILMS[params.film], {}), call))
    sides = {} if params.max_side is None else {"max_side": params.max_side}
    done = await call.together(*(partial(work, sides) for work in works))
    ready = {old: new for pairs in done for old, new in pairs.items()}
    return [ready.get(each.id, each) for each in found]


async def _made(
    ids: Sequence[str], field: str, wish: tuple[str, str, dict[str, Any]], call: Stage, sides: dict[str, Any]
) -> dict[str, Asset]:
    key, operation, words = wish
    if operation == "animate":
        sides = {name: min(side, _GIF_SIDE) for name, side in sides.items()}
    child = await call.child(key, f"media.converter.{operation}", {field: list(ids), **words, **sides})
    return dict(zip(ids, child.assets, strict=False))


def _name(params: Export, found: Asset, number: int) -> str:
    if not params.name:
        return found.name
    return f"{params.name}-{number}{PurePosixPath(found.name).suffix}"


MODULE = export
