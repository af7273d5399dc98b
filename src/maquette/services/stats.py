"""Figures of the last days: jobs by day; providers, accounts, actions and presets by what their attempts show."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from maquette.core.preset import KIND
from maquette.engine.studio import Studio
from maquette.services.caller import Caller
from maquette.store import account as accounts
from maquette.store import definition as definitions
from maquette.store import event as events
from maquette.store import stats
from maquette.store.database import Tx
from maquette.store.stats import DAY_MS, Ended, Queue, Tried

STATES = ("succeeded", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Day:
    """The jobs that were taken on one day and have ended, and its attempts."""

    day: str
    """The date, in UTC."""
    succeeded: int
    failed: int
    cancelled: int
    tried: Tried | None
    """How its attempts fared; None where there was none."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """How the jobs that one preset made fared, and the attempts that count for it."""

    name: str
    """The id of the preset."""
    jobs: int
    succeeded: int
    failed: int
    cancelled: int
    tried: Tried | None

    @property
    def success_rate(self) -> float | None:
        """The share of those that succeeded or failed which succeeded; None where none has."""
        told = self.succeeded + self.failed
        return self.succeeded / told if told else None


@dataclass(frozen=True, slots=True)
class Figures:
    """What the last days came to."""

    days: Sequence[Day]
    providers: Sequence[Tried]
    actions: Sequence[Tried]
    accounts: Sequence[Tried]
    presets: Sequence[Chosen]
    queue: Queue
    mean_ms: int | None
    """How long an attempt that succeeded took on average."""
    struck: int
    """The jobs that succeeded or failed after an attempt of theirs had failed, was refused or proven unsent."""
    recovered: int
    """Those of them that succeeded."""
    titles: Mapping[str, str]
    """Of the providers, actions, accounts and presets that are there, by name or id."""
    as_of: int


async def figures(studio: Studio, caller: Caller, days: int) -> Figures:
    """Return the figures of so many days, today among them."""
    today = studio.store.clock.now() // DAY_MS
    since = today - days + 1

    def unit(tx: Tx) -> Figures:
        as_of, rows, jobs = events.last(tx), stats.read(tx, since), stats.ended(tx, since)
        daily, whole = stats.by_day(rows), stats.over_days(rows)
        return Figures(
            days=[_day(jobs, day, daily.get(day)) for day in range(since, today + 1)],
            providers=stats.tried(whole, "provider"),
            actions=stats.tried(whole, "action"),
            accounts=stats.tried(whole, "account"),
            presets=_chosen(jobs, stats.tried(whole, "preset")),
            queue=stats.queue(tx),
            mean_ms=stats.mean(whole),
            struck=sum(row.struck for row in jobs),
            recovered=sum(row.recovered for row in jobs),
            titles=_written(tx),
            as_of=as_of,
        )

    found = await studio.store.read(caller.workspace, unit)
    providers, actions = [row.name for row in found.providers], [row.name for row in found.actions]
    installed = await asyncio.to_thread(_titles, studio, providers, actions)
    return replace(found, titles={**installed, **found.titles})


def _chosen(jobs: Sequence[Ended], tried: Sequence[Tried]) -> list[Chosen]:
    """Return how each preset fared, the busiest first."""
    attempts = {row.name: row for row in tried}
    names = {row.preset for row in jobs if row.preset} | attempts.keys()
    made = list[Chosen]()
    for name in names:
        mine = [row for row in jobs if row.preset == name]
        counts = {state: sum(getattr(row, state) for row in mine) for state in ("jobs", *STATES)}
        made.append(Chosen(name=name, tried=attempts.get(name), **counts))
    return sorted(made, key=lambda row: (-row.jobs, row.name))


def _written(tx: Tx) -> dict[str, str]:
    """Return the names of accounts and the titles of presets, by id."""
    named = {account.id: account.name for account in accounts.listed(tx)}
    return named | {
        each.definition.id: str(each.definition.body.get("title", each.definition.name))
        for each in definitions.newest(tx, KIND)
    }


def _day(jobs: Sequence[Ended], day: int, tried: Tried | None) -> Day:
    date = datetime.fromtimestamp(day * DAY_MS // 1000, UTC).date().isoformat()
    counts = {state: sum(getattr(row, state) for row in jobs if row.day == day) for state in STATES}
    return Day(date, tried=tried, **counts)


def _titles(studio: Studio, providers: Sequence[str], actions: Sequence[str]) -> dict[str, str]:
    """Return the titles of what is installed; what has been taken out since goes by its name."""
    titles = {each.id: str(each.body["title"]) for each in studio.registry.shipped(KIND)}
    for name in providers:
        if studio.registry.has(name):
            titles[name] = studio.registry.provider(name).title
    found = {name: studio.registry.known(name) for name in actions}
    return titles | {name: action.title for name, action in found.items() if action is not None}
