"""Plan how a film moves over its pictures: which part of which picture each frame shows. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

Motion = Literal["auto", "zoom_in", "zoom_out", "pan_left", "pan_right"]

Box = tuple[float, float, float, float]

ROOM: Final = 1.16
"""How much larger than the frame a picture is laid out, so that a view can move over it."""
_CYCLE: Final[tuple[Motion, ...]] = ("zoom_in", "pan_right", "zoom_out", "pan_left")
_FADE_SECONDS: Final = 0.8


@dataclass(frozen=True, slots=True)
class Clip:
    """Say how large, how long and how lively a film is."""

    width: int
    height: int
    fps: int
    duration: float
    motion: Motion = "auto"

    @property
    def frames(self) -> int:
        """The number of frames, at least one."""
        return max(1, round(self.duration * self.fps))

    @property
    def stage(self) -> tuple[int, int]:
        """The size that every picture is laid out in."""
        return math.ceil(self.width * ROOM), math.ceil(self.height * ROOM)


@dataclass(frozen=True, slots=True)
class View:
    """Show one part of one picture, with the weight that it has in the frame."""

    picture: int
    box: Box
    weight: float


def views(clip: Clip, pictures: int) -> Iterator[list[View]]:
    """Yield for each frame the one view that it shows, or the two that it blends."""
    part = clip.frames / pictures
    # A fade takes at most half of each picture's time, so that every picture stands alone for a while.
    fade = min(_FADE_SECONDS * clip.fps, part / 2)
    for frame in range(clip.frames):
        index = min(int(frame / part), pictures - 1)
        yield _blend(clip, frame, index, pictures, fade)


def _blend(clip: Clip, frame: int, index: int, pictures: int, fade: float) -> list[View]:
    part = clip.frames / pictures
    since, left = frame - index * part, (index + 1) * part - frame
    if left <= fade / 2 and index + 1 < pictures:
        weight = _eased(0.5 - left / fade)
        other = index + 1
    elif since < fade / 2 and index > 0:
        weight = _eased(0.5 - since / fade)
        other = index - 1
    else:
        return [_view(clip, frame, index, pictures, 1.0)]
    return [_view(clip, frame, index, pictures, 1.0 - weight), _view(clip, frame, other, pictures, weight)]


def _view(clip: Clip, frame: int, index: int, pictures: int, weight: float) -> View:
    part = clip.frames / pictures
    fade = min(_FADE_SECONDS * clip.fps, part / 2)
    # A picture moves from the first frame of its fade-in to the last of its fade-out, never starting in view.
    start = index * part - (fade / 2 if index else 0)
    end = (index + 1) * part + (fade / 2 if index + 1 < pictures else 0)
    done = _gentle(min(1.0, max(0.0, (frame - start) / max(1.0, end - 1 - start))))
    motion = _CYCLE[index % len(_CYCLE)] if clip.motion == "auto" else clip.motion
    return View(index, _box(clip, motion, done), weight)


def _box(clip: Clip, motion: Motion, done: float) -> Box:
    """Return the left, top, right and bottom of the view in the picture as it is laid out."""
    wide, high = clip.stage
    scale, across = {
        "zoom_in": (ROOM - (ROOM - 1) * done, 0.5),
        "zoom_out": (1 + (ROOM - 1) * done, 0.5),
        "pan_right": (1.02, done),
        "pan_left": (1.02, 1 - done),
    }[motion]
    width, height = min(wide, clip.width * scale), min(high, clip.height * scale)
    left, top = (wide - width) * across, (high - height) * 0.5
    return left, top, left + width, top + height


def _eased(value: float) -> float:
    """Fade slowly in and out: the smoothstep of a value of 0 to 1."""
    return value * value * (3 - 2 * value)


def _gentle(value: float) -> float:
    """Move evenly with soft ends: half way between a straight line and the smoothstep."""
    return (value + _eased(value)) / 2
