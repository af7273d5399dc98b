"""What runs in the child process: decode, shrink, encode. Every picture that is had in another format passes here."""

from __future__ import annotations

from typing import Any, Final

from PIL import Image, ImageOps

_READ: Final = ["PNG", "JPEG", "WEBP", "GIF", "AVIF"]
"""No other decoder is asked, whatever the bytes look like."""
_EXTENSIONS: Final = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}
_SETTINGS: Final[dict[str, dict[str, Any]]] = {
    "PNG": {"compress_level": 6},
    "JPEG": {"optimize": True},
    "WEBP": {"method": 4},
}


def convert(
    *,
    source: str,
    target: str,
    format: str,  # noqa: A002 - the word of the parameters
    longest: int | None = None,
    quality: int = 92,
) -> dict[str, Any]:
    """Write the first frame of a picture as another file into the working folder.

    Args:
        source: The path of the picture.
        target: The name of the new file, without an extension.
        format: `png`, `jpeg`, `webp`, or `original` for that of the source where it is one of these, else PNG.
        longest: The longest side in pixels; a smaller picture is not enlarged.
        quality: How much of the picture JPEG and WebP keep, of 100.

    Returns:
        `file`, the name of the new file, and its `extension`.
    """
    picture, kind = _read(source, format)
    if longest is not None:
        picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return _written(picture, kind, target, quality)


def crop(*, source: str, target: str, cut: list[int], shape: list[int] | None = None) -> dict[str, Any]:
    """Write the part of a picture that is left when something is cut off, in the format that it has.

    Args:
        source: The path of the picture.
        target: The name of the new file, without an extension.
        cut: Pixels to cut off on the left, at the top, on the right and at the bottom.
        shape: Width to height of what is left, as two numbers: the rest goes on both sides alike.

    Returns:
        `file`, the name of the new file, and its `extension`.

    Raises:
        ValueError: Nothing would be left.
    """
    picture, kind = _read(source, "original")
    left, top, right, bottom = cut[0], cut[1], picture.width - cut[2], picture.height - cut[3]
    if left >= right or top >= bottom:
        raise ValueError(f"nothing would be left of {picture.width} x {picture.height} pixels")
    if shape is not None:
        width, height = right - left, bottom - top
        if width * shape[1] > height * shape[0]:
            width = max(1, round(height * shape[0] / shape[1]))
        else:
            height = max(1, round(width * shape[1] / shape[0]))
        left, top = left + (right - left - width) // 2, top + (bottom - top - height) // 2
        right, bottom = left + width, top + height
    return _written(picture.crop((left, top, right, bottom)), kind, target, 95)


def _read(source: str, format: str) -> tuple[Image.Image, str]:  # noqa: A002 - as above
    """Return a picture as it is meant to be seen, and the format in which it is to be written."""
    Image.MAX_IMAGE_PIXELS = None  # checked when the file was taken
    with Image.open(source, formats=_READ) as opened:
        kind = format.upper() if format != "original" else opened.format or "PNG"
        return _upright(opened), kind if kind in _EXTENSIONS else "PNG"


def _written(picture: Image.Image, kind: str, target: str, quality: int) -> dict[str, Any]:
    if kind == "JPEG" and picture.mode == "RGBA":
        picture = _on_white(picture)
    file = f"{target}.{_EXTENSIONS[kind]}"
    picture.save(file, kind, **_SETTINGS[kind], **({} if kind == "PNG" else {"quality": quality}))
    return {"file": file, "extension": _EXTENSIONS[kind]}


def _upright(opened: Image.Image) -> Image.Image:
    """Return a picture as it is meant to be seen, with transparency only where it has some."""
    turned: Image.Image = ImageOps.exif_transpose(opened)
    clear = "A" in turned.getbands() or "transparency" in turned.info
    return turned.convert("RGBA" if clear else "RGB")


def _on_white(picture: Image.Image) -> Image.Image:
    """Lay a picture on white, for a format that has no transparency."""
    ground = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(ground, picture).convert("RGB")
