"""Small real files of every kind, made by the libraries that others use."""

from __future__ import annotations

import functools
import io
import json
import math
import shutil
import tempfile
import wave
import zipfile
from array import array
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path

import av
from PIL import Image, ImageDraw


def picture(width: int = 96, height: int = 64, mode: str = "RGB", shift: int = 0) -> Image.Image:
    made = Image.new("RGBA", (width, height), (200, 40, 60, 255))
    draw = ImageDraw.Draw(made)
    for x in range(0, width, 8):
        draw.line((x + shift, 0, width - x, height), fill=(x * 2 % 256, 255 - x % 256, 90, 255), width=2)
    draw.ellipse((10, 10, 50, 50), fill=(20, 220, 90, 60 if mode == "RGBA" else 255))
    return made.convert(mode)


def encoded(kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture(mode=str(options.pop("mode", "RGB"))).save(file, kind, **options)
    return file.getvalue()


def animated(kind: str) -> bytes:
    file = io.BytesIO()
    frames = [picture(shift=shift) for shift in range(3)]
    frames[0].save(file, kind, save_all=True, append_images=frames[1:], duration=100, loop=0)
    return file.getvalue()


def film(container: str, codec: str, *, sound: str | None = None, options: Mapping[str, str] | None = None) -> bytes:
    file = Path(tempfile.mkdtemp()) / "film"  # the index can only be moved to the front of a real file
    with av.open(str(file), "w", format=container, options=dict(options or {})) as made:
        stream = made.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        audio = made.add_stream(sound, rate=48000) if sound else None
        for number in range(12):
            frame = av.VideoFrame.from_image(picture(shift=number))
            made.mux(stream.encode(frame))
        made.mux(stream.encode(None))
        if audio is not None:
            _sing(made, audio)
    content = file.read_bytes()
    shutil.rmtree(file.parent)
    return content


def song(container: str, codec: str, rate: int = 48000) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=container) as made:
        _sing(made, made.add_stream(codec, rate=rate, layout="stereo", options={"strict": "experimental"}))
    return file.getvalue()


def _sing(made: av.container.OutputContainer, stream: av.AudioStream) -> None:
    rate = stream.codec_context.sample_rate
    samples = tone(rate)
    frame = av.AudioFrame(format="s16", layout="mono", samples=len(samples))
    frame.planes[0].update(samples.tobytes())
    frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
    context = stream.codec_context
    resampler = av.AudioResampler(
        format=context.format, layout=context.layout, rate=rate, frame_size=context.frame_size
    )
    for part in [*resampler.resample(frame), *resampler.resample(None)]:
        made.mux(stream.encode(part))
    made.mux(stream.encode(None))


def tone(rate: int, seconds: float = 1.0) -> array[int]:
    return array("h", (int(12000 * math.sin(at / rate * 2764)) for at in range(int(rate * seconds))))


def wav() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(8000)
        made.writeframes(tone(8000).tobytes())
    return file.getvalue()


def pdf(pages: int = 2) -> bytes:
    import pypdfium2

    file = io.BytesIO()
    with pypdfium2.PdfDocument.new() as made:
        for _ in range(pages):
            made.new_page(300, 400).close()
        made.save(file)
    return file.getvalue()


def docx(**extra: bytes) -> bytes:
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Override PartName="/word/document.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
    )
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = f'<w:document xmlns:w="{space}"><w:body><w:p><w:r><w:t>Hello</w:t></w:r></w:p></w:body></w:document>'
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", types)
        made.writestr("word/document.xml", body)
        for name, data in extra.items():
            made.writestr(name, data)
    return file.getvalue()


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="4"/></svg>'
TEXT = "Once upon a time in Köln.".encode()
HTML = b"<!doctype html><html><head><title>T</title></head><body><p>Hello</p></body></html>"
_FAST = {"movflags": "faststart"}

MAKERS: Mapping[str, Callable[[], bytes]] = {
    "png": lambda: encoded("PNG"),
    "clear.png": lambda: encoded("PNG", mode="RGBA"),
    "palette.png": lambda: encoded("PNG", mode="P"),
    "jpg": lambda: encoded("JPEG", quality=80),
    "progressive.jpg": lambda: encoded("JPEG", progressive=True),
    "webp": lambda: encoded("WEBP", quality=80),
    "clear.webp": lambda: encoded("WEBP", mode="RGBA"),
    "lossless.webp": lambda: encoded("WEBP", lossless=True),
    "lossless.clear.webp": lambda: encoded("WEBP", lossless=True, mode="RGBA"),
    "moving.webp": lambda: animated("WEBP"),
    "gif": lambda: encoded("GIF"),
    "moving.gif": lambda: animated("GIF"),
    "avif": lambda: encoded("AVIF"),
    "mp4": lambda: film("mp4", "libx264", sound="aac"),
    "fast.mp4": lambda: film("mp4", "libx264", sound="aac", options=_FAST),
    "pieces.mp4": lambda: film("mp4", "libx264", options={"movflags": "frag_keyframe+empty_moov"}),
    "mov": lambda: film("mov", "libx264"),
    "webm": lambda: film("webm", "libvpx-vp9", sound="libopus"),
    "m4a": lambda: song("ipod", "aac"),
    "mp3": lambda: song("mp3", "libmp3lame"),
    "flac": lambda: song("flac", "flac"),
    "opus.ogg": lambda: song("ogg", "libopus"),
    "vorbis.ogg": lambda: song("ogg", "vorbis"),
    "wav": wav,
    "svg": lambda: SVG,
    "html": lambda: HTML,
    "txt": lambda: TEXT,
    "md": lambda: b"# Title\n\nSome *words*.\n",
    "json": lambda: json.dumps({"a": [1, 2]}).encode(),
    "pdf": pdf,
    "docx": docx,
}


@functools.cache
def sample(name: str) -> bytes:
    """The file of a name: its extension, perhaps with words before it."""
    return MAKERS[name]()
