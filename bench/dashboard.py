"""The dashboard's figures over HTTP with a million attempts in the ledger, on SQLite or Postgres."""

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
from maquette.store import tally
from maquette.store.database import Store

DAYS = 30
BAR_MS = 50.0
WORKSPACE = "default"
_NAME = {
    "sqlite": "printf('{prefix}_%012x%020x', t, i)",
    "postgresql": "'{prefix}_' || lpad(to_hex(t), 12, '0') || lpad(to_hex(i), 20, '0')",
}
_SERIES = {
    "sqlite": "with recursive s(i) as (select 0 union all select i + 1 from s where i + 1 < :rows)",
    "postgresql": "with s(i) as (select generate_series(0::bigint, :rows - 1))",
}


def options(parser: argparse.ArgumentParser) -> None:
    """Describe what can be chosen."""
    parser.add_argument("--rows", type=int, default=1_000_000, help="attempts (%(default)s)")
    parser.add_argument("--asks", type=int, default=100, help="requests of each kind (%(default)s)")
    parser.add_argument("--store", choices=STORES, default="sqlite", help="database (%(default)s)")


def run(given: argparse.Namespace) -> Sequence[Figure]:
    """Measure."""
    with pinned(DRIVEN), installation(Wish("http://127.0.0.1:9", given.store)) as fleet:
        url = fleet.settings.get("MAQUETTE_DATABASE_URL") or f"sqlite:///{fleet.home / 'maquette.db'}"
        store = Store(url, SystemClock(), pool=1)
        begun = time.perf_counter()
        fill(store, given.rows)
        filled = time.perf_counter()
        asyncio.run(_summed(store))
        print(f"{given.rows} attempts in {filled - begun:.1f} s, summed in {time.perf_counter() - filled:.1f} s")
        store.close()
        return uvloop.run(_measure(given, session(fleet)))


async def _summed(store: Store) -> None:
    await store.write(WORKSPACE, tally.rebuild)


def fill(store: Store, rows: int) -> None:
    """Insert so many attempts over the last days, each with its job, by one statement each."""
    dialect = store.engine.dialect.name
    now = store.clock.now()
    series = f"{_SERIES[dialect]}, r as (select i, :now - (i * 2654435761) % :span as t from s)"
    values = {"rows": rows, "now": now, "span": (DAYS - 1) * tally.DAY_MS}
    bad = "i % 20 = 0"
    state, error = f"case when {bad} then 'failed' else 'succeeded' end", "null"
    provider = "'provider' || (i % 6)"
    with store.engine.begin() as connection:
        connection.execute(
            sa.text(f"""
            insert into jobs (id, workspace, action, produces, params, plan, state, created_at, priority, warnings,
             position, tries, max_attempts, takeovers, epoch, cancel_asked, cost, reserved, preset)
            {series} select {_named(dialect, "job")}, '{WORKSPACE}', 'media.' || {provider} || '.make',
             'image', '{{}}', '[]', {state}, t, 0, '[]', 0, 0, 3, 0, 1, {_false(dialect)}, 40000, 0,
             case when i % 3 = 0 then 'preset_' || (i % 4) end from r"""),
            values,
        )
        connection.execute(
            sa.text(f"""
            insert into attempts (id, workspace, job, number, action, account, provider, token, state, created_at,
             model, memo, error, estimate, cost, cost_source, sent_at, ended_at, late, estimate_low, estimate_high,
             preset, waited_ms)
            {series} select {_named(dialect, "att")}, '{WORKSPACE}', {_named(dialect, "job")}, 1,
             'media.' || {provider} || '.make', 'account_' || (i % 12), {provider}, 'token', {state}, t,
             'model-' || (i % 2), '{{}}', {error}, 40000, 39000 + i % 3000, 'computed', t + 20,
             t + 20 + (i * 7919) % 60000, {_false(dialect)}, 30000, 50000,
             case when i % 3 = 0 then 'preset_' || (i % 4) end, i % 900 from r"""),
            values,
        )
        connection.execute(sa.text("ANALYZE"))


def _named(dialect: str, prefix: str) -> str:
    return _NAME[dialect].format(prefix=prefix)


def _false(dialect: str) -> str:
    return "0" if dialect == "sqlite" else "false"


async def _measure(given: argparse.Namespace, opened: aiohttp.ClientSession) -> Sequence[Figure]:
    kinds = {
        "figures of 14 days": ("/api/v1/stats", {}),
        "figures of 30 days": ("/api/v1/stats", {"days": str(DAYS)}),
        "drift of 30 days": ("/api/v1/ledger/drift", {"days": str(DAYS)}),
        "budgets": ("/api/v1/budgets", {}),
    }
    spans: dict[str, list[float]] = {name: [] for name in kinds}
    async with opened as asker:
        for round_ in range(-3, given.asks):  # the first three warm up
            for name, (where, query) in kinds.items():
                begun = time.perf_counter()
                async with asker.get(where, params=query) as answer:
                    answer.raise_for_status()
                    await answer.read()
                if round_ >= 0:
                    spans[name].append((time.perf_counter() - begun) * 1000)
    bars = dict.fromkeys(("figures of 14 days", "figures of 30 days"), BAR_MS)
    return [Figure(f"{name} p50", quantile(ms, 0.5), "ms", bars.get(name), spread(ms)) for name, ms in spans.items()]
