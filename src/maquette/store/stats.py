"""Figures of the last days, summed up from the tallies of each day: none of it reads the ledger itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import sqlalchemy as sa

from maquette.store.database import Tx
from maquette.store.table import jobs
from maquette.store.table_money import job_tallies, tallies
from maquette.store.tally import DAY_MS, longest

__all__ = [
    "DAY_MS",
    "Ended",
    "Queue",
    "Tallied",
    "Tried",
    "by_day",
    "ended",
    "mean",
    "over_days",
    "queue",
    "read",
    "tried",
]

By = Literal["provider", "account", "action", "preset"]
_SUMMED = (
    "attempts",
    "succeeded",
    "failed",
    "refused",
    "not_sent",
    "cancelled",
    "spend",
    "waited",
    "waited_ms",
    "span_ms",
)
_READ = sa.select(
    tallies.c.day, tallies.c.provider, tallies.c.account, tallies.c.action, tallies.c.preset, tallies.c.spans,
    *(tallies.c[name] for name in _SUMMED),
).where(tallies.c.workspace == sa.bindparam("here"), tallies.c.day >= sa.bindparam("since"))  # fmt: skip
_ENDED = (
    sa.select(
        job_tallies.c.day, job_tallies.c.preset, job_tallies.c.jobs, job_tallies.c.succeeded,
        job_tallies.c.failed, job_tallies.c.cancelled, job_tallies.c.struck, job_tallies.c.recovered,
    )
    .where(job_tallies.c.workspace == sa.bindparam("here"), job_tallies.c.day >= sa.bindparam("since"))
)  # fmt: skip
_QUEUE = (
    sa.select(jobs.c.state, sa.func.count().label("jobs"))
    .where(jobs.c.workspace == sa.bindparam("here"), jobs.c.state.in_(("queued", "running", "waiting")))
    .group_by(jobs.c.state)
)


@dataclass(frozen=True, slots=True)
class Ended:
    """How the jobs of one day and one preset fared; a job counts for the day on which it was taken."""

    day: int
    """Days since 1970."""
    preset: str
    """Empty for jobs that no preset made."""
    jobs: int
    succeeded: int
    failed: int
    cancelled: int
    struck: int = 0
    """Of those that succeeded or failed: how many had an attempt that failed, was refused or proven unsent."""
    recovered: int = 0
    """Of those that were struck: how many succeeded all the same."""


@dataclass(frozen=True, slots=True)
class Tallied:
    """One tally, as far as figures are made of it."""

    day: int
    provider: str
    account: str
    action: str
    preset: str
    spans: Mapping[str, int]
    figures: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Tried:
    """How the attempts of one provider, account, action, preset or day fared."""

    name: str
    attempts: int
    succeeded: int
    failed: int
    """Of those that were sent, or were to be: failed, refused, or proven unsent."""
    cancelled: int
    p50_ms: int | None
    """From the request, or from the start of work on this machine, to the end, of those that succeeded."""
    p95_ms: int | None
    spend: int
    """Micro-USD, of all of them."""
    wait_ms: int | None
    """How long their jobs had waited until the first of them began, on average."""

    @property
    def open(self) -> int:
        """Those that have not ended, or of which nobody knows how."""
        return self.attempts - self.succeeded - self.failed - self.cancelled

    @property
    def success_rate(self) -> float | None:
        """The share of those that succeeded or failed which succeeded; None where none has."""
        told = self.succeeded + self.failed
        return self.succeeded / told if told else None


@dataclass(frozen=True, slots=True)
class Queue:
    """How many jobs are not final now, by state."""

    queued: int = 0
    running: int = 0
    waiting: int = 0


@dataclass(slots=True)
class _Sum:
    figures: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_SUMMED, 0))
    spans: dict[str, int] = field(default_factory=dict[str, int])

    def add(self, row: Tallied) -> None:
        for name, value in row.figures.items():
            self.figures[name] += value
        spans = self.spans  # some hundred classes a row, and hundreds of rows
        for class_, count in row.spans.items():
            spans[class_] = spans.get(class_, 0) + count

    def tried(self, name: str) -> Tried:
        found = self.figures
        return Tried(
            name=name,
            attempts=found["attempts"],
            succeeded=found["succeeded"],
            failed=found["failed"] + found["refused"] + found["not_sent"],
            cancelled=found["cancelled"],
            p50_ms=self._at(50),
            p95_ms=self._at(95),
            spend=found["spend"],
            wait_ms=round(found["waited_ms"] / found["waited"]) if found["waited"] else None,
        )

    def _at(self, percent: int) -> int | None:
        """Return the span that so many percent do not exceed: the end of its class, at most a tenth too long."""
        place = (sum(self.spans.values()) * percent + 99) // 100
        for class_, count in sorted((int(class_), count) for class_, count in self.spans.items()):
            place -= count
            if place <= 0:
                return longest(class_)
        return None


def read(tx: Tx, since_day: int) -> list[Tallied]:
    """Return the tallies of the workspace since a day."""
    found = list[Tallied]()
    for row in tx.run(_READ, {"here": tx.workspace, "since": since_day}):
        values: Sequence[Any] = row
        figures = dict(zip(_SUMMED, values[6:], strict=True))
        found.append(Tallied(row.day, row.provider, row.account, row.action, row.preset, row.spans, figures))
    return found


def over_days(found: Iterable[Tallied]) -> list[Tallied]:
    """Sum tallies up that differ in their day alone, so that what is summed further is little."""
    sums = _summed(found, lambda row: (row.provider, row.account, row.action, row.preset))
    return [
        Tallied(0, provider, account, action, preset, made.spans, made.figures)
        for (provider, account, action, preset), made in sums.items()
    ]


def tried(found: Iterable[Tallied], by: By) -> Sequence[Tried]:
    """Sum tallies up by provider, account, action or preset, the busiest first; without a preset is left out."""
    names: dict[By, Callable[[Tallied], str]] = {
        "provider": lambda row: row.provider,
        "account": lambda row: row.account,
        "action": lambda row: row.action,
        "preset": lambda row: row.preset,
    }
    made = [sums.tried(name) for name, sums in _summed(found, names[by]).items() if name]
    return sorted(made, key=lambda row: (-row.attempts, row.name))


def by_day(found: Iterable[Tallied]) -> dict[int, Tried]:
    """Sum tallies up by day, in days since 1970."""
    return {day: sums.tried(str(day)) for day, sums in _summed(found, lambda row: row.day).items()}


def mean(found: Iterable[Tallied]) -> int | None:
    """Return how long attempts that succeeded took on average, in ms; None where none did."""
    rows = list(found)
    number = sum(sum(row.spans.values()) for row in rows)
    return round(sum(row.figures["span_ms"] for row in rows) / number) if number else None


def _summed(found: Iterable[Tallied], key: Callable[[Tallied], Any]) -> dict[Any, _Sum]:
    sums: dict[Any, _Sum] = {}
    for row in found:
        sums.setdefault(key(row), _Sum()).add(row)
    return sums


def ended(tx: Tx, since_day: int) -> list[Ended]:
    """Return how the jobs fared that were taken since a day, by day and preset."""
    return [Ended(**row._asdict()) for row in tx.run(_ENDED, {"here": tx.workspace, "since": since_day})]


def queue(tx: Tx) -> Queue:
    """Count the jobs that are not final now."""
    return Queue(**{row.state: int(row.jobs) for row in tx.run(_QUEUE, {"here": tx.workspace})})
