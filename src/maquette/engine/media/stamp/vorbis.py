"""Vorbis comments, the named texts of FLAC, Ogg Vorbis and Opus."""

from __future__ import annotations

import struct

from maquette.engine.media.recipe import Recipe

_MOST = 100_000


def with_recipe(block: bytes, recipe: Recipe) -> tuple[bytes, bytes]:
    """Return a comment block with the recipe in it, in place of an older one, and the bytes that followed the block."""
    vendor, comments, rest = _read(block)
    fields = {**recipe.fields(), "comment": recipe.text()}
    kept = [line for line in comments if line.partition(b"=")[0].decode("latin-1").lower() not in fields]
    lines = kept + [f"{name.upper()}={text}".encode() for name, text in fields.items() if text]
    body = b"".join(struct.pack("<I", len(line)) + line for line in lines)
    return struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", len(lines)) + body, rest


def empty() -> bytes:
    """Return a comment block that says nothing."""
    return bytes(8)


def _read(block: bytes) -> tuple[bytes, list[bytes], bytes]:
    vendor, place = _text(block, 0)
    (count,) = struct.unpack_from("<I", block, place)
    if count > _MOST:
        raise ValueError("too many comments")
    place += 4
    comments = []
    for _ in range(count):
        line, place = _text(block, place)
        comments.append(line)
    return vendor, comments, block[place:]


def _text(block: bytes, place: int) -> tuple[bytes, int]:
    (size,) = struct.unpack_from("<I", block, place)
    end = place + 4 + size
    if end > len(block):
        raise ValueError("a comment leaves its block")
    return block[place + 4 : end], end
