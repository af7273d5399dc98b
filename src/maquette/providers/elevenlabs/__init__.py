"""Speech, dialogue, effects, music, pictures and films by ElevenLabs."""

from __future__ import annotations

from .provider import PROVIDER

__all__ = ["PROVIDER"]
