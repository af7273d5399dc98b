"""Make films by the videos protocol, as servers still do that are not the vendor's own."""

from __future__ import annotations

import asyncio
import io
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web
from PIL import Image

from tests.twins.desk import Order
from tests.twins.marker import asked
from tests.twins.openai import check
from tests.twins.openai.dialect import INVALID, error, headers, refuse
from tests.twins.openai.text import REFUSE
from tests.twins.picture import Picture, film
from tests.twins.wire import Answer, Json, Refused, json_answer

FIELDS: Final = frozenset(("prompt", "model", "seconds", "size", "input_reference"))
FIRST_PAUSE_MS: Final = 150
PAUSE_MS: Final = 40
STEPS: Final = 4


@dataclass
class Film:
    """Follow one film."""

    prompt: str
    seconds: str
    size: str
    ready: float
    looks: int = 0
    """How often it was asked after: the first time it is never ready, so that a poll is one."""

    @property
    def status(self) -> str:
        """Return the state as the protocol words it."""
        if self.looks < 2 or time.monotonic() < self.ready:
            return "in_progress" if self.looks else "queued"
        return "failed" if REFUSE in self.prompt else "completed"


class Films:
    """All films of a twin."""

    def __init__(self, pace: Callable[[], float]) -> None:
        self._pace = pace
        self._known: dict[str, Film] = {}

    def order(self, form: Mapping[str, Any], latency: Callable[[], float]) -> Order:
        """Check a request for a film and return its order."""
        fields = dict(form)
        check.known(fields, FIELDS)
        prompt = check.text(fields, "prompt", 32_000)
        seconds, size = str(fields.get("seconds", "4")), str(fields.get("size", "720x1280"))
        if not seconds.isdigit() or size.count("x") != 1:
            refuse("Invalid value for 'seconds' or 'size'.", "seconds")
        _checked(fields.get("input_reference"))
        name, now = f"video_{uuid.uuid4().hex}", time.monotonic()

        async def fulfil() -> Answer:
            await asyncio.sleep(latency())
            self._known[name] = Film(prompt, seconds, size, now + STEPS * self._pace())
            return self.state(name).told({"openai-poll-after-ms": str(FIRST_PAUSE_MS)})

        return Order(name, asked(prompt), fulfil, int(seconds))

    def state(self, name: str) -> Answer:
        """Return how a film stands."""
        found = self._found(name)
        status = found.status
        found.looks += 1
        body: Json = {"id": name, "object": "video", "model": "own-video", "status": status, "error": None}
        body |= {"seconds": found.seconds, "size": found.size, "created_at": int(time.time())}
        body |= {"progress": {"queued": 0, "in_progress": 50}.get(status, 100)}
        if status == "failed":
            body["error"] = {"code": "moderation_blocked", "message": "Your request was blocked by our safety system."}
        return json_answer(body, hollow={"object": "video"}).told(headers() | {"openai-poll-after-ms": str(PAUSE_MS)})

    def file(self, name: str) -> Answer:
        """Return a film."""
        found = self._found(name)
        wide = int(found.size.partition("x")[0]) >= int(found.size.partition("x")[2])
        size = (256, 144) if wide else (144, 256)
        frames = [Picture(*size, found.prompt, asked(found.prompt), number) for number in range(4)]
        return Answer((film(frames, 4),), content_type="video/mp4")

    def _found(self, name: str) -> Film:
        if name not in self._known:
            raise Refused(error(404, "Video not found", INVALID, None, "not_found"))
        return self._known[name]


def _checked(reference: object) -> None:
    if reference is None:
        return
    if not isinstance(reference, web.FileField):
        refuse("Invalid type for 'input_reference': expected a file.", "input_reference", "invalid_type")
    Image.open(io.BytesIO(reference.file.read())).verify()
