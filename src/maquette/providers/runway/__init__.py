"""Reach Runway: its own models, and those of others that it serves."""

from __future__ import annotations

from .provider import PROVIDER

__all__ = ["PROVIDER"]
