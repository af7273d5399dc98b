"""Pictures on a server with the web API of AUTOMATIC1111, Forge, SD.Next or stable-diffusion.cpp."""

from __future__ import annotations

from .provider import PROVIDER

__all__ = ["PROVIDER"]
