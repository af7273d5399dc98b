"""WebP: EXIF and XMP chunks after the picture, announced by an extended header that is made when there is none."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from maquette.engine.media.recipe import Recipe

from .exif import with_comment
from .riff import Piece, chunk, chunks, joined, kept

_HAS_XMP, _HAS_EXIF, _HAS_ALPHA = 0x04, 0x08, 0x10
_MOST = 2**20


def stamp(content: memoryview, recipe: Recipe) -> Sequence[Piece]:
    """Append the recipe, in place of an older one; other EXIF data stays."""
    pieces: list[Piece] = []
    head: bytes | None = None
    old: bytes | None = None
    for name, start, end in chunks(content):
        if name == b"VP8X":
            head = bytes(content[start + 8 : end])
        elif name == b"EXIF":
            old = bytes(content[start + 8 : end]).removeprefix(b"Exif\0\0")
        elif name != b"XMP ":
            head = head or _head(name, content[start + 8 : end])
            pieces += kept(name, content[start + 8 : end])
    if head is None:
        raise ValueError("no picture")
    comment = with_comment(old, recipe.text(), _MOST) or old
    flags = head[0] | _HAS_XMP | (_HAS_EXIF if comment else 0)
    tail = [chunk(b"EXIF", comment)] if comment else []
    return joined(b"WEBP", [chunk(b"VP8X", bytes([flags]) + head[1:]), *pieces, *tail, chunk(b"XMP ", recipe.xmp())])


def _head(name: bytes, data: memoryview) -> bytes:
    """Make the extended header of a simple file: flags, and width and height less one in 24 bits each."""
    if name == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 1)
        width, height, flags = bits & 0x3FFF, bits >> 14 & 0x3FFF, _HAS_ALPHA if bits >> 28 & 1 else 0
    elif name == b"VP8 ":
        across, down = struct.unpack_from("<HH", data, 6)
        width, height, flags = (across & 0x3FFF) - 1, (down & 0x3FFF) - 1, 0
    else:
        raise ValueError("no picture")
    return struct.pack("<B3xI", flags, width)[:7] + struct.pack("<I", height)[:3]
