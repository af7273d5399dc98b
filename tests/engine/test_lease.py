"""Leases: the jobs of a process that dies or freezes are taken over, and what thaws can neither send nor write."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa

from maquette.engine import patience
from maquette.engine.lease import Lease
from maquette.engine.studio import Studio
from maquette.store import attempt as attempts
from maquette.store import job as jobs
from maquette.store import process as processes
from maquette.store.database import Store, Tx, Unit
from maquette.store.job import Claim, Fenced
from maquette.store.process import Process
from tests.engine.frozen import LEASE_S
from tests.engine.studio import Stage, account, job_of, ledger, log_of, reached, submit, until
from tests.engine.upstream import Upstream

ROOT = Path(__file__).parents[2]
T = TypeVar("T")


@dataclass
class Crew:
    """Processes of their own that run jobs; they are ended with the test."""

    stage: Stage
    members: list[subprocess.Popen[str]] = field(default_factory=list)

    async def hire(self) -> tuple[subprocess.Popen[str], str]:
        """Start a process, and return it with the name under which it owns jobs."""
        command = [sys.executable, "-m", "tests.engine.frozen", str(self.stage.home), self.stage.database_url]
        made = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: ASYNC220 - returns at once
        self.members.append(made)
        assert made.stdout is not None
        return made, (await asyncio.to_thread(made.stdout.readline)).strip()


@pytest.fixture
def crew(postgres_stage: Stage) -> Iterator[Crew]:
    made = Crew(postgres_stage)
    yield made
    for member in made.members:
        member.kill()
        member.wait()
        assert member.stdout is not None
        member.stdout.close()


class HeldStore:
    """A store whose writes from the beat's own thread wait to be let go."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.entered, self.let_go = threading.Event(), threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def write_here(self, unit: Unit[T]) -> T:
        """Write once let go."""
        self.entered.set()
        assert self.let_go.wait(20)
        return self._store.write_here(unit)


async def living(studio: Studio) -> list[Process]:
    return [p for p in await studio.store.read("", processes.listed) if p.fenced_at is None]


@pytest.mark.accepts("R1", "R4")
async def test_the_jobs_of_a_silent_process_are_taken_over_by_another(any_stage: Stage, upstream: Upstream) -> None:
    upstream.held = True
    first = await any_stage.open(lease_s=1)
    await account(first, "courier", upstream.url)
    made = [await submit(first, "media.courier.txt2txt", prompt=f"job {i}") for i in range(3)]
    await until(lambda: len(upstream.calls("GET /tasks/")) >= 6)
    await any_stage.kill(first)
    second = await any_stage.open(alone=False, lease_s=1)
    for job in made:
        await until(lambda job=job: owned(second, job.id, second.engine.process))
    upstream.finish()
    for job in made:
        assert (await reached(second, job)).state == "succeeded"
    assert sorted(upstream.bill) == ["job 0", "job 1", "job 2"]


async def owned(studio: Studio, job_id: str, process: str) -> bool:
    found = await studio.store.read("default", lambda tx: jobs.get(tx, job_id))
    return found.owner == process and found.state == "running"


@pytest.mark.accepts("R5")
async def test_after_a_take_over_the_former_owner_can_write_nothing(stage: Stage, upstream: Upstream) -> None:
    upstream.held = True
    first = await stage.open()
    await account(first, "courier", upstream.url)
    job = await submit(first, "media.courier.txt2txt")
    await until(lambda: bool(upstream.calls("GET /tasks/")))
    old = await job_of(first, job)
    claim = Claim(job.id, old.owner or "", old.epoch)
    await stage.kill(first)
    second = await stage.open()
    await until(lambda: owned(second, job.id, second.engine.process))
    (attempt,) = await ledger(second, job)
    for unit in (
        lambda tx: jobs.hold(tx, claim),
        lambda tx: jobs.update(tx, claim, cost=1),
        lambda tx: attempts.update(tx, claim, attempt.id, state="failed"),
    ):
        with pytest.raises(Fenced):
            await second.store.write("default", unit)
    assert ((await job_of(second, job)).cost, (await ledger(second, job))[0].state) == (0, "accepted")


