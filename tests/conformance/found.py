"""Which providers the suite runs over, known before any of them is imported."""

from __future__ import annotations

import pkgutil

import maquette.providers
from tests import plugin

BUILT_IN = sorted(
    found.name for found in pkgutil.iter_modules(maquette.providers.__path__) if not found.name.startswith("_")
)
PROVIDERS = [*BUILT_IN, *plugin.PROVIDERS]
HOSTED = {"leonardo": "/api/rest", "midjourney": "", "runware": "", "runway": ""}
"""Services with a key that take a task and are then asked after it; each with the path of its base URL."""
WIRES = sorted(["comfyui", "openai", *HOSTED])
"""Providers that speak to a server; each has a twin."""
OWN = frozenset(
    {"media.leonardo.vary", *(f"media.midjourney.{way}" for way in ("img2img", "img2vid", "upscale", "vary"))}
)
"""Actions that go on from a picture which their provider's `txt2img` made before."""
