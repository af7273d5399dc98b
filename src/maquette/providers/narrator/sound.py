"""Turn a WAV file into the other sound formats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import av
from av.audio.resampler import AudioResampler


@dataclass(frozen=True, slots=True)
class Encoding:
    """Say how a format is written: container, codec, its samples, and bits a second where it is lossy."""

    container: str
    codec: Literal["libmp3lame", "flac", "libopus"]
    samples: str
    sample_rate: int
    bit_rate: int | None


_ENCODINGS: Final = {
    "mp3": Encoding("mp3", "libmp3lame", "s16p", 22_050, 64_000),
    "flac": Encoding("flac", "flac", "s16", 22_050, None),
    # Opus knows only sample rates that divide 48 kHz.
    "opus": Encoding("ogg", "libopus", "s16", 24_000, 40_000),
}


def encode(source: str, target: str, kind: str) -> None:
    """Encode the sound file `source` into `target` as `mp3`, `flac` or `opus` (in an Ogg container)."""
    how = _ENCODINGS[kind]
    resampler = AudioResampler(format=how.samples, layout="mono", rate=how.sample_rate)
    with av.open(source) as heard, av.open(target, "w", format=how.container, options={"fflags": "+bitexact"}) as made:
        # The level is read by LAME alone: speech sounds the same at it and takes half the time.
        options = {"compression_level": "7"} if how.codec == "libmp3lame" else {}
        stream = made.add_stream(how.codec, rate=how.sample_rate, layout="mono", format=how.samples, options=options)
        if how.bit_rate:
            stream.bit_rate = how.bit_rate
        for frame in heard.decode(audio=0):
            for part in resampler.resample(frame):
                made.mux(stream.encode(part))
        for part in resampler.resample(None):
            made.mux(stream.encode(part))
        made.mux(stream.encode(None))
