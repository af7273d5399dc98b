"""From POST to the call at the provider: interactive jobs, which start at once, and queued ones, on SQLite."""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence

import aiohttp
import uvloop

from bench.figure import Figure, quantile, spread
from bench.place import DRIVEN, Wish, all_ended, followed, installation, record, session, submit, until
from bench.process import pinned
from bench.upstream import upstream
from tests.scenarios.fleet import Fleet

ACTION = "media.errand.wait"


def options(parser: argparse.ArgumentParser) -> None:
    """Describe what can be chosen."""
    parser.add_argument("--jobs", type=int, default=100, help="jobs of each kind, one after the other (%(default)s)")
    parser.add_argument("--pause", type=float, default=0.1, help="longest pause between two, in seconds (%(default)s)")


def run(given: argparse.Namespace) -> Sequence[Figure]:
    """Measure."""
    with pinned(DRIVEN), upstream() as address, installation(Wish(address)) as fleet:
        return uvloop.run(_measure(given, fleet, address))


async def _measure(given: argparse.Namespace, fleet: Fleet, address: str) -> Sequence[Figure]:
    kinds: dict[str, Callable[[aiohttp.ClientSession, str], Awaitable[None]]] = {
        "stream": _streamed, "wait": _waited, "queued": _queued,
    }  # fmt: skip
    sent: dict[str, float] = {}
    async with session(fleet) as asker:
        for number in range(-5, given.jobs):  # the first five warm up
            for name, send in kinds.items():
                await asyncio.sleep(random.uniform(0, given.pause))
                marker = f"{name} {number}"
                sent[marker] = time.monotonic()
                await send(asker, marker)
    taken = {task["marker"]: task["taken"] for task in await record(address)}
    waits: dict[str, list[float]] = {name: [] for name in kinds}
    for marker, begun in sent.items():
        name, _, place = marker.partition(" ")
        if int(place) >= 0:
            waits[name].append((taken[marker] - begun) * 1000)
    bars = {"stream": ("interactive, event stream", 15.0), "wait": ("interactive, Prefer: wait", 15.0)}
    bars["queued"] = ("queued", 300.0)
    return [
        Figure(f"POST to provider p50, {words}", quantile(waits[name], 0.5), "ms", bar, spread(waits[name]))
        for name, (words, bar) in bars.items()
    ]


async def _streamed(asker: aiohttp.ClientSession, marker: str) -> None:
    body = {"action": ACTION, "params": {"marker": marker}}
    async with asker.post("/api/v1/jobs", json=body, headers={"accept": "text/event-stream"}) as answer:
        async for _ in followed(answer):
            pass


async def _waited(asker: aiohttp.ClientSession, marker: str) -> None:
    await submit(asker, ACTION, {"marker": marker}, {"prefer": "wait=60"})


async def _queued(asker: aiohttp.ClientSession, marker: str) -> None:
    await submit(asker, ACTION, {"marker": marker})
    await until(lambda: all_ended(asker), every=0.02)
