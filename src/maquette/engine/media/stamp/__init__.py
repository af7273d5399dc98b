"""Write a recipe into a file without touching what it shows or sounds like; one module a container."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

from maquette.engine.media.recipe import Recipe

from . import flac, gif, jpeg, mp3, mp4, ogg, png, wav, webp

Piece = bytes | memoryview
"""A run of bytes of the stamped file; those of the original are views, so nothing is copied before it is written."""

_WRITERS: dict[str, Callable[[memoryview, Recipe], Sequence[Piece]]] = {
    "png": png.stamp,
    "jpg": jpeg.stamp,
    "webp": webp.stamp,
    "gif": gif.stamp,
    "mp4": mp4.stamp,
    "mov": mp4.stamp,
    "m4a": mp4.stamp,
    "mp3": mp3.stamp,
    "flac": flac.stamp,
    "ogg": ogg.stamp,
    "wav": wav.stamp,
}


def stamp(extension: str, content: memoryview, recipe: Recipe) -> Sequence[Piece] | None:
    """Return the pieces of the stamped file, or None where the container takes no stamp.

    The file was decoded before, so a layout that a writer does not know is no reason to lose it: it stays as it came.
    """
    writer = _WRITERS.get(extension)
    if writer is None:
        return None
    try:
        return writer(content, recipe)
    except (IndexError, OverflowError, ValueError, struct.error):
        return None
