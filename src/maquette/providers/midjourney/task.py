"""What both drivers share: a task that was made earlier, one that is done, and one that failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from maquette.core.action import Call
from maquette.core.answer import moderated, plain
from maquette.core.errors import ContentRejected, GenerationFailed, ProviderError, RequestRejected
from maquette.core.params import Media

from . import shape


@dataclass(frozen=True, slots=True)
class Task:
    """One picture of an earlier task."""

    id: str
    place: int
    """Which of four, from 0."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a task made."""

    media: Media
    links: Sequence[str]
    record: Mapping[str, Any]


async def picked(params: shape.Pick, call: Call) -> Task:
    """Return the task that made a picture; raises `RequestRejected` where it is not known."""
    made = await call.material(params.image)
    task, place = made.notes.get("task"), made.notes.get("index")
    if made.provider != "midjourney" or not isinstance(task, str):
        raise RequestRejected(
            f"{made.name!r} was not made by Midjourney here, so that there is no task to go on from",
            hint="Choose a picture of a Midjourney job, or another provider's upscale.",
        )
    if params.number:
        return Task(task, params.number - 1)
    if not isinstance(place, int):
        raise RequestRejected(
            f"{made.name!r} is not one of four pictures, or holds all four",
            hint="Say by `number` which of the four is meant; an upscaled picture cannot be picked again.",
        )
    return Task(task, place)


def broken(reason: object) -> ProviderError:
    """Return the error of a task that ended without a result."""
    if moderated(reason):
        return ContentRejected(f"Midjourney refused: {plain(reason)}")
    return GenerationFailed(f"Midjourney failed: {plain(reason)}")
