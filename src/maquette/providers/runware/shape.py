"""What can be asked of Runware: the parameters of its actions, and the tasks that they become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from maquette.core.params import Avoiding, Counted, ImageId, Params, Prompted, Seeded, hint, slider

_MODEL: Any = Field(
    pattern=r"^[A-Za-z0-9._-]+:[A-Za-z0-9._-]+@[A-Za-z0-9._-]+$",
    json_schema_extra=hint(widget="combobox", refresh=True),
)
_WORDS: Mapping[str, str] = {
    "prompt": "positivePrompt",
    "negative_prompt": "negativePrompt",
    "guidance": "CFGScale",
    "factor": "upscaleFactor",
    "n": "numberResults",
}
"""How our words are spelt on the wire; others are the same on both sides."""


class Painted(Prompted, Avoiding, Seeded, Counted):
    """What every request for pictures has."""

    model: Annotated[str, _MODEL] = "runware:97@1"
    """The model by its AIR id; its page at the vendor, and the vendor's search, show thousands of others."""
    width: Annotated[int, slider(64, 4096, step=64)] = 1024
    """Width in pixels, a multiple of 64 for most models."""
    height: Annotated[int, slider(64, 4096, step=64)] = 1024
    """Height in pixels, a multiple of 64 for most models."""
    steps: Annotated[int, slider(1, 100, advanced=True)] | None = None
    """How many refinement steps; the model's own number where none is said."""
    guidance: Annotated[float, slider(0, 50, step=0.5, advanced=True)] | None = None
    """How closely to follow the prompt (CFG); the model's own value where none is said."""
    scheduler: Annotated[str, Field(max_length=60, json_schema_extra=hint(advanced=True))] = ""
    """The sampler by the vendor's name; the model's own where none is said."""
    format: Literal["png", "jpg", "webp"] = "png"
    """The file format."""


class Rework(Painted):
    """Parameters of a picture made from pictures and words."""

    model: Annotated[str, _MODEL] = "runware:101@1"
    """The model by its AIR id."""
    image: ImageId
    """The picture to start from."""
    references: Annotated[tuple[ImageId, ...], Field(max_length=8, json_schema_extra=hint(advanced=True))] = ()
    """More pictures to draw from, for models that take several."""
    strength: Annotated[float, slider(0, 1, step=0.05)] = 0.8
    """How far to leave the picture: 0 keeps it, 1 forgets it."""


class Film(Prompted, Avoiding, Seeded):
    """What every request for a film has."""

    model: Annotated[str, _MODEL] = "runway:1@2"
    """The model by its AIR id."""
    width: Annotated[int, slider(64, 3840, step=8)] = 1280
    """Width in pixels: each model has its own few sizes."""
    height: Annotated[int, slider(64, 3840, step=8)] = 720
    """Height in pixels."""
    duration: Annotated[int, slider(1, 30)] = 5
    """Seconds."""
    format: Literal["mp4", "webm", "mov"] = "mp4"
    """The file format."""


class Animate(Film):
    """Parameters of a film that begins with a picture."""

    image: ImageId
    """The first frame."""
    last_image: Annotated[ImageId | None, Field(json_schema_extra=hint(advanced=True))] = None
    """The last frame, where the model takes one."""


class Enlarge(Params):
    """Parameters of an enlargement."""

    model: Annotated[str, _MODEL] = "runware:504@1"
    """The upscaler by its AIR id."""
    image: ImageId
    """The picture to enlarge."""
    factor: Literal[2, 4] = 2
    """How many times as wide and high."""
    format: Literal["png", "jpg", "webp"] = "png"
    """The file format."""


def task(kind: str, params: Params, token: str, inputs: Mapping[str, Any], dropped: Sequence[str]) -> dict[str, Any]:
    """Return the task of a request, without what its model does not take."""
    said = {
        _WORDS.get(word, word): value
        for word, value in params.model_dump(exclude={"image", "last_image", "references", "format"}).items()
        if word not in dropped and value not in (None, "")
    }
    return {
        "taskType": kind,
        "taskUUID": token,
        "deliveryMethod": "async",
        "includeCost": True,
        "outputType": "URL",
        "outputFormat": str(getattr(params, "format", "")).upper(),
        **said,
        **({"inputs": dict(inputs)} if inputs else {}),
    }
