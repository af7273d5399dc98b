"""What people may ask of fal's models, and what it will cost."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from maquette import catalog
from maquette.catalog import charge
from maquette.catalog.spell import known_words
from maquette.core.action import Cost, Price
from maquette.core.params import Avoiding, ImageId, Params, Prompted, Seeded, hint, slider

USUAL = {
    "n": "num_images",
    "width": "image_size.width",
    "height": "image_size.height",
    "steps": "num_inference_steps",
    "guidance": "guidance_scale",
    "format": "output_format",
    "image": "image_url",
    "last_image": "end_image_url",
    "audio": "generate_audio",
}
"""How most of the models call our words."""
ASSETS = frozenset({"image", "references", "last_image"})
_APART = ASSETS | {"model", "extra"}
_MODEL: Any = Field(
    pattern=r"^[A-Za-z0-9][\w.-]*(/[\w.-]+)+$",
    max_length=200,
    json_schema_extra=hint(widget="combobox", refresh=True),
)
_ADVANCED: Any = Field(json_schema_extra=hint(advanced=True))
_SIDE: Any = Field(ge=256, le=2048, multiple_of=16, json_schema_extra=hint(widget="slider", step=16))
_RATIO: Any = Field(
    pattern=r"^(auto|[1-9]\d?:[1-9]\d?)$", examples=["auto", "1:1", "16:9", "9:16", "4:3", "3:4", "21:9"]
)
_EXTRA: Any = Field(max_length=50, json_schema_extra=hint(widget="json", advanced=True))


class Asked(Seeded, Avoiding, Prompted):
    """What every request has."""

    extra: Annotated[dict[str, Any], _EXTRA] = Field(default_factory=dict)
    """Further words of the model, as its own page names them; they win over ours."""


class Picture(Asked):
    """Parameters of pictures made from words."""

    model: Annotated[str, _MODEL] = "fal-ai/flux/dev"
    """The model's endpoint, as its page at fal names it; any will do, known ones show only what they take."""
    n: Annotated[int, Field(ge=1, le=4, json_schema_extra=hint(widget="count"))] = 1
    """How many to make."""
    width: Annotated[int, _SIDE] = 1024
    """Width in pixels, a multiple of 16."""
    height: Annotated[int, _SIDE] = 1024
    """Height in pixels, a multiple of 16."""
    aspect_ratio: Annotated[str, _RATIO] = "auto"
    """Width to height, for the models that take no pixels."""
    steps: Annotated[int, slider(1, 50, advanced=True)] | None = None
    """How many refinement steps; empty leaves it to the model."""
    guidance: Annotated[float, slider(0, 20, step=0.5, advanced=True)] | None = None
    """How closely to follow the prompt; empty leaves it to the model."""
    format: Literal["auto", "jpeg", "png"] = "auto"
    """The file format; `auto` leaves it to the model."""


class Rework(Picture):
    """Parameters of pictures made from pictures."""

    model: Annotated[str, _MODEL] = "fal-ai/flux/dev/image-to-image"
    """The model's endpoint, as its page at fal names it; any will do, known ones show only what they take."""
    image: ImageId
    """The picture to change."""
    references: Annotated[tuple[ImageId, ...], Field(max_length=9), _ADVANCED] = ()
    """More pictures to draw from, for the models that take several."""
    strength: Annotated[float, slider(0, 1, step=0.05)] | None = None
    """How far to go from the picture; empty leaves it to the model."""


class Film(Asked):
    """Parameters of a film made from words."""

    model: Annotated[str, _MODEL] = "bytedance/seedance-2.0/mini/text-to-video"
    """The model's endpoint, as its page at fal names it; any will do, known ones show only what they take."""
    duration: Annotated[int, slider(2, 30)] = 5
    """Seconds."""
    aspect_ratio: Annotated[str, _RATIO] = "auto"
    """Width to height; `auto` leaves it to the model."""
    resolution: Literal["auto", "480p", "720p", "1080p", "4k"] = "720p"
    """How large; `auto` leaves it to the model."""
    audio: bool = True
    """Whether the film has sound, where the model can."""


class Moving(Film):
    """Parameters of a film made from a picture."""

    model: Annotated[str, _MODEL] = "bytedance/seedance-2.0/mini/image-to-video"
    """The model's endpoint, as its page at fal names it; any will do, known ones show only what they take."""
    image: ImageId
    """The first frame."""
    last_image: ImageId | None = None
    """The last frame, where the model can."""


def words(params: Params, model: str) -> dict[str, Any]:
    """Return what is said beside the pictures and the further words."""
    return known_words("fal", model, params, skip=_APART)


def price(params: Picture | Film) -> Price | None:
    """Estimate a request."""
    units = _units(params, params.n if isinstance(params, Picture) else 1)
    return charge.expected("fal", params.model, units) if units else None


def cost(params: Picture | Film, made: int) -> Cost | None:
    """Compute what came of a request."""
    units = _units(params, made)
    return charge.cost("fal", params.model, units) if units else None


def _units(params: Picture | Film, made: int) -> dict[str, int | float] | None:
    rates = catalog.price("fal", params.model) or {}
    if isinstance(params, Picture):
        if "megapixel" in rates:
            return {"megapixel": made * params.width * params.height / 2**20}
        return {"image": made} if "image" in rates else None
    sized = f"second_{params.resolution}"
    unit = next((each for each in (sized, "second") if each in rates), None)
    return {unit: params.duration} if unit else None
