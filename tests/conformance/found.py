"""Which providers the suite runs over, known before any of them is imported."""

from __future__ import annotations

import pkgutil

import maquette.providers
from tests import plugin

BUILT_IN = sorted(
    found.name for found in pkgutil.iter_modules(maquette.providers.__path__) if not found.name.startswith("_")
)
PROVIDERS = [*BUILT_IN, *plugin.PROVIDERS]
RUNNING = [name for name in PROVIDERS if name != "diffusers"]
"""Providers that run in the product under test; a heavy extra of its own is what the other needs."""
WIRES = ["automatic1111", "comfyui", "openai", "swarmui"]
"""Providers that speak to a server; each has a twin."""
