"""Share what the twins of hosted vendors have in common: a counter with paid and free routes, and words."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from typing import Any, Final

from aiohttp import web

from tests.twins.desk import Desk, Exchange, Order
from tests.twins.marker import IN_PROMPT, asked, spoken
from tests.twins.openai.example import example
from tests.twins.server import LARGEST
from tests.twins.wire import Answer, Json, Refused

REFUSE: Final = "[[refuse]]"
Read = Callable[[web.Request], Awaitable[Order]]
Look = Callable[[web.Request], Answer]


class Counter:
    """Serve the routes of a vendor to those whom it admits."""

    def __init__(self, desk: Desk, admit: Callable[[web.Request], None], nothing: Look) -> None:
        self.app = web.Application(client_max_size=LARGEST)
        self._desk, self._admit, self._nothing = desk, admit, nothing

    def paid(self, path: str, read: Read) -> None:
        """Add a route that costs money."""
        self.app.router.add_post(path, partial(self._take, read))

    def free(self, method: str, path: str, look: Look) -> None:
        """Add a route that costs nothing."""
        self.app.router.add_route(method, path, partial(self._show, look))

    def side(self, path: str, act: Look) -> None:
        """Add a free route that changes something."""
        self.app.router.add_post(path, partial(self._change, act))

    def served(self) -> web.Application:
        """Return the routes, with an answer to every other path."""
        self.app.router.add_route("*", "/{path:.*}", self._unknown)
        return self.app

    def latency(self) -> float:
        """Return how long a direct answer takes."""
        return self._desk.storm.conditions.latency

    async def _take(self, read: Read, request: web.Request) -> web.StreamResponse:
        async def accept() -> Order:
            self._admit(request)
            return await read(request)

        return await self._desk.submit(request, accept)

    async def _show(self, look: Look, request: web.Request) -> web.StreamResponse:
        def answer() -> Answer:
            self._admit(request)
            return look(request)

        return await self._desk.poll(request, request.path, answer)

    async def _change(self, act: Look, request: web.Request) -> web.StreamResponse:
        async def work(_: Exchange) -> Answer:
            self._admit(request)
            return act(request)

        return await self._desk.side(request, work)

    async def _unknown(self, request: web.Request) -> web.StreamResponse:
        async def act(_: Exchange) -> Answer:
            return self._nothing(request)

        return await self._desk.side(request, act)


@dataclass(frozen=True)
class Words:
    """Hold what was asked of a model of language, and what it answers.

    Attributes:
        prompt: All that was said to it.
        answer: What it says, in the shape of a schema where there is one.
        refused: Whether it refuses; a prompt with `[[refuse]]` makes it.
    """

    prompt: str
    answer: str
    refused: bool

    @property
    def marker(self) -> str | None:
        """Return the id that the prompt carries."""
        return asked(self.prompt)

    def spent(self) -> tuple[int, int]:
        """Return the tokens read and written."""
        return len(self.prompt) // 4 + 1, len(self.answer) // 4 + 1


def words(prompt: str, schema: Json | None = None) -> Words:
    """Answer a prompt."""
    said = f"The twin heard: {IN_PROMPT.sub('', prompt).strip()[-200:]} {spoken(asked(prompt))}"
    return Words(prompt, json.dumps(example(schema, said)) if schema else said, REFUSE in prompt)


def parsed(data: bytes, refuse: Callable[[str], Answer]) -> Json:
    """Return a JSON object, or refuse the request."""
    try:
        fields = json.loads(data)
    except ValueError:
        raise Refused(refuse("The body is not JSON.")) from None
    if not isinstance(fields, dict):
        raise Refused(refuse("The body is no object."))
    return fields


def limited(fault: str, seconds: int, made: Callable[[str], Answer]) -> Answer:
    """Return a 429, with the pause where the fault says that it stands."""
    message = "Rate limit reached."
    if fault == "rate_body":
        message += f" Please try again in {seconds}s."
    answer = made(message)
    if fault == "rate_seconds":
        return answer.told({"retry-after": str(seconds)})
    if fault == "rate_date":
        # The date has whole seconds only; one more keeps it from lying in the past when it is read.
        then = datetime.now(UTC) + timedelta(seconds=seconds + 1)
        return answer.told({"retry-after": format_datetime(then, usegmt=True)})
    return answer


def unknown(fields: Json, known: frozenset[str]) -> Any:
    """Return the first field that an endpoint does not have, or None."""
    return next((name for name in fields if name not in known), None)
