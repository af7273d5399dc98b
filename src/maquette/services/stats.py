"""Figures of the last days: jobs by day, providers and actions by what their attempts show."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from maquette.core.errors import NotFound
from maquette.engine.studio import Studio
from maquette.services.caller import Caller
from maquette.store import event as events
from maquette.store import stats
from maquette.store.database import Tx
from maquette.store.stats import DAY_MS, Tried


@dataclass(frozen=True, slots=True)
class Day:
    """The jobs that were taken on one day and have ended."""

    day: str
    """The date, in UTC."""
    succeeded: int
    failed: int
    cancelled: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What the last days came to."""

    days: Sequence[Day]
    providers: Sequence[Tried]
    actions: Sequence[Tried]
    titles: Mapping[str, str]
    """Of the providers and actions that are installed, by name."""
    as_of: int


async def figures(studio: Studio, caller: Caller, days: int) -> Figures:
    """Return the figures of so many days, today among them."""
    today = studio.store.clock.now() // DAY_MS
    since = (today - days + 1) * DAY_MS

    def unit(tx: Tx) -> tuple[int, list[Day], Sequence[Tried], Sequence[Tried]]:
        counts = {(row.day, row.state): row.count for row in stats.ended(tx, since)}
        rows = [_day(counts, today - back) for back in range(days - 1, -1, -1)]
        return events.last(tx), rows, stats.tried(tx, since, "provider"), stats.tried(tx, since, "action")

    as_of, rows, providers, actions = await studio.store.read(caller.workspace, unit)
    titles = await asyncio.to_thread(_titles, studio, [row.name for row in providers], [row.name for row in actions])
    return Figures(rows, providers, actions, titles, as_of)


def _day(counts: Mapping[tuple[int, str], int], day: int) -> Day:
    date = datetime.fromtimestamp(day * DAY_MS // 1000, UTC).date().isoformat()
    succeeded, failed, cancelled = (counts.get((day, state), 0) for state in ("succeeded", "failed", "cancelled"))
    return Day(date, succeeded, failed, cancelled)


def _titles(studio: Studio, providers: Sequence[str], actions: Sequence[str]) -> dict[str, str]:
    """Return the titles of what is installed; what has been taken out since goes by its name."""
    titles = {}
    for name in providers:
        if studio.registry.has(name):
            titles[name] = studio.registry.provider(name).title
    for name in actions:
        try:
            titles[name] = studio.registry.action(name).title
        except NotFound:
            continue
    return titles
