"""Say whether a file is sound, by decoding all of it; runs in the child process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .kind import KINDS, Unfit

_AUDIO_OF = {"mp4": "m4a", "mov": "m4a", "webm": "weba"}


def examine(source: str, extension: str, *, pixels: int, duration_s: int) -> dict[str, Any]:
    """Decode the file `source`.

    Args:
        source: The path of the file.
        extension: What the file is, told from its first bytes.
        pixels: Most pixels of a picture or a frame.
        duration_s: Longest film or sound.

    Returns:
        `refused` with the reason, or `extension` (which may tell more than the first bytes), `checked` (`decoded`, or
        `container` where no codec is installed) and what is known of `width`, `height`, `duration_ms` and `pages`.
    """
    try:
        found = _examined(Path(source), extension, pixels, duration_s)
    except Unfit as refusal:
        return {"refused": str(refusal)}
    return {"extension": extension, "checked": "decoded"} | found


def _examined(path: Path, extension: str, pixels: int, duration_s: int) -> dict[str, Any]:
    """Load the one checker that is needed, so that a child stays small."""
    media = KINDS[extension].media
    if extension in ("svg", "html") or media == "text":
        return _written(path, extension)
    if media == "image":
        from .picture import check as check_picture  # noqa: PLC0415

        return check_picture(path, extension, pixels)
    if media == "document":
        return _paper(path, extension)
    from .motion import Bounds  # noqa: PLC0415
    from .motion import check as check_motion  # noqa: PLC0415

    found = check_motion(path, extension, Bounds(pixels, duration_s))
    silent = found.pop("pictures") or media == "audio"
    return found if silent else found | {"extension": _AUDIO_OF[extension]}


def _written(path: Path, extension: str) -> dict[str, Any]:
    from .writing import check_svg, check_text, read  # noqa: PLC0415

    if extension == "svg":
        check_svg(path)
        return {}
    if extension == "html":
        read(path)
        return {}
    return {"extension": check_text(path)}


def _paper(path: Path, extension: str) -> dict[str, Any]:
    from .paper import check_docx, check_pdf  # noqa: PLC0415

    if extension == "pdf":
        return check_pdf(path)
    check_docx(path)
    return {}
