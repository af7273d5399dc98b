"""The log: what is read after a sequence number, and that none is ever missed."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
import sqlalchemy as sa

from maquette.core.model import Event
from maquette.store import event as events
from maquette.store import job as jobs
from maquette.store.database import Store, Tx
from maquette.store.table import events as table
from tests.store.clock import SetClock
from tests.store.conftest import Opener
from tests.store.row import MINE, OTHER, a_job

WRITERS = 20
ROUNDS = 25


async def append(store: Store, workspace: str, *types: str, job: str | None = None) -> None:
    def unit(tx: Tx) -> None:
        for number, name in enumerate(types):
            tx.emit(name, job, {"number": number})

    await store.write(workspace, unit)


async def test_events_come_back_in_the_order_in_which_they_were_appended(store: Store, clock: SetClock) -> None:
    await append(store, MINE, "job.queued", "job.started", job="job_1")
    first, second = await store.read(MINE, lambda tx: events.after(tx, 0))
    assert first.seq < second.seq
    assert first == Event(first.seq, MINE, "job_1", "job.queued", {"number": 0}, clock.at)
    assert second.type == "job.started"


async def test_a_follower_sees_its_own_workspace_and_its_own_job_only(store: Store) -> None:
    await append(store, MINE, "job.queued", job="job_1")
    await append(store, OTHER, "job.queued", job="job_2")
    await append(store, MINE, "job.queued", job="job_3")
    mine = await store.read(MINE, lambda tx: events.after(tx, 0))
    assert [event.job for event in mine] == ["job_1", "job_3"]
    assert [e.job for e in await store.read(MINE, lambda tx: events.after(tx, 0, job="job_3"))] == ["job_3"]
    assert await store.read(MINE, lambda tx: events.after(tx, 0, job="job_2")) == []
    assert [e.job for e in await store.read(MINE, lambda tx: events.after(tx, mine[0].seq))] == ["job_3"]
    assert await store.read(MINE, events.first) == mine[0].seq
    assert await store.read(MINE, events.last) == mine[1].seq
    assert await store.read("nobody", lambda tx: (events.first(tx), events.last(tx))) == (0, 0)


async def test_a_page_of_events_ends_at_its_limit(store: Store) -> None:
    await append(store, MINE, *["job.progressed"] * 7)
    assert [e.data["number"] for e in await store.read(MINE, lambda tx: events.after(tx, 0, limit=3))] == [0, 1, 2]


async def test_a_unit_that_fails_appends_nothing(store: Store) -> None:
    def unit(tx: Tx) -> None:
        tx.emit("job.queued", "job_1", {})
        raise LookupError("no")

    with pytest.raises(LookupError):
        await store.write(MINE, unit)
    assert await store.read(MINE, lambda tx: events.after(tx, 0)) == []


async def test_one_commit_may_append_to_two_workspaces(store: Store) -> None:
    def unit(tx: Tx) -> None:
        tx.emit("job.queued", "job_1", {})
        tx.elsewhere(OTHER).emit("job.queued", "job_2", {})

    await store.write(MINE, unit)
    assert [e.job for e in await store.read(MINE, lambda tx: events.after(tx, 0))] == ["job_1"]
    assert [e.job for e in await store.read(OTHER, lambda tx: events.after(tx, 0))] == ["job_2"]


async def test_a_listener_hears_only_of_commits_that_have_something_to_tell(store: Store) -> None:
    heard: list[list[str]] = []
    store.on_commit(heard.append)
    await store.write(MINE, lambda tx: jobs.insert(tx, a_job()))
    assert heard == []
    await append(store, MINE, "job.queued")
    assert heard == [[]]


async def test_only_the_last_progress_of_each_kind_is_kept(store: Store) -> None:
    await append(store, MINE, "job.started", *["job.progressed", "attempt.progressed"] * 3, "job.succeeded", job="a")
    await append(store, MINE, "job.progressed", "job.progressed", job="b")
    await append(store, OTHER, "job.progressed", "job.progressed", job="a")
    await store.write(MINE, lambda tx: events.prune_progress(tx, "a"))
    kept = await store.read(MINE, lambda tx: events.after(tx, 0, job="a"))
    assert [(e.type, e.data["number"]) for e in kept] == [
        ("job.started", 0), ("job.progressed", 5), ("attempt.progressed", 6), ("job.succeeded", 7),
    ]  # fmt: skip
    assert len(await store.read(MINE, lambda tx: events.after(tx, 0, job="b"))) == 2
    assert len(await store.read(OTHER, lambda tx: events.after(tx, 0))) == 2


async def test_a_sequence_number_is_never_given_twice(store: Store) -> None:
    await append(store, MINE, "job.queued", "job.started")
    highest = await store.read(MINE, events.last)
    await store.write(MINE, lambda tx: tx.run(sa.delete(table)) and None)
    await append(store, MINE, "job.queued")
    assert await store.read(MINE, events.first) > highest


async def follow(store: Store, workspace: str, finished: asyncio.Event) -> list[int]:
    """Read on from the last number seen, as a stream does, until the writers are done and nothing more comes."""
    seen = [0]
    while True:
        no_more = finished.is_set()
        fresh = await store.read(workspace, partial(events.after, seq=seen[-1], limit=50))
        seen += [event.seq for event in fresh]
        if no_more and not fresh:
            return seen[1:]


@pytest.mark.parametrize("workspaces", [1, 3])
async def test_a_follower_misses_no_event_of_many_writers_at_once(
    migrated: str, opened: Opener, workspaces: int
) -> None:
    store, reader = opened(migrated, pool=WRITERS), opened(migrated, pool=workspaces)
    names = [f"space_{number}" for number in range(workspaces)]
    finished = asyncio.Event()

    def unit(tx: Tx) -> None:
        made = a_job(workspace=tx.workspace)
        tx.emit("job.queued", made.id, {})
        jobs.insert(tx, made)

    async def write(number: int) -> None:
        for _ in range(ROUNDS):
            await store.write(names[number % workspaces], unit)

    followers = [asyncio.create_task(follow(reader, name, finished)) for name in names]
    await asyncio.gather(*map(write, range(WRITERS)))
    finished.set()
    total = 0
    for name, follower in zip(names, followers, strict=True):
        kept = await store.read(name, lambda tx: events.after(tx, 0, limit=10_000))
        assert await follower == [event.seq for event in kept]
        total += len(kept)
    assert total == WRITERS * ROUNDS
