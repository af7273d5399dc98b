"""Composite jobs: children, questions, and a life of nothing but rows between them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from maquette.core.errors import Conflict
from maquette.core.interaction import Interaction
from maquette.core.model import Job
from maquette.engine import question
from maquette.engine.studio import Studio
from maquette.services.job import views
from maquette.store import interaction as interactions
from maquette.store import job as jobs
from maquette.store import tree
from tests.engine.studio import (
    DoomedStore,
    Stage,
    account,
    job_of,
    ledger,
    log_of,
    reached,
    submit,
    until,
)
from tests.engine.upstream import Upstream, status


async def play(studio: Studio, **params: Any) -> Job:
    return await submit(studio, "play.chain", params=params)


async def asked_of(studio: Studio, job: Job) -> list[Interaction]:
    return await studio.store.read("default", lambda tx: interactions.of_job(tx, job.id))


async def reply(studio: Studio, asked: Interaction, text: str, by: str = "key_1") -> Interaction:
    return await studio.store.write("default", lambda tx: question.answer(tx, asked, {"answer": text}, by))


async def children_of(studio: Studio, job: Job) -> list[Job]:
    return await studio.store.read("default", lambda tx: jobs.children(tx, job.id))


async def test_a_composite_runs_its_children_without_an_attempt_of_its_own(studio: Studio) -> None:
    await account(studio, "parlour")
    ended = await reached(studio, await play(studio, children=["one", "two"], at_once=["three", "four"]))
    assert ended.error is None
    assert ended.result == {"said": ["echo of one", "echo of two", "echo of three", "echo of four"]}
    assert await ledger(studio, ended) == []
    assert [child.child_key for child in await children_of(studio, ended)] == ["c0", "c1", "p0", "p1"]


@pytest.mark.accepts("S0.57")
async def test_a_question_parks_its_job_and_the_answer_goes_on_from_there(any_stage: Stage) -> None:
    studio = await any_stage.open()
    await account(studio, "parlour")
    job = await play(studio, children=["one"], questions=["Which?"])
    waiting = await reached(studio, job, "person")
    assert (waiting.state, waiting.owner, waiting.wake_at) == ("waiting", None, None)
    (asked,) = await asked_of(studio, job)
    assert (asked.title, asked.state, asked.run, asked.asked.title) == ("Which?", "open", job.id, "Which?")
    await reply(studio, asked, "this one")
    assert (await reached(studio, job)).result == {"said": ["echo of one", "this one"]}
    types = [entry.type for entry in await log_of(studio, job) if entry.type.startswith("interaction")]
    assert types == ["interaction.opened", "interaction.answered"]


async def test_children_and_questions_are_all_begun_before_any_is_waited_for(studio: Studio) -> None:
    await account(studio, "parlour")
    job = await play(studio, at_once=["one"], questions=["A?", "B?"])
    await until(lambda: _waits_with(studio, job, 2))
    first, second = await asked_of(studio, job)
    await reply(studio, second, "b")
    await reply(studio, first, "a")
    assert (await reached(studio, job)).result == {"said": ["echo of one", "a", "b"]}


async def _waits_with(studio: Studio, job: Job, count: int) -> bool:
    return len(await asked_of(studio, job)) == count and (await job_of(studio, job)).state == "waiting"


async def test_the_first_answer_wins_and_the_others_are_told_who_it_was(any_stage: Stage) -> None:
    studio = await any_stage.open()
    job = await play(studio, questions=["Which?"])
    await reached(studio, job, "person")
    (asked,) = await asked_of(studio, job)
    replies = (reply(studio, asked, f"answer {number}", f"key_{number}") for number in range(20))
    outcomes = await asyncio.gather(*replies, return_exceptions=True)
    (won,) = [each for each in outcomes if isinstance(each, Interaction)]
    refused = [each for each in outcomes if isinstance(each, Conflict)]
    assert len(refused) == 19
    assert {each.details["answered_by"] for each in refused} == {won.answered_by}
    assert won.response is not None
    assert (await reached(studio, job)).result == {"said": [won.response["answer"]]}


async def test_an_answer_while_its_job_runs_is_not_lost(any_stage: Stage) -> None:
    """Two questions are answered at once: the second answer falls into the run that the first one woke."""
    studio = await any_stage.open()
    for round_ in range(6):
        job = await play(studio, questions=["A?", "B?"])
        await reached(studio, job, "person")
        first, second = await asked_of(studio, job)
        await reply(studio, first, "a")
        await asyncio.sleep(0.004 * round_)
        await reply(studio, second, "b")
        assert (await reached(studio, job)).result == {"said": ["a", "b"]}


async def test_many_children_that_end_while_their_parent_parks_are_not_missed(any_stage: Stage) -> None:
    studio = await any_stage.open()
    await account(studio, "parlour", concurrency=8)
    wanted = [str(number) for number in range(8)]
    made = [await play(studio, at_once=wanted) for _ in range(4)]
    for job in made:
        assert (await reached(studio, job)).result == {"said": [f"echo of {each}" for each in wanted]}


async def test_a_child_that_fails_fails_its_parent_which_says_why(studio: Studio, upstream: Upstream) -> None:
    await account(studio, "printer", upstream.url)
    upstream.fail("POST /print", status(400))
    ended = await reached(studio, await play(studio, children=["one"], action="media.printer.txt2txt"))
    assert ended.error is not None
    assert (ended.state, ended.error["code"]) == ("failed", "generation_failed")
    assert ended.error["child"] == (await children_of(studio, ended))[0].id


async def test_a_mistake_in_a_module_closes_what_it_asked(studio: Studio) -> None:
    await account(studio, "parlour")
    ended = await reached(studio, await play(studio, children=["one"], stumble=True))
    assert ended.error is not None
    assert (ended.state, ended.error["code"]) == ("failed", "internal")


async def test_a_composite_that_fails_stops_what_it_began(studio: Studio, upstream: Upstream) -> None:
    await account(studio, "courier", upstream.url, concurrency=2)
    upstream.held = True
    job = await play(studio, at_once=["one"], questions=["Which?"], action="media.courier.txt2txt", deadline_s=1)
    ended = await reached(studio, job)
    assert ended.error is not None
    assert (ended.state, ended.error["code"]) == ("failed", "interaction_expired")
    (child,) = await children_of(studio, job)
    assert (await reached(studio, child)).state == "cancelled"


async def test_an_answer_queues_its_run_in_its_own_commit(any_stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """Else the audit of the queue would find it stranded, some seconds later."""
    studio = await any_stage.open(dbos=True)
    await account(studio, "parlour")
    job = await play(studio, children=["one"], questions=["Which?"])
    await reached(studio, job, "person")
    (asked,) = await asked_of(studio, job)
    await reply(studio, asked, "now")
    assert (await reached(studio, job)).result == {"said": ["echo of one", "now"]}
    assert "job.stranded" not in caplog.text


async def test_cancelling_a_composite_cancels_children_and_questions(studio: Studio, upstream: Upstream) -> None:
    await account(studio, "courier", upstream.url)
    upstream.held = True
    job = await play(studio, at_once=["one"], questions=["Which?"], action="media.courier.txt2txt")
    await reached(studio, job, "children")
    await until(lambda: bool(upstream.calls("GET /tasks/")))
    await studio.engine.cancel("default", job.id)
    assert (await reached(studio, job)).state == "cancelled"
    (child,) = await children_of(studio, job)
    assert (await reached(studio, child)).state == "cancelled"
    (asked,) = await asked_of(studio, job)
    assert asked.state == "cancelled"
    with pytest.raises(Conflict, match="cancelled"):
        await reply(studio, asked, "too late")


async def test_a_deadline_fails_the_job_with_what_was_asked(stage: Stage) -> None:
    studio = await stage.open()
    job = await play(studio, questions=["Which?"], deadline_s=60)
    assert (await reached(studio, job, "person")).wake_at is not None
    (asked,) = await asked_of(studio, job)
    stage.ahead(61)
    with pytest.raises(Conflict, match="deadline"):
        await reply(studio, asked, "too late")
    ended = await reached(studio, job)
    assert ended.error is not None
    assert (ended.state, ended.error["code"]) == ("failed", "interaction_expired")
    assert (await asked_of(studio, job))[0].state == "expired"


async def test_a_deadline_takes_the_default_answer(stage: Stage) -> None:
    studio = await stage.open()
    job = await play(studio, questions=["Which?"], deadline_s=60, on_deadline="default")
    await reached(studio, job, "person")
    stage.ahead(61)
    assert (await reached(studio, job)).result == {"said": ["nobody knows"]}


async def test_a_deadline_reminds_and_gives_twice_the_time(stage: Stage) -> None:
    studio = await stage.open()
    job = await play(studio, questions=["Which?"], deadline_s=60, on_deadline="remind")
    await reached(studio, job, "person")
    (before,) = await asked_of(studio, job)
    stage.ahead(61)

    async def reminded() -> Interaction | None:
        (asked,) = await asked_of(studio, job)
        return asked if asked.reminded_at else None

    asked = await until(reminded)
    assert asked.deadline_at is not None
    assert before.deadline_at is not None
    assert asked.state == "open"
    assert asked.deadline_at - asked.reminded_at >= 2 * (before.deadline_at - before.created_at)  # type: ignore[operator]
    assert [e.data.get("reminder") for e in await log_of(studio, job) if e.type == "interaction.opened"] == [None, True]
    await reached(studio, job, "person")
    await reply(studio, asked, "at last")
    assert (await reached(studio, job)).result == {"said": ["at last"]}


async def test_a_composite_waits_for_a_missing_account_and_goes_on_when_it_is_there(stage: Stage) -> None:
    studio = await stage.open()
    job = await play(studio, children=["one"])
    waiting = await reached(studio, job, "attention")
    assert waiting.error is not None
    assert waiting.error["code"] == "account_unknown"
    await account(studio, "parlour")
    stage.ahead(31)
    ended = await reached(studio, job)
    assert (ended.result, ended.error) == ({"said": ["echo of one"]}, None)


@pytest.mark.parametrize("edge", range(1, 9))
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_kill_at_any_commit_is_taken_up_from_the_rows(stage: Stage, edge: int, when: Any) -> None:
    first = await stage.open()
    await account(first, "parlour")
    job = await play(first, children=["one"], at_once=["two"], questions=["Which?"])
    first.engine.tools.store = doomed = DoomedStore(first.store, edge, when)  # type: ignore[assignment]
    done = asyncio.ensure_future(doomed.dead.wait())
    try:
        await asyncio.wait_for(asyncio.shield(done), 1.5)
    except TimeoutError:
        pass  # it waits for a person before it comes to so many commits
    finally:
        done.cancel()
    await stage.kill(first)
    second = await stage.open()
    await until(lambda: _asks(second, job))
    (asked,) = await asked_of(second, job)
    await until(lambda: _answered(second, asked))
    ended = await reached(second, job)
    assert ended.result == {"said": ["echo of one", "echo of two", "yes"]}
    assert len(await children_of(second, job)) == 2


async def _asks(studio: Studio, job: Job) -> bool:
    return bool(await asked_of(studio, job))


async def _answered(studio: Studio, asked: Interaction) -> bool:
    await reply(studio, asked, "yes")
    return True


async def test_composites_nest_and_know_their_root(studio: Studio) -> None:
    await account(studio, "parlour")
    job = await submit(studio, "play.nest", params={"depth": 3})
    ended = await reached(studio, job)
    found: Any = ended.result
    for _ in range(4):
        assert found["run"] == job.id
        found = found["found"]
    assert found["text"] == "echo of egg"


async def test_what_nests_without_end_is_stopped(studio: Studio) -> None:
    ended = await reached(studio, await submit(studio, "play.nest", params={"depth": 50}))
    assert ended.error is not None
    assert "nested more than" in ended.error["detail"]


async def test_a_composite_costs_what_all_below_it_cost(studio: Studio, upstream: Upstream) -> None:
    await account(studio, "printer", upstream.url)
    params = {"depth": 2, "action": "media.printer.txt2txt"}
    job = await reached(studio, await submit(studio, "play.nest", params=params))
    assert job.state == "succeeded"
    spent = await studio.store.read("default", lambda tx: tree.spent(tx, [job.id]))
    below = [attempt.cost or 0 for attempt in await _attempts(studio)]
    assert spent == {job.id: sum(below)}
    assert sum(below) > 0
    ((view,), alone) = await studio.store.read("default", lambda tx: (views(tx, [job]), jobs.get(tx, job.id).cost))
    assert (view.job.cost, alone) == (sum(below), 0)


async def _attempts(studio: Studio) -> list[Any]:
    from maquette.store.table import attempts

    return await studio.store.read("default", lambda tx: list(tx.run(attempts.select())))
