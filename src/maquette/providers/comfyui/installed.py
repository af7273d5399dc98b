"""List what is installed on the server: files by folder, and what a node's input offers."""

from __future__ import annotations

from collections.abc import Mapping

from maquette.core.action import Call
from maquette.core.errors import RequestRejected

from . import wire
from .node import specs

_PLACES: Mapping[str, tuple[str, str, str]] = {
    "checkpoint": ("checkpoints", "CheckpointLoaderSimple", "ckpt_name"),
    "diffusion_model": ("diffusion_models", "UNETLoader", "unet_name"),
    "text_encoder": ("text_encoders", "CLIPLoader", "clip_name"),
    "vae": ("vae", "VAELoader", "vae_name"),
    "upscaler": ("upscale_models", "UpscaleModelLoader", "model_name"),
    "sampler": ("", "KSampler", "sampler_name"),
    "scheduler": ("", "KSampler", "scheduler"),
}
"""Where each kind of thing is listed: a folder, and the node's input that names one."""


async def installed(kind: str, call: Call) -> list[str]:
    """Return the names of what is installed of a kind; none of a kind that no list tells."""
    if kind not in _PLACES:
        return []
    folder, loader, name = _PLACES[kind]
    found = await wire.asked(f"/api/models/{folder}", call) if folder else None
    if not isinstance(found, list):
        # Servers without lists of files still tell them in the description of the node that loads them.
        kinds = await wire.asked(f"/api/object_info/{loader}", call)
        known = specs(kinds, loader) if isinstance(kinds, dict) else None
        found = next((list(s.options) for s in known or () if s.name == name), [])
    return [name for name in found if isinstance(name, str)]


async def chosen(kind: str, wish: str, call: Call) -> str:
    """Return what was wished for, or the first that is installed; raises `RequestRejected` where there is none."""
    return wish or await call.memo("model" if kind == "checkpoint" else kind, lambda: _first(kind, call))


async def _first(kind: str, call: Call) -> str:
    names = await installed(kind, call)
    if not names:
        folder = _PLACES[kind][0]
        advice = f"Put one into the server's `models/{folder}`."
        raise RequestRejected(f"No {kind.replace('_', ' ')} is installed", hint=advice)
    return names[0]
