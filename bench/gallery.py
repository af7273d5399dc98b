"""A gallery of 100,000 assets over HTTP: pages from either end, filters, a search, the count, on SQLite or Postgres."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Sequence

import aiohttp
import sqlalchemy as sa
import uvloop

from bench.figure import Figure, quantile, spread
from bench.place import DRIVEN, STORES, Wish, installation, session
from bench.process import pinned
from maquette.core.clock import SystemClock
from maquette.core.ids import new_id
from maquette.store.database import Store
from maquette.store.table import assets, jobs
from tests.store.row import a_job, an_asset

SUBJECTS = ("a heron in the reeds", "a lighthouse at dusk", "an old harbour", "a kite over dunes", "a market in rain")
MAKERS = ("one", "two", "three", "four")
MEDIA = ("image",) * 12 + ("video", "audio", "text", "document")
BAR_MS = 5.0


def options(parser: argparse.ArgumentParser) -> None:
    """Describe what can be chosen."""
    parser.add_argument("--rows", type=int, default=100_000, help="assets (%(default)s)")
    parser.add_argument("--asks", type=int, default=100, help="requests of each kind (%(default)s)")
    parser.add_argument("--store", choices=STORES, default="sqlite", help="database (%(default)s)")


def run(given: argparse.Namespace) -> Sequence[Figure]:
    """Measure."""
    with pinned(DRIVEN), installation(Wish("http://127.0.0.1:9", given.store)) as fleet:
        url = fleet.settings.get("MAQUETTE_DATABASE_URL") or f"sqlite:///{fleet.home / 'maquette.db'}"
        store = Store(url, SystemClock(), pool=1)
        fill(store, given.rows)
        store.close()
        return uvloop.run(_measure(given, session(fleet)))


def fill(store: Store, rows: int) -> None:
    """Insert so many assets, each with the job that made it, past the one writer and its log."""
    names = [column.name for column in assets.columns]
    columns = [column.name for column in jobs.columns]
    with store.engine.begin() as connection:
        for start in range(0, rows, 2000):
            numbers = range(start, min(start + 2000, rows))
            made = [a_job(state="succeeded", params={"prompt": prompt(n)}, action=action(n)) for n in numbers]
            connection.execute(sa.insert(jobs), [{name: getattr(job, name) for name in columns} for job in made])
            kept = [
                an_asset(
                    media=MEDIA[n % len(MEDIA)], job=job.id, attempt=new_id("att"), action=job.action, width=1024,
                    provider=MAKERS[n % len(MAKERS)], prompt=prompt(n), name=f"picture-{n}.png", height=768, seed=n,
                    thumbhash="1QcSHQRnh493V4dIh4eXh1h4kJUI", thumbs={"320": f"t/{n}-320", "1024": f"t/{n}-1024"},
                    created_at=job.created_at + n,
                )
                for n, job in zip(numbers, made, strict=True)
            ]  # fmt: skip
            connection.execute(sa.insert(assets), [{name: getattr(asset, name) for name in names} for asset in kept])
        connection.execute(sa.text("ANALYZE"))


def prompt(number: int) -> str:
    """Return a prompt that differs from the others."""
    return f"{SUBJECTS[number % len(SUBJECTS)]}, number {number}, soft light, wide angle, painted in oil"


def action(number: int) -> str:
    """Return the action of an asset."""
    return f"media.{MAKERS[number % len(MAKERS)]}.make"


async def _measure(given: argparse.Namespace, opened: aiohttp.ClientSession) -> Sequence[Figure]:
    path = "/api/v1/assets"
    async with opened as asker:
        newest = (await _asked(asker, f"{path}/count", {}))[0]["newest"]
        far = {"before": newest, "offset": str(given.rows * 99 // 100)}
        kinds = {
            "50 newest": (path, {}),
            "200 newest": (path, {"limit": "200"}),
            "200 at the far end": (path, far | {"limit": "200"}),
            "50 of one medium": (path, {"media": "video"}),
            "50 of one provider, far": (path, {"provider": "two", "before": newest, "offset": str(given.rows // 5)}),
            "50 found by words": (path, {"q": "heron oil"}),
            "50 found by rare words": (path, {"q": f"number {given.rows // 100},"}),
            "count": (f"{path}/count", {}),
            "count of one medium": (f"{path}/count", {"media": "video"}),
        }
        spans: dict[str, list[float]] = {name: [] for name in kinds}
        for round_ in range(-3, given.asks):  # the first three warm up
            for name, (where, query) in kinds.items():
                _, took = await _asked(asker, where, query)
                if round_ >= 0:
                    spans[name].append(took)
            await asyncio.sleep(0)
    bars = {"50 newest": BAR_MS}
    return [Figure(f"{name} p50", quantile(ms, 0.5), "ms", bars.get(name), spread(ms)) for name, ms in spans.items()]


async def _asked(asker: aiohttp.ClientSession, path: str, query: dict[str, str]) -> tuple[dict[str, object], float]:
    begun = time.perf_counter()
    async with asker.get(path, params=query) as answer:
        answer.raise_for_status()
        body = await answer.read()
    took = (time.perf_counter() - begun) * 1000
    found: dict[str, object] = await answer.json() if body else {}
    return found, took
