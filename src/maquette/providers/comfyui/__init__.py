"""Run graphs on a ComfyUI server: a built-in one, and every graph that is imported."""

from __future__ import annotations

from .graph import import_graph
from .provider import PROVIDER

__all__ = ["PROVIDER", "import_graph"]
