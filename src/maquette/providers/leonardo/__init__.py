"""Reach Leonardo.ai, over both versions of its API."""

from __future__ import annotations

from .provider import PROVIDER

__all__ = ["PROVIDER"]
