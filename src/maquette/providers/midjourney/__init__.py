"""Reach Midjourney through a gateway; it has no public API of its own."""

from __future__ import annotations

from .provider import PROVIDER

__all__ = ["PROVIDER"]
