"""Pictures, films and sounds by the many models at fal."""

from __future__ import annotations

from .provider import PROVIDER

__all__ = ["PROVIDER"]
