"""A picture of 1.4 MB in base64, taken, checked, stored and recorded, beside LiteLLM, which keeps nothing.

Between the two stands a bare server, `bench.bare`, that keeps pictures just as durably and does nothing else.

The figure is the processor time of the one process that serves, above what it uses when it is asked nothing. Its child
processes, which decode the picture and draw the small ones, are counted apart, and so is all of it together.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import aiohttp
import uvloop

from bench import bare, rival
from bench.figure import Figure, spread
from bench.place import DRIVEN, Wish, installation, session
from bench.process import children_cpu_s, cpu_s, pinned, rss_mb
from bench.upstream import upstream
from tests.scenarios.fleet import Fleet

PROMPT = "a harbour at dawn, in watercolour"
RIVAL = "LiteLLM"
Ask = Callable[[], Awaitable[None]]


def options(parser: argparse.ArgumentParser) -> None:
    """Describe what can be chosen."""
    parser.add_argument("--requests", type=int, default=60, help="of each server and round (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="both servers in turn (%(default)s)")
    parser.add_argument("--at-once", type=int, default=1, help="requests under way at once (%(default)s)")
    parser.add_argument("--alone", action="store_true", help="without LiteLLM, which takes a while to install")


@dataclass
class Server:
    """One of the two: its process, how it is asked, and what each round used per request, in ms."""

    name: str
    pid: int
    ask: Ask
    idle: float = 0.0
    gross: list[float] = field(default_factory=list)
    serving: list[float] = field(default_factory=list)
    children: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)

    async def drained(self) -> None:
        """Wait until what was left to do after the answers is done."""
        quiet = 0
        while quiet < 3:
            before = cpu_s(self.pid) + children_cpu_s(self.pid)
            await asyncio.sleep(0.5)
            busy = (cpu_s(self.pid) + children_cpu_s(self.pid) - before) / 0.5
            quiet = quiet + 1 if busy < self.idle + 0.08 else 0

    async def rest(self, seconds: float = 4.0) -> None:
        """Measure what the server uses while it is asked nothing."""
        before = cpu_s(self.pid)
        await asyncio.sleep(seconds)
        self.idle = (cpu_s(self.pid) - before) / seconds

    async def round(self, requests: int, at_once: int) -> None:
        """Send requests and note what they used, to the last small picture."""
        before, before_children, first = cpu_s(self.pid), children_cpu_s(self.pid), time.monotonic()
        numbers = iter(range(requests))

        async def send() -> None:
            for _ in numbers:
                begun = time.monotonic()
                await self.ask()
                self.answered.append((time.monotonic() - begun) * 1000)

        await asyncio.gather(*(send() for _ in range(at_once)))
        await self.drained()
        used = cpu_s(self.pid) - before
        self.gross.append(used * 1000 / requests)
        self.serving.append((used - self.idle * (time.monotonic() - first)) * 1000 / requests)
        self.children.append((children_cpu_s(self.pid) - before_children) * 1000 / requests)


def run(given: argparse.Namespace) -> Sequence[Figure]:
    """Measure."""
    with pinned(DRIVEN), upstream() as address, installation(Wish(address)) as fleet, bare.running(address) as least:
        assert fleet.server is not None
        others = {"Bare server": least}
        if given.alone:
            return uvloop.run(_measure(given, fleet, fleet.server.pid, others))
        with rival.running(address) as (url, process):
            return uvloop.run(_measure(given, fleet, fleet.server.pid, {**others, RIVAL: (url, process.pid)}))


async def _measure(
    given: argparse.Namespace, fleet: Fleet, pid: int, others: Mapping[str, tuple[str, int]]
) -> Sequence[Figure]:
    async with session(fleet) as asker, aiohttp.ClientSession(read_bufsize=2**22) as plain:
        servers = [Server("Maquette", pid, _asking(asker, "/api/v1/jobs", _JOB, {"prefer": "wait=60"}))]
        for name, (url, process) in others.items():
            ask = _asking(plain, f"{url}/v1/images/generations", _IMAGE, rival.HEADERS)
            servers.append(Server(name, process, ask))
        for server in servers:
            for _ in range(5):
                await server.ask()
            await asyncio.sleep(3)
            await server.rest()
        for _ in range(given.rounds):
            for server in servers:
                await server.round(given.requests, given.at_once)
    return _figures(servers)


_JOB = {"action": "media.openai.txt2img", "params": {"prompt": PROMPT, "model": "gpt-image-1", "size": "1024x1024"}}
_IMAGE = {"model": "gpt-image-1", "prompt": PROMPT, "size": "1024x1024"}


def _asking(asker: aiohttp.ClientSession, path: str, body: Mapping[str, object], headers: Mapping[str, str]) -> Ask:
    async def ask() -> None:
        async with asker.post(path, json=body, headers=headers) as answer:
            found = await answer.read()
            if answer.status != 200 or (b"succeeded" not in found and b"b64_json" not in found):
                raise RuntimeError(f"{path} answered {answer.status}: {found[:500]!r}")

    return ask


def _figures(servers: Sequence[Server]) -> Sequence[Figure]:
    ours = servers[0]
    bar = next((0.5 * statistics.median(each.serving) for each in servers if each.name == RIVAL), None)
    found = []
    for server in servers:
        mine = bar if server is ours else None
        found += [
            Figure(f"{server.name}, processor per request", statistics.median(server.serving), "ms", mine,
                   f"rounds: {', '.join(f'{value:.1f}' for value in server.serving)}"),
            Figure(f"{server.name}, with what it uses anyway", statistics.median(server.gross), "ms", None,
                   f"rounds: {', '.join(f'{value:.1f}' for value in server.gross)}"),
            Figure(f"{server.name}, child processes", statistics.median(server.children), "ms", None, "per request"),
            Figure(f"{server.name}, asked nothing", server.idle * 1000, "ms/s"),
            Figure(f"{server.name}, answered p50", statistics.median(server.answered), "ms", None,
                   spread(server.answered)),
            Figure(f"{server.name}, memory", rss_mb(server.pid), "MB"),
        ]  # fmt: skip
    return found
