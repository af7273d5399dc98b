"""Build the graph of the built-in action: a checkpoint, two prompts, a sampler, a picture."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from maquette.core.params import Avoiding, Prompted, Seeded, Sized, Stepped, hint

_NAME: Any = Field(min_length=1, max_length=200, json_schema_extra=hint(widget="combobox", advanced=True))


class Paint(Prompted, Avoiding, Sized, Stepped, Seeded):
    """Parameters of a picture made by a checkpoint."""

    model: Annotated[str, Field(max_length=500, json_schema_extra=hint(widget="combobox"))] = ""
    """The checkpoint's file name on the server; empty takes the first that is installed."""
    n: Annotated[int, Field(ge=1, le=16, json_schema_extra=hint(widget="count"))] = 1
    """How many to make."""
    sampler: Annotated[str, _NAME] = "euler"
    """The sampler's name on the server."""
    scheduler: Annotated[str, _NAME] = "normal"
    """The scheduler's name on the server."""


def picture_graph(params: Paint, model: str) -> dict[str, dict[str, Any]]:
    """Return the graph for `params` in API format."""
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
        "denoise": 1.0,
    }
    return {
        "model": _node("CheckpointLoaderSimple", ckpt_name=model),
        "wanted": _node("CLIPTextEncode", clip=["model", 1], text=params.prompt),
        "unwanted": _node("CLIPTextEncode", clip=["model", 1], text=params.negative_prompt),
        "canvas": _node("EmptyLatentImage", width=params.width, height=params.height, batch_size=params.n),
        "sampled": _node("KSampler", **sampler),
        "decoded": _node("VAEDecode", samples=["sampled", 0], vae=["model", 2]),
        "saved": _node("SaveImage", images=["decoded", 0], filename_prefix="maquette/picture"),
    }


def _node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}
