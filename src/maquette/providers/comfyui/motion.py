"""Build the graphs of the built-in actions that make films and sounds."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from maquette.core.params import Avoiding, Prompted, Seeded, Stepped, hint, slider

from .picture import Made, node

_FILE: Any = Field(max_length=500, json_schema_extra=hint(widget="combobox", options={}, advanced=True))
_FRAMES = 4
"""The model makes so many frames at a time, and one before them."""


class Film(Prompted, Avoiding, Stepped, Seeded):
    """Parameters of a film made from words by a model of the Wan family."""

    model: Annotated[str, Field(max_length=500, json_schema_extra=hint(widget="combobox"))] = ""
    """The diffusion model's file name on the server; empty takes the first that is installed."""
    text_encoder: Annotated[str, _FILE] = ""
    """The text encoder's file name on the server; empty takes the first that is installed."""
    vae: Annotated[str, _FILE] = ""
    """The VAE's file name on the server; empty takes the first that is installed."""
    width: Annotated[int, slider(64, 1920, step=16)] = 832
    """Width in pixels."""
    height: Annotated[int, slider(64, 1920, step=16)] = 480
    """Height in pixels."""
    duration: Annotated[float, slider(0.5, 10, step=0.5)] = 3.0
    """How long the film is, in seconds."""
    fps: Annotated[int, slider(8, 30, advanced=True)] = 16
    """Frames a second."""
    steps: Annotated[int, slider(1, 150, advanced=True)] = 20
    """How many refinement steps: more gives better quality and takes longer."""
    guidance: Annotated[float, slider(0, 30, step=0.5, advanced=True)] = 6.0
    """How closely to follow the prompt (CFG): higher adheres more, lower is freer."""
    shift: Annotated[float, slider(0, 20, step=0.5, advanced=True)] = 8.0
    """How much of the work goes into the large forms and the movement."""


class Sound(Prompted, Seeded):
    """Parameters of a piece of music made by a checkpoint of the ACE-Step family."""

    model: Annotated[str, Field(max_length=500, json_schema_extra=hint(widget="combobox"))] = ""
    """The checkpoint's file name on the server; empty takes the first that is installed."""
    lyrics: Annotated[str, Field(max_length=10_000, json_schema_extra=hint(widget="textarea"))] = ""
    """What is sung; empty makes instrumental music. The prompt says the style."""
    duration: Annotated[float, slider(1, 300, step=1)] = 60.0
    """How long the piece is, in seconds."""
    steps: Annotated[int, slider(1, 150, advanced=True)] = 50
    """How many refinement steps: more gives better quality and takes longer."""
    guidance: Annotated[float, slider(0, 30, step=0.5, advanced=True)] = 5.0
    """How closely to follow the prompt (CFG): higher adheres more, lower is freer."""


def film_graph(params: Film, model: str, text_encoder: str, vae: str) -> Made:
    """Return the graph of a film."""
    length = max(_FRAMES, round(params.duration * params.fps / _FRAMES) * _FRAMES) + 1
    size = {"width": params.width, "height": params.height, "length": length, "batch_size": 1}
    return {
        "model": node("UNETLoader", unet_name=model, weight_dtype="default"),
        "shifted": node("ModelSamplingSD3", model=["model", 0], shift=params.shift),
        "encoder": node("CLIPLoader", clip_name=text_encoder, type="wan"),
        "vae": node("VAELoader", vae_name=vae),
        "wanted": node("CLIPTextEncode", clip=["encoder", 0], text=params.prompt),
        "unwanted": node("CLIPTextEncode", clip=["encoder", 0], text=params.negative_prompt),
        "canvas": node("EmptyHunyuanLatentVideo", **size),
        "sampled": _sampler(params, "shifted"),
        "decoded": node("VAEDecode", samples=["sampled", 0], vae=["vae", 0]),
        "film": node("CreateVideo", images=["decoded", 0], fps=float(params.fps)),
        "saved": node("SaveVideo", video=["film", 0], filename_prefix="maquette/film", format="auto", codec="auto"),
    }


def sound_graph(params: Sound, model: str) -> Made:
    """Return the graph of a piece of music."""
    words = {"tags": params.prompt, "lyrics": params.lyrics, "lyrics_strength": 0.99}
    return {
        "model": node("CheckpointLoaderSimple", ckpt_name=model),
        "shifted": node("ModelSamplingSD3", model=["model", 0], shift=5.0),
        "wanted": node("TextEncodeAceStepAudio", clip=["model", 1], **words),
        "unwanted": node("ConditioningZeroOut", conditioning=["wanted", 0]),
        "canvas": node("EmptyAceStepLatentAudio", seconds=params.duration, batch_size=1),
        "sampled": _sampler(params, "shifted"),
        "decoded": node("VAEDecodeAudio", samples=["sampled", 0], vae=["model", 2]),
        "saved": node("SaveAudioMP3", audio=["decoded", 0], filename_prefix="maquette/sound", quality="V0"),
    }


def _sampler(params: Film | Sound, model: str) -> dict[str, Any]:
    return node(
        "KSampler",
        model=[model, 0],
        positive=["wanted", 0],
        negative=["unwanted", 0],
        latent_image=["canvas", 0],
        seed=params.seed,
        steps=params.steps,
        cfg=params.guidance,
        sampler_name="euler",
        scheduler="simple",
        denoise=1.0,
    )
