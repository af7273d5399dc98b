"""Paint a prompt's words on a plain ground, with the marker as a strip of squares that survives re-encoding."""

from __future__ import annotations

import hashlib
import io
import textwrap
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from PIL import Image, ImageDraw, ImageFont, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SQUARES = (16, 8, 4, 2, 1)
BRIGHT = 127
MOVIE = b"ftyp"


@dataclass(frozen=True)
class Picture:
    """Describe an image that is yet to be painted.

    Attributes:
        width: Pixels across.
        height: Pixels down.
        words: What is written on it.
        marker: The id that its pixels carry.
        number: Which of several pictures of one prompt this is.
        transparent: Whether the ground is see-through.
    """

    width: int
    height: int
    words: str
    marker: str | None = None
    number: int = 0
    transparent: bool = False


def paint(picture: Picture) -> Image.Image:
    """Paint a picture."""
    ground = hashlib.sha256(f"{picture.words}/{picture.number}".encode()).digest()
    alpha = 0 if picture.transparent else 255
    image = Image.new("RGBA", (picture.width, picture.height), (ground[0], ground[1], ground[2], alpha))
    draw = ImageDraw.Draw(image)
    top = _stamp(draw, picture)
    size = max(8, picture.width // 24)
    draw.multiline_text(
        (size // 2, top + size // 2),
        textwrap.fill(picture.words, 32),
        fill=(255 - ground[0], 255 - ground[1], 255 - ground[2], 255),
        font=ImageFont.load_default(size),
    )
    return image if picture.transparent else image.convert("RGB")


def encode(image: Image.Image, kind: str, texts: Mapping[str, str] | None = None, quality: int = 90) -> bytes:
    """Encode an image as `png`, `jpeg` or `webp`; texts go into a PNG's text chunks."""
    buffer = io.BytesIO()
    if kind == "png":
        info = PngInfo()
        for key, text in (texts or {}).items():
            info.add_text(key, text)
        image.save(buffer, "PNG", compress_level=1, pnginfo=info)
    else:
        # The quickest effort of WebP: twins are asked for many images, and nobody weighs them.
        image.convert("RGB" if kind == "jpeg" else image.mode).save(buffer, kind.upper(), quality=quality, method=0)
    return buffer.getvalue()


def painted(picture: Picture, kind: str = "png", quality: int = 90) -> bytes:
    """Paint and encode a picture."""
    return encode(paint(picture), kind, {"twin": picture.marker or ""}, quality)


def moving(picture: Picture, frames: int) -> bytes:
    """Encode a picture as a GIF of several frames."""
    buffer = io.BytesIO()
    first, *rest = [paint(replace(picture, number=number)).convert("P") for number in range(frames)]
    first.save(buffer, "GIF", save_all=True, append_images=rest, duration=200, loop=0)
    return buffer.getvalue()


def film(pictures: list[Picture], rate: int) -> bytes:
    """Encode pictures as an MP4 of one frame each."""
    import av
    import numpy as np

    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=rate)
        stream.width, stream.height = pictures[0].width, pictures[0].height
        stream.pix_fmt, stream.bit_rate = "yuv420p", 4_000_000
        for picture in pictures:
            pixels = np.asarray(paint(picture).convert("RGB"))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
    return buffer.getvalue()


def marker_in(data: bytes) -> str | None:
    """Return the id in the pixels of an image or of a film's first frame, or none."""
    try:
        image = _first_frame(data) if MOVIE in data[:32] else Image.open(io.BytesIO(data))
        grey = image.convert("L")
    except (UnidentifiedImageError, OSError):
        return None
    for square in SQUARES:
        name = _read(grey, square)
        if name:
            return name
    return None


def _first_frame(data: bytes) -> Image.Image:
    import av

    with av.open(io.BytesIO(data), "r") as container:
        return Image.fromarray(next(container.decode(container.streams.video[0])).to_ndarray(format="rgb24"))


def _stamp(draw: ImageDraw.ImageDraw, picture: Picture) -> int:
    """Draw the marker's squares from the top left, and return the height of the strip."""
    if not picture.marker:
        return 0
    name = picture.marker.encode()
    bits = list(_bits(bytes([len(name)]) + name + zlib.crc32(name).to_bytes(4, "big")))
    square = next((each for each in SQUARES if _rows(len(bits), picture.width, each) * each <= picture.height // 2), 0)
    if not square:
        return 0
    columns = picture.width // square
    for place, bit in enumerate(bits):
        x, y = place % columns * square, place // columns * square
        draw.rectangle((x, y, x + square - 1, y + square - 1), fill=(255,) * 4 if bit else (0, 0, 0, 255))
    return _rows(len(bits), picture.width, square) * square


def _rows(bits: int, width: int, square: int) -> int:
    columns = width // square
    return -(-bits // columns) if columns else bits * width


def _bits(data: bytes) -> Iterator[int]:
    for byte in data:
        yield from ((byte >> shift) & 1 for shift in range(7, -1, -1))


def _read(grey: Image.Image, square: int) -> str | None:
    columns = grey.width // square
    cells = columns * (grey.height // square)

    def byte(index: int) -> int:
        value = 0
        for place in range(index * 8, index * 8 + 8):
            x, y = place % columns * square + square // 2, place // columns * square + square // 2
            value = value << 1 | (cast("int", grey.getpixel((x, y))) > BRIGHT)
        return value

    if cells < 8 * 6:
        return None
    length = byte(0)
    if not length or cells < 8 * (length + 5):
        return None
    data = bytes(byte(index) for index in range(1, length + 5))
    name, check = data[:length], data[length:]
    return name.decode() if zlib.crc32(name).to_bytes(4, "big") == check else None
