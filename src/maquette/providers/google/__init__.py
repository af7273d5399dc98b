"""Reach Google's Gemini, Omni, Imagen and Veo, by the Gemini API or by Vertex."""

from __future__ import annotations

from .provider import PROVIDER

__all__ = ["PROVIDER"]
