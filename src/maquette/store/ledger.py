"""The ledger as it is exported, and how estimates fared by provider and model."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from maquette.store.database import Tx
from maquette.store.table import attempts, jobs
from maquette.store.table_money import tallies

_ROWS = sa.select(
    attempts.c.id.label("attempt"), attempts.c.job, attempts.c.created_at, attempts.c.ended_at, attempts.c.state,
    attempts.c.provider, attempts.c.account, attempts.c.action, attempts.c.model, attempts.c.preset,
    jobs.c.created_by.label("key"), attempts.c.estimate, attempts.c.cost, attempts.c.cost_source,
    attempts.c.cost_amount, attempts.c.late,
).join(jobs, jobs.c.id == attempts.c.job)  # fmt: skip
PAGE = 1000
"""Rows that are read at a time."""
_FIGURES = ("settled", "estimated", "spend", "outside", "reported", "computed", "guessed")


@dataclass(frozen=True, slots=True)
class Entry:
    """One attempt, with what concerns money."""

    attempt: str
    job: str
    created_at: int
    ended_at: int | None
    state: str
    provider: str
    account: str
    action: str
    model: str | None
    preset: str | None
    key: str | None
    estimate: int
    cost: int | None
    cost_source: str | None
    cost_amount: str | None
    late: bool


@dataclass(frozen=True, slots=True)
class Drift:
    """How the estimates of one model fared; money in micro-USD."""

    provider: str
    model: str | None
    settled: int
    estimated: int
    spend: int
    outside: int
    """Settled below the least or above the most that was expected."""
    reported: int
    computed: int
    guessed: int

    @property
    def difference(self) -> int:
        """How much more was settled than was estimated."""
        return self.spend - self.estimated

    @property
    def ratio(self) -> float | None:
        """What was settled by what was estimated; None where nothing was expected."""
        return round(self.spend / self.estimated, 4) if self.estimated else None


def page(tx: Tx, after: str, before: str | None, limit: int = PAGE) -> list[Entry]:
    """Return entries with ids between two, oldest first."""
    where = [attempts.c.workspace == tx.workspace, attempts.c.id > after]
    where += [attempts.c.id < before] if before is not None else []
    rows = tx.run(_ROWS.where(*where).order_by(attempts.c.id).limit(limit))
    return [Entry(**row._asdict()) for row in rows]


def drift(tx: Tx, since_day: int) -> list[Drift]:
    """Sum up by provider and model what was expected and what was settled since a day, from the tallies."""
    sums = [sa.func.sum(tallies.c[name]).label(name) for name in _FIGURES]
    where = (tallies.c.workspace == tx.workspace, tallies.c.day >= since_day)
    grouped = sa.select(tallies.c.provider, tallies.c.model, *sums).where(*where)
    rows = tx.run(grouped.group_by(tallies.c.provider, tallies.c.model).having(sa.func.sum(tallies.c.settled) > 0))
    named = [row._asdict() for row in rows]
    found = [Drift(row["provider"], row["model"] or None, *(int(row[name]) for name in _FIGURES)) for row in named]
    return sorted(found, key=lambda row: (-row.spend, row.provider, row.model or ""))
