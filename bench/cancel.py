"""From POST cancel to the cancel at the provider, with 100 tasks under way, on SQLite and on Postgres."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress

import aiohttp
import uvloop

from bench.figure import Figure, quantile, spread
from bench.place import DRIVEN, STORES, StoreName, Wish, all_ended, installation, record, session, submit, until
from bench.process import pinned
from bench.upstream import upstream
from tests.scenarios.fleet import Fleet

GRACE_S = 15.0


def options(parser: argparse.ArgumentParser) -> None:
    """Describe what can be chosen."""
    parser.add_argument("--jobs", type=int, default=100, help="tasks under way (%(default)s)")
    parser.add_argument("--at-once", type=int, default=10, help="cancels sent at once (%(default)s)")
    parser.add_argument("--store", choices=STORES, help="only this one")


def run(given: argparse.Namespace) -> Sequence[Figure]:
    """Measure."""
    found: list[Figure] = []
    for store in [given.store] if given.store else STORES:
        wish_worker = store == "postgres"
        with pinned(DRIVEN), upstream() as address, installation(Wish(address, store, wish_worker)) as fleet:
            found += uvloop.run(_measure(given, fleet, address, store))
    return found


async def _measure(given: argparse.Namespace, fleet: Fleet, address: str, store: StoreName) -> Sequence[Figure]:
    sent: dict[str, float] = {}
    async with session(fleet) as asker:
        ids = {str(n): await _begin(asker, str(n)) for n in range(given.jobs)}
        await until(lambda: _under_way(address, given.jobs), every=0.2)
        markers = iter(ids)

        async def cancel() -> None:
            for marker in markers:
                sent[marker] = time.monotonic()
                async with asker.post(f"/api/v1/jobs/{ids[marker]}/cancel") as answer:
                    answer.raise_for_status()

        await asyncio.gather(*(cancel() for _ in range(given.at_once)))
        with suppress(TimeoutError):
            await until(lambda: all_ended(asker), every=0.1, patience=GRACE_S)
    stopped = {task["marker"]: task["stopped"] for task in await record(address) if task["stopped"]}
    waits = [(stopped[marker] - begun) * 1000 for marker, begun in sent.items() if marker in stopped]
    words = "SQLite, one process" if store == "sqlite" else "Postgres, server and worker"
    return [
        Figure(f"cancel to provider p99, {words}", quantile(waits, 0.99), "ms", 1000, spread(waits)),
        Figure(f"cancels that did not reach it, {words}", given.jobs - len(waits), "", 0),
    ]


async def _under_way(address: str, count: int) -> bool:
    return len([task for task in await record(address) if task["polls"]]) == count


async def _begin(asker: aiohttp.ClientSession, marker: str) -> str:
    made = await submit(asker, "media.errand.wait", {"marker": marker, "hold": True, "every": 5.0})
    return str(made["id"])
