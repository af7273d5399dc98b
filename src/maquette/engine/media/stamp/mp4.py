"""MP4, MOV and M4A: an XMP packet in a box at the end, where it moves no sample."""

from __future__ import annotations

import struct
import uuid
from collections.abc import Sequence

from maquette.engine.media.recipe import Recipe

_XMP = uuid.UUID("be7acfcb-97a9-42e8-9c71-999491e3afac").bytes
_MOST_BOXES = 100_000


def stamp(content: memoryview, recipe: Recipe) -> Sequence[bytes | memoryview]:
    """Append the recipe; a last box that reaches to the end of the file is given its length first."""
    packet = recipe.xmp()
    box = struct.pack(">I4s", 24 + len(packet), b"uuid") + _XMP + packet
    start, size = _last(content)
    if size:
        return [content, box]
    if len(content) - start >= 2**32:
        raise ValueError("the last box has no room for its length")
    return [content[:start], struct.pack(">I", len(content) - start), content[start + 4 :], box]


def _last(content: memoryview) -> tuple[int, int]:
    """Return where the last box starts and its size as written, 0 for one without an end."""
    place = 0
    for _ in range(_MOST_BOXES):
        size, kind = struct.unpack_from(">I4s", content, place)
        if size == 1:
            (size,) = struct.unpack_from(">Q", content, place + 8)
        if size == 0 or place + size == len(content):
            return place, size
        if size < 8 or place + size > len(content):
            raise ValueError(f"the box {kind!r} leaves the file")
        place += size
    raise ValueError("too many boxes")
