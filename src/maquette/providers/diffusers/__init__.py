"""Pictures by models on this machine, with the diffusers library, in a process of their own."""

from __future__ import annotations

from .provider import PROVIDER

__all__ = ["PROVIDER"]
