"""Cancel reaches a job in every state, and the provider where it has taken the work."""

from __future__ import annotations

import time

import pytest

from maquette.engine.studio import Studio
from tests.engine.studio import Stage, account, assets_of, job_of, ledger, log_of, reached, submit, until
from tests.engine.upstream import Upstream, hang, hang_then_refuse


async def cancelled_at_once(studio: Studio, job_id: str) -> float:
    """Ask for a cancel and return when."""
    await studio.engine.cancel("default", job_id)
    return time.monotonic()


async def test_a_job_that_waits_for_a_slot_is_cancelled_in_the_same_commit(studio: Studio, upstream: Upstream) -> None:
    upstream.held = True
    await account(studio, "courier", upstream.url, concurrency=1)
    await reached(studio, await submit(studio, "media.courier.txt2txt", prompt="first"), "running")
    await until(lambda: bool(upstream.bill))
    job = await submit(studio, "media.courier.txt2txt", prompt="second")
    await reached(studio, job, "account")
    ended = await studio.engine.cancel("default", job.id)
    assert (ended.state, ended.waiting_for, upstream.bill) == ("cancelled", None, ["first"])


async def test_a_queued_job_is_cancelled_and_never_runs(stage: Stage, upstream: Upstream) -> None:
    studio = await stage.open(runs_jobs=False)
    await account(studio, "courier", upstream.url)
    job = await submit(studio, "media.courier.txt2txt")
    assert (await studio.engine.cancel("default", job.id)).state == "cancelled"
    await stage.close(studio)
    again = await stage.open()
    other = await submit(again, "media.courier.txt2txt", prompt="other")
    await reached(again, other)
    assert ((await job_of(again, job)).state, upstream.bill) == ("cancelled", ["other"])


@pytest.mark.accepts("R7")
async def test_a_cancel_is_told_to_the_provider_within_a_second(any_stage: Stage, upstream: Upstream) -> None:
    upstream.held = True
    studio = await any_stage.open()
    await account(studio, "courier", upstream.url)
    job = await submit(studio, "media.courier.txt2txt")
    await until(lambda: bool(upstream.calls("GET /tasks/")))
    asked = await cancelled_at_once(studio, job.id)
    await until(lambda: upstream.cancelled == ["task-1"])
    assert time.monotonic() - asked < 1
    assert (await reached(studio, job)).state == "cancelled"
    (attempt,) = await ledger(studio, job)
    assert attempt.state == "cancelled"


async def test_where_the_provider_cannot_stop_the_job_is_cancelled_and_the_late_result_is_kept(
    stage: Stage, upstream: Upstream
) -> None:
    upstream.held = True
    studio = await stage.open(lease_s=1)
    await account(studio, "telegraph", upstream.url)
    job = await submit(studio, "media.telegraph.txt2txt")
    await until(lambda: bool(upstream.calls("GET /tasks/")))
    await studio.engine.cancel("default", job.id)
    ended = await reached(studio, job)
    assert ended.error is not None
    assert (ended.state, "may bill" in ended.error["detail"]) == ("cancelled", True)
    upstream.finish()
    stage.ahead(61)
    await until(lambda: has_late(studio, job.id))
    assert ((await job_of(studio, job)).state, (await job_of(studio, job)).cost) == ("cancelled", 200)
    assert len(await assets_of(studio, job)) == 1


async def has_late(studio: Studio, job_id: str) -> bool:
    return any(event.job == job_id and event.data.get("late") for event in await log_of(studio))


async def test_while_the_answer_is_on_its_way_the_job_is_cancelled_at_once_and_the_result_is_kept(
    studio: Studio, upstream: Upstream
) -> None:
    await account(studio, "printer", upstream.url)
    upstream.fail("POST /print", hang)
    job = await submit(studio, "media.printer.txt2txt")
    await until(lambda: bool(upstream.bill))
    await studio.engine.cancel("default", job.id)
    assert (await reached(studio, job)).state == "cancelled"
    assert not await assets_of(studio, job)
    upstream.gate.set()
    await until(lambda: has_late(studio, job.id))
    (attempt,) = await ledger(studio, job)
    assert (attempt.state, attempt.late, attempt.cost, (await job_of(studio, job)).state) == (
        "succeeded", True, 200, "cancelled",
    )  # fmt: skip


async def test_a_cancelled_job_stays_cancelled_when_its_call_is_then_refused_for_the_rate(
    studio: Studio, upstream: Upstream
) -> None:
    await account(studio, "printer", upstream.url)
    upstream.fail("POST /print", hang_then_refuse)
    job = await submit(studio, "media.printer.txt2txt")
    await until(lambda: bool(upstream.seen))
    await studio.engine.cancel("default", job.id)
    await reached(studio, job)
    upstream.gate.set()

    async def closed() -> bool:
        return (await ledger(studio, job))[0].state == "refused"

    await until(closed)
    after = [event.type for event in await log_of(studio, job) if event.type.startswith("job.")]
    assert (await job_of(studio, job)).state == "cancelled"
    assert after == ["job.queued", "job.started", "job.cancelled"]


async def test_a_cancel_ends_the_children_too(studio: Studio, upstream: Upstream) -> None:
    upstream.held = True
    await account(studio, "parlour")
    await account(studio, "courier", upstream.url)
    params = {"prompts": ["one"], "action": "media.courier.txt2txt"}
    job = await submit(studio, "media.parlour.family", params=params)
    await reached(studio, job, "children")
    await until(lambda: bool(upstream.calls("GET /tasks/")))
    await studio.engine.cancel("default", job.id)
    assert (await reached(studio, job)).state == "cancelled"
    await until(lambda: upstream.cancelled == ["task-1"])


async def test_a_cancel_of_a_job_that_has_ended_changes_nothing(studio: Studio) -> None:
    await account(studio, "parlour")
    job = await reached(studio, await submit(studio, "media.parlour.echo"))
    before = await log_of(studio, job)
    assert (await studio.engine.cancel("default", job.id)).state == "succeeded"
    jobs_only = [event for event in await log_of(studio, job) if event.type != "asset.ready"]
    assert jobs_only == [event for event in before if event.type != "asset.ready"]


async def test_a_cancel_that_was_asked_for_while_the_process_was_dead_is_carried_out_by_the_next(
    stage: Stage, upstream: Upstream
) -> None:
    upstream.held = True
    first = await stage.open()
    await account(first, "courier", upstream.url)
    job = await submit(first, "media.courier.txt2txt")
    await until(lambda: bool(upstream.calls("GET /tasks/")))
    await stage.kill(first)
    second = await stage.open(runs_jobs=False)
    await second.engine.cancel("default", job.id)
    await stage.close(second)
    third = await stage.open()
    assert (await reached(third, job)).state == "cancelled"
    assert (upstream.cancelled, upstream.bill) == (["task-1"], ["a fox"])
