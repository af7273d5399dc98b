"""How long the engine waits: for work that a provider does not know yet, and for results that come late."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from typing_extensions import override

from maquette.core.errors import DeadlinePassed, GenerationFailed, OutcomeUnknown
from maquette.core.model import Job
from maquette.engine.resolve import Decision, resolve
from maquette.engine.studio import Studio
from maquette.services import start
from tests.engine.studio import ShiftedClock, Stage, account, assets_of, job_of, ledger, reached, submit, until
from tests.engine.test_call import idle, lend
from tests.engine.upstream import Fault, Upstream, status

__all__ = ["idle"]
DAY_S = 86_400


class Leaping(ShiftedClock):
    """A clock whose seconds can be skipped as well."""

    skipped_s = 0.0

    @override
    def monotonic(self) -> float:
        return super().monotonic() + self.skipped_s


async def polled(
    studio: Studio, upstream: Upstream, seconds: float, *answers: Fault, read: Callable[[Any], object] = lambda it: it
) -> object:
    """Poll through so many answers, with a leap of the clock before the third one."""
    clock = studio.store.clock = Leaping()
    lent = await lend(studio, "courier", upstream.url)
    upstream.fail("GET /thing", *answers)
    asked = 0

    async def check() -> object:
        nonlocal asked
        asked += 1
        if asked == 3:
            clock.skipped_s += seconds
        return read(await lent.http.get("/thing"))

    return await lent.poll(check, every=0.01)


async def missed(studio: Studio, upstream: Upstream, seconds: float, then: int) -> object:
    """Poll work that is not there for so many seconds, and then answered with a status."""
    return await polled(studio, upstream, seconds, status(404), status(404), status(then, {"a": 1}))


@pytest.mark.parametrize("seconds", [0, 115, 500])
async def test_work_that_turns_up_is_taken_however_long_it_was_missing(
    idle: Studio, upstream: Upstream, seconds: float
) -> None:
    assert await missed(idle, upstream, seconds, 200) == {"a": 1}


async def test_work_that_is_missing_for_less_than_two_minutes_is_asked_for_again(
    idle: Studio, upstream: Upstream
) -> None:
    upstream.fail("GET /thing", *[status(404)] * 3)
    assert await missed(idle, upstream, 115, 200) == {"a": 1}
    assert len(upstream.calls("GET /thing")) == 6


async def test_work_that_has_been_missing_for_two_minutes_has_failed(idle: Studio, upstream: Upstream) -> None:
    with pytest.raises(GenerationFailed, match="no longer knows"):
        await missed(idle, upstream, 121, 404)
    assert len(upstream.calls("GET /thing")) == 3


@pytest.mark.parametrize("seconds", [115, 121])
async def test_what_cannot_be_read_for_two_minutes_leaves_the_work_in_doubt(
    idle: Studio, upstream: Upstream, seconds: float
) -> None:
    work = polled(idle, upstream, seconds, *[status(200, {})] * 3, status(200, {"a": 1}), read=lambda it: it["a"])
    if seconds < 120:
        assert await work == 1
    else:
        with pytest.raises(OutcomeUnknown, match="cannot be read: KeyError: 'a'"):
            await work


@pytest.mark.accepts("S1.35")
@pytest.mark.parametrize("moves", [True, False])
async def test_the_timeout_of_a_settings_block_ends_work_that_stands_still_and_no_other(
    stage: Stage, upstream: Upstream, moves: bool
) -> None:
    stage.clock = clock = Leaping()
    upstream.held = True
    section = {"api_url": upstream.url, "timeout": 60}
    studio = await stage.open(media_creation={"default_provider": "courier", "courier": section})
    await start.ensure(studio)
    job = await submit(studio, None, media="text")
    await until(lambda: len(upstream.calls("GET /tasks/")) > 0)
    (task,) = upstream.tasks.values()
    for step in (1, 2, 3):
        seen = task.polls
        task.progress = step / 10 if moves else task.progress
        await until(lambda seen=seen: task.polls >= seen + 2)  # so that the first of the two is dealt with
        clock.skipped_s += 40
        if not moves and step == 2:
            break
    if moves:
        upstream.finish()
    ended = await reached(studio, job)
    assert (ended.state, (ended.error or {}).get("code")) == (
        ("succeeded", None) if moves else ("failed", DeadlinePassed.code)
    )
    assert upstream.bill == ["a fox"]


@pytest.mark.accepts("R2")
async def test_a_late_result_is_waited_for_seven_days_and_no_longer(stage: Stage, upstream: Upstream) -> None:
    upstream.held = True
    studio = await stage.open(lease_s=1)
    await account(studio, "courier", upstream.url, timeout_s=1)
    job = await submit(studio, "media.courier.txt2txt")
    assert (await reached(studio, job)).state == "failed"
    (task,) = upstream.tasks.values()

    planned = (await ledger(studio, job))[0].sweep_at
    stage.ahead(6.9 * DAY_S)

    async def put_off() -> bool:
        return (await ledger(studio, job))[0].sweep_at != planned

    async def given_up() -> bool:
        return (await ledger(studio, job))[0].state == "failed"

    await until(put_off)
    seen = task.polls
    assert (await ledger(studio, job))[0].state == "accepted"
    stage.ahead(0.2 * DAY_S)
    await until(given_up)
    assert task.polls == seen + 1
    (attempt,) = await ledger(studio, job)
    assert (attempt.sweep_at, attempt.late, await assets_of(studio, job)) == (None, False, [])
    # What was accepted, and of which nobody ever told the end, may have been billed.
    assert (attempt.cost, attempt.cost_source, (await job_of(studio, job)).cost) == (200, "estimated", 200)


@pytest.mark.accepts("R2")
async def test_a_late_result_that_cannot_be_read_is_asked_for_again(stage: Stage, upstream: Upstream) -> None:
    upstream.held = True
    studio = await stage.open(lease_s=1)
    await account(studio, "courier", upstream.url, timeout_s=1)
    job = await submit(studio, "media.courier.txt2txt")
    assert (await reached(studio, job)).state == "failed"
    planned = (await ledger(studio, job))[0].sweep_at
    asked = len(upstream.calls("GET /tasks"))
    upstream.fail("GET /tasks", status(200, {"status": "done"}))
    stage.ahead(3600)

    async def put_off() -> bool:
        (attempt,) = await ledger(studio, job)
        return attempt.state == "accepted" and attempt.sweep_at != planned

    await until(put_off)
    assert len(upstream.calls("GET /tasks")) == asked + 1, "and not again at once"
    upstream.finish()
    stage.ahead(12 * 3600)
    await until(lambda: _collected(studio, job))
    assert upstream.bill == ["a fox"]


async def _collected(studio: Studio, job: Job) -> bool:
    return (await ledger(studio, job))[0].state == "succeeded"


@pytest.mark.accepts("R1")
async def test_an_answer_that_cannot_be_read_stays_with_the_person_who_is_asked(
    stage: Stage, upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    studio = await stage.open(lease_s=1)
    await account(studio, "printer", upstream.url)
    upstream.fail("POST /print", status(200, {"texts": [5]}))
    job = await submit(studio, "media.printer.txt2txt")
    await reached(studio, job, "attention")
    await asyncio.sleep(3)  # the answer lies here whole: the sweep tries it, more than once if it could
    assert [attempt.state for attempt in await ledger(studio, job)] == ["unknown"]
    assert [each.message for each in caplog.records].count("result.unreadable") == 2, "once by the job, once by it"
    assert "engine.task_failed" not in caplog.text
    ended = await studio.store.write(job.workspace, lambda tx: resolve(tx, job.id, Decision("give_up")))
    assert (ended.state, len(upstream.calls("POST /print"))) == ("cancelled", 1)
