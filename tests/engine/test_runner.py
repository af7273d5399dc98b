"""The queue: what is committed is run once, what is rolled back never, and what a dead process took is found."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from maquette.core.config import Config
from maquette.core.model import Job
from maquette.engine.runner import DbosRunner
from maquette.engine.studio import Studio
from maquette.store.database import Tx
from tests.engine.studio import Stage, account, job_of, reached, submit, until
from tests.engine.upstream import Upstream


def enqueue(engine: sa.Engine, runner: DbosRunner, job: str, epoch: int = 1) -> None:
    """Queue a job in a commit of its own."""
    with engine.begin() as connection:
        runner.enqueue(connection, job, epoch, 0)


async def handed_in(studio: Studio, upstream: Upstream) -> list[Job]:
    """Hand in five jobs for an account of their own."""
    await account(studio, "courier", upstream.url)
    return [await submit(studio, "media.courier.txt2txt", prompt=f"job {i}") for i in range(5)]


async def are_run_once(studio: Studio, upstream: Upstream, jobs: list[Job]) -> None:
    """Wait until they have ended, and compare the bill."""
    for job in jobs:
        assert (await reached(studio, job)).state == "succeeded"
    assert sorted(upstream.bill) == [f"job {i}" for i in range(5)]


@pytest.mark.accepts("S0.68", "S2.12")
async def test_a_job_runs_through_the_real_queue(any_stage: Stage, upstream: Upstream) -> None:
    studio = await any_stage.open(dbos=True)
    await are_run_once(studio, upstream, await handed_in(studio, upstream))


async def test_where_no_other_process_can_take_it_a_job_begins_without_a_look_at_the_queue(
    stage: Stage, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maquette.engine.runner._POLL_ALONE_S", 3600.0)
    studio = await stage.open(dbos=True)
    await are_run_once(studio, upstream, await handed_in(studio, upstream))


async def test_a_process_runs_no_more_jobs_at_once_than_it_may(any_stage: Stage, upstream: Upstream) -> None:
    upstream.held = True
    studio = await any_stage.open(dbos=True, worker_concurrency=2)
    made = await handed_in(studio, upstream)

    async def running() -> int:
        return [(await job_of(studio, job)).state for job in made].count("running")

    async def both_are_polled() -> bool:
        return await running() == 2 and len({call.path for call in upstream.calls("GET /tasks/")}) == 2

    await until(both_are_polled)
    for _ in range(15):  # the queue is looked at once a second at most
        assert await running() == 2
        await asyncio.sleep(0.1)
    upstream.finish()
    await are_run_once(studio, upstream, made)


@pytest.mark.accepts("R4")
async def test_what_waits_in_the_queue_outlives_a_restart(any_stage: Stage, upstream: Upstream) -> None:
    first = await any_stage.open(dbos=True, runs_jobs=False)
    await account(first, "courier", upstream.url)
    job = await submit(first, "media.courier.txt2txt")
    await any_stage.close(first)
    assert upstream.seen == []
    second = await any_stage.open(dbos=True)
    assert (await reached(second, job)).state == "succeeded"


@pytest.mark.accepts("R4")
@pytest.mark.parametrize("fate", ["taken by the dead", "given up", "forgotten"])
async def test_a_job_that_nobody_holds_is_queued_again(any_stage: Stage, upstream: Upstream, fate: str) -> None:
    first = await any_stage.open(dbos=True, runs_jobs=False)
    await account(first, "courier", upstream.url)
    job = await submit(first, "media.courier.txt2txt")
    table = "workflow_status" if first.store.sqlite else "dbos.workflow_status"
    change = {
        "taken by the dead": f"update {table} set status = 'PENDING', executor_id = 'proc_dead'",
        "given up": f"update {table} set status = 'ERROR'",
        "forgotten": f"delete from {table}",
    }[fate]
    await first.store.write("", lambda tx: tx.run(sa.text(change)))
    await any_stage.close(first)
    second = await any_stage.open(dbos=True)
    assert (await reached(second, job)).state == "succeeded"
    assert upstream.bill == ["a fox"]


@pytest.mark.accepts("R1", "R4")
async def test_a_job_that_was_under_way_goes_on_through_the_real_queue(any_stage: Stage, upstream: Upstream) -> None:
    upstream.held = True
    first = await any_stage.open(dbos=True)
    await account(first, "courier", upstream.url)
    job = await submit(first, "media.courier.txt2txt")
    await until(lambda: bool(upstream.calls("GET /tasks/")))
    await any_stage.kill(first)
    upstream.finish()
    second = await any_stage.open(dbos=True)
    assert (await reached(second, job)).state == "succeeded"
    assert upstream.bill == ["a fox"]


async def test_a_job_of_a_commit_that_failed_is_never_run(any_stage: Stage) -> None:
    studio = await any_stage.open(dbos=True)
    await account(studio, "parlour")
    taken = list[str]()

    def unit(tx: Tx) -> None:
        tx.enqueue(tx.connection, "job_never", 1, 0)
        taken.append("queued")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await studio.store.write("default", unit)
    after = await reached(studio, await submit(studio, "media.parlour.echo"))
    assert (taken, (await job_of(studio, after)).state) == (["queued"], "succeeded")
    assert isinstance(studio.engine.runner, DbosRunner)
    assert await studio.engine.runner.holders([("job_never", 1)]) == {"job_never": None}


async def test_the_runner_tells_who_holds_a_job(any_stage: Stage) -> None:
    studio = await any_stage.open(runs_jobs=False)
    config: Config = studio.config
    dead, heir = DbosRunner(config, "dead"), DbosRunner(config, "heir")
    taken = asyncio.Queue[str]()

    async def work(job: str) -> None:
        taken.put_nowait(job)
        await asyncio.get_running_loop().create_future()

    await dead.prepare()
    await asyncio.to_thread(enqueue, studio.store.engine, dead, "job_taken")
    assert await dead.holders([("job_taken", 1), ("job_other", 1)]) == {"job_taken": "", "job_other": None}
    await dead.start(work)
    assert await asyncio.wait_for(taken.get(), 20) == "job_taken"
    await dead.stop()
    await heir.prepare()
    assert await heir.holders([("job_taken", 1)]) == {"job_taken": "dead"}
    await heir.tidy({"dead"})
    assert await heir.holders([("job_taken", 1)]) == {"job_taken": "dead"}
    await heir.tidy({"heir"})
    assert await heir.holders([("job_taken", 1)]) == {"job_taken": None}
    await heir.stop()


async def test_the_same_job_and_epoch_are_queued_once(any_stage: Stage) -> None:
    studio = await any_stage.open(runs_jobs=False)
    runner = DbosRunner(studio.config, "one")
    taken = list[str]()

    async def work(job: str) -> None:
        taken.append(job)

    await runner.prepare()
    for epoch in (1, 1, 2):
        await asyncio.to_thread(enqueue, studio.store.engine, runner, "job_a", epoch)
    await runner.start(work)
    await asyncio.to_thread(enqueue, studio.store.engine, runner, "job_last", 1)
    await until(lambda: "job_last" in taken and len(taken) >= 3)
    assert sorted(taken) == ["job_a", "job_a", "job_last"]
    await runner.stop()
