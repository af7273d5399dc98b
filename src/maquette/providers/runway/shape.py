"""What can be asked of Runway: the parameters of its actions, which the catalog narrows by model and action."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from maquette import catalog
from maquette.catalog import charge
from maquette.core.action import Price
from maquette.core.params import Avoiding, ImageId, Params, Seeded, hint, slider

_MODEL: Any = Field(min_length=1, max_length=100, json_schema_extra=hint(widget="combobox", refresh=True))
_SIZE: Any = Field(pattern=r"^[1-9]\d{2,4}x[1-9]\d{2,4}$", examples=["1280x720", "720x1280", "1920x1080", "1080x1920"])
_ADVANCED: Any = Field(json_schema_extra=hint(advanced=True))


class Prompt(Params):
    """A prompt as long as the dearest model takes it."""

    prompt: Annotated[str, Field(min_length=1, max_length=5000, json_schema_extra=hint(widget="textarea"))]
    """What to make; Runway's own models take at most 1000 characters."""


class Film(Prompt, Avoiding, Seeded):
    """What every request for a film has."""

    model: Annotated[str, _MODEL] = "gen4.5"
    """The model; each has sizes and lengths of its own."""
    size: Annotated[str, _SIZE] = "1280x720"
    """Width and height in pixels."""
    aspect_ratio: Annotated[str, Field(pattern=r"^\d{1,2}:\d{1,2}$", examples=["16:9", "9:16", "1:1"])] = "16:9"
    """Width to height, for models without sizes."""
    resolution: Annotated[str, Field(pattern=r"^(\d{3,4}p|[24]k)$", examples=["480p", "720p", "1080p"])] = "720p"
    """The shorter side, for models without sizes."""
    duration: Annotated[int, slider(1, 30)] = 5
    """Seconds."""
    audio: Annotated[bool, _ADVANCED] = True
    """Whether it has sound, which costs more with some models."""


class Animate(Film):
    """Parameters of a film that begins with a picture."""

    model: Annotated[str, _MODEL] = "gen4_turbo"
    """The model; each has sizes and lengths of its own."""
    image: ImageId
    """The first frame."""
    last_image: Annotated[ImageId | None, _ADVANCED] = None
    """The last frame, where the model takes one."""


class Paint(Prompt, Seeded):
    """Parameters of a picture made from words, and from other pictures."""

    model: Annotated[str, _MODEL] = "gen4_image"
    """The model; each has sizes of its own."""
    size: Annotated[str, _SIZE] = "1024x1024"
    """Width and height in pixels."""
    quality: Literal["very_low", "low", "medium", "high", "xhigh", "max", "auto"] = "medium"
    """More takes longer and costs more."""
    n: Annotated[int, Field(ge=1, le=4, json_schema_extra=hint(widget="count"))] = 1
    """How many to make."""
    references: Annotated[tuple[ImageId, ...], Field(max_length=9)] = ()
    """Pictures to draw from; `gen4_image_turbo` needs one."""


class Enlarge(Params):
    """Parameters of an enlargement."""

    image: ImageId
    """The picture to enlarge."""
    factor: Literal[2, 4, 8, 16] = 2
    """How many times as wide and high."""
    flavour: Literal["sublime", "photo", "photo_denoiser"] = "photo"
    """What the picture is like: a drawing, a photograph, or a noisy one."""


def body(params: Film | Paint, dropped: Collection[str]) -> dict[str, Any]:
    """Return the request without its pictures, and without what its model does not take there."""
    given = params.model_dump(exclude={"image", "last_image", "references", *dropped}, exclude_none=True)
    shape = given.pop("size", "").replace("x", ":") or given.pop("aspect_ratio", "")
    given.pop("aspect_ratio", None)
    if not (negative := given.pop("negative_prompt", "")):
        negative = None
    said = {
        "model": given.pop("model"),
        "promptText": given.pop("prompt"),
        "ratio": shape or None,
        "negativePrompt": negative,
        "outputCount": given.pop("n", None),
        **given,
    }
    return {word: value for word, value in said.items() if value is not None}


def frames(links: Sequence[str]) -> str | list[dict[str, str]]:
    """Return how the wire says which pictures a film begins and ends with."""
    if len(links) == 1:
        return links[0]
    return [{"uri": link, "position": place} for link, place in zip(links, ("first", "last"), strict=True)]


def film_price(params: Film) -> Price | None:
    """Estimate a film."""
    return _price(params.model, "second", params.duration)


def picture_price(params: Paint) -> Price | None:
    """Estimate pictures."""
    high = int(params.size.partition("x")[0]) * int(params.size.partition("x")[2]) > 1280 * 1080
    rates = catalog.price("runway", params.model) or {}
    return _price(params.model, "image_1080p" if high and "image_1080p" in rates else "image", params.n)


def _price(model: str, unit: str, count: int) -> Price | None:
    rates = catalog.price("runway", model) or {}
    # The dearest form of a model (4K, 1080p) bounds what may be asked for it.
    forms = [name for name in rates if name.startswith(unit.partition("_")[0])]
    dearest = max(forms, key=lambda name: rates[name], default=unit)
    return charge.expected("runway", model, {unit: count}, high={dearest: count})
