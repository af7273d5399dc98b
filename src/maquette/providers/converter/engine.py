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
    Image.MAX_IMAGE_PIXELS = None  # checked when the file was taken
    with Image.open(source, formats=_READ) as opened:
        kind = format.upper() if format != "original" else opened.format or "PNG"
        kind = kind if kind in _EXTENSIONS else "PNG"
        picture = _upright(opened)
    if longest is not None:
        picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
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
