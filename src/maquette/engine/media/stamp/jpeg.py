"""JPEG: the A1111 text as EXIF user comment, and an XMP packet, each in an APP1 segment."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from maquette.engine.media.recipe import Recipe

from .exif import with_comment

_EXIF = b"Exif\0\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_MOST = 65_533
"""Bytes that one segment can hold."""
_MOST_SEGMENTS = 10_000
_APP0, _APP1, _SOS = 0xE0, 0xE1, 0xDA


def stamp(content: memoryview, recipe: Recipe) -> Sequence[bytes | memoryview]:
    """Put the recipe into the first segments, in place of an older one; other EXIF data stays."""
    first: list[bytes | memoryview] = [content[:2]]
    rest: list[bytes | memoryview] = []
    old: bytes | None = None
    for marker, start, end in _segments(content):
        if marker == _SOS:
            return [*first, *_written(recipe, old), *rest, content[start:]]
        body = bytes(content[start + 4 : start + 4 + len(_XMP)])
        if marker == _APP1 and body.startswith(_EXIF) and old is None:
            old = bytes(content[start + 4 + len(_EXIF) : end])
        elif not (marker == _APP1 and body == _XMP):
            (first if marker == _APP0 and not rest else rest).append(content[start:end])
    raise ValueError("no picture")


def _segments(content: memoryview) -> Iterator[tuple[int, int, int]]:
    place = 2
    for _ in range(_MOST_SEGMENTS):
        if content[place] != 0xFF:
            raise ValueError("a marker is missing")
        while content[place + 1] == 0xFF:
            place += 1
        (size,) = struct.unpack_from(">H", content, place + 2)
        yield content[place + 1], place, place + 2 + size
        place += 2 + max(size, 2)
    raise ValueError("too many segments")


def _written(recipe: Recipe, old: bytes | None) -> Iterator[bytes]:
    comment = with_comment(old, recipe.text(), _MOST - len(_EXIF)) if recipe.text() else old
    if comment is not None or old is not None:
        yield _segment(_EXIF + (comment or old or b""))
    yield _segment(_XMP + recipe.xmp(_MOST - len(_XMP)))


def _segment(body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, _APP1, len(body) + 2) + body
