"""Keep what a hosted service has taken: tasks that advance with time, and the files that they leave."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from aiohttp import web

from tests.twins.marker import asked
from tests.twins.picture import Picture, film, painted
from tests.twins.storm import Storm
from tests.twins.wire import Answer, Json

STEPS: Final = 4
SIDES: Final = (320, 192)
_NAME = re.compile(r"([A-Za-z0-9_-]+)\.(\d)\.(png|mp4)")


@dataclass
class Work:
    """Hold one task.

    Attributes:
        media: `image` or `video`.
        words: The prompt, or that of the task that it goes on from.
        count: How many files it leaves.
        begun: When it was taken.
        waited: Whether somebody was told that it waits for its turn.
        more: What the vendor's words need besides.
    """

    id: str
    media: str
    words: str
    count: int = 1
    begun: float = field(default_factory=time.monotonic)
    waited: bool = False
    stopped: bool = False
    more: Json = field(default_factory=dict)

    @property
    def marker(self) -> str | None:
        """Return the id that the prompt carries."""
        return asked(self.words)

    @property
    def refused(self) -> bool:
        """Tell whether the result is turned down by the vendor's policy."""
        return "[[refuse]]" in self.words

    @property
    def broken(self) -> bool:
        """Tell whether the work fails."""
        return "[[fail]]" in self.words


class Shop:
    """Take work, and serve what it leaves."""

    def __init__(self, storm: Storm) -> None:
        self._storm = storm
        self.works: dict[str, Work] = {}
        self.uploads: dict[str, int] = {}
        """Bytes by the id of an upload."""

    def take(self, work: Work) -> Work:
        """Keep accepted work."""
        self.works[work.id] = work
        return work

    def fraction(self, work: Work) -> float:
        """Return how far a task is, by the clock and the speed of the service."""
        whole = STEPS * self._storm.conditions.step_delay
        return min(1.0, (time.monotonic() - work.begun) / whole) if whole else 1.0

    def waits(self, work: Work) -> bool:
        """Return whether a task waits for its turn: whoever looks first is told so, where work takes any time."""
        first, work.waited = not work.waited, True
        return first and self._storm.conditions.step_delay > 0

    def links(self, request: web.Request, work: Work) -> list[str]:
        """Return where the files of a task are."""
        kind = "mp4" if work.media == "video" else "png"
        return [f"{request.url.origin()}/files/{work.id}.{place}.{kind}" for place in range(work.count)]

    def file(self, name: str) -> Answer:
        """Return a file, or a 404 in the words of no vendor."""
        found = _NAME.fullmatch(name)
        work = self.works.get(found[1]) if found else None
        if found is None or work is None or int(found[2]) >= work.count:
            return Answer((b"gone",), 404, "text/plain")
        body = _drawn(work.words, work.marker, int(found[2]), found[3])
        return Answer((body,), content_type="video/mp4" if found[3] == "mp4" else "image/png")


@cache
def _drawn(words: str, marker: str | None, place: int, kind: str) -> bytes:
    picture = Picture(*SIDES, words, marker, place)
    return painted(picture) if kind == "png" else film([picture] * 12, 12)
