"""`ask.choose`: ask a person to choose among assets or among words."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from maquette.core.action import Result
from maquette.core.errors import ParamsInvalid
from maquette.core.interaction import Question, Select
from maquette.core.model import Asset
from maquette.core.module import Stage, module
from maquette.core.params import MEDIA, Params, asset

_FIELD = "chosen"


class Choice(Params):
    """What to choose from."""

    title: Annotated[str, Field(max_length=500)] = "Choose one"
    """The heading."""
    description: str = ""
    """What stands below it."""
    assets: Annotated[list[Annotated[str, asset(*MEDIA)]], Field(max_length=200)] = Field(default_factory=list)
    """Assets to choose from."""
    options: Annotated[list[str], Field(max_length=200)] = Field(default_factory=list)
    """Words to choose from; used where there are no assets."""
    min: Annotated[int, Field(ge=1, le=200)] = 1
    """How many at least."""
    max: Annotated[int, Field(ge=1, le=200)] = 1
    """How many at most."""
    submit_title: str = "Continue"
    """What the button says."""
    deadline_s: Annotated[int, Field(ge=1)] | None = None
    """How long to wait for an answer."""
    on_deadline: Literal["fail", "default", "remind"] = "fail"
    """What follows without one; the default is the first that may be chosen."""


@module("ask.choose", title="Ask to choose")
async def choose(params: Choice, call: Stage) -> Result:
    """Ask a person to choose among assets or words; the choice is `chosen`, and `assets` holds the chosen ones."""
    if not params.assets and not params.options:
        message = "give `assets` or `options`"
        raise ParamsInvalid(
            f"There is nothing to choose from: {message}", errors=[{"path": "assets", "message": message}]
        )
    words = params.assets or params.options
    question = Question(
        title=params.title,
        description=params.description,
        submit_title=params.submit_title,
        deadline_s=params.deadline_s,
        on_deadline=params.on_deadline,
        default={_FIELD: words[0] if params.max == 1 else list(words[: params.min])},
        **(await _of_assets(params, call) if params.assets else _of_words(params)),
    )
    chosen = (await call.ask("choose", question))[_FIELD]
    several = [chosen] if isinstance(chosen, str) else list(chosen)
    return Result(value={_FIELD: chosen, "assets": several if params.assets else []})


async def _of_assets(params: Choice, call: Stage) -> dict[str, Any]:
    found = await call.assets(params.assets)
    return {
        "data": {"choices": [_shown(each) for each in found]},
        "display_schema": {"type": "object", "properties": {"choices": {"type": "array", "x-display": "media"}}},
        "select": Select("data", _FIELD, params.min, max(params.min, params.max)),
    }


def _shown(found: Asset) -> dict[str, Any]:
    return {
        "asset_id": found.id,
        "media_type": found.media,
        "mime": found.mime,
        "name": found.name,
        "width": found.width,
        "height": found.height,
        "thumbhash": found.thumbhash,
    }


def _of_words(params: Choice) -> dict[str, Any]:
    one: dict[str, Any] = {"title": "Choice", "enum": list(params.options), "type": "string"}
    several = {
        "title": "Choice", "type": "array", "items": one, "uniqueItems": True,
        "minItems": params.min, "maxItems": max(params.min, params.max),
    }  # fmt: skip
    chosen = one if params.max == 1 else several
    return {"response_schema": {"type": "object", "properties": {_FIELD: chosen}, "required": [_FIELD]}}


MODULE = choose
