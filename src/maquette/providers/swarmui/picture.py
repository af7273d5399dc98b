"""Say in the server's words what to make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from maquette.core.action import Material
from maquette.core.inline import data_uri
from maquette.core.params import Avoiding, ImageId, MaskId, Prompted, Seeded, Sized, Stepped, hint, slider

_CHOICE: Any = Field(max_length=500, json_schema_extra=hint(widget="combobox", options={}, advanced=True))


class Made(Prompted, Avoiding, Stepped, Seeded):
    """What every picture has."""

    model: Annotated[str, Field(max_length=500, json_schema_extra=hint(widget="combobox"))] = ""
    """The model's name on the server; empty takes the first that is installed."""
    n: Annotated[int, Field(ge=1, le=16, json_schema_extra=hint(widget="count"))] = 1
    """How many to make."""
    sampler: Annotated[str, _CHOICE] = ""
    """The sampler's name on the server; empty leaves it to the server."""
    scheduler: Annotated[str, _CHOICE] = ""
    """The scheduler's name on the server; empty leaves it to the server."""
    vae: Annotated[str, _CHOICE] = ""
    """The name of a VAE on the server; empty takes the model's own."""
    lora: Annotated[str, _CHOICE] = ""
    """The name of a LoRA on the server to add."""
    lora_weight: Annotated[float, slider(-2, 2, step=0.05, advanced=True)] = 1.0
    """How strongly the LoRA acts."""


class Imagine(Made, Sized):
    """Parameters of a picture made from words."""


class Rework(Made):
    """Parameters of a picture made from another one."""

    image: ImageId
    """The picture to start from; the result has its size, rounded to what the model can make."""
    strength: Annotated[float, slider(0, 1, step=0.05)] = 0.6
    """How far to go from the picture: 0 keeps it, 1 makes it anew."""


class Inpaint(Rework):
    """Parameters of a picture of which a part is repainted."""

    mask: MaskId
    """A picture that is white where to repaint and black where to keep."""
    strength: Annotated[float, slider(0, 1, step=0.05)] = 1.0
    """How far to go from the picture under the mask: 0 keeps it, 1 makes it anew."""
    mask_blur: Annotated[int, slider(0, 64, advanced=True)] = 4
    """How softly the repainted part ends, in pixels."""


def body(params: Made, model: str) -> dict[str, Any]:
    """Return the fields that every request has."""
    made = {
        "images": params.n,
        "prompt": params.prompt,
        "negativeprompt": params.negative_prompt,
        "model": model,
        "steps": params.steps,
        "cfgscale": params.guidance,
        "seed": params.seed,
    }
    chosen = {"sampler": params.sampler, "scheduler": params.scheduler, "vae": params.vae}
    if params.lora:
        chosen |= {"loras": params.lora, "loraweights": str(params.lora_weight)}
    return made | {word: value for word, value in chosen.items() if value}


def source(params: Rework, image: Material) -> dict[str, Any]:
    """Return the fields of a picture to start from; its size is asked for, in the steps that models can make."""
    sent: dict[str, Any] = {"initimage": data_uri(image), "initimagecreativity": params.strength}
    if image.width and image.height:
        sent |= {"width": max(64, image.width // 8 * 8), "height": max(64, image.height // 8 * 8)}
    return sent


def choices(listed: Mapping[str, Any], word: str) -> list[str]:
    """Return the values that the server offers for one of its parameters."""
    rows = listed.get("list")
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and row.get("id") == word:
            return [value for value in row.get("values") or () if isinstance(value, str)]
    return []
