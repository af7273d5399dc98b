"""Decode a film or a sound whole, by the codec library where it is installed, else check its container alone."""

from __future__ import annotations

import importlib.util
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import container
from .header import check_size
from .kind import Unfit

DEMUXERS = {
    "mp4": "mov", "mov": "mov", "m4a": "mov", "webm": "matroska", "mp3": "mp3", "wav": "wav", "flac": "flac",
    "ogg": "ogg",
}  # fmt: skip
"""The demuxer of each extension; no other may be asked, because some of them open further files."""
OPTIONS = {"protocol_whitelist": "file"}
_STRICT = frozenset({"mp4", "mov", "m4a", "wav", "webm"})
"""Containers that tell when they were cut short, which a decoder does not mind."""
_MOST_MAPPED = 2**30
"""A larger file does not fit into the memory of a child, and is left to the decoder, which reads it in pieces."""
_PATIENCE_S = 240
"""After so long the rest of a film is read but no longer decoded."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is taken."""

    pixels: int
    duration_s: int


def check(path: Path, extension: str, bounds: Bounds) -> dict[str, Any]:
    """Return `width`, `height`, `duration_ms`, `pictures` (whether it has any) and `checked`."""
    decodes = importlib.util.find_spec("av") is not None
    if decodes and (extension not in _STRICT or path.stat().st_size > _MOST_MAPPED):
        return _decoded(path, extension, bounds)
    said = container.check(path, extension)
    if said.pictures and said.width:
        check_size((said.width, said.height), bounds.pixels)
    _check_length((said.duration_ms or 0) / 1000, bounds)
    if decodes:
        return _decoded(path, extension, bounds)
    size = {"width": said.width or None, "height": said.height or None} if said.pictures else {}
    return size | {"duration_ms": said.duration_ms, "pictures": said.pictures, "checked": "container"}


def _decoded(path: Path, extension: str, bounds: Bounds) -> dict[str, Any]:
    import av

    try:
        with av.open(str(path), format=DEMUXERS[extension], options=OPTIONS) as file:
            return _watched(file, bounds)
    except av.FFmpegError as error:
        raise Unfit(f"the file cannot be decoded: {error.strerror}") from error
    except (MemoryError, ValueError) as error:
        raise Unfit(f"the file cannot be decoded: {error}") from error


def _watched(file: Any, bounds: Bounds) -> dict[str, Any]:
    """Decode every packet of the first film and the first sound."""
    films = [stream for stream in file.streams.video if not _is_cover(stream)]
    sounds = list(file.streams.audio)
    if not films and not sounds:
        raise Unfit("the file holds neither pictures nor sound")
    _check_length((file.duration or 0) / 1_000_000, bounds)
    for film in films:
        check_size((film.width, film.height), bounds.pixels)
    watch = _Watch(bounds, time.monotonic() + _PATIENCE_S)
    for packet in file.demux([*films[:1], *sounds[:1]]):
        watch.take(packet)
    if (films and not watch.frames) or (sounds and not films and not watch.samples):
        raise Unfit("the file holds not one frame")
    size = {"width": films[0].width, "height": films[0].height} if films else {}
    checked = "container" if watch.tired else "decoded"
    return size | {"duration_ms": round(watch.seconds * 1000), "pictures": bool(films), "checked": checked}


class _Watch:
    """Counts what is decoded."""

    def __init__(self, bounds: Bounds, until: float) -> None:
        self._bounds = bounds
        self._until = until
        self.frames = 0
        self.samples = 0
        self.seconds = 0.0
        self.tired = False

    def take(self, packet: Any) -> None:
        self.tired = self.tired or time.monotonic() > self._until
        if packet.pts is not None and packet.time_base:
            self._reach(float((packet.pts + (packet.duration or 0)) * packet.time_base))
        for frame in () if self.tired else packet.decode():
            if frame.is_corrupt:
                raise Unfit("a frame is broken")
            if packet.stream.type == "video":
                check_size((frame.width, frame.height), self._bounds.pixels)
                self.frames += 1
            else:
                self.samples += frame.samples

    def _reach(self, seconds: float) -> None:
        _check_length(seconds, self._bounds)
        self.seconds = max(self.seconds, seconds)


def _is_cover(stream: Any) -> bool:
    """Tell whether a stream is a still picture that comes along with a sound."""
    return bool(int(stream.disposition) & 0x400)


def _check_length(seconds: float, bounds: Bounds) -> None:
    if seconds > bounds.duration_s:
        raise Unfit(f"it lasts longer than the {bounds.duration_s} s that are taken")
