"""Figures are the sums of what the ledger says, whatever became of its rows, and cost no look at the ledger."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maquette.core.ids import earliest, new_id
from maquette.core.model import FINAL, OPEN_ATTEMPT, Attempt
from maquette.store import attempt as attempt_rows
from maquette.store import job as job_rows
from maquette.store import stats, tally
from maquette.store.database import Store, Tx
from maquette.store.migrations.versions import v0014_made_good
from maquette.store.stats import Ended, Queue, Tried
from maquette.store.table import attempts, jobs
from maquette.store.tally import DAY_MS
from tests.store.clock import SetClock
from tests.store.row import MINE, OTHER, a_job, an_attempt
from tests.store.test_index import plan_of

DAY = 20_000
TODAY = DAY * DAY_MS


def at(prefix: str, when: int, number: int) -> str:
    return f"{earliest(prefix, when)}{number:020x}"


def keep(tx: Tx, table: sa.Table, made: list[Any]) -> None:
    names = [column.name for column in table.columns]
    tx.run(sa.insert(table), [{name: getattr(row, name) for name in names} for row in made])


async def summed(store: Store, table: sa.Table, made: list[Any]) -> None:
    """Write rows past everything that follows them, and sum them up."""
    await store.write(MINE, lambda tx: keep(tx, table, made))
    await store.write(MINE, tally.rebuild)


def job_on(when: int, number: int, state: str, **words: Any) -> Any:
    return a_job(id=at("job", when, number), created_at=when, state=state, **words)


def attempt_on(when: int, number: int, took: int | None, **words: Any) -> Any:
    usual = {"state": "succeeded", "sent_at": when, "ended_at": when + took if took is not None else None}
    return an_attempt(at("job", when, number), id=at("att", when, number), created_at=when, **usual | words)


async def test_jobs_are_counted_by_the_day_they_were_taken(store: Store) -> None:
    rows = [job_on(TODAY + n, n, "succeeded") for n in range(3)]
    rows += [job_on(TODAY - 1, 10, "failed"), job_on(TODAY - DAY_MS - 1, 11, "cancelled")]
    rows += [job_on(TODAY, 20, "running"), job_on(TODAY, 21, "failed", workspace=OTHER)]
    rows += [job_on(TODAY, 22, "failed", preset="preset_1"), job_on(TODAY - 9 * DAY_MS, 30, "failed")]
    await summed(store, jobs, rows)
    found = await store.read(MINE, lambda tx: stats.ended(tx, DAY - 2))
    assert sorted(found, key=lambda row: (row.day, row.preset)) == [
        Ended(DAY - 2, "", 1, 0, 0, 1),
        Ended(DAY - 1, "", 1, 0, 1, 0),
        Ended(DAY, "", 4, 3, 0, 0),
        Ended(DAY, "preset_1", 1, 0, 1, 0),
    ]
    assert await store.read(MINE, stats.queue) == Queue(running=1)


@pytest.mark.accepts("C8", "S3.29")
async def test_a_rate_of_success_has_its_denominator_and_money_is_that_of_all(store: Store) -> None:
    rows = [attempt_on(TODAY, n, (n + 1) * 100, provider="one", cost=5) for n in range(20)]
    rows += [attempt_on(TODAY, 30 + n, 100_000, provider="one", state="failed", cost=100) for n in range(3)]
    rows += [attempt_on(TODAY, 40, None, provider="one", state="prepared", sent_at=None)]
    rows += [attempt_on(TODAY, 41, 1, provider="one", state="unknown"), attempt_on(TODAY, 42, 1, state="cancelled")]
    rows += [attempt_on(TODAY, 50, 7, provider="two", action="media.two.x", sent_at=None, waited_ms=40)]
    rows += [attempt_on(TODAY, 60, 1, provider="one", workspace=OTHER), attempt_on(TODAY - 1, 61, 1, provider="one")]
    await summed(store, attempts, rows)
    found = await store.read(MINE, lambda tx: stats.tried(stats.read(tx, DAY), "provider"))
    one, painter, two = found
    assert (one.name, one.attempts, one.succeeded, one.failed, one.open, one.spend) == ("one", 25, 20, 3, 2, 400)
    assert one.success_rate == pytest.approx(20 / 23), "what is open or unknown is in no denominator"
    assert one.p50_ms is not None and 1000 <= one.p50_ms <= 1100
    assert one.p95_ms is not None and 1900 <= one.p95_ms <= 2090
    assert painter.success_rate is None, "of what was cancelled nobody knows"
    assert two == Tried("two", 1, 1, 0, 0, two.p50_ms, two.p95_ms, 0, 40)
    by_action = await store.read(MINE, lambda tx: stats.tried(stats.read(tx, DAY), "action"))
    assert [(row.name, row.attempts) for row in by_action] == [("media.painter.txt2img", 26), ("media.two.x", 1)]
    days = await store.read(MINE, lambda tx: stats.by_day(stats.read(tx, DAY - 1)))
    assert [(day, row.attempts) for day, row in sorted(days.items())] == [(DAY - 1, 1), (DAY, 27)]


def test_the_end_of_a_class_is_never_below_its_spans_and_at_most_a_tenth_above() -> None:
    for span in (0, 1, 2, 9, 10, 11, 99, 1000, 12_345, 3_600_000):
        end = tally.longest(tally.class_of(span))
        assert span <= max(end, 1)
        assert end <= max(1.1 * span + 1, 1)


STEPS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(["sending", "accepted", "succeeded", "failed", "refused", "not_sent", "cancelled", "unknown"]),
        st.none() | st.integers(0, 10**7),
        st.sampled_from(["reported", "computed", "estimated"]),
    ),
    max_size=12,
)


@pytest.mark.accepts("S3.51")
@given(STEPS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_becomes_of_attempts_their_sums_agree_with_them(
    sqlite: Store, steps: list[tuple[int, Any, int | None, str]]
) -> None:
    made = [
        an_attempt(new_id("job"), provider=f"p{n % 2}", estimate=50, estimate_low=10, estimate_high=90)
        for n in range(4)
    ]
    await sqlite.write(MINE, lambda tx: [attempt_rows.insert(tx, each) for each in made])
    ended = set[int]()
    for which, state, cost, source in steps:
        if which in ended:
            continue  # the ledger never changes what has ended; what is unknown may yet end otherwise
        ended |= {which} if state not in (*OPEN_ATTEMPT, "unknown") else set()
        values: dict[str, Any] = {"state": state}
        if state not in OPEN_ATTEMPT:
            values |= {"ended_at": made[which].created_at + 77, "cost": cost, "cost_source": source}
        await sqlite.write(MINE, lambda tx, which=which, values=values: change(tx, made[which], values))
    assert await sqlite.read(MINE, tally.wrong) == []


def change(tx: Tx, attempt: Attempt, values: dict[str, Any]) -> None:
    attempt_rows.change(tx, attempt.id, **values)


async def test_jobs_are_summed_up_as_they_begin_and_end(store: Store) -> None:
    made = [a_job(preset=f"preset_{n % 2}") for n in range(6)]
    await store.write(MINE, lambda tx: [job_rows.insert(tx, each) for each in made])
    for number, state in enumerate(sorted(FINAL)):
        await store.write(MINE, lambda tx, n=number, s=state: job_rows.finish(tx, made[n].id, state=s))
    assert await store.read(MINE, tally.wrong) == []
    found = await store.read(MINE, lambda tx: stats.ended(tx, 0))
    assert sum(row.jobs for row in found) == 6
    assert sum(row.succeeded + row.failed + row.cancelled for row in found) == 3


FARES: list[tuple[str, list[str], int, int]] = [
    ("succeeded", ["succeeded"], 0, 0),
    ("succeeded", ["refused", "succeeded"], 1, 1),
    ("succeeded", ["not_sent", "failed", "succeeded"], 1, 1),
    ("failed", ["refused"], 1, 0),
    ("failed", [], 0, 0),
    ("failed", ["unknown"], 0, 0),
    ("cancelled", ["refused", "cancelled"], 0, 0),
]
"""How a job ended, how its attempts did, and whether it was struck by a fault and made good."""


@pytest.mark.accepts("S1.79")
async def test_a_job_that_a_fault_struck_and_that_was_made_good_is_counted_once_and_as_the_ledger_says(
    store: Store, clock: SetClock
) -> None:
    made = [(a_job(id=new_id("job")), *fare) for fare in FARES]
    for job, end, states, _, _ in made:
        await store.write(MINE, lambda tx, job=job: job_rows.insert(tx, job))
        tried = [an_attempt(job.id, number=number + 1) for number in range(len(states))]
        await store.write(MINE, lambda tx, tried=tried: [attempt_rows.insert(tx, each) for each in tried])
        ends = {attempt.id: state for attempt, state in zip(tried, states, strict=True)}
        await store.write(MINE, lambda tx, job=job, end=end, ends=ends: ended_as(tx, job.id, end, ends))
        # What comes to an end after its job, or to another one, strikes nothing.
        clock.at += 1
        await store.write(MINE, lambda tx, job=job: late(tx, job.id))
    found = await store.read(MINE, lambda tx: stats.ended(tx, 0))
    assert sum(row.struck for row in found) == sum(fare[2] for fare in FARES)
    assert sum(row.recovered for row in found) == sum(fare[3] for fare in FARES)
    assert await store.read(MINE, tally.wrong) == []
    await store.write(MINE, tally.rebuild)
    assert await store.read(MINE, lambda tx: stats.ended(tx, 0)) == found


def ended_as(tx: Tx, job: str, end: str, ends: dict[str, str]) -> None:
    for attempt, state in ends.items():
        attempt_rows.change(tx, attempt, state=state, ended_at=tx.now)
    job_rows.finish(tx, job, state=end, ended_at=tx.now)


def late(tx: Tx, job: str) -> None:
    attempt = an_attempt(job, number=9)
    attempt_rows.insert(tx, attempt)
    attempt_rows.change(tx, attempt.id, state="failed", ended_at=tx.now)


async def test_an_older_ledger_is_summed_up_where_the_columns_are_new(store: Store) -> None:
    made = [(a_job(), states, end) for end, states, _, _ in FARES]
    for job, states, end in made:
        tried = [attempt_on(TODAY, number, 40, state=state) for number, state in enumerate(states)]
        rows = [replace(each, id=new_id("att"), job=job.id, number=n + 1) for n, each in enumerate(tried)]
        if rows:
            await store.write(MINE, lambda tx, rows=rows: keep(tx, attempts, rows))
        ended = replace(job, state=end, ended_at=TODAY + 40)
        await store.write(MINE, lambda tx, ended=ended: keep(tx, jobs, [ended]))
    await store.write(MINE, tally.rebuild)
    must = await store.read(MINE, tally.stored)
    with store.engine.begin() as connection:
        for table, name in (("tallies", "span_ms"), ("job_tallies", "struck"), ("job_tallies", "recovered")):
            connection.execute(sa.text(f"alter table {table} drop column {name}"))
        with Operations.context(MigrationContext.configure(connection)):
            v0014_made_good.upgrade()
    assert await store.read(MINE, tally.stored) == must
    assert any(figures.get("recovered") for figures in must.values())
    assert any(figures.get("span_ms") for figures in must.values())


async def test_the_mean_is_that_of_the_attempts_that_succeeded(store: Store) -> None:
    rows = [attempt_on(TODAY, n, took) for n, took in enumerate((1000, 2000, 6000))]
    rows += [attempt_on(TODAY, 9, 99_000, state="failed")]
    await summed(store, attempts, rows)
    assert await store.read(MINE, lambda tx: stats.mean(stats.read(tx, DAY))) == 3000
    assert stats.mean([]) is None


async def test_a_unit_that_fails_leaves_no_figure_behind(store: Store) -> None:
    def unit(tx: Tx) -> None:
        attempt_rows.insert(tx, an_attempt("job_1"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.write(MINE, unit)
    assert await store.read(MINE, tally.wrong) == []
    assert await store.read(MINE, lambda tx: stats.read(tx, 0)) == []


@pytest.mark.accepts("S1.33")
async def test_figures_read_no_row_of_the_ledger(store: Store) -> None:
    await summed(store, attempts, [attempt_on(TODAY - back * DAY_MS, 1, 5) for back in range(50)])
    for unit, table in (
        (lambda tx: stats.ended(tx, DAY - 2), "job_tallies"),
        (lambda tx: stats.read(tx, DAY - 2), "tallies"),
    ):
        plan = plan_of(store, unit)
        assert table in plan, plan
        assert " attempts" not in plan and " jobs" not in plan, plan


def test_days_summed_up_first_give_the_same_figures() -> None:
    rows = [
        stats.Tallied(
            day, f"p{number % 2}", f"a{number}", f"x{number % 3}", "q" if number % 2 else "",
            {str(number): 3, "7": day}, dict.fromkeys(stats._SUMMED, day + number),
        )
        for day in range(4) for number in range(5)
    ]  # fmt: skip
    once = stats.over_days(rows)
    assert len(once) == 5
    for by in ("provider", "account", "action", "preset"):
        assert stats.tried(once, by) == stats.tried(rows, by)
