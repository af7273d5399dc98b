"""Limits of an account are derived from its attempts: slots, rates, rest, and who comes next."""

from __future__ import annotations

import asyncio

import pytest

from maquette.core.model import Job
from maquette.engine.studio import Studio
from maquette.store import account as accounts
from maquette.store import attempt as attempts
from tests.engine.studio import Stage, account, job_of, ledger, reached, submit, until
from tests.engine.upstream import Upstream, status


@pytest.mark.accepts("S1.41")
async def test_an_account_never_runs_more_than_its_concurrency(any_stage: Stage, upstream: Upstream) -> None:
    studio = await any_stage.open()
    await account(studio, "courier", upstream.url, concurrency=2)
    made = [await submit(studio, "media.courier.txt2txt", prompt=f"job {i}") for i in range(7)]
    for job in made:
        assert (await reached(studio, job)).state == "succeeded"
    assert upstream.most_open == 2
    assert sorted(upstream.bill) == [f"job {i}" for i in range(7)]


@pytest.mark.accepts("S1.41")
async def test_each_account_has_slots_of_its_own(studio: Studio, upstream: Upstream) -> None:
    upstream.held = True
    one = await account(studio, "courier", upstream.url, concurrency=1)
    two = await account(studio, "courier", upstream.url, concurrency=1)
    await submit(studio, "media.courier.txt2txt", account=one.id, prompt="one")
    await submit(studio, "media.courier.txt2txt", account=two.id, prompt="two")
    await until(lambda: sorted(upstream.bill) == ["one", "two"])


@pytest.mark.accepts("S1.77")
async def test_waiters_go_by_priority_and_then_by_age(studio: Studio, upstream: Upstream) -> None:
    upstream.held = True
    await account(studio, "courier", upstream.url, concurrency=1)
    await submit(studio, "media.courier.txt2txt", prompt="runs")
    await until(lambda: bool(upstream.bill))
    waiting = list[Job]()
    for prompt, priority in (("old", 0), ("young", 0), ("urgent", 5), ("less urgent", 3)):
        waiting.append(await submit(studio, "media.courier.txt2txt", prompt=prompt, priority=priority))
        await reached(studio, waiting[-1], "account")
    upstream.finish()
    for job in waiting:
        await reached(studio, job)
    assert upstream.bill == ["runs", "urgent", "less urgent", "old", "young"]


async def test_a_newcomer_does_not_overtake_those_who_wait(studio: Studio, upstream: Upstream) -> None:
    upstream.held = True
    await account(studio, "courier", upstream.url, concurrency=1)
    made = list[Job]()
    for prompt in ("first", "second"):
        made.append(await submit(studio, "media.courier.txt2txt", prompt=prompt))
        await reached(studio, made[-1], "running", "account")
    await reached(studio, made[1], "account")
    upstream.finish()
    made.append(await submit(studio, "media.courier.txt2txt", prompt="newcomer", now=True))
    for job in made:
        await reached(studio, job)
    assert upstream.bill == ["first", "second", "newcomer"]


@pytest.mark.accepts("S1.48", "S2.29")
@pytest.mark.parametrize(("limit", "span_s"), [("per_minute", 60), ("per_day", 86_400)])
async def test_a_rate_is_never_exceeded_and_the_rest_goes_on_when_it_allows(
    stage: Stage, upstream: Upstream, limit: str, span_s: int
) -> None:
    studio = await stage.open()
    await account(studio, "printer", upstream.url, **{limit: 2})
    made = [await submit(studio, "media.printer.txt2txt", prompt=f"job {i}") for i in range(3)]
    states = [await reached(studio, job, "succeeded", "account") for job in made]
    (waiting,) = [job for job in states if job.state == "waiting"]
    assert len(upstream.bill) == 2
    assert waiting.wake_at is not None
    # A second more than the span: so much later than it was stamped may a call have reached the provider.
    assert 0 < waiting.wake_at - stage.clock.now() <= span_s * 1000 + 1001
    stage.ahead(span_s + 2)
    assert (await reached(studio, waiting)).state == "succeeded"


@pytest.mark.accepts("S1.48")
async def test_a_rate_counts_from_when_a_call_is_sent_and_not_from_when_it_was_prepared(
    stage: Stage, upstream: Upstream
) -> None:
    studio = await stage.open()
    await account(studio, "printer", upstream.url, per_minute=1)
    first = await reached(studio, await submit(studio, "media.printer.txt2txt", prompt="first"))
    (attempt,) = await ledger(studio, first)
    # As where it waited for fifty seconds between its commit and its call.
    late = {"sent_at": (attempt.sent_at or 0) + 50_000, "ended_at": (attempt.ended_at or 0) + 50_000}
    await studio.store.write("default", lambda tx: attempts.change(tx, attempt.id, **late))
    second = await reached(studio, await submit(studio, "media.printer.txt2txt", prompt="second"), "account")
    stage.ahead(70)
    await asyncio.sleep(1.5)  # for the sweep to look a few times whether anything is due
    assert (await job_of(studio, second)).state == "waiting"
    assert upstream.bill == ["first"]
    stage.ahead(42)
    assert (await reached(studio, second)).state == "succeeded"


@pytest.mark.accepts("S1.44")
async def test_the_rest_that_a_provider_asks_for_outlives_a_restart(stage: Stage, upstream: Upstream) -> None:
    first = await stage.open()
    made = await account(first, "printer", upstream.url)
    upstream.fail("POST /print", status(429, retry_after="3600"))
    limited = await submit(first, "media.printer.txt2txt", prompt="limited")
    parked = await reached(first, limited, "retry")
    assert parked.tries == 0, "a rate does not use up an attempt"
    await stage.close(first)
    second = await stage.open()
    row = await second.store.read("default", lambda tx: accounts.get(tx, made.id))
    assert row.cooldown_until is not None
    other = await submit(second, "media.printer.txt2txt", prompt="other")
    resting = await reached(second, other, "account")
    assert (resting.wake_at, upstream.bill) == (row.cooldown_until, [])
    stage.ahead(3602)
    for job in (limited, other):
        assert (await reached(second, job)).state == "succeeded"
    assert sorted(upstream.bill) == ["limited", "other"]


async def test_a_refusal_for_the_rate_moves_on_only_after_its_wait_and_does_not_fail_the_job(
    stage: Stage, upstream: Upstream
) -> None:
    studio = await stage.open()
    await account(studio, "printer", upstream.url)
    upstream.fail("POST /print", *[status(429, retry_after="30")] * 4)
    job = await submit(studio, "media.printer.txt2txt", max_attempts=2)
    for count in range(1, 5):
        await until(lambda count=count: len(upstream.seen) == count)
        await reached(studio, job, "retry", "account")
        stage.ahead(31)
    assert (await reached(studio, job)).state == "succeeded"
    assert (await job_of(studio, job)).tries == 0
