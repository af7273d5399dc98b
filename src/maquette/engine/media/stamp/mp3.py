"""MP3: named texts, a comment and an XMP packet in an ID3 tag at the head."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from maquette.engine.media.recipe import Recipe

_MOST_FRAMES = 10_000
_UTF8 = b"\x03"
_UTF16 = b"\x01"


def stamp(content: memoryview, recipe: Recipe) -> Sequence[bytes | memoryview]:
    """Add the recipe to the tag; one of a form that cannot be added to stays behind a new one, as readers allow."""
    version, old, rest = _tag(content)
    frames = b"".join(tag_frames(recipe, version))
    size = len(old) + len(frames)
    head = b"ID3" + bytes([version, 0, 0]) + _seven(size)
    return [head, old, frames, content[rest:]]


def tag_frames(recipe: Recipe, version: int) -> Iterator[bytes]:
    """Yield the recipe as frames of an ID3 tag of version 3 or 4."""
    mark = _UTF8 if version == 4 else _UTF16
    end = b"\0" if version == 4 else b"\0\0"
    for name, text in recipe.fields().items():
        yield _frame(b"TXXX", mark + _coded(name, version) + end + _coded(text, version), version)
    yield _frame(b"COMM", mark + b"eng" + _coded("", version) + end + _coded(recipe.text(), version), version)
    yield _frame(b"PRIV", b"XMP\0" + recipe.xmp(), version)


def _tag(content: memoryview) -> tuple[int, memoryview, int]:
    """Return the version to write, the frames to keep and where the rest of the file starts."""
    if bytes(content[:3]) != b"ID3":
        return 4, content[:0], 0
    version, flags = content[3], content[5]
    end = 10 + _plain(bytes(content[6:10]))
    if version not in (3, 4) or flags or end > len(content):
        return 4, content[:0], 0
    place = 10
    for _ in range(_MOST_FRAMES):
        if place + 10 > end or not content[place]:
            break
        raw = bytes(content[place + 4 : place + 8])
        place += 10 + (_plain(raw) if version == 4 else struct.unpack(">I", raw)[0])
    if place > end:
        return 4, content[:0], 0
    return version, content[10:place], end


def _frame(name: bytes, data: bytes, version: int) -> bytes:
    size = _seven(len(data)) if version == 4 else struct.pack(">I", len(data))
    return name + size + b"\0\0" + data


def _coded(text: str, version: int) -> bytes:
    return text.encode() if version == 4 else b"\xff\xfe" + text.encode("utf-16-le")


def _seven(number: int) -> bytes:
    """Write a number with seven bits a byte, so that it never looks like the start of sound."""
    if number >= 2**28:
        raise ValueError("too large for ID3")
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def _plain(raw: bytes) -> int:
    return sum((byte & 0x7F) << shift for byte, shift in zip(raw, (21, 14, 7, 0), strict=True))
