"""Store a picture in fewer bytes without losing a pixel; runs in the child process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from PIL import Image as Drawn

_FORMATS: Final = ["PNG", "WEBP"]
_MODES: Final = frozenset({"1", "L", "LA", "P", "RGB", "RGBA"})
"""What eight bits a channel hold without loss."""
_MOST_SIDE = 16383
_METHOD = 4


def lossless(source: str, extension: str) -> dict[str, Any]:
    """Write a PNG picture as a lossless WebP file into the working folder, or return why it is `refused`."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # checked when the file was taken
    with Image.open(source, formats=[extension.upper()]) as opened:
        if getattr(opened, "n_frames", 1) > 1:
            return {"refused": "it moves"}
        if opened.mode not in _MODES or _depth(Path(source)) > 8:
            return {"refused": "it has more than eight bits a channel"}
        if max(opened.size) > _MOST_SIDE:
            return {"refused": f"it has more than {_MOST_SIDE} pixels a side"}
        profile = {"icc_profile": opened.info["icc_profile"]} if opened.info.get("icc_profile") else {}
        _plain(opened).save("lossless.webp", "WEBP", lossless=True, exact=True, method=_METHOD, **profile)
    return {"file": "lossless.webp"}


def equal(first: str, second: str) -> dict[str, Any]:
    """Tell whether two pictures have the same size, the same pixels and the same transparency."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None
    with Image.open(first, formats=_FORMATS) as one, Image.open(second, formats=_FORMATS) as other:
        same = one.size == other.size and one.info.get("icc_profile") == other.info.get("icc_profile")
        return {"equal": same and one.convert("RGBA").tobytes() == other.convert("RGBA").tobytes()}


def _plain(opened: Drawn.Image) -> Drawn.Image:
    clear = "A" in opened.getbands() or "transparency" in opened.info
    return opened.convert("RGBA" if clear else "RGB")


def _depth(path: Path) -> int:
    """Return the bits a channel that the header of a PNG file tells; the decoder reads 16 as eight without a word."""
    with path.open("rb") as file:
        return file.read(25)[24]
