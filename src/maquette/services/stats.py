"""Figures of the last days: jobs by day, providers and actions by what their attempts show."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from maquette.core.errors import NotFound
from maquette.core.preset import KIND
from maquette.engine.studio import Studio
from maquette.services.caller import Caller
from maquette.store import account as accounts
from maquette.store import definition as definitions
from maquette.store import event as events
from maquette.store import stats
from maquette.store.database import Tx
from maquette.store.stats import DAY_MS, Chosen, Tried


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
    accounts: Sequence[Tried]
    presets: Sequence[Chosen]
    titles: Mapping[str, str]
    """Of the providers, actions, accounts and presets that are there, by name or id."""
    as_of: int


async def figures(studio: Studio, caller: Caller, days: int) -> Figures:
    """Return the figures of so many days, today among them."""
    today = studio.store.clock.now() // DAY_MS
    since = (today - days + 1) * DAY_MS

    def unit(tx: Tx) -> Figures:
        counts = {(row.day, row.state): row.count for row in stats.ended(tx, since)}
        return Figures(
            days=[_day(counts, today - back) for back in range(days - 1, -1, -1)],
            providers=stats.tried(tx, since, "provider"),
            actions=stats.tried(tx, since, "action"),
            accounts=stats.tried(tx, since, "account"),
            presets=stats.chosen(tx, since),
            titles=_written(tx),
            as_of=events.last(tx),
        )

    found = await studio.store.read(caller.workspace, unit)
    providers, actions = [row.name for row in found.providers], [row.name for row in found.actions]
    installed = await asyncio.to_thread(_titles, studio, providers, actions)
    return replace(found, titles={**installed, **found.titles})


def _written(tx: Tx) -> dict[str, str]:
    """Return the names of accounts and the titles of presets, by id."""
    named = {account.id: account.name for account in accounts.listed(tx)}
    return named | {
        each.definition.id: str(each.definition.body.get("title", each.definition.name))
        for each in definitions.newest(tx, KIND)
    }


def _day(counts: Mapping[tuple[int, str], int], day: int) -> Day:
    date = datetime.fromtimestamp(day * DAY_MS // 1000, UTC).date().isoformat()
    succeeded, failed, cancelled = (counts.get((day, state), 0) for state in ("succeeded", "failed", "cancelled"))
    return Day(date, succeeded, failed, cancelled)


def _titles(studio: Studio, providers: Sequence[str], actions: Sequence[str]) -> dict[str, str]:
    """Return the titles of what is installed; what has been taken out since goes by its name."""
    titles = {each.id: str(each.body["title"]) for each in studio.registry.shipped(KIND)}
    for name in providers:
        if studio.registry.has(name):
            titles[name] = studio.registry.provider(name).title
    for name in actions:
        try:
            titles[name] = studio.registry.action(name).title
        except NotFound:
            continue
    return titles
