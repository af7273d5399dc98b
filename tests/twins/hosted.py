"""What the twins of hosted vendors share: one key, work that takes its time, and files that are fetched without a key.

A prompt may say what becomes of it: `[[refuse]]` is turned down at once where the vendor does so, `[[moderate]]` is
refused when it is done, `[[fail]]` fails.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn, Protocol

from aiohttp import web

from tests.twins import picture, sound
from tests.twins.counter import Counter
from tests.twins.desk import Desk, Dialect, Order
from tests.twins.ledger import Ledger
from tests.twins.marker import asked
from tests.twins.picture import Picture
from tests.twins.server import Wire, flags, main
from tests.twins.storm import Storm
from tests.twins.wire import Answer, Json, Refused

REFUSE, MODERATE, FAIL = "[[refuse]]", "[[moderate]]", "[[fail]]"
FILM = (320, 192)
MIME = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "mp4": "video/mp4",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
}


class Words(Dialect, Protocol):
    """Word the refusals of a vendor, a wrong key among them."""

    def unauthorized(self) -> Answer:
        """Return the answer to a missing or wrong key."""
        ...


@dataclass
class Work:
    """One thing that is being made.

    Attributes:
        prompt: What was asked for.
        kind: The file's ending.
        seed: What tells two works of one prompt apart.
        size: Width and height, for pictures.
        count: How many are made.
        fields: The whole request.
    """

    prompt: str
    kind: str = "png"
    seed: int = 0
    size: tuple[int, int] = (512, 512)
    count: int = 1
    fields: Json = field(default_factory=dict)
    name: str = field(default_factory=lambda: str(uuid.uuid4()))
    looks: int = 0
    cancelled: bool = False

    def content(self, number: int = 0) -> bytes:
        """Return the bytes of one output."""
        marker = asked(self.prompt)
        if self.kind in ("mp3", "wav"):
            return sound.FORMATS[self.kind][0](f"{self.prompt} {self.seed}", marker)
        if self.kind == "mp4":
            frames = [Picture(*FILM, f"{self.prompt} {self.seed}", marker, at) for at in range(6)]
            return picture.film(frames, 12)
        return picture.painted(Picture(*self.size, self.prompt, marker, self.seed + number), self.kind)


class Vendor:
    """Serve a vendor's endpoints to the holder of one key."""

    def __init__(self, options: argparse.Namespace, storm: Storm, ledger: Ledger, words: Words, scheme: str) -> None:
        self.storm = storm
        self.works: dict[str, Work] = {}
        self.options = options
        self._desk = Desk(storm, ledger, words)
        self._words = words
        # "Authorization: Bearer " or "x-key: ", and the key comes after it.
        self._header, _, self._prefix = scheme.partition(": ")
        self.counter = Counter(self._desk, self._admit, lambda _: words.failure(404))
        self.app = self.counter.app
        self.app.router.add_get("/files/{name}/{number}", self._file)

    def ordered(self, work: Work, told: Callable[[], Answer], units: int = 1) -> Order:
        """Return the order of a work that is remembered and asked after."""

        async def fulfil() -> Answer:
            await asyncio.sleep(self.storm.conditions.latency)
            self.works[work.name] = work
            return told()

        return Order(work.name, asked(work.prompt), fulfil, units)

    def direct(self, work: Work, told: Callable[[bytes], Answer]) -> Order:
        """Return the order of a work whose answer is its bytes."""

        async def fulfil() -> Answer:
            await asyncio.sleep(self.storm.conditions.latency)
            return told(await asyncio.to_thread(work.content))

        return Order(work.name, asked(work.prompt), fulfil)

    def age(self, work: Work, *, looked: bool = True) -> str:
        """Return `queued`, `running` or `done`: it is told so many times that the work is under way."""
        seen = work.looks
        work.looks += looked
        if seen >= self.options.looks:
            return "done"
        return "running" if seen else "queued"

    def address(self, request: web.Request, work: Work, number: int = 0) -> str:
        """Return where an output is fetched."""
        return f"http://{request.host}/files/{work.name}/{number}"

    async def _file(self, request: web.Request) -> web.StreamResponse:
        def made() -> Answer:
            work = self.works.get(request.match_info["name"])
            if work is None:
                return self._words.failure(404)
            return Answer((work.content(int(request.match_info["number"])),), content_type=MIME[work.kind])

        return await self._desk.download(request, request.path, made)

    def _admit(self, request: web.Request) -> None:
        if request.headers.get(self._header) != f"{self._prefix}{self.options.key}":
            raise Refused(self._words.unauthorized())


def refuse(answer: Answer) -> NoReturn:
    """Turn a request down."""
    raise Refused(answer)


async def read_json(request: web.Request) -> Json:
    """Return the JSON body of a request, or nothing."""
    try:
        found: Json = json.loads(await request.read())
    except ValueError:
        return {}
    return found


def run(name: str, made: Callable[[argparse.Namespace, Storm, Ledger], Vendor], **more: str) -> None:
    """Run a twin from its flags; `more` are flags of its own, with their defaults."""

    def build(options: argparse.Namespace, storm: Storm, ledger: Ledger) -> Wire:
        vendor = made(options, storm, ledger)
        return Wire(vendor.app, lambda: {"works": len(vendor.works)})

    parser = flags(name)
    parser.add_argument("--key", default="sk-twin", help="the only key that is accepted")
    parser.add_argument("--balance", type=float, default=100.0, help="what is left of the account")
    parser.add_argument("--looks", type=int, default=0, help="how often work is told to be under way")
    for flag, default in more.items():
        parser.add_argument(f"--{flag}", default=default)
    main(build, parser)
