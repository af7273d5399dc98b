"""Figures are exactly what the rows say, and are read by index."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from maquette.core.ids import earliest
from maquette.store import stats
from maquette.store.database import Store, Tx
from maquette.store.stats import DAY_MS, Ended, Tried
from maquette.store.table import attempts, jobs
from tests.store.row import MINE, OTHER, a_job, an_attempt
from tests.store.test_index import plan_of

TODAY = 20_000 * DAY_MS


def at(prefix: str, when: int, number: int) -> str:
    return f"{earliest(prefix, when)}{number:020x}"


def keep(tx: Tx, table: sa.Table, made: list[Any]) -> None:
    names = [column.name for column in table.columns]
    tx.run(sa.insert(table), [{name: getattr(row, name) for name in names} for row in made])


def job_on(when: int, number: int, state: str, **words: Any) -> Any:
    return a_job(id=at("job", when, number), created_at=when, state=state, **words)


def attempt_on(when: int, number: int, took: int | None, **words: Any) -> Any:
    usual = {"state": "succeeded", "sent_at": when, "ended_at": when + took if took is not None else None}
    return an_attempt(at("job", when, number), id=at("att", when, number), created_at=when, **usual | words)


async def test_jobs_are_counted_by_the_day_they_were_taken(store: Store) -> None:
    rows = [job_on(TODAY + n, n, "succeeded") for n in range(3)]
    rows += [job_on(TODAY - 1, 10, "failed"), job_on(TODAY - DAY_MS - 1, 11, "cancelled")]
    rows += [job_on(TODAY, 20, "running"), job_on(TODAY, 21, "failed", workspace=OTHER)]
    rows += [job_on(TODAY - 9 * DAY_MS, 30, "failed")]
    await store.write(MINE, lambda tx: keep(tx, jobs, rows))
    found = await store.read(MINE, lambda tx: stats.ended(tx, TODAY - 2 * DAY_MS))
    assert sorted(found, key=lambda row: row.day) == [
        Ended(19_998, "cancelled", 1),
        Ended(19_999, "failed", 1),
        Ended(20_000, "succeeded", 3),
    ]


async def test_spans_are_those_of_attempts_that_succeeded_and_money_is_that_of_all(store: Store) -> None:
    rows = [attempt_on(TODAY, n, (n + 1) * 10, provider="one", cost=5) for n in range(20)]
    rows += [attempt_on(TODAY, 30 + n, 100_000, provider="one", state="failed", cost=100) for n in range(3)]
    rows += [attempt_on(TODAY, 40, None, provider="one", state="prepared", sent_at=None)]
    rows += [attempt_on(TODAY, 50, 7, provider="two", action="media.two.x", cost=None, sent_at=None)]
    rows += [attempt_on(TODAY, 60, 1, provider="one", workspace=OTHER), attempt_on(TODAY - 1, 61, 1, provider="one")]
    await store.write(MINE, lambda tx: keep(tx, attempts, rows))
    found = await store.read(MINE, lambda tx: stats.tried(tx, TODAY, "provider"))
    assert found == [Tried("one", 24, 20, 100, 190, 400), Tried("two", 1, 1, 7, 7, 0)]
    by_action = await store.read(MINE, lambda tx: stats.tried(tx, TODAY, "action"))
    assert [(row.name, row.attempts) for row in by_action] == [("media.painter.txt2img", 24), ("media.two.x", 1)]


async def test_a_provider_of_which_nothing_succeeded_has_no_span(store: Store) -> None:
    await store.write(MINE, lambda tx: keep(tx, attempts, [attempt_on(TODAY, 1, 9, state="refused", cost=None)]))
    assert await store.read(MINE, lambda tx: stats.tried(tx, TODAY, "provider")) == [
        Tried("painter", 1, 0, None, None, 0)
    ]


@pytest.mark.accepts("S1.33")
async def test_figures_read_only_the_days_asked_for(store: Store) -> None:
    def fill(tx: Tx) -> None:
        days = [TODAY - back * DAY_MS for back in range(200)]
        keep(tx, jobs, [job_on(when, n, "succeeded") for when in days for n in range(20)])
        keep(tx, attempts, [attempt_on(when, n, 5) for when in days for n in range(20)])
        tx.run(sa.text("ANALYZE"))

    await store.write(MINE, fill)
    since = TODAY - 2 * DAY_MS
    for unit, index in (
        (lambda tx: stats.ended(tx, since), ("jobs_newest", "jobs_pkey", "jobs_state")),
        (lambda tx: stats.tried(tx, since, "provider"), ("attempts_pkey", "attempts_1")),
        (lambda tx: stats.tried(tx, since, "action"), ("attempts_pkey", "attempts_1")),
    ):
        plan = plan_of(store, unit)
        assert any(name in plan for name in index), plan
        assert "Seq Scan" not in plan, plan
        assert "SCAN jobs" not in plan and "SCAN attempts" not in plan, plan
