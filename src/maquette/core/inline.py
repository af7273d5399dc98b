"""Put assets into the JSON of a request."""

from __future__ import annotations

import pybase64

from .action import Material


def base64_of(material: Material) -> str:
    """Return the bytes of an asset as base64."""
    return pybase64.b64encode(material.content).decode()


def data_uri(material: Material) -> str:
    """Return an asset as a data URI."""
    return f"data:{material.mime};base64,{base64_of(material)}"