async def test_a_process_that_lost_its_lease_goes_on_under_a_new_name(any_stage: Stage, upstream: Upstream) -> None:
    studio = await any_stage.open(lease_s=1)
    await account(studio, "courier", upstream.url)
    former = studio.engine.process
    await studio.store.write("", lambda tx: processes.fence(tx, -60_000, "nobody"))
    await until(lambda: studio.engine.process != former)
    job = await submit(studio, "media.courier.txt2txt")
    assert (await reached(studio, job)).owner == studio.engine.process
    assert [process.id for process in await living(studio)] == [studio.engine.process]


@pytest.mark.accepts("R1", "R4")
async def test_the_jobs_of_a_killed_process_go_on_in_another_with_one_submit_each(
    crew: Crew, upstream: Upstream
) -> None:
    upstream.held = True
    sender = await crew.stage.open(dbos=True, runs_jobs=False, lease_s=LEASE_S, alone=False)
    await account(sender, "courier", upstream.url)
    victim, _ = await crew.hire()
    made = [await submit(sender, "media.courier.txt2txt", prompt=f"job {i}") for i in range(3)]
    await until(lambda: len(upstream.bill) == 3)
    heir, name = await crew.hire()
    victim.kill()
    for job in made:
        await until(lambda job=job: owned(sender, job.id, name))
    upstream.finish()
    for job in made:
        assert (await reached(sender, job)).state == "succeeded"
    assert sorted(upstream.bill) == ["job 0", "job 1", "job 2"]
    assert heir.poll() is None


@pytest.mark.accepts("R5")
async def test_a_frozen_process_that_thaws_writes_nothing_and_takes_a_new_name(crew: Crew, upstream: Upstream) -> None:
    upstream.held = True
    sender = await crew.stage.open(dbos=True, runs_jobs=False, lease_s=LEASE_S, alone=False)
    await account(sender, "courier", upstream.url)
    frozen, former = await crew.hire()
    made = [await submit(sender, "media.courier.txt2txt", prompt=f"job {i}") for i in range(3)]
    await until(lambda: len(upstream.bill) == 3)
    _, heir = await crew.hire()
    frozen.send_signal(signal.SIGSTOP)
    for job in made:
        await until(lambda job=job: owned(sender, job.id, heir))
    frozen.send_signal(signal.SIGCONT)

    async def renamed() -> bool:
        mine = [p.id for p in await living(sender) if p.pid == frozen.pid]
        return bool(mine) and mine != [former]

    await until(renamed)
    upstream.finish()
    for job in made:
        ended = await reached(sender, job)
        assert (ended.state, ended.owner) == ("succeeded", heir)
        told = [event.type for event in await log_of(sender, job)]
        assert (told.count("job.started"), told.count("job.succeeded"), told.count("asset.created")) == (2, 1, 1)
    assert sorted(upstream.bill) == ["job 0", "job 1", "job 2"]


async def test_a_stop_waits_for_the_beat_that_is_under_way(stage: Stage) -> None:
    studio = await stage.open(runs_jobs=False)
    held = HeldStore(studio.store)
    lease = Lease(held, kind="server", ttl_s=0.05)  # type: ignore[arg-type]
    await lease.start()
    assert await asyncio.to_thread(held.entered.wait, 20)
    stopping = asyncio.create_task(lease.stop())
    await asyncio.sleep(0.2)
    assert not stopping.done()  # else the store could close with the beat's connection still out
    held.let_go.set()
    await stopping


async def test_a_process_whose_connection_is_cut_while_it_starts_starts_all_the_same(
    postgres_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it comes to one that is halted in a transaction of its first look around: the database ends that."""
    cuts: list[None] = []
    take_over = processes.fence

    def cut_once(tx: Tx, *given: Any) -> list[Process]:
        if not cuts:
            cuts.append(None)
            tx.run(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return take_over(tx, *given)

    monkeypatch.setattr(processes, "fence", cut_once)
    monkeypatch.setattr(patience, "_INSIST_S", 0.05)
    studio = await postgres_stage.open(alone=False)
    assert cuts
    await account(studio, "parlour")
    assert (await reached(studio, await submit(studio, "media.parlour.echo"))).state == "succeeded"
