"""Rows of processes: leases by the clock of the database, and what the dead leave behind."""

from __future__ import annotations

import asyncio
import threading
import time

import sqlalchemy as sa

from maquette.core.model import Job
from maquette.store import job as jobs
from maquette.store import process as processes
from maquette.store.database import Store, Tx
from maquette.store.process import Process
from maquette.store.table import processes as table
from tests.store.clock import SetClock
from tests.store.row import MINE, OTHER, a_job, a_process

LEASE_MS = 15_000


async def register(store: Store, *made: Process) -> None:
    for process in made:
        await store.write(MINE, lambda tx, p=process: processes.register(tx, p))


async def silence(store: Store, process: str, ms: int) -> None:
    """Let a process be silent for so long, by the database's own clock."""
    statement = sa.update(table).where(table.c.id == process).values(beat=table.c.beat - ms)
    await store.write(MINE, lambda tx: tx.run(statement) and None)


async def test_a_lease_is_kept_by_the_clock_of_the_database(store: Store, clock: SetClock) -> None:
    clock.at = 0  # a process whose own clock is wrong must not lose or take a lease by it
    before = time.time_ns() // 1_000_000
    await register(store, a_process(id="a"), a_process(id="b"))
    found = await store.read(MINE, lambda tx: processes.get(tx, "a"))
    assert found
    assert before - 5 <= found.beat <= time.time_ns() // 1_000_000 + 5
    clock.at = 10**14
    assert await store.write(MINE, lambda tx: processes.fence(tx, LEASE_MS, "b")) == []
    assert await store.read(MINE, lambda tx: processes.get(tx, "nobody")) is None


async def test_only_the_silent_are_fenced_and_never_the_reaper(store: Store) -> None:
    await register(store, *(a_process(id=name) for name in ("alive", "silent", "reaper", "ended")))
    await store.write(MINE, lambda tx: processes.end(tx, "ended"))
    for name in ("silent", "reaper", "ended"):
        await silence(store, name, 2 * LEASE_MS)
    fenced = await store.write(MINE, lambda tx: processes.fence(tx, LEASE_MS, "reaper"))
    assert [process.id for process in fenced] == ["silent"]
    assert await store.write(MINE, lambda tx: processes.fence(tx, LEASE_MS, "reaper")) == []


async def test_a_beat_renews_a_lease_and_never_brings_a_lost_one_back(store: Store) -> None:
    await register(store, a_process(id="a"), a_process(id="b"))
    await silence(store, "a", 2 * LEASE_MS)
    assert await store.write(MINE, lambda tx: processes.beat(tx, "a")) is True
    assert await store.write(MINE, lambda tx: processes.fence(tx, LEASE_MS, "b")) == []
    await silence(store, "a", 2 * LEASE_MS)
    await store.write(MINE, lambda tx: processes.fence(tx, LEASE_MS, "b"))
    assert await store.write(MINE, lambda tx: processes.beat(tx, "a")) is False
    await store.write(MINE, lambda tx: processes.end(tx, "b"))
    assert await store.write(MINE, lambda tx: processes.beat(tx, "b")) is False


async def test_one_reaper_of_many_takes_a_lease(store: Store) -> None:
    await register(store, a_process(id="dead"), *(a_process(id=f"reaper_{n}") for n in range(6)))
    await silence(store, "dead", 2 * LEASE_MS)
    got = await asyncio.gather(
        *(store.write(MINE, lambda tx, n=n: processes.fence(tx, LEASE_MS, f"reaper_{n}")) for n in range(6))
    )
    assert sorted(map(len, got)) == [0, 0, 0, 0, 0, 1]


async def test_every_other_lease_can_be_taken_where_nobody_else_can_live(store: Store, clock: SetClock) -> None:
    await register(store, a_process(id="me", executor="mine"), a_process(id="old"), a_process(id="older"))
    await store.write(MINE, lambda tx: processes.end(tx, "older"))
    taken = await store.write(MINE, lambda tx: processes.fence_all(tx, "me"))
    assert [(p.id, p.fenced_at, p.ended_at) for p in taken] == [("old", clock.at, clock.at)]
    assert [p.id for p in await store.read(MINE, processes.listed)] == ["me"]
    assert await store.read(MINE, processes.live_executors) == {"mine"}


async def test_the_gone_are_those_that_still_own_running_jobs(store: Store) -> None:
    await register(store, *(a_process(id=name) for name in ("fenced", "ended", "alive", "idle")))

    def unit(tx: Tx) -> None:
        for owner, state in (("fenced", "running"), ("ended", "running"), ("alive", "running"), ("idle", "waiting")):
            jobs.insert(tx, a_job(owner=owner, state=state, workspace=OTHER))
        for name in ("ended", "idle"):
            processes.end(tx, name)

    await store.write(MINE, unit)
    await silence(store, "fenced", 2 * LEASE_MS)
    await store.write(MINE, lambda tx: processes.fence(tx, LEASE_MS, "alive"))
    assert sorted(await store.read(MINE, processes.gone)) == ["ended", "fenced"]


async def test_the_running_jobs_of_the_dead_are_taken_over_in_order(store: Store) -> None:
    made = [a_job(owner=owner, state="running", epoch=1) for owner in ("a", "b", "a", "alive")]
    waiting = a_job(owner="a", state="waiting")

    def unit(tx: Tx) -> None:
        for job in [*made, waiting]:
            jobs.insert(tx, job)

    await store.write(MINE, unit)
    found = await store.write(MINE, lambda tx: jobs.orphans(tx, ["a", "b"]))
    assert found == made[:3]


def take_over(tx: Tx) -> list[Job]:
    return [taken for orphan in jobs.orphans(tx, ["dead"]) if (taken := jobs.queue(tx, orphan.id))]


async def test_orphans_are_queued_once_by_reapers_at_once(store: Store) -> None:
    made = [a_job(owner="dead", state="running", epoch=1) for _ in range(30)]

    def unit(tx: Tx) -> None:
        for job in made:
            jobs.insert(tx, job)

    await store.write(MINE, unit)
    got = await asyncio.gather(*(store.write(MINE, take_over) for _ in range(6)))
    taken = [job for part in got for job in part]
    assert sorted(job.id for job in taken) == [job.id for job in made]
    assert {(job.state, job.epoch) for job in taken} == {("queued", 2)}


async def test_a_reaper_passes_over_what_another_has_in_hand(postgres: Store) -> None:
    made = a_job(owner="dead", state="running", epoch=1)
    await postgres.write(MINE, lambda tx: jobs.insert(tx, made))
    in_hand, looked = threading.Event(), threading.Event()

    def slow(tx: Tx) -> list[Job]:
        taken = take_over(tx)
        in_hand.set()
        assert looked.wait(30)
        return taken

    first = asyncio.create_task(postgres.write(MINE, slow))
    assert await asyncio.to_thread(in_hand.wait, 30)
    assert await postgres.write(MINE, take_over) == []
    looked.set()
    assert [job.id for job in await first] == [made.id]
