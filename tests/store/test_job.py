"""Rows of jobs: claims, the queue, pages and idempotency."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from maquette.core.errors import NotFound
from maquette.core.model import Job
from maquette.store import job as jobs
from maquette.store.database import Store
from maquette.store.job import Claim, Fenced
from maquette.store.table import jobs as table
from tests.store.clock import SetClock
from tests.store.row import MINE, OTHER, a_job


async def keep(store: Store, *made: Job) -> None:
    def unit(tx: jobs.Tx) -> None:
        for job in made:
            jobs.insert(tx, job)

    await store.write(MINE, unit)


async def test_a_job_comes_back_as_it_was_put(store: Store) -> None:
    made = a_job(
        params={"prompt": "a heron at dawn \u2014 \U0001f985", "n": 2, "seed": 2**31 - 2, "strength": 0.1},
        subject="/midjourney/prompt_a",
        source={"subject": "heron", "parts": ["reeds", {"mist": True}]},
        warnings=[{"field": "n", "asked": 9, "used": 2, "why": "most"}],
        cost=9_007_199_254_740_993,
        error={"code": "unknown"},
        priority=-3,
    )
    await keep(store, made)
    assert await store.read(MINE, lambda tx: jobs.get(tx, made.id)) == made


async def test_a_job_of_another_workspace_is_not_there(store: Store) -> None:
    made = a_job()
    await keep(store, made)
    with pytest.raises(NotFound, match=made.id):
        await store.read(OTHER, lambda tx: jobs.get(tx, made.id))
    with pytest.raises(NotFound):
        await store.write(OTHER, lambda tx: jobs.ask_cancel(tx, made.id))
    assert await store.read(OTHER, lambda tx: jobs.page(tx, {}, None, 10)) == []
    assert await store.read(OTHER, lambda tx: jobs.anywhere(tx, made.id)) == made


async def test_of_many_claimers_exactly_one_wins(store: Store) -> None:
    made = a_job()
    await keep(store, made)
    names = [f"process_{number}" for number in range(12)]
    got = await asyncio.gather(*(store.write(MINE, lambda tx, n=name: jobs.claim(tx, made.id, n)) for name in names))
    [won] = [job for job in got if job is not None]
    assert (won.state, won.epoch, won.owner) == ("running", 1, names[got.index(won)])
    assert await store.read(MINE, lambda tx: jobs.get(tx, made.id)) == won


async def test_a_claim_keeps_the_first_start_and_ends_the_wait(store: Store, clock: SetClock) -> None:
    made = a_job(started_at=5, waiting_for="account_1", wake_at=9)
    fresh = a_job()
    await keep(store, made, fresh)
    again = await store.write(MINE, lambda tx: jobs.claim(tx, made.id, "p"))
    first = await store.write(MINE, lambda tx: jobs.claim(tx, fresh.id, "p"))
    assert again and (again.started_at, again.waiting_for, again.wake_at) == (5, None, None)
    assert first and first.started_at == clock.at


async def test_the_holder_may_write_and_a_former_holder_may_not(store: Store) -> None:
    made = a_job()
    await keep(store, made)
    await store.write(MINE, lambda tx: jobs.claim(tx, made.id, "old"))
    old = Claim(made.id, "old", 1)
    changed = await store.write(MINE, lambda tx: jobs.update(tx, old, cost=7))
    assert changed.cost == 7

    await store.write(MINE, lambda tx: jobs.queue(tx, made.id))
    taken = await store.write(MINE, lambda tx: jobs.claim(tx, made.id, "new"))
    assert taken
    with pytest.raises(Fenced, match=made.id):
        await store.write(MINE, lambda tx: jobs.update(tx, old, cost=8))
    with pytest.raises(Fenced):
        await store.write(MINE, lambda tx: jobs.hold(tx, old))
    await store.write(MINE, lambda tx: jobs.hold(tx, Claim(made.id, "new", taken.epoch)))
    assert (await store.read(MINE, lambda tx: jobs.get(tx, made.id))).cost == 7


async def test_the_same_owner_under_an_older_epoch_is_fenced(store: Store) -> None:
    made = a_job(state="running", owner="p", epoch=4)
    await keep(store, made)
    with pytest.raises(Fenced):
        await store.write(MINE, lambda tx: jobs.hold(tx, Claim(made.id, "p", 3)))


async def test_a_job_is_queued_with_the_runner_in_the_same_commit(store: Store) -> None:
    enqueued: list[tuple[str, int, int]] = []
    store.enqueue = lambda _connection, job, epoch, priority: enqueued.append((job, epoch, priority))
    made = a_job(state="waiting", owner="p", epoch=2, priority=5, waiting_for="account_1", wake_at=3)
    ended = a_job(state="succeeded")
    await keep(store, made, ended)
    queued = await store.write(MINE, lambda tx: jobs.queue(tx, made.id, takeovers=1))
    assert queued == replace(made, state="queued", owner=None, epoch=3, waiting_for=None, wake_at=None, takeovers=1)
    assert await store.write(MINE, lambda tx: jobs.queue(tx, ended.id)) is None
    assert enqueued == [(made.id, 3, 5)]


async def test_the_most_urgent_wait_ends_first_then_the_oldest(store: Store) -> None:
    low, old, new, other, done = (
        a_job(state="waiting", waiting_for="account_1", priority=0),
        a_job(state="waiting", waiting_for="account_1", priority=2),
        a_job(state="waiting", waiting_for="account_1", priority=2),
        a_job(state="waiting", waiting_for="account_2", priority=9),
        a_job(state="failed", waiting_for="account_1", priority=9),
    )
    await keep(store, low, old, new, other, done)
    condition = table.c.waiting_for == "account_1"
    woken = await store.write(MINE, lambda tx: jobs.wake(tx, condition, 2))
    assert [job.id for job in woken] == [old.id, new.id]
    assert {job.state for job in woken} == {"queued"}
    assert [job.id for job in await store.write(MINE, lambda tx: jobs.wake(tx, condition, 2))] == [low.id]


async def test_a_cancel_is_noted_and_told(store: Store) -> None:
    told: list[str] = []
    store.on_commit(told.extend)
    made = a_job(state="running", owner="p", epoch=1)
    await keep(store, made)
    asked = await store.write(MINE, lambda tx: jobs.ask_cancel(tx, made.id))
    assert asked == replace(made, cancel_asked=True)
    assert told == [made.id]


async def test_children_are_found_by_parent_and_by_key(store: Store) -> None:
    parent = a_job()
    first, second = (a_job(parent=parent.id, child_key=key) for key in ("page 1", "page 2"))
    await keep(store, parent, first, second, a_job())
    assert await store.read(MINE, lambda tx: jobs.children(tx, parent.id)) == [first, second]
    assert await store.read(MINE, lambda tx: jobs.child(tx, parent.id, "page 2")) == second
    assert await store.read(MINE, lambda tx: jobs.child(tx, parent.id, "page 3")) is None


async def test_a_child_is_made_once(store: Store) -> None:
    await keep(store, a_job(parent="job_p", child_key="only"))
    with pytest.raises(IntegrityError):
        await keep(store, a_job(parent="job_p", child_key="only"))


async def test_pages_follow_each_other_without_gap_or_repeat(store: Store) -> None:
    made = [a_job() for _ in range(23)]
    await keep(store, *made)
    seen: list[Job] = []
    before: str | None = None
    sizes = []
    while page := await store.read(MINE, lambda tx, b=before: jobs.page(tx, {}, b, 10)):
        seen += page
        sizes.append(len(page))
        before = page[-1].id
        await keep(store, a_job())  # a newer job must not move the pages under the reader
    assert sizes == [10, 10, 3]
    assert [job.id for job in seen] == [job.id for job in reversed(made)]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"state": "queued"}, "abf"),
        ({"state": "failed,running"}, "cd"),
        ({"interaction": "ask_1", "state": "queued"}, "b"),
        ({"subject": "/sora/one"}, "d"),
        ({"provider": "paint"}, "e"),
        ({"provider": "p_inter"}, "f"),
        ({"provider": "%"}, ""),
        ({"produces": "video"}, "c"),
        ({"parent": "job_0"}, "a"),
        ({"action": "media.painter.txt2img"}, "abcd"),
    ],
)
async def test_a_page_shows_what_its_filters_say(store: Store, filters: dict[str, str], expected: str) -> None:
    made = {
        "a": a_job(parent="job_0", child_key="x"),
        "b": a_job(interaction="ask_1"),
        "c": a_job(state="failed", produces="video"),
        "d": a_job(state="running", subject="/sora/one", interaction="ask_1"),
        "e": a_job(action="media.paint.txt2img", state="cancelled"),
        "f": a_job(action="media.p_inter.txt2img"),
    }
    await keep(store, *made.values())
    names = {job.id: name for name, job in made.items()}
    page = await store.read(MINE, lambda tx: jobs.page(tx, filters, None, 50))
    assert sorted(names[job.id] for job in page) == sorted(expected)


async def test_an_idempotency_key_binds_one_job_of_a_workspace(store: Store) -> None:
    await store.write(MINE, lambda tx: jobs.remember(tx, "key", "digest", "job_1"))
    with pytest.raises(IntegrityError):
        await store.write(MINE, lambda tx: jobs.remember(tx, "key", "digest", "job_2"))
    await store.write(OTHER, lambda tx: jobs.remember(tx, "key", "other", "job_3"))
    assert await store.read(MINE, lambda tx: jobs.remembered(tx, "key", 0)) == ("digest", "job_1")
    assert await store.read(OTHER, lambda tx: jobs.remembered(tx, "key", 0)) == ("other", "job_3")
    assert await store.read(MINE, lambda tx: jobs.remembered(tx, "another", 0)) is None


async def test_an_old_idempotency_key_is_forgotten_and_free_again(store: Store, clock: SetClock) -> None:
    await store.write(MINE, lambda tx: jobs.remember(tx, "key", "digest", "job_1"))
    since = clock.at + 1
    assert await store.write(MINE, lambda tx: jobs.remembered(tx, "key", since)) is None
    await store.write(MINE, lambda tx: jobs.remember(tx, "key", "digest", "job_2"))
    assert await store.read(MINE, lambda tx: jobs.remembered(tx, "key", 0)) == ("digest", "job_2")


async def test_requests_with_one_idempotency_key_at_once_make_one_job(store: Store) -> None:
    def submit(tx: jobs.Tx) -> str:
        made = a_job()
        jobs.insert(tx, made)
        jobs.remember(tx, "key", "digest", made.id)
        return made.id

    got = await asyncio.gather(*(store.write(MINE, submit) for _ in range(8)), return_exceptions=True)
    [won] = [made for made in got if isinstance(made, str)]
    assert all(isinstance(fault, IntegrityError) for fault in got if fault is not won)
    assert await store.read(MINE, lambda tx: tx.run(sa.select(table.c.id)).scalars().all()) == [won]


async def test_runs_are_found_by_the_workflow_that_they_run(store: Store) -> None:
    made = [a_job(action="workflow.run", params={"workflow": name}) for name in ("one", "two", "one")]
    await store.write(MINE, lambda tx: [jobs.insert(tx, job) for job in made] and None)
    for names, wanted in (("one", [2, 0]), ("one,two", [2, 1, 0]), ("three", [])):
        found = await store.read(MINE, lambda tx, given=names: jobs.page(tx, {"workflow": given}, None, 9))
        assert [job.id for job in found] == [made[number].id for number in wanted]
