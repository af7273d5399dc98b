"""RIFF, the frame of WebP and WAV: a list of chunks, each padded to an even length."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

Piece = bytes | memoryview
_MOST = 2**32 - 2
_MOST_CHUNKS = 100_000
_UNKNOWN = 2**32 - 1


def chunks(content: memoryview) -> Iterator[tuple[bytes, int, int]]:
    """Yield each chunk's name, where it starts and where its data ends; raises `ValueError` if it leaves the file.

    A chunk that was written to a pipe, where nobody knew its length, reaches to the end of the file.
    """
    place = 12
    for _ in range(_MOST_CHUNKS):
        if place + 8 > len(content):
            return
        name, size = struct.unpack_from("<4sI", content, place)
        end = len(content) if size == _UNKNOWN else place + 8 + size
        if end > len(content):
            raise ValueError("a chunk leaves the file")
        yield name, place, end
        place = end + size % 2
    raise ValueError("too many chunks")


def chunk(name: bytes, data: bytes) -> bytes:
    """Write one chunk."""
    return struct.pack("<4sI", name, len(data)) + data + bytes(len(data) % 2)


def kept(name: bytes, data: memoryview) -> list[Piece]:
    """Return an existing chunk with the length and the padding that a file's last chunk may lack."""
    return [struct.pack("<4sI", name, len(data)), data, bytes(len(data) % 2)]


def joined(form: bytes, pieces: Sequence[Piece]) -> list[Piece]:
    """Put the head before the pieces of a file."""
    size = 4 + sum(len(piece) for piece in pieces)
    if size > _MOST:
        raise ValueError("too large for RIFF")
    return [struct.pack("<4sI4s", b"RIFF", size, form), *pieces]
