"""Rows of attempts: the ledger from which limits, health and spend are derived."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from maquette.core.errors import NotFound
from maquette.core.model import Attempt
from maquette.store import attempt as attempts
from maquette.store import job as jobs
from maquette.store import process as processes
from maquette.store.database import Store, Tx
from maquette.store.job import Claim, Fenced
from tests.store.clock import SetClock
from tests.store.row import AT, MINE, OTHER, a_job, a_process, an_attempt


async def keep(store: Store, *made: Attempt) -> None:
    def unit(tx: Tx) -> None:
        for attempt in made:
            attempts.insert(tx, attempt)

    await store.write(MINE, unit)


async def test_an_attempt_comes_back_as_it_was_put(store: Store) -> None:
    made = an_attempt(
        "job_1",
        handle={"value": {"id": "task-1", "pages": [1, 2]}},
        memo={"upload": "https://provider.test/1"},
        response={"status": "done"},
        estimate=40_000,
        cost=2**53 + 1,
        cost_source="reported",
        cost_amount="12 credits",
        late=True,
    )
    await keep(store, made)
    assert await store.read(MINE, lambda tx: attempts.get(tx, made.id)) == made
    with pytest.raises(NotFound):
        await store.read(OTHER, lambda tx: attempts.get(tx, made.id))


async def test_money_stays_an_integer_in_every_sum(store: Store) -> None:
    most = 2**53 + 1  # a float would lose the last unit
    await keep(store, an_attempt("job_1", state="succeeded", cost=most), an_attempt("job_2", state="failed", cost=None))
    kept = await store.read(MINE, lambda tx: attempts.of_job(tx, "job_1"))
    assert (kept[0].cost, type(kept[0].cost)) == (most, int)
    spend = (await store.read(MINE, lambda tx: attempts.health(tx, "account_1", 0)))["spend"]
    assert (spend, type(spend)) == (most, int)


async def test_the_number_of_a_try_is_used_once(store: Store) -> None:
    await keep(store, an_attempt("job_1", number=1))
    with pytest.raises(IntegrityError):
        await keep(store, an_attempt("job_1", number=1))


async def test_the_tries_of_jobs_come_in_order(store: Store) -> None:
    second, first, other = an_attempt("job_1", number=2), an_attempt("job_1", number=1), an_attempt("job_2")
    await keep(store, second, first, other)
    assert await store.read(MINE, lambda tx: attempts.of_job(tx, "job_1")) == [first, second]
    found = await store.read(MINE, lambda tx: attempts.of_jobs(tx, ["job_1", "job_2", "job_3"]))
    assert found == {"job_1": [first, second], "job_2": [other], "job_3": []}


async def test_an_attempt_is_written_under_the_claim_of_its_job_only(store: Store) -> None:
    job = a_job(state="running", owner="p", epoch=2)
    made = an_attempt(job.id)
    await store.write(MINE, lambda tx: jobs.insert(tx, job))
    await keep(store, made)
    sent = await store.write(
        MINE, lambda tx: attempts.update(tx, Claim(job.id, "p", 2), made.id, state="sending", sent_at=AT)
    )
    assert sent == replace(made, state="sending", sent_at=AT)
    with pytest.raises(Fenced):
        await store.write(MINE, lambda tx: attempts.update(tx, Claim(job.id, "p", 1), made.id, state="failed"))
    assert await store.read(MINE, lambda tx: attempts.get(tx, made.id)) == sent


async def test_only_open_attempts_hold_a_slot_of_their_account(store: Store) -> None:
    states = ("prepared", "sending", "accepted", "not_sent", "refused", "succeeded", "failed", "cancelled", "unknown")
    await keep(store, *(an_attempt(f"job_{state}", state=state) for state in states))
    await keep(store, an_attempt("job_else", account="account_2"))
    assert await store.read(MINE, lambda tx: attempts.running(tx, "account_1")) == 3


async def test_the_rate_of_an_account_is_counted_from_its_attempts(store: Store) -> None:
    await keep(store, *(an_attempt(f"job_{at}", state="succeeded", created_at=at) for at in (100, 200, 300)))
    await keep(store, an_attempt("job_else", account="account_2", created_at=250))
    assert await store.read(MINE, lambda tx: attempts.since(tx, "account_1", 100)) == (2, 200)
    assert await store.read(MINE, lambda tx: attempts.since(tx, "account_1", 300)) == (0, None)
    await keep(store, an_attempt("job_slow", state="accepted", created_at=150, sent_at=320))
    assert await store.read(MINE, lambda tx: attempts.since(tx, "account_1", 300)) == (1, 320)
    await keep(store, an_attempt("job_yet", state="prepared", created_at=160))
    assert await store.read(MINE, lambda tx: attempts.since(tx, "account_1", 300)) == (2, 160)


async def test_an_account_is_turned_away_since_it_last_took_something(store: Store) -> None:
    def told(at: int, code: str | None = "rate_limited", **values: object) -> Attempt:
        error = {"code": code} if code else None
        return an_attempt(f"job_{at}", created_at=AT + at, ended_at=AT + at + 1, state="refused", error=error, **values)

    await keep(
        store,
        told(10),
        told(20, None, accepted_at=AT + 20),
        told(30),
        told(40, "invalid_params"),
        told(50),
        told(60, account="account_2"),
    )
    assert await store.read(MINE, lambda tx: attempts.turned_away(tx, "account_1", 9)) == [AT + 51, AT + 31]
    assert await store.read(MINE, lambda tx: attempts.turned_away(tx, "account_1", 1)) == [AT + 51]
    await keep(store, an_attempt("job_70", created_at=AT + 70, ended_at=AT + 71, state="succeeded"))
    assert await store.read(MINE, lambda tx: attempts.turned_away(tx, "account_1", 9)) == []


async def test_the_sweep_takes_what_is_due_and_nothing_else(store: Store, clock: SetClock) -> None:
    due = an_attempt("job_due", state="accepted", sweep_at=clock.at)
    await keep(
        store,
        due,
        an_attempt("job_later", state="accepted", sweep_at=clock.at + 1),
        an_attempt("job_never", state="accepted"),
        an_attempt("job_ended", state="succeeded", sweep_at=clock.at - 1),
    )
    assert await store.read(MINE, attempts.due) == [due]


async def test_what_a_dead_process_left_open_in_ended_jobs_is_found(store: Store) -> None:
    ended, open_job = a_job(state="cancelled"), a_job(state="running")
    left = an_attempt(ended.id, state="accepted", process="dead")

    def unit(tx: Tx) -> None:
        jobs.insert(tx, ended)
        jobs.insert(tx, open_job)
        processes.register(tx, a_process(id="dead", fenced_at=1))
        processes.register(tx, a_process(id="alive"))

    await store.write(MINE, unit)
    await keep(
        store,
        left,
        an_attempt(ended.id, number=2, state="accepted", process="alive"),
        an_attempt(ended.id, number=3, state="accepted", process="dead", sweep_at=5),
        an_attempt(ended.id, number=4, state="failed", process="dead"),
        an_attempt(open_job.id, state="accepted", process="dead"),
    )
    assert await store.read(MINE, attempts.left_behind) == [left]


async def test_a_host_finds_the_answers_that_may_lie_in_its_spool(store: Store) -> None:
    sending = an_attempt("job_1", state="sending", host="here")
    unknown = an_attempt("job_2", state="unknown", host="here")
    await keep(store, sending, unknown, an_attempt("job_3", state="sending", host="there"))
    await keep(store, an_attempt("job_4", state="accepted", host="here"))
    found = await store.read(MINE, lambda tx: attempts.open_on(tx, "here"))
    assert sorted(found, key=lambda a: a.job) == [sending, unknown]


async def test_the_health_of_an_account_is_derived_from_its_attempts(store: Store) -> None:
    await keep(
        store,
        an_attempt("job_1", state="succeeded", sent_at=1000, ended_at=2000, cost=5, created_at=500),
        an_attempt("job_2", state="succeeded", sent_at=1000, ended_at=4000, cost=7, created_at=500),
        an_attempt("job_3", state="failed", sent_at=1000, ended_at=90_000, cost=1, created_at=500),
        an_attempt("job_4", state="unknown", created_at=500),
        an_attempt("job_5", state="failed", cost=100, created_at=400),
    )
    found = await store.read(MINE, lambda tx: attempts.health(tx, "account_1", 400))
    assert found == {
        "attempts": {"succeeded": 2, "failed": 1, "unknown": 1},
        "success_rate": pytest.approx(2 / 3),
        "latency_ms": 2000,
        "spend": 13,
    }


async def test_an_account_without_attempts_has_no_figures(store: Store) -> None:
    found = await store.read(MINE, lambda tx: attempts.health(tx, "account_9", 0))
    assert found == {"attempts": {}, "success_rate": None, "latency_ms": None, "spend": 0}
