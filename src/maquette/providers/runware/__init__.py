"""Reach Runware: hundreds of models behind one wire."""

from __future__ import annotations

from .provider import PROVIDER

__all__ = ["PROVIDER"]
