"""Bring the pictures of a document into a form and a size that every renderer takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps

from maquette.providers.typesetter.block import Block

# Pictures are set at 144 pixels an inch, so that one of 1024 pixels fills a page's width and a small one stays sharp.
_POINTS_PER_PIXEL: Final = 72 / 144


def place(blocks: list[Block], images: dict[str, str], folder: Path, room: tuple[float, float]) -> list[Block]:
    """Fit the named pictures into the blocks, and set those that no block names at the end.

    Args:
        blocks: The document; a block whose picture was not given becomes a paragraph of its text.
        images: The file of each picture by the name that the text uses, and by its number from 1.
        folder: Where the renderer may read.
        room: The width and height, in points, that a picture may take.

    Returns:
        The blocks with `source` a file name in `folder`, and `width` and `height` in points.
    """
    named = set(_sources(blocks))
    numbers = {name: str(number) for number, name in enumerate(images, 1)}
    rest: list[Block] = [
        {"kind": "image", "source": name, "text": ""} for name, number in numbers.items() if not named & {name, number}
    ]
    files = {name: _fit(Path(file), folder / f"{numbers[name]}.png", room) for name, file in images.items()}
    known = files | {number: files[name] for name, number in numbers.items()}
    return _resolve([*blocks, *rest], known)


def _sources(blocks: list[Block]) -> Iterator[str]:
    for block in blocks:
        if block["kind"] == "image":
            yield block["source"]
        for inner in (block.get("blocks", []), *block.get("items", [])):
            yield from _sources(inner)


def _resolve(blocks: list[Block], files: dict[str, tuple[str, float, float]]) -> list[Block]:
    return [_resolved(block, files) for block in blocks]


def _resolved(block: Block, files: dict[str, tuple[str, float, float]]) -> Block:
    if block["kind"] == "list":
        return {**block, "items": [_resolve(item, files) for item in block["items"]]}
    if block["kind"] == "quote":
        return {**block, "blocks": _resolve(block["blocks"], files)}
    if block["kind"] != "image":
        return block
    if block["source"] not in files:
        text = f"[{block['text'] or block['source']}]"
        return {"kind": "paragraph", "spans": [{"text": text, "styles": ["emphasis"], "link": "", "image": ""}]}
    source, width, height = files[block["source"]]
    return {**block, "source": source, "width": width, "height": height}


def _fit(file: Path, target: Path, room: tuple[float, float]) -> tuple[str, float, float]:
    with Image.open(file) as opened:
        picture = ImageOps.exif_transpose(opened)
        mode = "RGBA" if picture.has_transparency_data else "RGB"
        picture.convert(mode).save(target, compress_level=3)
        width, height = (side * _POINTS_PER_PIXEL for side in picture.size)
    scale = min(1.0, room[0] / width, room[1] / height)
    return target.name, round(width * scale, 2), round(height * scale, 2)
