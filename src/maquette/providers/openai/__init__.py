"""Reach OpenAI, and every server that speaks its protocol at another base URL."""

from __future__ import annotations

from .provider import PROVIDER

__all__ = ["PROVIDER"]
