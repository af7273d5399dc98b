"""Say in the server's words what to make."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from maquette.core.action import Material
from maquette.core.inline import base64_of
from maquette.core.params import Avoiding, ImageId, MaskId, Params, Prompted, Seeded, Sized, Stepped, hint, slider

_CHOICE: Any = Field(max_length=500, json_schema_extra=hint(widget="combobox", options={}, advanced=True))
_SIDES = (64, 2048)
_UNKNOWN_SIDE = 512


class Made(Prompted, Avoiding, Stepped, Seeded):
    """What every picture has."""

    model: Annotated[str, Field(max_length=500, json_schema_extra=hint(widget="combobox"))] = ""
    """The checkpoint's title on the server; empty takes the one that is loaded."""
    n: Annotated[int, Field(ge=1, le=16, json_schema_extra=hint(widget="count"))] = 1
    """How many to make, one after the other."""
    sampler: Annotated[str, _CHOICE] = ""
    """The sampler's name on the server; empty leaves it to the server."""
    scheduler: Annotated[str, _CHOICE] = ""
    """The scheduler's name on the server; empty leaves it to the server."""
    vae: Annotated[str, _CHOICE] = ""
    """The name of a VAE on the server; empty takes the model's own."""


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
    strength: Annotated[float, slider(0, 1, step=0.05)] = 0.9
    """How far to go from the picture under the mask: 0 keeps it, 1 makes it anew."""
    fill: Annotated[Literal["original", "fill", "noise", "nothing"], Field(json_schema_extra=hint(advanced=True))] = (
        "original"
    )
    """What lies under the mask before the repaint begins."""
    mask_blur: Annotated[int, slider(0, 64, advanced=True)] = 4
    """How softly the repainted part ends, in pixels."""
    only_masked: Annotated[bool, Field(json_schema_extra=hint(advanced=True))] = False
    """Work on the part under the mask at full resolution, and set it in."""


class Enlarge(Params):
    """Parameters of an enlargement."""

    image: ImageId
    """The picture to enlarge."""
    factor: Annotated[float, slider(1, 8, step=0.5)] = 2
    """How many times wider and higher."""
    upscaler: Annotated[str, Field(max_length=500, json_schema_extra=hint(widget="combobox", options={}))] = ""
    """The upscaler's name on the server; empty takes the best of the usual ones that it has."""


_FILLS = {"fill": 0, "original": 1, "noise": 2, "nothing": 3}


def body(params: Made, task: str) -> dict[str, Any]:
    """Return the fields that every request has; `task` is the name under which the server is asked how far it is."""
    # The choice of a model is for this request alone, and a sheet of all pictures is not wanted.
    settings: dict[str, Any] = {"return_grid": False}
    chosen = {"sd_model_checkpoint": params.model, "sd_vae": params.vae}
    made = {
        "prompt": params.prompt,
        "negative_prompt": params.negative_prompt,
        "steps": params.steps,
        "cfg_scale": params.guidance,
        "seed": params.seed,
        "batch_size": 1,
        "n_iter": params.n,
        "override_settings": settings | {word: value for word, value in chosen.items() if value},
        "override_settings_restore_afterwards": True,
        "force_task_id": task,
        "send_images": True,
        "save_images": False,
    }
    named = {"sampler_name": params.sampler, "scheduler": params.scheduler}
    return made | {word: value for word, value in named.items() if value}


def source(params: Rework, image: Material) -> dict[str, Any]:
    """Return the fields of a picture to start from."""
    low, high = _SIDES
    width, height = (
        min(max(side // 8 * 8, low), high) for side in (image.width or _UNKNOWN_SIDE, image.height or _UNKNOWN_SIDE)
    )
    start = {"init_images": [base64_of(image)], "denoising_strength": params.strength}
    return start | {"width": width, "height": height, "include_init_images": False}


def masked(params: Inpaint, mask: Material) -> dict[str, Any]:
    """Return the fields of a mask, which is white where to repaint."""
    return {
        "mask": base64_of(mask),
        "mask_blur": params.mask_blur,
        "inpainting_fill": _FILLS[params.fill],
        "inpaint_full_res": params.only_masked,
        "inpainting_mask_invert": 0,
    }
