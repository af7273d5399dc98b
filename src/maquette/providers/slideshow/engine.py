"""Make a film of pictures; runs in the child process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.container import OutputContainer
from av.video.reformatter import ColorRange, Colorspace

from maquette.providers.slideshow.motion import Clip
from maquette.providers.slideshow.stage import frames

_SAMPLE_RATE: Final = 48_000
_SAMPLES: Final = 1024
_LEAD_OUT_SECONDS: Final = 0.6
# A fixed number of threads keeps the bytes the same on machines with other numbers of cores.
_H264: Final = {"preset": "veryfast", "crf": "19", "threads": "2"}
_BT709: Final = 1


def slideshow(images: list[str], *, clip: dict[str, Any], narration: str | None, target: str) -> dict[str, Any]:
    """Make an H.264 film with an AAC track from picture files.

    Args:
        images: The pictures, in order; each gets the same time.
        clip: The fields of `Clip`; the width and height are even.
        narration: A sound file to be heard over the film, or None for a silent track.
        target: The MP4 file to write, in the working folder.

    Returns:
        `duration_s`, which is longer than asked where the narration is longer; `frames`, `width`, `height`, `mime`.
    """
    wanted = Clip(**clip)
    if narration:
        spoken = _seconds(narration) + _LEAD_OUT_SECONDS
        wanted = replace(wanted, duration=max(wanted.duration, spoken))
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    with av.open(target, "w", format="mp4", options=options) as film:
        _write(film, images, wanted, narration)
    return {
        "duration_s": round(wanted.frames / wanted.fps, 3),
        "frames": wanted.frames,
        "width": wanted.width,
        "height": wanted.height,
        "mime": "video/mp4",
    }


def codecs() -> dict[str, Any]:
    """Tell which encoders are used.

    Raises:
        LookupError: One of them is not installed.
    """
    if missing := {"libx264", "aac"} - av.codecs_available:
        raise LookupError(f"this build of PyAV lacks {', '.join(sorted(missing))}")
    return {"video": "libx264", "audio": "aac"}


def _write(film: OutputContainer, images: list[str], clip: Clip, narration: str | None) -> None:
    video = film.add_stream("libx264", rate=clip.fps, options=_H264)
    video.width, video.height, video.pix_fmt = clip.width, clip.height, "yuv420p"
    video.codec_context.colorspace = _BT709
    video.codec_context.color_primaries = _BT709
    video.codec_context.color_trc = _BT709
    video.codec_context.color_range = ColorRange.MPEG
    audio = film.add_stream("aac", rate=_SAMPLE_RATE, layout="stereo")
    audio.bit_rate = 128_000
    sound = _sound(narration, round(clip.frames / clip.fps * _SAMPLE_RATE))
    heard = 0
    for number, picture in enumerate(frames(images, clip)):
        frame = av.VideoFrame.from_ndarray(np.asarray(picture), format="rgb24").reformat(
            format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
        )
        frame.pts, frame.time_base = number, Fraction(1, clip.fps)
        film.mux(video.encode(frame))
        # Sound is written along with the pictures, so that players can start before the file is complete.
        while heard < (number + 1) / clip.fps * _SAMPLE_RATE and (block := next(sound, None)):
            film.mux(audio.encode(block))
            heard += block.samples
    for block in sound:
        film.mux(audio.encode(block))
    film.mux(video.encode(None))
    film.mux(audio.encode(None))


def _sound(narration: str | None, samples: int) -> Iterator[AudioFrame]:
    """Yield stereo blocks for exactly `samples` samples: the narration if there is one, then silence."""
    position = 0
    for spoken in _blocks(narration) if narration else ():
        if position + spoken.samples > samples:
            break
        spoken.pts, position = position, position + spoken.samples
        yield spoken
    while position < samples:
        silence = np.zeros((2, min(_SAMPLES, samples - position)), np.float32)
        block = AudioFrame.from_ndarray(silence, format="fltp", layout="stereo")
        block.sample_rate, block.time_base, block.pts = _SAMPLE_RATE, Fraction(1, _SAMPLE_RATE), position
        position += block.samples
        yield block


def _blocks(narration: str) -> Iterator[AudioFrame]:
    resampler = AudioResampler(format="fltp", layout="stereo", rate=_SAMPLE_RATE, frame_size=_SAMPLES)
    with av.open(narration) as spoken:
        for frame in spoken.decode(audio=0):
            yield from resampler.resample(frame)
    yield from resampler.resample(None)


def _seconds(narration: str) -> float:
    with av.open(narration) as spoken:
        return sum(frame.samples / frame.sample_rate for frame in spoken.decode(audio=0))
