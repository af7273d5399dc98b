"""What people may ask of Stability AI, and the form that goes out for it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from maquette.catalog import charge
from maquette.core.action import Price, Upload
from maquette.core.params import Avoiding, ImageId, MaskId, Params, Prompted, Seeded, hint, slider

_SEED_MOST = 2**32 - 2
_PROMPT: Any = Field(min_length=1, max_length=10_000, json_schema_extra=hint(widget="textarea"))
_ADVANCED: Any = Field(json_schema_extra=hint(advanced=True))
_MODEL: Any = Field(json_schema_extra=hint(refresh=True))
_STYLE = Literal[
    "none", "3d-model", "analog-film", "anime", "cinematic", "comic-book", "digital-art", "enhance", "fantasy-art",
    "isometric", "line-art", "low-poly", "modeling-compound", "neon-punk", "origami", "photographic", "pixel-art",
    "tile-texture",
]  # fmt: skip
_SD35 = Literal["sd3.5-large", "sd3.5-large-turbo", "sd3.5-medium", "sd3.5-flash"]
_WIRE_NAMES = {"format": "output_format", "style": "style_preset", "guidance": "cfg_scale"}
_UNSAID = (None, "", "none", -1)


class Made(Avoiding, Seeded, Prompted):
    """What every request for pictures has."""

    prompt: Annotated[str, _PROMPT]
    """What to make, in English."""
    seed: Annotated[int, Field(ge=-1, le=_SEED_MOST, json_schema_extra=hint(widget="seed", advanced=True))] = -1
    """Same seed, same parameters, same result; -1 draws a fresh one, and the one used is kept."""
    style: Annotated[_STYLE, _ADVANCED] = "none"
    """A style to steer towards."""
    format: Literal["png", "jpeg", "webp"] = "png"
    """The file format; the SD 3.5 models make no WebP."""


class Picture(Made):
    """Parameters of a picture made from words."""

    model: Annotated[Literal["stable-image-ultra", "stable-image-core", _SD35], _MODEL] = "stable-image-core"
    """Ultra is the best, core the quickest; SD 3.5 is the open model in four sizes."""
    aspect_ratio: Literal["1:1", "16:9", "21:9", "2:3", "3:2", "4:5", "5:4", "9:16", "9:21"] = "1:1"
    """Width to height."""
    guidance: Annotated[float, slider(1, 10, step=0.5, advanced=True)] | None = None
    """How closely to follow the prompt; empty leaves it to the model."""


class Rework(Made):
    """Parameters of a picture made from another."""

    model: Annotated[Literal["stable-image-ultra", _SD35], _MODEL] = "sd3.5-large"
    """Ultra is the best; SD 3.5 is the open model in four sizes."""
    image: ImageId
    """The picture to change."""
    strength: Annotated[float, slider(0, 1, step=0.05)] = 0.7
    """How far to go from the picture: 0 keeps it, 1 forgets it."""
    guidance: Annotated[float, slider(1, 10, step=0.5, advanced=True)] | None = None
    """How closely to follow the prompt; empty leaves it to the model."""


class Inpaint(Made):
    """Parameters of a repaint of one part."""

    image: ImageId
    """The picture to change."""
    mask: MaskId | None = None
    """Where to repaint: white is made anew, black stays; without one, the transparent part of the picture counts."""
    grow_mask: Annotated[int, slider(0, 100, advanced=True)] = 5
    """By how many pixels the edge of the mask grows and softens."""


class Outpaint(Seeded, Prompted):
    """Parameters of a picture that grows at its edges."""

    image: ImageId
    """The picture to extend."""
    prompt: Annotated[str, Field(max_length=10_000, json_schema_extra=hint(widget="textarea"))] = ""
    """What is beyond the edges, in English; may stay empty."""
    left: Annotated[int, slider(0, 2000)] = 0
    """Pixels to add on the left."""
    right: Annotated[int, slider(0, 2000)] = 256
    """Pixels to add on the right."""
    up: Annotated[int, slider(0, 2000)] = 0
    """Pixels to add above."""
    down: Annotated[int, slider(0, 2000)] = 0
    """Pixels to add below."""
    creativity: Annotated[float, slider(0, 1, step=0.05, advanced=True)] = 0.5
    """How freely to invent."""
    seed: Annotated[int, Field(ge=-1, le=_SEED_MOST, json_schema_extra=hint(widget="seed", advanced=True))] = -1
    """Same seed, same parameters, same result; -1 draws a fresh one, and the one used is kept."""
    format: Literal["png", "jpeg", "webp"] = "png"
    """The file format."""


class Upscale(Prompted):
    """Parameters of a picture made larger."""

    image: ImageId
    """The picture to enlarge."""
    method: Literal["fast", "conservative", "creative"] = "conservative"
    """Fast is four times as large and cheap; conservative keeps what is there; creative invents detail."""
    prompt: Annotated[str, Field(max_length=10_000, json_schema_extra=hint(widget="textarea"))] = ""
    """What is in the picture, in English; all methods but the fast one need it."""
    creativity: Annotated[float, slider(0.2, 0.5, step=0.05, advanced=True)] = 0.35
    """How freely to invent; the fast method does not."""
    format: Literal["png", "jpeg", "webp"] = "png"
    """The file format."""


class Music(Seeded, Prompted):
    """Parameters of music or a sound made from words."""

    prompt: Annotated[str, _PROMPT]
    """What is to be heard, in English."""
    duration: Annotated[int, slider(1, 380)] = 60
    """Seconds; the price is the same for all lengths."""
    seed: Annotated[int, Field(ge=-1, le=_SEED_MOST, json_schema_extra=hint(widget="seed", advanced=True))] = -1
    """Same seed, same parameters, same result; -1 draws a fresh one, and the one used is kept."""
    format: Literal["mp3", "wav"] = "mp3"
    """The file format."""


def form(params: Params, *, skip: frozenset[str] = frozenset(), **more: Any) -> list[Upload]:
    """Return the parts of a form: what is said, under the vendor's names; assets are added by their bytes."""
    said = {word: getattr(params, word) for word in type(params).model_fields if word not in skip}
    return [
        Upload(_WIRE_NAMES.get(word, word), str(value).encode())
        for word, value in (said | more).items()
        if value not in _UNSAID
    ]


def drawn(params: Picture | Rework) -> tuple[str, list[Upload]]:
    """Return the path and the form of a picture made from words or from another."""
    moved = isinstance(params, Rework)
    skip = frozenset({"image"})
    if params.model.startswith("sd3.5"):
        mode = {"mode": "image-to-image" if moved else "text-to-image"}
        return "/v2beta/stable-image/generate/sd3", form(params, skip=skip, **mode)
    parts = form(params, skip=skip | {"model", "guidance"})
    return f"/v2beta/stable-image/generate/{params.model.removeprefix('stable-image-')}", parts


def price_of(product: str) -> Price | None:
    """Return what one output costs: every product of the vendor has one price."""
    return charge.expected("stability", product, {"result": 1})


def picture_price(params: Picture | Rework) -> Price | None:
    """Estimate a picture."""
    return price_of(params.model)


def product_of(params: Upscale) -> str:
    """Return the entry of the catalog for a way to enlarge."""
    return f"upscale-{params.method}"
