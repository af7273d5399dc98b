"""Write a picture in another format; runs in the child process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .picture import FORMATS

OFFERED = {"png": "png", "jpeg": "jpg", "webp": "webp"}
"""The formats that a picture can be had in, each with its extension."""
_WRITTEN: dict[str, dict[str, Any]] = {
    "png": {"format": "PNG", "compress_level": 6},
    "jpg": {"format": "JPEG", "quality": 92, "optimize": True},
    "webp": {"format": "WEBP", "quality": 92, "method": 4},
}
_PAPER = (255, 255, 255)


def convert(source: str, extension: str, target: str) -> dict[str, Any]:
    """Write the first frame of the file `source` into the working folder.

    Args:
        source: The path of the file.
        extension: What the file is.
        target: The extension of the format to write; JPEG has no transparency, so a white ground is laid under it.

    Returns:
        `file`, the name of the new one.
    """
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # checked when the file was taken
    with Image.open(Path(source), formats=[FORMATS[extension]]) as opened:
        turned = ImageOps.exif_transpose(opened)
        clear = "A" in turned.getbands() or "transparency" in turned.info
        picture = turned.convert("RGBA" if clear else "RGB")
    if clear and target == "jpg":
        ground = Image.new("RGB", picture.size, _PAPER)
        ground.paste(picture, mask=picture.getchannel("A"))
        picture = ground
    name = f"converted.{target}"
    picture.save(name, **_WRITTEN[target])
    return {"file": name}
