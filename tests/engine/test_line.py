"""The line before an account: who hands in behind others joins it at once, and nobody is called twice for one slot."""

from __future__ import annotations

import pytest

from maquette.core.model import Account, Attempt, Job
from maquette.engine import choice
from maquette.engine.admit import Refused, slot_of
from maquette.engine.studio import Studio
from maquette.engine.sweep import Sweep
from maquette.store import account as accounts
from maquette.store import attempt as attempts
from maquette.store import job as jobs
from maquette.store.database import Tx
from maquette.store.job import Claim
from tests.engine.studio import Stage, account, job_of, log_of, reached, submit, until
from tests.engine.upstream import Upstream
from tests.store.row import an_attempt


async def handed_in(studio: Studio, prompt: str) -> Job:
    return await submit(studio, "media.courier.txt2txt", prompt=prompt)


async def test_a_job_behind_others_stands_in_line_from_the_first(any_stage: Stage, upstream: Upstream) -> None:
    upstream.held = True
    studio = await any_stage.open()
    line = slot_of((await account(studio, "courier", upstream.url, concurrency=1)).id)
    first = await handed_in(studio, "one")
    await until(lambda: bool(upstream.calls("GET /tasks/")))
    second = await handed_in(studio, "two")
    assert second.state == "queued", "nobody waits yet"
    await reached(studio, second, "account")
    third = await handed_in(studio, "three")
    assert (third.state, third.waiting_for, third.epoch) == ("waiting", line, 0)
    assert [event.type for event in await log_of(studio, third)] == ["job.queued", "job.waiting"]
    upstream.held = False
    for job in (first, second, third):
        assert (await reached(studio, job)).state == "succeeded"
    assert upstream.bill == ["one", "two", "three"]
    assert [event.type for event in await log_of(studio, third)].count("job.started") == 1


async def test_one_of_a_higher_priority_is_behind_nobody(any_stage: Stage, upstream: Upstream) -> None:
    studio = await any_stage.open(runs_jobs=False)
    made = await account(studio, "courier", upstream.url, concurrency=1)
    await lined_up(studio, made.id, 1)
    urgent = await submit(studio, "media.courier.txt2txt", prompt="now", priority=5)
    assert urgent.state == "queued"
    assert (await handed_in(studio, "later")).state == "waiting"


async def test_no_more_are_called_than_there_are_slots_while_none_has_begun(
    any_stage: Stage, upstream: Upstream
) -> None:
    studio = await any_stage.open(runs_jobs=False)
    made = await account(studio, "courier", upstream.url, concurrency=2)
    line = slot_of(made.id)
    waiting = await lined_up(studio, made.id, 5)

    def look_twice(tx: Tx) -> None:
        Sweep._wake_due(tx)
        Sweep._wake_due(tx)

    await studio.store.write("", look_twice)
    found = [await job_of(studio, job) for job in waiting]
    assert [(job.state, job.waiting_for) for job in found] == [("queued", line)] * 2 + [("waiting", line)] * 3
    assert await studio.store.read("default", lambda tx: (jobs.called(tx, line), jobs.in_lines(tx, [line]))) == (
        2,
        {line: 5},
    )
    taken = await studio.store.write("", lambda tx: jobs.claim(tx, waiting[0].id, studio.engine.process))
    assert taken is not None and taken.waiting_for is None


async def test_one_who_comes_too_late_for_the_last_place_of_an_account_goes_to_another(
    any_stage: Stage, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was seen free before it was locked, and was not any more then; to wait here would be to wait for a day."""
    studio = await any_stage.open(runs_jobs=False)
    job, first, second = await between_two(studio, upstream)

    def unit(tx: Tx) -> Attempt | Refused | Job:
        accounts.update(tx, first.id, per_day=1)
        quicker = an_attempt(job.id, account=first.id, workspace="default", state="succeeded", created_at=tx.now)
        attempts.insert(tx, quicker)
        return taken(tx, studio, job, first)

    monkeypatch.setattr(choice, "refusal", lambda *_: None)
    moved = await studio.store.write("default", unit)
    assert isinstance(moved, Job)
    assert (moved.state, moved.plan[0]["account"]) == ("running", second.id)


async def test_one_whom_no_account_takes_looks_again_when_the_first_of_them_may(
    any_stage: Stage, upstream: Upstream
) -> None:
    studio = await any_stage.open(runs_jobs=False)
    job, first, second = await between_two(studio, upstream)

    def unit(tx: Tx) -> tuple[Attempt | Refused | Job, int]:
        accounts.update(tx, first.id, per_day=1)
        accounts.update(tx, second.id, per_minute=1)
        for number, each in enumerate((first, second)):
            words = {"account": each.id, "workspace": "default", "state": "succeeded", "created_at": tx.now}
            attempts.insert(tx, an_attempt(job.id, number=number + 1, **words))
        return taken(tx, studio, job, first), tx.now

    refused, now = await studio.store.write("default", unit)
    assert isinstance(refused, Refused) and refused.wake_at is not None
    assert 60_000 < refused.wake_at - now < 65_000, "in a minute, and not in a day"


async def between_two(studio: Studio, upstream: Upstream) -> tuple[Job, Account, Account]:
    """Hand a job in that either of two accounts may take, the first of them before the second."""
    first = await account(studio, "courier", upstream.url, concurrency=9)
    second = await account(studio, "courier", upstream.url)
    job = await handed_in(studio, "one")
    assert [row["account"] for row in job.plan] == [first.id, second.id]
    return job, first, second


def taken(tx: Tx, studio: Studio, job: Job, wanted: Account) -> Attempt | Refused | Job:
    """Claim a job and try to begin it on an account."""
    claimed = jobs.claim(tx, job.id, studio.engine.process)
    assert claimed is not None
    claim = Claim(job.id, studio.engine.process, claimed.epoch)
    return choice.take(tx, claim, claimed, studio.engine.tools.frozen(wanted))


async def lined_up(studio: Studio, account_id: str, count: int) -> list[Job]:
    """Put jobs into the line of an account, in a process that runs none."""
    made = [await handed_in(studio, str(number)) for number in range(count)]
    wait = {"waiting_for": slot_of(account_id)}
    for job in made:
        if job.state == "queued":
            await studio.store.write("default", lambda tx, job=job: jobs.shelve(tx, job.id, **wait))
    return made
