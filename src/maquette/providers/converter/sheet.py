"""What runs in the child process: pictures on one sheet, with a line of text under each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PIL import Image, ImageDraw, ImageFont, ImageOps

_READ: Final = ["PNG", "JPEG", "WEBP", "GIF", "AVIF"]
_GAP: Final = 16
_LINE: Final = 22
_TITLE: Final = 34
_GROUND: Final = "#ffffff"
_INK: Final = "#1a1a1d"

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def compose(
    *, sources: Sequence[str], target: str, columns: int, captions: Sequence[str], cell: int, title: str
) -> dict[str, int]:
    """Write the sheet as a PNG into the working folder and return its `width` and `height`.

    Args:
        sources: The paths of the pictures, row by row.
        target: The name of the file.
        columns: How many stand beside each other.
        captions: What stands under each; one that is too long is cut.
        cell: The longest side of a picture, in pixels.
        title: What stands above them all.
    """
    Image.MAX_IMAGE_PIXELS = None  # checked when the files were taken
    columns = min(columns, len(sources))
    rows = -(-len(sources) // columns)
    tall = cell + (_LINE if any(captions) else 0)
    top = _TITLE if title else 0
    size = (_GAP + columns * (cell + _GAP), _GAP + top + rows * (tall + _GAP))
    sheet = Image.new("RGB", size, _GROUND)
    draw, small, large = ImageDraw.Draw(sheet), ImageFont.load_default(14), ImageFont.load_default(20)
    if title:
        draw.text((_GAP, _GAP - 4), _cut(draw, title, large, size[0] - 2 * _GAP), fill=_INK, font=large)
    for number, source in enumerate(sources):
        left = _GAP + (number % columns) * (cell + _GAP)
        upper = _GAP + top + (number // columns) * (tall + _GAP)
        picture = _small(source, cell)
        sheet.paste(picture, (left + (cell - picture.width) // 2, upper + (cell - picture.height) // 2))
        if number < len(captions) and captions[number]:
            draw.text((left, upper + cell + 3), _cut(draw, captions[number], small, cell), fill=_INK, font=small)
    sheet.save(target, "PNG", compress_level=6)
    return {"width": sheet.width, "height": sheet.height}


def _small(source: str, cell: int) -> Image.Image:
    with Image.open(source, formats=_READ) as opened:
        picture: Image.Image = ImageOps.exif_transpose(opened).convert("RGBA")
    picture.thumbnail((cell, cell), Image.Resampling.LANCZOS)
    ground = Image.new("RGBA", picture.size, _GROUND)
    return Image.alpha_composite(ground, picture).convert("RGB")


def _cut(draw: ImageDraw.ImageDraw, text: str, font: Font, width: int) -> str:
    """Return as much of a text as one line holds."""
    line = " ".join(text.split())
    if draw.textlength(line, font=font) <= width:
        return line
    while line and draw.textlength(f"{line}…", font=font) > width:
        line = line[:-1]
    return f"{line.rstrip()}…"
