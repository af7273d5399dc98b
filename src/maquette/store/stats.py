"""Figures derived from jobs and attempts, each by one query that reads only the days asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from maquette.core.ids import earliest
from maquette.core.model import FINAL
from maquette.store.database import Tx
from maquette.store.table import attempts, jobs

DAY_MS = 86_400_000
"""A day, in ms; days begin at midnight UTC."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How many jobs of one day ended in one state; a job counts for the day on which it was taken."""

    day: int
    """Days since 1970."""
    state: str
    count: int


@dataclass(frozen=True, slots=True)
class Tried:
    """How the attempts of one provider or action fared."""

    name: str
    attempts: int
    succeeded: int
    p50_ms: int | None
    """From the request, or from the start of work on this machine, to the end, of those that succeeded."""
    p95_ms: int | None
    spend: int
    """Micro-USD."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """How the jobs that one preset made fared."""

    name: str
    """The id of the preset."""
    jobs: int
    succeeded: int
    failed: int
    cancelled: int
    spend: int
    """Micro-USD, with what their children cost."""

    @property
    def success_rate(self) -> float | None:
        """The share of those that succeeded or failed which succeeded; None where none has."""
        ended = self.succeeded + self.failed
        return self.succeeded / ended if ended else None


def ended(tx: Tx, since: int) -> list[Ended]:
    """Count the final jobs that were taken since a time, by day and state."""
    day = (jobs.c.created_at // DAY_MS).label("day")
    statement = (
        sa.select(day, jobs.c.state, sa.func.count().label("jobs"))
        .where(jobs.c.workspace == tx.workspace, jobs.c.id >= earliest("job", since), jobs.c.state.in_(FINAL))
        .group_by(day, jobs.c.state)
    )
    return [Ended(int(row.day), row.state, row.jobs) for row in tx.run(statement)]


def chosen(tx: Tx, since: int) -> list[Chosen]:
    """Derive the figures of the jobs since a time that presets made, the busiest first; of children only the money."""
    mine = (jobs.c.workspace == tx.workspace, jobs.c.preset.is_not(None), jobs.c.id >= earliest("job", since))
    child = sa.alias(jobs)
    below = sa.select(sa.func.coalesce(sa.func.sum(child.c.cost), 0)).where(child.c.parent == jobs.c.id)
    total = sa.func.count().label("jobs")
    counts = [sa.func.count(sa.case((jobs.c.state == state, 1))).label(state) for state in sorted(FINAL)]
    spend = sa.func.coalesce(sa.func.sum(jobs.c.cost + below.scalar_subquery()), 0).label("spend")
    statement = sa.select(jobs.c.preset, total, *counts, spend).where(*mine).group_by(jobs.c.preset)
    rows = tx.run(statement.order_by(total.desc(), jobs.c.preset))
    return [Chosen(row.preset, row.jobs, row.succeeded, row.failed, row.cancelled, int(row.spend)) for row in rows]


def tried(tx: Tx, since: int, by: Literal["provider", "action", "account"]) -> Sequence[Tried]:
    """Derive the figures of the attempts since a time, by provider, action or account, the busiest first."""
    good, name = attempts.c.state == "succeeded", attempts.c[by].label("name")
    # What runs on this machine sends nothing, and its span begins where the attempt does.
    span = attempts.c.ended_at - sa.func.coalesce(attempts.c.sent_at, attempts.c.created_at)
    ranked = (
        sa.select(
            name,
            attempts.c.state,
            attempts.c.cost,
            good.label("good"),
            span.label("span"),
            sa.func.row_number().over(partition_by=(name, good), order_by=span).label("rank"),
            sa.func.count().over(partition_by=(name, good)).label("among"),
        )
        .where(attempts.c.id >= earliest("att", since), attempts.c.workspace == tx.workspace)
        .subquery()
    ).c
    total = sa.func.count().label("attempts")
    statement = sa.select(
        ranked.name,
        total,
        sa.func.count(sa.case((ranked.state == "succeeded", 1))).label("succeeded"),
        _at(ranked, 50).label("p50_ms"),
        _at(ranked, 95).label("p95_ms"),
        sa.func.coalesce(sa.func.sum(ranked.cost), 0).label("spend"),
    ).group_by(ranked.name)
    rows = tx.run(statement.order_by(total.desc(), ranked.name))
    return [Tried(row.name, row.attempts, row.succeeded, row.p50_ms, row.p95_ms, int(row.spend)) for row in rows]


def _at(ranked: Any, percent: int) -> sa.ColumnElement[int]:
    """Return the span that so many percent of the good ones do not exceed."""
    place = (ranked.among * percent + 99) // 100
    return sa.func.max(sa.case((sa.and_(ranked.good, ranked["rank"] == place), ranked.span)))
