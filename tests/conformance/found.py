"""Which providers the suite runs over, known before any of them is imported."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from typing import get_args

import maquette.providers
from tests import plugin
from tests.twins.running import Name

BUILT_IN = sorted(
    found.name for found in pkgutil.iter_modules(maquette.providers.__path__) if not found.name.startswith("_")
)
PROVIDERS = [*BUILT_IN, *plugin.PROVIDERS]
RUNNING = [name for name in PROVIDERS if name != "diffusers"]
"""Providers that run in the product under test; a heavy extra of its own is what the other needs."""
WIRES: list[Name] = list(get_args(Name))
"""Providers that speak to a server; each has a twin."""
HOSTED: Mapping[str, str] = {
    "bfl": "",
    "elevenlabs": "",
    "fal": "",
    "leonardo": "/api/rest",
    "midjourney": "",
    "replicate": "/v1",
    "runware": "",
    "runway": "",
    "stability": "",
}
"""Services whose account is a key and a base URL; each with the path of that URL."""
PACED = frozenset({"leonardo", "midjourney", "runware", "runway"})
"""Those whose accounts say how often a task is asked after."""
OWN = frozenset(
    {"media.leonardo.vary", *(f"media.midjourney.{way}" for way in ("img2img", "img2vid", "upscale", "vary"))}
)
"""Actions that go on from a picture which their provider's `txt2img` made before."""
