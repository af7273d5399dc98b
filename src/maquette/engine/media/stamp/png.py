"""PNG: text chunks before the pixels, as A1111 writes and reads them, and an XMP packet."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence

from maquette.engine.media.recipe import Recipe

_XMP = b"XML:com.adobe.xmp"
_OURS = (b"parameters", b"maquette", _XMP)
_MOST_CHUNKS = 10_000


def stamp(content: memoryview, recipe: Recipe) -> Sequence[bytes | memoryview]:
    """Put the recipe before the first pixel chunk, in place of an older one."""
    pieces: list[bytes | memoryview] = [content[:8]]
    for kind, start, end in _chunks(content):
        if kind == b"IDAT":
            return [*pieces, *_written(recipe), content[start:]]
        if not (kind in (b"tEXt", b"iTXt", b"zTXt") and _keyword(content, start, end) in _OURS):
            pieces.append(content[start:end])
    raise ValueError("no pixels")


def _chunks(content: memoryview) -> Iterator[tuple[bytes, int, int]]:
    start = 8
    for _ in range(_MOST_CHUNKS):
        size, kind = struct.unpack_from(">I4s", content, start)
        yield kind, start, start + 12 + size
        start += 12 + size
    raise ValueError("too many chunks")


def _keyword(content: memoryview, start: int, end: int) -> bytes:
    return bytes(content[start + 8 : min(end, start + 8 + 80)]).partition(b"\0")[0]


def _written(recipe: Recipe) -> Iterator[bytes]:
    if recipe.text():
        yield _text(b"parameters", recipe.text())
    yield _text(b"maquette", recipe.json())
    yield _chunk(b"iTXt", _XMP + b"\0\0\0\0\0" + recipe.xmp())


def _text(keyword: bytes, text: str) -> bytes:
    """Write plain text where Latin-1 can, because the oldest readers know only that."""
    try:
        return _chunk(b"tEXt", keyword + b"\0" + text.encode("latin-1"))
    except UnicodeEncodeError:
        return _chunk(b"iTXt", keyword + b"\0\0\0\0\0" + text.encode())


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
