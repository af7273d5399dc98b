"""What runs in the child process for films: as MP4 that every browser plays, or as GIF that every mail shows."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import av
from PIL import Image

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.video.frame import VideoFrame

MOST_FRAMES: Final = 600
"""Most pictures of a GIF; what is longer is shown at fewer a second."""

# A fixed number of threads keeps the bytes the same on machines with other numbers of cores.
_H264: Final = {"preset": "veryfast", "crf": "20", "threads": "2"}
_SAMPLE_RATE: Final = 48_000
_FASTEST: Final = 60
_TICKS: Final = 90_000


def animate(*, source: str, target: str, fps: int, longest: int) -> dict[str, Any]:
    """Write a film as a GIF without sound, at most `fps` pictures a second, and return its `file`."""
    file = f"{target}.gif"
    with av.open(source) as film:
        seconds = (film.duration or 0) / av.time_base
        step = max(1 / fps, seconds / MOST_FRAMES)
        pictures = _pictures(film, step, longest)
        first = next(pictures, None)
        if first is None:
            raise ValueError("the film has no pictures")
        first.save(
            file, "GIF", save_all=True, append_images=pictures, duration=round(step * 1000), loop=0, optimize=False
        )
    return {"file": file, "extension": "gif"}


def _pictures(film: InputContainer, step: float, longest: int) -> Iterator[Image.Image]:
    due, count = 0.0, 0
    for frame in film.decode(video=0):
        if (frame.time or 0.0) + 1e-6 < due or count == MOST_FRAMES:
            continue
        due, count = due + step, count + 1
        picture: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]
        picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
        yield picture.quantize(256, dither=Image.Dither.FLOYDSTEINBERG)


def encode(*, source: str, target: str, longest: int) -> dict[str, Any]:
    """Write a film as H.264 with AAC in MP4, at its own speed, and return its `file`."""
    file = f"{target}.mp4"
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    with av.open(source) as film, av.open(file, "w", format="mp4", options=options) as made:
        _write(film, made, longest)
    return {"file": file, "extension": "mp4"}


def _write(film: InputContainer, made: OutputContainer, longest: int) -> None:
    shown = film.streams.video[0]
    rate = min(shown.average_rate or Fraction(25), Fraction(_FASTEST))
    video = made.add_stream("libx264", rate=rate, options=_H264)
    video.width, video.height = _even(shown.width, shown.height, longest)
    video.pix_fmt = "yuv420p"
    video.time_base = video.codec_context.time_base = Fraction(1, _TICKS)
    audio = made.add_stream("aac", rate=_SAMPLE_RATE, layout="stereo") if film.streams.audio else None
    before = -1
    for frame in film.decode(video=0):
        ready = _sized(frame, video.width, video.height)
        before = ready.pts = max(before + 1, round((frame.time or 0.0) * _TICKS))
        ready.time_base = Fraction(1, _TICKS)
        made.mux(video.encode(ready))
    made.mux(video.encode(None))
    if audio is not None:
        _copy_sound(film, made, audio)


def _even(width: int, height: int, longest: int) -> tuple[int, int]:
    """Return sides within `longest` that H.264 takes: even ones."""
    part = min(1.0, longest / max(width, height))
    return max(2, int(width * part) // 2 * 2), max(2, int(height * part) // 2 * 2)


def _sized(frame: VideoFrame, width: int, height: int) -> VideoFrame:
    return frame.reformat(width=width, height=height, format="yuv420p")


def _copy_sound(film: InputContainer, made: OutputContainer, audio: AudioStream) -> None:
    film.seek(0)
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=_SAMPLE_RATE, frame_size=1024)
    heard = 0
    blocks = chain.from_iterable(resampler.resample(frame) for frame in film.decode(audio=0))
    for block in chain(blocks, resampler.resample(None)):
        block.pts, block.time_base, heard = heard, Fraction(1, _SAMPLE_RATE), heard + block.samples
        made.mux(audio.encode(block))
    made.mux(audio.encode(None))
