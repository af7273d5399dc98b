"""Decode a picture whole, every frame of it, within bounds."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path
from typing import Any

from .header import check_size
from .kind import Unfit

FORMATS = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP", "gif": "GIF", "avif": "AVIF"}
"""The decoder of each extension; no other may be asked, whatever the bytes look like."""
_MOST_FRAMES = 5000
_PADDING = b"\0\r\n"
_FRAMES_OF_PIXELS = 20
"""All frames together may have so many times the pixels of one picture."""


def check(path: Path, extension: str, pixels: int) -> dict[str, Any]:
    """Return `width` and `height`; raises `Unfit` if anything of the picture cannot be decoded."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # ours is checked before a pixel is decoded
    _check_end(path, extension)
    try:
        if extension == "png":
            with Image.open(path, formats=["PNG"]) as picture:
                picture.verify()
        with Image.open(path, formats=[FORMATS[extension]]) as picture:
            check_size(picture.size, pixels)
            _decode(picture, pixels)
            return {"width": picture.width, "height": picture.height}
    except Unfit:
        raise
    except MemoryError as error:
        raise Unfit("the picture needs more memory than is allowed") from error
    except Exception as error:
        # The decoders raise whatever they like for a broken file: OSError, SyntaxError, IndexError, struct.error …
        raise Unfit(f"the {FORMATS[extension]} cannot be decoded: {error}") from error


def _decode(picture: Any, pixels: int) -> None:
    budget = pixels * _FRAMES_OF_PIXELS
    for frame in range(_MOST_FRAMES):
        try:
            picture.seek(frame)
        except EOFError:
            if frame == 0:
                raise
            return
        picture.load()
        budget -= picture.width * picture.height
        if budget < 0:
            break
    else:
        try:
            picture.seek(_MOST_FRAMES)
        except EOFError:
            return
    raise Unfit("the picture has more frames than are taken")


def _check_end(path: Path, extension: str) -> None:
    """Refuse a file that is a second file as well: an archive or a page appended to a picture."""
    if zipfile.is_zipfile(path):
        raise Unfit("the picture is an archive as well")
    size = path.stat().st_size
    with path.open("rb") as file:
        tail_at = max(0, size - 4096)
        file.seek(tail_at)
        tail = file.read()
    if extension == "png" and not tail.rstrip(_PADDING).endswith(b"IEND\xaeB`\x82"):
        raise Unfit("the PNG does not end where it should")
    if extension == "gif" and not tail.rstrip(_PADDING).endswith(b";"):
        raise Unfit("the GIF does not end where it should")
    if extension == "webp":
        with path.open("rb") as file:
            (said,) = struct.unpack("<I", file.read(8)[4:])
        if size > said + 8 + 1:
            raise Unfit("the WebP does not end where it should")
