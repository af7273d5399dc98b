"""Ogg (Opus and Vorbis): named texts in the second header packet; the pages of sound keep their bytes.

Pages carry a running number and a checksum, so pages after a header that grew are numbered and summed again.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from maquette.engine.media.recipe import Recipe

from .vorbis import with_recipe

_MARKS = (b"OpusTags", b"\x03vorbis")
_MIRROR = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_MOST_SEGMENTS = 255
_MOST_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class _Page:
    flags: int
    position: int
    stream: int
    lacing: bytes
    body: memoryview

    def written(self, number: int) -> list[bytes | memoryview]:
        head = struct.pack("<4sBBqIII", b"OggS", 0, self.flags, self.position, self.stream, number, 0)
        head += bytes([len(self.lacing)]) + self.lacing
        return [head[:22] + struct.pack("<I", _sum(head, self.body)) + head[26:], self.body]


def stamp(content: memoryview, recipe: Recipe) -> Sequence[bytes | memoryview]:
    """Rewrite the comment header; only files with one stream are known, others raise `ValueError`."""
    if len(content) > _MOST_BYTES:
        raise ValueError("too large to number its pages again")
    pages = list(_pages(content))
    if len({page.stream for page in pages}) != 1:
        raise ValueError("more than one stream")
    count = 3 if bytes(pages[0].body[:7]) == b"\x01vorbis" else 2
    packets, used = _packets(pages, count)
    mark = next(mark for mark in _MARKS if packets[1].startswith(mark))
    comment, rest = with_recipe(packets[1][len(mark) :], recipe)
    headers = [mark + comment + rest, *packets[2:]]
    remade = [pages[0], *_paged(headers, pages[0].stream), *pages[used:]]
    return [piece for number, page in enumerate(remade) for piece in page.written(number)]


def _pages(content: memoryview) -> Iterator[_Page]:
    place = 0
    while place < len(content):
        capture, _, flags, position, stream, _, _, segments = struct.unpack_from("<4sBBqIIIB", content, place)
        start = place + 27 + segments
        lacing = bytes(content[place + 27 : start])
        place = start + sum(lacing)
        if capture != b"OggS" or place > len(content):
            raise ValueError("a page is broken")
        yield _Page(flags, position, stream, lacing, content[start:place])


def _packets(pages: Sequence[_Page], count: int) -> tuple[list[bytes], int]:
    """Return the first packets and the number of pages that they fill; sound starts on a fresh page."""
    packets, current = list[bytes](), b""
    for used, page in enumerate(pages, start=1):
        place = 0
        for size in page.lacing:
            current += bytes(page.body[place : place + size])
            place += size
            if size < _MOST_SEGMENTS:
                packets.append(current)
                current = b""
        if len(packets) == count and not current:
            return packets, used
        if len(packets) >= count:
            break
    raise ValueError("the headers are broken")


def _paged(packets: Sequence[bytes], stream: int) -> Iterator[_Page]:
    lacing = b"".join(b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in packets)
    body = memoryview(b"".join(packets))
    place, continued = 0, False
    for at in range(0, len(lacing), _MOST_SEGMENTS):
        part = lacing[at : at + _MOST_SEGMENTS]
        ends = any(size < 255 for size in part)
        yield _Page(int(continued), 0 if ends else -1, stream, part, body[place : place + sum(part)])
        place += sum(part)
        continued = part[-1] == 255


def _sum(head: bytes, body: memoryview) -> int:
    """Return Ogg's checksum: the usual polynomial with its bits mirrored, which lets the fast routine do the work."""
    crc = zlib.crc32(head.translate(_MIRROR), 0xFFFFFFFF)
    crc = zlib.crc32(bytes(body).translate(_MIRROR), crc) ^ 0xFFFFFFFF
    return int(f"{crc:032b}"[::-1], 2)
