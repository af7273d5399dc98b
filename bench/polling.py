"""1,000 jobs that poll their provider every 2 s in one process: gaps, memory, and answers meanwhile."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import aiohttp
import uvloop

from bench.figure import Figure, quantile, spread
from bench.place import DRIVEN, Wish, all_ended, installation, let_go, record, session, submit, until
from bench.process import cpu_s, pinned, rss_mb
from bench.upstream import upstream
from tests.scenarios.fleet import Fleet


def options(parser: argparse.ArgumentParser) -> None:
    """Describe what can be chosen."""
    parser.add_argument("--jobs", type=int, default=1000, help="jobs that poll at once (%(default)s)")
    parser.add_argument("--seconds", type=float, default=20, help="how long all of them poll (%(default)s)")


def run(given: argparse.Namespace) -> Sequence[Figure]:
    """Measure."""
    with pinned(DRIVEN), upstream() as address, installation(Wish(address)) as fleet:
        return uvloop.run(_measure(given, fleet, address))


class Watch:
    """Asks `/healthz` twenty times a second and looks at the memory of the server, until it is cancelled."""

    def __init__(self, asker: aiohttp.ClientSession, server: int) -> None:
        self.asker, self.server = asker, server
        self.answers: list[tuple[float, float]] = []
        self.memory: list[tuple[float, float]] = []

    async def run(self) -> None:
        """Watch."""
        while True:
            begun = time.monotonic()
            async with self.asker.get("/healthz") as answer:
                await answer.read()
            self.answers.append((begun, (time.monotonic() - begun) * 1000))
            self.memory.append((begun, rss_mb(self.server)))
            await asyncio.sleep(max(0.0, begun + 0.05 - time.monotonic()))

    def within(self, first: float, last: float) -> tuple[list[float], float]:
        """Return the answer times in ms and the most memory in MB between two moments."""
        answers = [value for at, value in self.answers if first <= at <= last]
        return answers, max(value for at, value in self.memory if first <= at <= last)


async def _measure(given: argparse.Namespace, fleet: Fleet, address: str) -> Sequence[Figure]:
    assert fleet.server is not None
    server = fleet.server.pid
    async with session(fleet) as asker:
        watch = Watch(asker, server)
        watching = asyncio.create_task(watch.run())
        await asyncio.sleep(4)
        marks = [time.monotonic()]
        await _submit(asker, given.jobs)
        await until(lambda: _all_poll(address, given.jobs), every=0.5)
        marks.append(time.monotonic())
        print(f"{given.jobs} jobs poll, {marks[1] - marks[0]:.1f} s after the first was handed in", flush=True)
        used = cpu_s(server)
        await asyncio.sleep(given.seconds)
        marks.append(time.monotonic())
        used = cpu_s(server) - used
        await let_go(address, spread_s=10)
        await until(lambda: all_ended(asker), every=0.5)
        marks.append(time.monotonic())
        watching.cancel()
    return _figures(await record(address), watch, marks, used / given.seconds)


async def _submit(asker: aiohttp.ClientSession, count: int) -> None:
    numbers = iter(range(count))

    async def hand_in() -> None:
        for number in numbers:
            await submit(asker, "media.errand.wait", {"marker": str(number), "hold": True})

    await asyncio.gather(*(hand_in() for _ in range(8)))


async def _all_poll(address: str, count: int) -> bool:
    tasks = await record(address)
    return len(tasks) == count and all(task["polls"] for task in tasks)


def _gaps(tasks: Sequence[dict[str, Any]], first: float, last: float) -> list[float]:
    return [b - a for task in tasks for a, b in pairwise(task["polls"]) if first <= a and b <= last]


def _figures(tasks: Sequence[dict[str, Any]], watch: Watch, marks: Sequence[float], busy: float) -> Sequence[Figure]:
    begun, all_poll, let, ended = marks
    gaps, whole = _gaps(tasks, all_poll, let), _gaps(tasks, begun, ended)
    idle, _ = watch.within(begun - 4, begun)
    answers, most = watch.within(all_poll, let)
    all_answers, highest = watch.within(begun, ended)
    return [
        Figure("poll gap p99", quantile(gaps, 0.99), "s", 2.5, spread(gaps, 2)),
        Figure("memory of the server", most, "MB", 220, "highest while all poll"),
        Figure("/healthz p99", quantile(answers, 0.99), "ms", 50, spread(answers)),
        Figure("/healthz p99, before", quantile(idle, 0.99), "ms", None, spread(idle)),
        Figure("processor", busy * 100, "%", None, "of one, while all poll"),
        Figure(
            "poll gap p99, all phases",
            quantile(whole, 0.99),
            "s",
            None,
            "taking, polling and ending; " + spread(whole, 2),
        ),
        Figure("/healthz p99, all phases", quantile(all_answers, 0.99), "ms", None, spread(all_answers)),
        Figure("memory, all phases", highest, "MB", None, f"{ended - let:.0f} s until the last had ended"),
    ]
