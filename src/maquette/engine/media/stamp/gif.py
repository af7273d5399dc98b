"""GIF: a comment and an XMP packet as extensions before the first picture."""

from __future__ import annotations

from collections.abc import Sequence

from maquette.engine.media.recipe import Recipe

_XMP = b"!\xff\x0bXMP DataXMP"
_ESCAPE = bytes([1, *range(255, -1, -1), 0])
"""Leads a reader that takes the raw packet for blocks of data to its end, wherever it falls in."""


def stamp(content: memoryview, recipe: Recipe) -> Sequence[bytes | memoryview]:
    """Put the recipe after the global colours; extensions need the version of 1989."""
    flags = content[10]
    colours = 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0
    start = 13 + colours
    comment = b"!\xfe" + _blocks(recipe.text().encode()) if recipe.text() else b""
    return [b"GIF89a", content[6:start], comment, _XMP + recipe.xmp() + _ESCAPE, content[start:]]


def _blocks(data: bytes) -> bytes:
    parts = [data[at : at + 255] for at in range(0, len(data), 255)]
    return b"".join(bytes([len(part)]) + part for part in parts) + b"\0"
