"""What choosing adds to an interactive call: by a preset and within budgets, against an action named outright."""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp
import uvloop

from bench.figure import Figure, quantile, spread
from bench.place import DRIVEN, Wish, followed, installation, record, session
from bench.process import pinned
from bench.upstream import upstream

ACTION = "media.errand.wait"
STRATEGIES = ("fallback", "weighted", "adaptive")
BAR_MS = 3.0


def options(parser: argparse.ArgumentParser) -> None:
    """Describe what can be chosen."""
    parser.add_argument("--jobs", type=int, default=100, help="jobs of each kind, one after the other (%(default)s)")
    parser.add_argument("--pause", type=float, default=0.1, help="longest pause between two, in seconds (%(default)s)")


def run(given: argparse.Namespace) -> Sequence[Figure]:
    """Measure."""
    with pinned(DRIVEN), upstream() as address, installation(Wish(address)) as fleet:
        return uvloop.run(_measure(given, session(fleet), address))


async def _measure(given: argparse.Namespace, opened: Any, address: str) -> Sequence[Figure]:
    sent: dict[str, float] = {}
    async with opened as asker:
        await _prepare(asker)
        kinds: dict[str, Mapping[str, str]] = {"named": {"action": ACTION}} | {s: {"preset": s} for s in STRATEGIES}
        await _all(asker, kinds, given, sent)
        for scope in ("workspace", "provider", "account", "key", "preset"):
            body = {"name": f"each {scope}", "amount": 10**12, "scope": scope, "period": "day"}
            async with asker.post("/api/v1/budgets", json=body) as answer:
                answer.raise_for_status()
        await _all(asker, {"adaptive, 5 budgets": {"preset": "adaptive"}}, given, sent)
    taken = {task["marker"]: task["taken"] for task in await record(address)}
    waits: dict[str, list[float]] = {}
    for marker, begun in sent.items():
        name, _, place = marker.rpartition(" ")
        if int(place) >= 0:
            waits.setdefault(name, []).append((taken[marker] - begun) * 1000)
    plain = quantile(waits.pop("named"), 0.5)
    base = Figure("POST to provider p50, action named", plain, "ms")
    added = [(name, quantile(values, 0.5) - plain, spread(values)) for name, values in waits.items()]
    return [base, *(Figure(f"added p50, {name}", value, "ms", BAR_MS, note) for name, value, note in added)]


async def _prepare(asker: aiohttp.ClientSession) -> None:
    """Keep a preset of each strategy, with three candidates that differ in a parameter."""
    for strategy in STRATEGIES:
        candidates = [{"action": ACTION, "params": {"every": 2.0 + n}} for n in range(3)]
        body = {"name": strategy, "title": strategy, "media": "text", "strategy": strategy, "candidates": candidates}
        async with asker.post("/api/v1/presets", json=body) as answer:
            answer.raise_for_status()


async def _all(
    asker: aiohttp.ClientSession,
    kinds: Mapping[str, Mapping[str, str]],
    given: argparse.Namespace,
    sent: dict[str, float],
) -> None:
    for number in range(-5, given.jobs):  # the first five warm up
        for name, target in kinds.items():
            await asyncio.sleep(random.uniform(0, given.pause))
            marker = f"{name} {number}"
            body = {**target, "params": {"marker": marker}}
            sent[marker] = time.monotonic()
            async with asker.post("/api/v1/jobs", json=body, headers={"accept": "text/event-stream"}) as answer:
                answer.raise_for_status()
                async for _ in followed(answer):
                    pass
