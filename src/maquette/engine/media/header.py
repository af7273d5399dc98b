"""How large a picture says it is, read from its header before anything is decoded."""

from __future__ import annotations

import struct

from .kind import Unfit

Size = tuple[int, int]
_MOST_SEGMENTS = 10_000
_NO_FRAME = frozenset({0xC4, 0xC8, 0xCC})


def picture_size(extension: str, content: memoryview) -> Size | None:
    """Return width and height of a PNG, JPEG, GIF or WebP, or None for other kinds; raises `Unfit` if there is none."""
    reader = {"png": _png, "jpg": _jpeg, "gif": _gif, "webp": _webp}.get(extension)
    if reader is None:
        return None
    try:
        return reader(content)
    except (IndexError, struct.error) as error:
        raise Unfit("the file ends before it says how large the picture is") from error


def check_size(size: Size, most_pixels: int) -> None:
    """Raise `Unfit` unless the picture is of a size that may be decoded."""
    width, height = size
    if width < 1 or height < 1:
        raise Unfit("the picture has no size")
    if width * height > most_pixels:
        raise Unfit(f"the picture is {width} x {height}, more than the {most_pixels} pixels that are taken")


def _png(content: memoryview) -> Size:
    if bytes(content[12:16]) != b"IHDR":
        raise Unfit("the PNG has no header")
    width, height = struct.unpack_from(">II", content, 16)
    return width, height


def _gif(content: memoryview) -> Size:
    width, height = struct.unpack_from("<HH", content, 6)
    return width, height


def _jpeg(content: memoryview) -> Size:
    place = 2
    for _ in range(_MOST_SEGMENTS):
        while content[place] == 0xFF and content[place + 1] == 0xFF:
            place += 1
        marker = content[place + 1]
        if content[place] != 0xFF or marker == 0xDA:
            break
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAME:
            height, width = struct.unpack_from(">HH", content, place + 5)
            return width, height
        (length,) = struct.unpack_from(">H", content, place + 2)
        place += 2 + max(2, length)
    raise Unfit("the JPEG has no header")


def _webp(content: memoryview) -> Size:
    kind = bytes(content[12:16])
    if kind == b"VP8X":
        across, down = struct.unpack_from("<I", content, 24)[0], struct.unpack_from("<I", content, 26)[0] >> 8
        return (across & 0xFFFFFF) + 1, down + 1
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", content, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", content, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise Unfit("the WebP has no picture")
