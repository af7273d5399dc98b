"""The process ends at every edge of the ledger, and nobody pays twice, nothing paid is lost, every job ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from maquette.core.model import AttemptState, Job
from maquette.engine.plan import Wanted, plan
from maquette.engine.run import POISON
from maquette.engine.studio import Studio
from maquette.store import account as accounts
from tests.engine.studio import (
    DoomedStore,
    Stage,
    account,
    job_of,
    ledger,
    reached,
    submit,
    submit_planned,
    texts_of,
    until,
)
from tests.engine.upstream import Upstream, billed_then_reset, hang

When = Literal["before", "after"]
EDGES = [(edge, when) for edge in range(1, 7) for when in ("before", "after")]
"""Commits of a job; a number beyond the last finds the job at its end already."""


async def crashed(
    stage: Stage, action: str, upstream: Upstream, edge: int | AttemptState, when: When
) -> tuple[Studio, Job]:
    """Run a job until its process ends at an edge, and return what goes on with it."""
    first = await stage.open()
    await account(first, action.split(".")[1], upstream.url)
    doomed = DoomedStore(first.store, edge, when)
    first.engine.tools.store = doomed  # type: ignore[assignment]
    job = await submit(first, action, now=True)

    async def over() -> bool:
        return doomed.dead.is_set() or (await job_of(first, job)).state == "succeeded"

    await until(over)
    await stage.kill(first)
    return await stage.open(), job


@pytest.mark.accepts("R1", "R2", "R4")
@pytest.mark.parametrize(("edge", "when"), EDGES)
async def test_a_polled_job_that_can_be_looked_up_survives_every_crash_with_one_submit(
    any_stage: Stage, upstream: Upstream, edge: int, when: When
) -> None:
    second, job = await crashed(any_stage, "media.courier.txt2txt", upstream, edge, when)
    ended = await reached(second, job)
    assert (ended.state, ended.cost, upstream.bill) == ("succeeded", 200, ["a fox"])
    assert await texts_of(second, job) == ["a fox 0"]


@pytest.mark.accepts("R1", "R2", "R3", "R4")
@pytest.mark.parametrize("action", ["telegraph.txt2txt", "printer.txt2txt", "printer.plain", "printer.stream"])
@pytest.mark.parametrize(("edge", "when"), EDGES)
async def test_a_job_that_cannot_be_looked_up_is_never_sent_twice_and_asks_only_when_nobody_can_tell(
    stage: Stage, upstream: Upstream, action: str, edge: int, when: When
) -> None:
    second, job = await crashed(stage, f"media.{action}", upstream, edge, when)
    ended = await reached(second, job, "succeeded", "failed", "attention")
    if ended.waiting_for == "attention":
        (attempt,) = await ledger(second, job)
        assert (attempt.state, attempt.cost, attempt.estimate, upstream.bill) == ("unknown", None, 200, [])
    else:
        assert (ended.state, upstream.bill) == ("succeeded", ["a fox"])
        assert len(await texts_of(second, job)) == 1


@pytest.mark.accepts("R1", "R2", "R3")
@pytest.mark.parametrize(
    ("state", "end"),
    [("prepared", "succeeded"), ("sending", "attention"), ("accepted", "succeeded"), ("succeeded", "succeeded")],
)
@pytest.mark.parametrize("action", ["telegraph.txt2txt", "printer.txt2txt", "printer.plain", "printer.stream"])
async def test_only_a_crash_between_the_intent_and_the_answer_leaves_doubt(
    stage: Stage, upstream: Upstream, action: str, state: AttemptState, end: str
) -> None:
    second, job = await crashed(stage, f"media.{action}", upstream, state, "after")
    ended = await reached(second, job, "succeeded", "failed", "attention")
    assert end in (ended.state, ended.waiting_for)


@pytest.mark.accepts("R1", "R3")
@pytest.mark.parametrize(("action", "end"), [("courier", "succeeded"), ("telegraph", "attention")])
async def test_an_answer_that_is_lost_after_billing_is_found_or_doubted_and_never_sent_again(
    studio: Studio, upstream: Upstream, action: str, end: str
) -> None:
    await account(studio, action, upstream.url)
    upstream.fail("POST /tasks", billed_then_reset)
    job = await submit(studio, f"media.{action}.txt2txt")
    ended = await reached(studio, job, "succeeded", "failed", "attention")
    assert end in (ended.state, ended.waiting_for)
    assert upstream.bill == ["a fox"]


@pytest.mark.accepts("R1", "R2")
@pytest.mark.parametrize(("action", "end"), [("courier", "succeeded"), ("printer", "attention")])
async def test_a_process_that_ends_while_the_answer_is_on_its_way_leaves_no_second_bill(
    any_stage: Stage, upstream: Upstream, action: str, end: str
) -> None:
    first = await any_stage.open()
    await account(first, action, upstream.url)
    upstream.fail("POST /tasks" if action == "courier" else "POST /print", hang)
    job = await submit(first, f"media.{action}.txt2txt")
    await until(lambda: bool(upstream.bill))
    await any_stage.kill(first)
    second = await any_stage.open()
    ended = await reached(second, job, "succeeded", "failed", "attention")
    assert end in (ended.state, ended.waiting_for)
    assert upstream.bill == ["a fox"]


async def planned(studio: Studio, takeovers: int) -> Job:
    """Plan a job that already saw so many processes die."""
    known = await studio.store.read("default", accounts.listed)
    job = plan(studio.registry, studio.config, known, Wanted("media.printer.txt2txt", {"prompt": "a fox"}))
    return replace(job, takeovers=takeovers)


@pytest.mark.accepts("R4")
async def test_a_job_that_seems_to_end_its_processes_is_stopped_before_it_pays(
    studio: Studio, upstream: Upstream
) -> None:
    await account(studio, "printer", upstream.url)
    ended = await reached(studio, await submit_planned(studio, await planned(studio, POISON + 1)))
    assert (ended.state, upstream.bill) == ("failed", [])
    assert ended.error is not None and "taken over" in ended.error["detail"]


@pytest.mark.accepts("R4")
async def test_a_job_that_saw_many_processes_die_waits_before_it_runs_again(stage: Stage, upstream: Upstream) -> None:
    first = await stage.open()
    await account(first, "printer", upstream.url)
    doomed = DoomedStore(first.store, "prepared")
    first.engine.tools.store = doomed  # type: ignore[assignment]
    job = await submit_planned(first, await planned(first, 6), now=True)
    await until(doomed.dead.is_set)
    await stage.kill(first)
    second = await stage.open()
    waiting = await reached(second, job, "retry")
    assert (waiting.takeovers, upstream.bill) == (7, [])
    stage.ahead(70)
    assert (await reached(second, job)).state == "succeeded"
