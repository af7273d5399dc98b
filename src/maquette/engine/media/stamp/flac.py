"""FLAC: named texts in the block of Vorbis comments."""

from __future__ import annotations

from collections.abc import Sequence

from maquette.engine.media.recipe import Recipe

from .vorbis import empty, with_recipe

_LAST, _COMMENT, _PADDING = 0x80, 4, 1


def stamp(content: memoryview, recipe: Recipe) -> Sequence[bytes | memoryview]:
    """Put the recipe after the stream's own description; padding goes, and seek points stay right."""
    if bytes(content[:4]) != b"fLaC":
        raise ValueError("no FLAC")
    blocks: list[tuple[int, bytes | memoryview]] = []
    comment, place, last = empty(), 4, False
    while not last:
        kind, last = content[place] & 0x7F, bool(content[place] & _LAST)
        start = place + 4
        place = start + int.from_bytes(content[place + 1 : start], "big")
        if place > len(content):
            raise ValueError("a block leaves the file")
        if kind == _COMMENT:
            comment = bytes(content[start:place])
        elif kind != _PADDING:
            blocks.append((kind, content[start:place]))
    blocks.insert(1, (_COMMENT, with_recipe(comment, recipe)[0]))
    pieces: list[bytes | memoryview] = [content[:4]]
    for number, (kind, body) in enumerate(blocks, start=1):
        flag = _LAST if number == len(blocks) else 0
        pieces += [bytes([kind | flag]) + len(body).to_bytes(3, "big"), body]
    return [*pieces, content[place:]]
