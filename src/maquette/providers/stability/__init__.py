"""Pictures and music by Stability AI."""

from __future__ import annotations

from .provider import PROVIDER

__all__ = ["PROVIDER"]
