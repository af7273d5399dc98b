"""Build the graphs of the built-in actions that make pictures with a checkpoint."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from maquette.core.action import Material
from maquette.core.params import Avoiding, ImageId, MaskId, Params, Prompted, Seeded, Sized, Stepped, hint, slider

_NAME: Any = Field(min_length=1, max_length=200, json_schema_extra=hint(widget="combobox", options={}, advanced=True))
_SIDE: Any = Field(ge=0, le=1024, json_schema_extra=hint(widget="slider", step=8, unit="px"))
_GRAIN = 8
"""A latent stands for so many pixels each way."""

Made = dict[str, dict[str, Any]]


class Painted(Prompted, Avoiding, Stepped, Seeded):
    """What every picture by a checkpoint has."""

    model: Annotated[str, Field(max_length=500, json_schema_extra=hint(widget="combobox"))] = ""
    """The checkpoint's file name on the server; empty takes the first that is installed."""
    n: Annotated[int, Field(ge=1, le=16, json_schema_extra=hint(widget="count"))] = 1
    """How many to make."""
    sampler: Annotated[str, _NAME] = "euler"
    """The sampler's name on the server."""
    scheduler: Annotated[str, _NAME] = "normal"
    """The scheduler's name on the server."""


class Paint(Painted, Sized):
    """Parameters of a picture made from words."""


class Rework(Painted):
    """Parameters of a picture made from another one."""

    image: ImageId
    """The picture to start from; the result has its size, rounded down to whole steps of 8 pixels."""
    strength: Annotated[float, slider(0, 1, step=0.05)] = 0.6
    """How far to go from the picture: 0 keeps it, 1 makes it anew."""


class Inpaint(Rework):
    """Parameters of a picture of which a part is repainted."""

    mask: MaskId
    """A picture of the same size that is white where to repaint and black where to keep."""
    strength: Annotated[float, slider(0, 1, step=0.05)] = 1.0
    """How far to go from the picture under the mask: 0 keeps it, 1 makes it anew."""
    grow: Annotated[int, slider(0, 64, advanced=True)] = 6
    """How far the repaint reaches beyond the mask, in pixels, so that no seam is seen."""


class Outpaint(Painted):
    """Parameters of a picture whose canvas is extended."""

    image: ImageId
    """The picture to extend."""
    left: Annotated[int, _SIDE] = 0
    """How far to the left."""
    right: Annotated[int, _SIDE] = 0
    """How far to the right."""
    top: Annotated[int, _SIDE] = 0
    """How far upwards."""
    bottom: Annotated[int, _SIDE] = 0
    """How far downwards; where no side is given, every side grows by an eighth of the picture."""
    feather: Annotated[int, slider(0, 256, advanced=True)] = 40
    """How softly the old picture passes into the new canvas, in pixels."""


class Enlarge(Params):
    """Parameters of an enlargement."""

    image: ImageId
    """The picture to enlarge."""
    factor: Annotated[float, slider(1, 8, step=0.5)] = 2
    """How many times wider and higher."""
    upscaler: Annotated[str, Field(max_length=500, json_schema_extra=hint(widget="combobox", options={}))] = ""
    """The file name of an upscale model on the server; empty resamples without one."""


def picture_graph(params: Paint, model: str) -> Made:
    """Return the graph of a picture from words, in API format."""
    canvas = node("EmptyLatentImage", width=params.width, height=params.height, batch_size=params.n)
    return _sampled(params, model, 1.0) | {"canvas": canvas} | _saved("decoded")


def rework_graph(params: Rework, model: str, image: str) -> Made:
    """Return the graph of a picture from another one."""
    start = {"source": node("LoadImage", image=image), "encoded": _encoded("source")}
    return _sampled(params, model, params.strength) | start | _batch(params.n, "encoded") | _saved("decoded")


