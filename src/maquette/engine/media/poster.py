"""One picture that stands for a file: itself, its first frame, its waveform, its first page, or a card of text."""

from __future__ import annotations

import importlib.util
import textwrap
from array import array
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .kind import KINDS, Unfit
from .picture import FORMATS

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE = 1024
"""The longest side of the largest small picture; a poster need not be larger."""
_INK, _PAPER, _FAINT = (38, 40, 48), (250, 249, 246), (120, 122, 132)
_BARS = 160
_CARD_LETTERS = 2000
_LINE = 46


def poster(path: Path, extension: str) -> Image:
    """Draw the picture that stands for a file; raises `Unfit` if it cannot be read."""
    media = KINDS[extension].media
    if extension in FORMATS:
        return _picture(path, extension)
    if extension == "pdf":
        return _page(path)
    if media in ("video", "audio") and importlib.util.find_spec("av") is not None:
        return _frame(path, extension) if media == "video" else _wave(path, extension)
    return _card(_excerpt(path, extension), KINDS[extension].title)


def _picture(path: Path, extension: str) -> Image:
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # checked when the file was taken
    with Image.open(path, formats=[FORMATS[extension]]) as opened:
        opened.draft("RGB", (SIDE, SIDE))
        turned = ImageOps.exif_transpose(opened)
        clear = "A" in turned.getbands() or "transparency" in turned.info
        return turned.convert("RGBA" if clear else "RGB")


def _frame(path: Path, extension: str) -> Image:
    import av

    from .motion import DEMUXERS, OPTIONS  # noqa: PLC0415 - most children never see a film

    with av.open(str(path), format=DEMUXERS[extension], options=OPTIONS) as film:
        frames: Iterator[Any] = film.decode(video=0)
        for frame in frames:
            made: Image = frame.to_image()
            return made
    raise Unfit("the film has no frame")


def _wave(path: Path, extension: str) -> Image:
    """Draw loudness over time as bars."""
    from PIL import Image, ImageDraw

    peaks = _peaks(path, extension)
    made = Image.new("RGB", (SIDE, SIDE // 4), _PAPER)
    draw = ImageDraw.Draw(made)
    step, middle = SIDE / _BARS, SIDE / 8
    loudest = max(peaks) or 1.0
    for number, peak in enumerate(peaks):
        half = max(1.5, peak / loudest * middle * 0.88)
        left = number * step
        draw.rounded_rectangle((left + 1, middle - half, left + step - 2, middle + half), radius=2, fill=_INK)
    return made


def _peaks(path: Path, extension: str) -> list[float]:
    """Return the loudest sample of each part; sound is read once, in tenths of a second, and then put together."""
    import av

    from .motion import DEMUXERS, OPTIONS  # noqa: PLC0415 - most children never see a film

    demuxer = DEMUXERS.get(extension, "matroska")
    tenths: list[float] = []
    resampler = av.AudioResampler(format="s16", layout="mono", rate=8000, frame_size=800)
    with av.open(str(path), format=demuxer, options=OPTIONS) as sound:
        for frame in sound.decode(audio=0):
            tenths.extend(_loudest(array("h", bytes(part.planes[0]))) for part in resampler.resample(frame))
    tenths.extend(_loudest(array("h", bytes(part.planes[0]))) for part in resampler.resample(None))
    tenths = tenths or [0.0]
    edges = [number * len(tenths) // _BARS for number in range(_BARS + 1)]
    return [max(tenths[a : max(b, a + 1)]) for a, b in pairwise(edges)]


def _loudest(samples: Sequence[int]) -> float:
    return max((abs(sample) for sample in samples), default=0) / 32768


def _page(path: Path) -> Image:
    import pypdfium2

    with pypdfium2.PdfDocument(path) as document:
        page = document[0]
        bitmap = page.render(scale=SIDE / max(1.0, *page.get_size()))
        made: Image = bitmap.to_pil().convert("RGB")
        bitmap.close()
        page.close()
    return made


def _excerpt(path: Path, extension: str) -> str:
    """Return the first words of a text or a document, or nothing for what has no words."""
    from .excerpt import from_docx, from_html  # noqa: PLC0415 - nor a text

    if extension == "docx":
        return from_docx(path)
    with path.open("rb") as file:
        text = file.read(64 * 1024).decode(errors="replace")
    if extension == "html":
        return from_html(text)
    return text if KINDS[extension].media == "text" else ""


def _card(text: str, title: str) -> Image:
    from PIL import Image, ImageDraw, ImageFont

    made = Image.new("RGB", (SIDE * 3 // 4, SIDE), _PAPER)
    draw = ImageDraw.Draw(made)
    margin = 56
    draw.text((margin, margin), title, font=_font(ImageFont, 26), fill=_FAINT)
    draw.line((margin, margin + 48, made.width - margin, margin + 48), fill=_FAINT, width=2)
    lines = list(_wrapped(text[:_CARD_LETTERS]))[:26]
    if lines:
        draw.multiline_text((margin, margin + 76), "\n".join(lines), font=_font(ImageFont, 25), fill=_INK, spacing=9)
    else:
        draw.text((margin, made.height / 2 - 60), title, font=_font(ImageFont, 84), fill=_INK)
    return made


def _wrapped(text: str) -> Iterator[str]:
    for line in text.splitlines():
        yield from textwrap.wrap(line, _LINE) or [""]


def _font(fonts: Any, size: int) -> Any:
    return fonts.load_default(size)
