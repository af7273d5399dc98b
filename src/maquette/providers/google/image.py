"""Draw and change pictures: Gemini's own models, and Imagen where Vertex still serves it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
import pybase64
from pydantic import Field

from maquette import catalog
from maquette.catalog import charge
from maquette.core.action import Material, Output, Price, Result
from maquette.core.answer import decoded, plain
from maquette.core.errors import ContentRejected, GenerationFailed
from maquette.core.params import Avoiding, ImageId, Prompted, hint

from .content import ADVANCED, MODEL, NAME, Safety, asking, inline

Ratio = Literal[
    "auto", "1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9", "1:4", "4:1", "1:8", "8:1"
]
_TOKENS = {
    "auto": (1120, 1120, 1120),
    "512": (747, 747, 1120),
    "1K": (1120, 1120, 1120),
    "2K": (1120, 1680, 1680),
    "4K": (2000, 2520, 2520),
}
"""Output tokens of one picture: low, likely, high; from the vendor's prices by picture and by token."""
_SEEN_TOKENS = 560


class Painted(Prompted, Avoiding):
    """What every request for pictures has."""

    model: Annotated[str, MODEL] = "gemini-nano-banana-2.1"
    """The model; Imagen is served by Vertex alone."""
    aspect_ratio: Ratio = "auto"
    """Width to height."""
    resolution: Literal["auto", "512", "1K", "2K", "4K"] = "auto"
    """How large; not every model makes the smallest and the largest."""
    safety: Annotated[Safety, ADVANCED] = "auto"
    """How strictly the vendor filters."""


class Imagine(Painted):
    """Parameters of a picture made from words."""

    n: Annotated[int, Field(ge=1, le=4, json_schema_extra=hint(widget="count"))] = 1
    """How many to make; Gemini's models make one at a time."""
    people: Annotated[Literal["auto", "dont_allow", "allow_adult", "allow_all"], ADVANCED] = "auto"
    """Whether people may be shown; only Imagen asks."""


class Edit(Painted):
    """Parameters of a picture made from pictures."""

    image: ImageId
    """The picture to change."""
    references: Annotated[tuple[ImageId, ...], Field(max_length=13), ADVANCED] = ()
    """More pictures to draw from."""


def is_imagen(model: str) -> bool:
    """Tell whether a model is one of the old kind, with an endpoint of its own."""
    return model.startswith("imagen-")


def drawing(params: Painted, images: Sequence[Material] = ()) -> dict[str, Any]:
    """Return the JSON body for a model of Gemini; what to keep out goes into the words, since nothing else takes it."""
    avoided = f"\n\nKeep out of the picture: {params.negative_prompt}" if params.negative_prompt else ""
    shape = {"aspectRatio": params.aspect_ratio, "imageSize": params.resolution}
    shape = {word: value for word, value in shape.items() if value != "auto"}
    config: dict[str, Any] = {"responseModalities": ["TEXT", "IMAGE"]} | ({"imageConfig": shape} if shape else {})
    return asking([{"text": params.prompt + avoided}, *inline(images)], config, params.safety)


def predicting(params: Imagine) -> dict[str, Any]:
    """Return the JSON body for Imagen."""
    said = {
        "sampleCount": params.n,
        "aspectRatio": params.aspect_ratio,
        "sampleImageSize": params.resolution,
        "negativePrompt": params.negative_prompt,
        "safetySetting": params.safety,
        "personGeneration": params.people,
    }
    kept = {word: value for word, value in said.items() if value not in ("auto", "")}
    return {"instances": [{"prompt": params.prompt}], "parameters": kept}


class _Prediction(msgspec.Struct, rename="camel"):
    bytes_base64_encoded: str | None = None
    rai_filtered_reason: str | None = None
    prompt: str | None = None


class _Predictions(msgspec.Struct):
    predictions: list[_Prediction] | None = None


def predicted(params: Imagine, body: bytes) -> Result:
    """Read Imagen's answer; raises `ContentRejected` where its filter took everything."""
    found = decoded(body, _Predictions).predictions or []
    made = [
        Output("image", content=pybase64.b64decode(each.bytes_base64_encoded, validate=True), notes=_notes(each))
        for each in found
        if each.bytes_base64_encoded
    ]
    reasons = [plain(each.rai_filtered_reason) for each in found if each.rai_filtered_reason]
    if not made and reasons:
        raise ContentRejected(f"The provider's safety system refused: {reasons[0]}")
    if not made:
        raise GenerationFailed("The provider drew nothing and gave no reason")
    response = {"model": params.model, "filtered": reasons} if reasons else {"model": params.model}
    return Result(made, cost=charge.cost(NAME, params.model, {"images": len(made)}), response=response)


def _notes(found: _Prediction) -> dict[str, str]:
    return {"revised_prompt": found.prompt} if found.prompt else {}


def drawing_price(params: Painted) -> Price | None:
    """Estimate pictures."""
    if "images" in (catalog.price(NAME, params.model) or {}):
        return charge.expected(NAME, params.model, {"images": params.n if isinstance(params, Imagine) else 1})
    seen = 1 + len(params.references) if isinstance(params, Edit) else 0
    before = charge.text_tokens(params.prompt) + seen * _SEEN_TOKENS
    rungs = ({"input": before, "image_output": tokens} for tokens in _TOKENS[params.resolution])
    return charge.expected(NAME, params.model, *rungs)
