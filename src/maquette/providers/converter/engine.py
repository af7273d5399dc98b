"""What runs in the child process: decode, shrink, encode."""

from __future__ import annotations

from typing import Any, Final

from PIL import Image, ImageOps

_EXTENSIONS: Final = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}
_NO_ALPHA: Final = {"JPEG"}


def convert(*, source: str, target: str, format: str, longest: int, quality: int) -> dict[str, Any]:  # noqa: A002
    """Write `source` as another picture; returns its file name and extension."""
    with Image.open(source) as opened:
        kind = format.upper() if format != "original" else opened.format or "PNG"
        kind = kind if kind in _EXTENSIONS else "PNG"
        picture: Image.Image = ImageOps.exif_transpose(opened)
        picture.load()
    picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    if kind in _NO_ALPHA:
        picture = _flat(picture)
    elif picture.mode not in ("RGB", "RGBA", "L"):
        picture = picture.convert("RGBA")
    file = f"{target}.{_EXTENSIONS[kind]}"
    picture.save(file, kind, **({} if kind == "PNG" else {"quality": quality}))
    return {"file": file, "extension": _EXTENSIONS[kind]}


def _flat(picture: Image.Image) -> Image.Image:
    """Lay a picture on white, for a format that has no transparency."""
    clear = picture.convert("RGBA")
    ground = Image.new("RGBA", clear.size, "white")
    return Image.alpha_composite(ground, clear).convert("RGB")
