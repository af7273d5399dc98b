"""Play a tone for a text, with the marker among the samples or in a frame of its own."""

from __future__ import annotations

import io
import math
import struct
import wave
from functools import cache
from typing import Final

from tests.twins.marker import packed

RATE: Final = 24_000
MP3_RATE: Final = 44_100
# MPEG-1 layer III, 128 kbit/s, 44.1 kHz, mono: 417 bytes a frame, of which 4 are header and 17 side information.
MP3_HEADER: Final = b"\xff\xfb\x90\xc0"
MP3_SIDE: Final = bytes(17)
MP3_FRAME: Final = 417


def spoken_seconds(text: str) -> float:
    """Return how long a text takes to say, between half a second and five."""
    return min(5.0, max(0.5, round(len(text) / 60, 1)))


def pcm(text: str, marker: str | None) -> bytes:
    """Return 16-bit mono samples at 24 kHz: the marker, then a tone."""
    head = packed(marker)
    return head + bytes(len(head) % 2) + _tone(spoken_seconds(text), RATE)


def wav(text: str, marker: str | None) -> bytes:
    """Return a WAV file of a text."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(pcm(text, marker))
    return buffer.getvalue()


def mp3(text: str, marker: str | None) -> bytes:
    """Return an MP3 file of a text: a silent frame whose spare bytes hold the marker, then a tone."""
    silent = MP3_HEADER + MP3_SIDE + packed(marker)
    return silent.ljust(MP3_FRAME, b"\0") + _mp3_tone(spoken_seconds(text))


@cache
def _tone(seconds: float, rate: int) -> bytes:
    count = int(seconds * rate)
    return struct.pack(f"<{count}h", *(int(9000 * math.sin(i * 2 * math.pi * 330 / rate)) for i in range(count)))


@cache
def _mp3_tone(seconds: float) -> bytes:
    import av

    buffer = io.BytesIO()
    plain = {"write_xing": "0", "id3v2_version": "0", "write_id3v1": "0"}
    with av.open(buffer, "w", format="mp3", options=plain) as container:
        stream = container.add_stream("libmp3lame", rate=MP3_RATE)
        stream.layout, stream.bit_rate = "mono", 128_000
        frame = av.AudioFrame(format="s16p", layout="mono", samples=int(seconds * MP3_RATE))
        frame.sample_rate = MP3_RATE
        frame.planes[0].update(_tone(seconds, MP3_RATE))
        fifo = av.AudioFifo()
        fifo.write(frame)
        while piece := fifo.read(1152, partial=True):
            container.mux(stream.encode(piece))
        container.mux(stream.encode())
    return buffer.getvalue()


FORMATS: Final = {"mp3": (mp3, "audio/mpeg"), "wav": (wav, "audio/wav"), "pcm": (pcm, "audio/pcm")}
