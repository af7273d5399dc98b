"""Call any JSON server: by single requests, and by the actions that a document declares."""

from __future__ import annotations

from .provider import PROVIDER

__all__ = ["PROVIDER"]
