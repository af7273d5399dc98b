"""Check a film's or a sound's container: what is written in it, that nothing leaves the file, how long it lasts."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path

from .kind import Unfit
from .matroska import facts
from .stamp.riff import chunks

_NESTED = frozenset({b"moov", b"trak", b"mdia"})
_MOST_BOXES = 200_000
_OGG_PAGE = struct.Struct("<4sBBqIIIB")
_MP3_RATES = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
_MP3_RATES_LOW = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)
_MP3_SAMPLING = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


@dataclass(slots=True)
class Found:
    """What a container says of its content."""

    pictures: bool = False
    sound: bool = False
    width: int = 0
    height: int = 0
    duration_ms: int | None = None


def check(path: Path, extension: str) -> Found:
    """Return what the container says; raises `Unfit` if it is broken."""
    reader = {
        "mp4": _mp4, "mov": _mp4, "m4a": _mp4, "wav": _wav, "mp3": _mp3, "flac": _flac, "ogg": _ogg, "webm": _webm
    }[extension]  # fmt: skip
    try:
        with path.open("rb") as file:
            found = reader(memoryview(mmap(file.fileno(), 0, access=ACCESS_READ)))
    except (IndexError, OSError, ValueError, ZeroDivisionError, struct.error) as error:
        raise Unfit(f"the file is broken: {error}") from error
    if not (found.pictures or found.sound):
        raise Unfit("the file holds neither pictures nor sound")
    return found


def _boxes(content: memoryview, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield boxes, those within the nested ones included."""
    place, budget = start, _MOST_BOXES
    while place + 8 <= end and budget:
        budget -= 1
        size, kind = struct.unpack_from(">I4s", content, place)
        head = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", content, place + 8)
            head = 16
        size = size or end - place
        if size < head or place + size > end:
            raise Unfit("the file ends before its content does")
        yield kind, place + head, place + size
        if kind in _NESTED:
            yield from _boxes(content, place + head, place + size)
        place += size


def _mp4(content: memoryview) -> Found:
    found, seen = Found(), set[bytes]()
    for kind, start, _ in _boxes(content, 0, len(content)):
        seen.add(kind)
        if kind == b"mvhd":
            scale, length = _times(content, start)
            found.duration_ms = length * 1000 // scale
        elif kind == b"hdlr":
            handler = bytes(content[start + 8 : start + 12])
            found.pictures |= handler == b"vide"
            found.sound |= handler == b"soun"
        elif kind == b"tkhd":
            at = start + (88 if content[start] else 76)
            width, height = struct.unpack_from(">II", content, at)
            found.width, found.height = max(found.width, width >> 16), max(found.height, height >> 16)
    if b"moov" not in seen or not seen & {b"mdat", b"moof"}:
        raise Unfit("the file has no index or no content")
    return found


def _times(content: memoryview, start: int) -> tuple[int, int]:
    """Return the scale and the length of a movie header, whose fields are wider in version 1."""
    if content[start]:
        scale, length = struct.unpack_from(">IQ", content, start + 20)
    else:
        scale, length = struct.unpack_from(">II", content, start + 12)
    return scale, length


def _wav(content: memoryview) -> Found:
    rate = sound = 0
    for name, start, end in chunks(content):
        if name == b"fmt ":
            (rate,) = struct.unpack_from("<I", content, start + 16)
        elif name == b"data":
            sound = end - start - 8
    if sound <= 0:
        raise Unfit("the WAV holds no sound")
    return Found(sound=True, duration_ms=sound * 1000 // rate)


def _mp3(content: memoryview) -> Found:
    place, frames, seconds = _past_id3(content), 0, 0.0
    while place + 4 <= len(content) and bytes(content[place : place + 3]) != b"TAG":
        length, lasting = _mp3_frame(content[place : place + 4])
        place += length
        seconds += lasting
        frames += 1
    if frames < 2:
        raise Unfit("the MP3 holds no sound")
    return Found(sound=True, duration_ms=round(seconds * 1000))


def _past_id3(content: memoryview) -> int:
    if bytes(content[:3]) != b"ID3":
        return 0
    size = 0
    for byte in content[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size


def _mp3_frame(head: memoryview) -> tuple[int, float]:
    """Return the bytes and the seconds of one frame of layer 3."""
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    if head[0] != 0xFF or head[1] & 0xE0 != 0xE0 or layer != 1 or version == 1:
        raise Unfit("the MP3 is broken between two frames")
    rate = (_MP3_RATES if version == 3 else _MP3_RATES_LOW)[head[2] >> 4] * 1000
    sampling = _MP3_SAMPLING[version][head[2] >> 2 & 3]
    samples = 1152 if version == 3 else 576
    return samples // 8 * rate // sampling + (head[2] >> 1 & 1), samples / sampling


def _flac(content: memoryview) -> Found:
    bits = int.from_bytes(content[18:26], "big")
    rate, samples = bits >> 44, bits & (1 << 36) - 1
    place, last = 4, False
    while not last:
        last = bool(content[place] & 0x80)
        place += 4 + int.from_bytes(content[place + 1 : place + 4], "big")
    if content[place] != 0xFF or content[place + 1] & 0xFC != 0xF8:
        raise Unfit("the FLAC holds no sound")
    return Found(sound=True, duration_ms=samples * 1000 // rate if samples else None)


def _ogg(content: memoryview) -> Found:
    first = bytes(content[28:64])
    if first.startswith(b"OpusHead"):
        rate = 48000
    elif first.startswith(b"\x01vorbis"):
        (rate,) = struct.unpack_from("<I", first, 12)
    else:
        raise Unfit("the Ogg holds neither Opus nor Vorbis")
    place = last = 0
    while place < len(content):
        capture, _, _, position, _, _, _, segments = _OGG_PAGE.unpack_from(content, place)
        if capture != b"OggS":
            raise Unfit("the Ogg is broken between two pages")
        place += 27 + segments + sum(content[place + 27 : place + 27 + segments])
        last = max(last, position)
    if place != len(content):
        raise Unfit("the file ends before its content does")
    return Found(sound=True, duration_ms=last * 1000 // rate)


def _webm(content: memoryview) -> Found:
    types, (width, height), length = facts(content)
    return Found(1 in types, 2 in types, width, height, length)
