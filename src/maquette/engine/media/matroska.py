"""WebM: elements of an identifier, a length and data."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from .kind import Unfit

_SEGMENT, _INFO, _TRACKS, _ENTRY, _VIDEO, _CLUSTER = 0x18538067, 0x1549A966, 0x1654AE6B, 0xAE, 0xE0, 0x1F43B675
_SCALE, _DURATION, _TYPE, _WIDTH, _HEIGHT = 0x2AD7B1, 0x4489, 0x83, 0xB0, 0xBA
_NESTED = frozenset({_SEGMENT, _INFO, _TRACKS, _ENTRY, _VIDEO})
_MOST = 500_000


def elements(content: memoryview) -> dict[int, list[memoryview]]:
    """Return the data of all elements by identifier, those within the nested ones included; raises `Unfit`."""
    found: dict[int, list[memoryview]] = {}
    for name, data in _walk(content, 0, len(content)):
        found.setdefault(name, []).append(data)
        if len(found[name]) > _MOST:
            raise Unfit("the WebM has too many elements")
    if _CLUSTER not in found or _TYPE not in found:
        raise Unfit("the WebM has no tracks or no content")
    return found


def facts(content: memoryview) -> tuple[set[int], tuple[int, int], int | None]:
    """Return the types of the tracks (1 pictures, 2 sound), the size of the pictures, and the length in ms."""
    found = elements(content)
    types = {_number(data) for data in found[_TYPE]}
    size = tuple(max(map(_number, found.get(name, [])), default=0) for name in (_WIDTH, _HEIGHT))
    scale = _number(found[_SCALE][0]) if _SCALE in found else 1_000_000
    length = round(_real(found[_DURATION][0]) * scale / 1_000_000) if _DURATION in found else None
    return types, (size[0], size[1]), length


def _walk(content: memoryview, start: int, end: int) -> Iterator[tuple[int, memoryview]]:
    place = start
    while place < end:
        name, at, _ = _variable(content, place, keep=True)
        size, at, unknown = _variable(content, at, keep=False)
        stop = end if unknown else at + size
        if stop > end:
            raise Unfit("the file ends before its content does")
        yield name, content[at:stop]
        if name in _NESTED:
            yield from _walk(content, at, stop)
        place = stop


def _variable(content: memoryview, place: int, *, keep: bool) -> tuple[int, int, bool]:
    """Read a number whose first set bit tells its length; return it, where it ends and whether it means unknown."""
    width = 9 - content[place].bit_length()
    if width > 8 or place + width > len(content):
        raise Unfit("the WebM is broken")
    raw = int.from_bytes(content[place : place + width], "big")
    bare = raw & (1 << 7 * width) - 1
    return raw if keep else bare, place + width, bare == (1 << 7 * width) - 1


def _number(data: memoryview) -> int:
    return int.from_bytes(data, "big")


def _real(data: memoryview) -> float:
    value: float = struct.unpack(">f" if len(data) == 4 else ">d", data)[0]
    return value
