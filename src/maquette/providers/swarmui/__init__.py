"""Pictures on a SwarmUI server: live progress, a session for each generation, results looked up after a crash."""

from __future__ import annotations

from .provider import PROVIDER

__all__ = ["PROVIDER"]
