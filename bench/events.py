"""From an event in the worker to the event at the listener, and 200 reconnects that lose and double nothing."""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import aiohttp
import uvloop

from bench.figure import Figure, quantile, spread
from bench.place import (
    DRIVEN,
    STORES,
    StoreName,
    Wish,
    all_ended,
    followed,
    installation,
    let_go,
    session,
    submit,
    until,
)
from bench.process import pinned
from bench.upstream import upstream
from tests.scenarios.fleet import Fleet

EVERY_S = 0.3
"""Seconds between two ticks of a job: progress is told at most four times a second."""
WORDS: dict[StoreName, str] = {"sqlite": "SQLite, one process", "postgres": "Postgres, server and worker"}
BARS: dict[StoreName, float] = {"sqlite": 100, "postgres": 200}


def options(parser: argparse.ArgumentParser) -> None:
    """Describe what can be chosen."""
    parser.add_argument("--jobs", type=int, default=20, help="jobs that tick, each with a listener (%(default)s)")
    parser.add_argument("--seconds", type=float, default=15, help="how long at least (%(default)s)")
    parser.add_argument("--reconnects", type=int, default=200, help="with Last-Event-ID (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the instants of the reconnects (%(default)s)")
    parser.add_argument("--store", choices=STORES, help="only this one")


def run(given: argparse.Namespace) -> Sequence[Figure]:
    """Measure."""
    found: list[Figure] = []
    for store in [given.store] if given.store else STORES:
        wish_worker = store == "postgres"
        with pinned(DRIVEN), upstream() as address, installation(Wish(address, store, wish_worker)) as fleet:
            found += uvloop.run(_measure(given, fleet, address, store))
    return found


class Listener:
    """One unbroken stream: the sequence numbers that it saw, and how late each tick was."""

    def __init__(self, asker: aiohttp.ClientSession, path: str) -> None:
        self.asker, self.path = asker, path
        self.seen: list[int] = []
        self.late_ms: list[float] = []

    async def hears(self) -> bool:
        """Tell whether anything came yet."""
        return bool(self.late_ms)

    async def run(self) -> None:
        """Listen until cancelled, or to the end of the stream."""
        async with self.asker.get(self.path) as answer:
            async for event in followed(answer):
                now = time.monotonic_ns()
                self.seen.append(event["seq"])
                if event["type"] == "attempt.progressed" and event["data"]["message"].isdigit():
                    self.late_ms.append((now - int(event["data"]["message"])) / 1e6)


async def _measure(given: argparse.Namespace, fleet: Fleet, address: str, store: StoreName) -> Sequence[Figure]:
    async with session(fleet) as asker:
        params = {"hold": True, "every": EVERY_S}
        made = [await submit(asker, "media.errand.tick", params | {"marker": str(n)}) for n in range(given.jobs)]
        whole = Listener(asker, "/api/v1/events")
        listeners = [whole, *(Listener(asker, f"/api/v1/jobs/{job['id']}/events") for job in made)]
        listening = [asyncio.create_task(listener.run()) for listener in listeners]
        await until(whole.hears, every=0.1)
        for listener in listeners:
            listener.late_ms.clear()  # what was replayed from the log is late by nature
        begun = time.monotonic()
        broken = await _reconnecting(asker, whole.seen[-1], given.reconnects, random.Random(given.seed))
        await asyncio.sleep(max(0.0, begun + given.seconds - time.monotonic()))
        await let_go(address)
        await until(lambda: all_ended(asker), every=0.2)
        for task in listening:
            task.cancel()
    return [*_lag(listeners, store), *_losses(whole, broken, store, given.reconnects)]


async def _reconnecting(asker: aiohttp.ClientSession, last: int, times: int, chance: random.Random) -> list[int]:
    """Read a few events, cut the line, and go on from the last one, again and again."""
    seen = [last]
    for _ in range(times + 1):
        headers, left = {"last-event-id": str(seen[-1])}, chance.randrange(1, 9)
        async with asker.get("/api/v1/events", headers=headers) as answer:
            async for event in followed(answer):
                seen.append(event["seq"])
                left -= 1
                if not left:
                    break
            answer.close()
    return seen


def _lag(listeners: Sequence[Listener], store: StoreName) -> Sequence[Figure]:
    late = [value for listener in listeners for value in listener.late_ms]
    name = f"event to listener p99, {WORDS[store]}"
    return [Figure(name, quantile(late, 0.99), "ms", BARS[store], f"{len(listeners)} listeners, {spread(late)}")]


def _losses(whole: Listener, broken: Sequence[int], store: StoreName, reconnects: int) -> Sequence[Figure]:
    """Compare what came over the broken line with what came over the unbroken one."""
    expected = {seq for seq in whole.seen if broken[0] <= seq <= broken[-1]}
    lost = len(expected - set(broken))
    doubled = sum(count - 1 for count in Counter(broken).values())
    note = f"{reconnects} reconnects, {len(broken)} events"
    return [
        Figure(f"events lost, {WORDS[store]}", lost, "", 0, note),
        Figure(f"events doubled, {WORDS[store]}", doubled, "", 0, note),
        Figure(f"events out of order, {WORDS[store]}", sum(b <= a for a, b in pairwise(broken)), "", 0),
    ]
