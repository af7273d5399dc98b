"""WAV: a comment in the list of information, an ID3 tag and an XMP packet, as chunks after the sound."""

from __future__ import annotations

from collections.abc import Sequence

from maquette.engine.media.recipe import Recipe

from .mp3 import stamp as stamp_mp3
from .riff import Piece, chunk, chunks, joined, kept

_OURS = (b"_PMX", b"id3 ")


def stamp(content: memoryview, recipe: Recipe) -> Sequence[Piece]:
    """Append the recipe, in place of an older one."""
    pieces: list[Piece] = []
    for name, start, end in chunks(content):
        if name not in _OURS:
            pieces += kept(name, content[start + 8 : end])
    tag = b"".join(stamp_mp3(memoryview(b""), recipe))
    comment = chunk(b"LIST", b"INFO" + chunk(b"ICMT", recipe.text().encode() + b"\0")) if recipe.text() else b""
    return joined(b"WAVE", [*pieces, comment, chunk(b"id3 ", tag), chunk(b"_PMX", recipe.xmp())])