def inpaint_graph(params: Inpaint, model: str, image: str, mask: str, *, whole: bool) -> Made:
    """Return the graph of a repaint; with `whole`, what lies beside the mask is set in again to the pixel."""
    made = _sampled(params, model, params.strength) | {
        "source": node("LoadImage", image=image),
        "drawn": node("LoadImageMask", image=mask, channel="red"),
        "mask": node("GrowMask", mask=["drawn", 0], expand=params.grow, tapered_corners=True),
        "encoded": _encoded("source"),
        "masked": node("SetLatentNoiseMask", samples=["encoded", 0], mask=["mask", 0]),
    }
    made |= _batch(params.n, "masked")
    if not whole:
        return made | _saved("decoded")
    under = {"under": node("RepeatImageBatch", image=["source", 0], amount=params.n)}
    pasted = node(
        "ImageCompositeMasked",
        destination=["under", 0],
        source=["decoded", 0],
        mask=["mask", 0],
        x=0,
        y=0,
        resize_source=False,
    )
    return made | under | {"pasted": pasted} | _saved("pasted")


def outpaint_graph(params: Outpaint, model: str, image: str, sides: dict[str, int]) -> Made:
    """Return the graph of a picture on a larger canvas."""
    padded = node("ImagePadForOutpaint", image=["source", 0], feathering=params.feather, **sides)
    encoded = node("VAEEncodeForInpaint", pixels=["padded", 0], vae=["model", 2], mask=["padded", 1], grow_mask_by=8)
    start = {"source": node("LoadImage", image=image), "padded": padded, "encoded": encoded}
    return _sampled(params, model, 1.0) | start | _batch(params.n, "encoded") | _saved("decoded")


def enlarge_graph(params: Enlarge, image: str, size: tuple[int, int]) -> Made:
    """Return the graph of an enlargement of a picture of `size`."""
    width, height = (round(side * params.factor) for side in size)
    made = {"source": node("LoadImage", image=image)}
    if params.upscaler:
        made["upscaler"] = node("UpscaleModelLoader", model_name=params.upscaler)
        made["enlarged"] = node("ImageUpscaleWithModel", upscale_model=["upscaler", 0], image=["source", 0])
    last = "enlarged" if params.upscaler else "source"
    scale = {"upscale_method": "lanczos", "width": width, "height": height, "crop": "disabled"}
    return made | {"scaled": node("ImageScale", image=[last, 0], **scale)} | _saved("scaled")


def sides(params: Outpaint, image: Material) -> dict[str, int]:
    """Return how far the canvas grows on each side, so that the whole has whole latents."""
    wished = {side: getattr(params, side) for side in ("left", "right", "top", "bottom")}
    if not any(wished.values()):
        across, down = ((side or 512) // _GRAIN for side in (image.width, image.height))
        wished = {"left": across, "right": across, "top": down, "bottom": down}
    for near, far, side in (("left", "right", image.width), ("top", "bottom", image.height)):
        short = -((side or 0) + wished[near] + wished[far]) % _GRAIN
        wished[far if wished[far] or not wished[near] else near] += short
    return wished


def is_whole(image: Material) -> bool:
    """Tell whether a picture comes back from the latents at its own size."""
    return bool(image.width and image.height) and not (image.width or 1) % _GRAIN and not (image.height or 1) % _GRAIN


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    """Return a node of a graph in API format."""
    return {"class_type": class_type, "inputs": inputs}


def _sampled(params: Painted, model: str, denoise: float) -> Made:
    sampler = {
        "model": ["model", 0],
        "positive": ["wanted", 0],
        "negative": ["unwanted", 0],
        "latent_image": ["canvas", 0],
        "seed": params.seed,
        "steps": params.steps,
        "cfg": params.guidance,
        "sampler_name": params.sampler,
        "scheduler": params.scheduler,
        "denoise": denoise,
    }
    return {
        "model": node("CheckpointLoaderSimple", ckpt_name=model),
        "wanted": node("CLIPTextEncode", clip=["model", 1], text=params.prompt),
        "unwanted": node("CLIPTextEncode", clip=["model", 1], text=params.negative_prompt),
        "sampled": node("KSampler", **sampler),
        "decoded": node("VAEDecode", samples=["sampled", 0], vae=["model", 2]),
    }


def _encoded(source: str) -> dict[str, Any]:
    return node("VAEEncode", pixels=[source, 0], vae=["model", 2])


def _batch(count: int, last: str) -> Made:
    return {"canvas": node("RepeatLatentBatch", samples=[last, 0], amount=count)}


def _saved(last: str) -> Made:
    return {"saved": node("SaveImage", images=[last, 0], filename_prefix="maquette/picture")}
