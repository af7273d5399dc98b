"""Runs that are tried again: what is done is taken over, what failed is made anew, and nothing is paid twice."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from maquette.core.errors import Conflict
from maquette.core.model import Job
from maquette.engine.studio import Studio
from maquette.services import job as job_service
from maquette.services import run as runs
from maquette.services import trial, workflow
from maquette.services.run import RunView
from maquette.services.trial import Ask
from maquette.store import tree
from maquette.store.table import attempts
from maquette.store.table import jobs as job_table
from tests.engine.studio import DoomedStore, Stage, log_of, reached, submit, until
from tests.services.house import CALLER, answered, asked, began, ended, opened, run_of

WRITE = {"id": "write", "module_id": "media.writer.txt2txt", "inputs": {"prompt": "a boat"}, "output": "text"}
FORM = {"properties": {"word": {"type": "string"}}}
ASK = {"id": "ask", "module_id": "ask.form", "inputs": {"form": FORM, "deadline_s": 60}}
USE = {"id": "use", "module_id": "media.writer.txt2txt", "inputs": {"prompt": "{{ state.word }}"}}


async def failed(stage: Stage, studio: Studio, *steps: Any, name: str = "again") -> RunView:
    """Run a workflow until its question expires."""
    await workflow.create(studio, CALLER, {"name": name, "steps": list(steps)})
    run = await began(studio, name)
    await asked(studio, run)
    stage.ahead(61)
    found = await ended(studio, run)
    assert (found.job.state, (found.job.error or {})["code"]) == ("failed", "generation_failed")
    return found


async def again(studio: Studio, run: str) -> str:
    return (await job_service.retry(studio, CALLER, run, None)).job.id


async def finished(studio: Studio, run: str) -> RunView:
    """Answer what a run asks, and return it when it has ended."""
    await answered(studio, await asked(studio, run), {"word": "a heron"})
    final = await ended(studio, run)
    assert final.job.state == "succeeded", final.job.error
    return final


async def tries(studio: Studio) -> int:
    """Count every attempt of the installation."""
    count = sa.select(sa.func.count()).select_from(attempts)
    return await studio.store.read("default", lambda tx: int(tx.run(count).scalar_one()))


async def steps_of(studio: Studio, run: str) -> dict[str, Job]:
    found = await studio.store.read("default", lambda tx: tree.steps(tx, run))
    return {child.child_key or "": child for child in found}


async def put(studio: Studio, job: Job, state: str, **values: Any) -> None:
    """Leave a job in a state that takes luck to come by."""
    change = sa.update(job_table).where(job_table.c.id == job.id).values(state=state, **values)
    await studio.store.write("default", lambda tx: tx.run(change))


async def test_a_run_that_is_tried_again_goes_on_from_the_step_that_failed(any_stage: Stage) -> None:
    studio = await opened(any_stage)
    old = await failed(any_stage, studio, WRITE, ASK, USE)
    before = await steps_of(studio, old.job.id)
    run = await again(studio, old.job.id)
    final = await finished(studio, run)
    assert run != old.job.id
    assert [step.state for step in final.steps] == ["succeeded"] * 3
    assert final.steps[0].result["assets"] == old.steps[0].result["assets"]
    assert final.state_values["text"]["assets"] == old.steps[0].result["assets"]
    now = await steps_of(studio, run)
    assert (now["write"].source or {})["taken_from"] == before["write"].id
    assert (now["write"].state, now["write"].cost, now["ask"].source) == (
        "succeeded", 0, {"title": "ask", "retry_of": before["ask"].id},
    )  # fmt: skip
    assert await tries(studio) == 2, "one for each text"
    assert await run_of(studio, old.job.id) == old, "final states never change"
    assert "job.succeeded" in [entry.type for entry in await log_of(studio, now["write"])]


async def test_a_run_may_be_tried_again_and_again(stage: Stage) -> None:
    studio = await opened(stage)
    old = await failed(stage, studio, WRITE, ASK, USE)
    second = await again(studio, old.job.id)
    await job_service.cancel(studio, CALLER, second)
    await reached(studio, (await run_of(studio, second)).job)
    third = await again(studio, second)
    final = await finished(studio, third)
    origin = (await steps_of(studio, old.job.id))["write"].id
    assert ((await steps_of(studio, third))["write"].source or {})["taken_from"] == origin
    assert final.steps[0].result["assets"] == old.steps[0].result["assets"]
    assert await tries(studio) == 2


@pytest.mark.parametrize("edge", range(1, 6))
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_process_that_dies_while_a_run_is_tried_again_loses_and_repeats_nothing(
    stage: Stage, edge: int, when: Any
) -> None:
    first = await opened(stage)
    old = await failed(stage, first, WRITE, ASK, USE)
    first.engine.tools.store = doomed = DoomedStore(first.store, edge, when)  # type: ignore[assignment]
    run = await again(first, old.job.id)
    await until(lambda: _dead_or_asking(first, doomed, run))
    await stage.kill(first)
    second = await opened(stage)
    final = await finished(second, run)
    assert [step.state for step in final.steps] == ["succeeded"] * 3
    assert await tries(second) == 2


async def _dead_or_asking(studio: Studio, doomed: DoomedStore, run: str) -> bool:
    return doomed.dead.is_set() or any(step.interaction for step in (await run_of(studio, run)).steps)


async def test_a_step_whose_parameters_have_changed_is_made_anew(stage: Stage) -> None:
    studio = await opened(stage)
    other = {**WRITE, "id": "other"}
    made = await workflow.create(studio, CALLER, {"name": "loose", "steps": [WRITE, other, ASK]})
    job = await submit(studio, "workflow.run", params={"workflow": "loose"})
    await asked(studio, job.id)
    stage.ahead(61)
    await reached(studio, job)
    stage.ahead(-61)
    changed = {**WRITE, "inputs": {"prompt": "a kite"}}
    await workflow.update(studio, CALLER, made.id, {"name": "loose", "steps": [changed, other, ASK]})
    run = await again(studio, job.id)
    await finished(studio, run)
    now = await steps_of(studio, run)
    assert (len(now["write"].plan), len(now["other"].plan)) == (1, 0)
    assert await tries(studio) == 3


async def test_a_nested_run_goes_on_from_its_own_failed_step(stage: Stage) -> None:
    studio = await opened(stage)
    await workflow.create(studio, CALLER, {"name": "inner", "steps": [WRITE, ASK]})
    nested = {"id": "inner", "module_id": "workflow.run", "inputs": {"workflow": "inner"}}
    old = await failed(stage, studio, nested, USE, name="outer")
    run = await again(studio, old.job.id)
    await finished(studio, run)
    inner = (await steps_of(studio, run))["inner"]
    assert ((await steps_of(studio, inner.id))["write"].source or {})["taken_from"]
    assert await tries(studio) == 2
    top = await runs.page(studio, CALLER, {}, None, 20)
    every = await runs.page(studio, CALLER, {"nested": "true"}, None, 20)
    assert [view.job.id for view in top.items] == [run, old.job.id]
    assert len(every.items) == 4


async def test_a_child_that_still_stops_is_awaited_and_then_taken_over(stage: Stage) -> None:
    studio = await opened(stage)
    old = await failed(stage, studio, WRITE, ASK)
    write = (await steps_of(studio, old.job.id))["write"]
    await put(studio, write, "running", owner="elsewhere")
    run = await again(studio, old.job.id)
    waiting = await reached(studio, (await run_of(studio, run)).job, "children")
    assert (waiting.wake_at is not None, await steps_of(studio, run)) == (True, {})
    await put(studio, write, "succeeded")
    stage.ahead(2)
    await finished(studio, run)
    assert await tries(studio) == 1


async def test_a_step_alone_is_not_tried_again_and_says_what_is(stage: Stage) -> None:
    studio = await opened(stage)
    old = await failed(stage, studio, WRITE, ASK)
    step = (await steps_of(studio, old.job.id))["ask"]
    with pytest.raises(Conflict, match="step") as refused:
        await again(studio, step.id)
    assert refused.value.details["run"] == old.job.id
    with pytest.raises(Conflict, match="succeeded"):
        await again(studio, (await finished(studio, await again(studio, old.job.id))).job.id)


async def test_a_trial_is_not_tried_again_once_its_question_is_closed(stage: Stage) -> None:
    studio = await opened(stage)
    view = await asked(studio, await began(studio, "short-story", idea="a fox"))
    given = {"width": 128, "height": 128}
    taken = await trial.act(studio, CALLER, view.interaction.id, "generate", Ask("/stable_diffusion/scene", given))
    await reached(studio, taken.job)
    await put(studio, taken.job, "failed")
    more = await job_service.retry(studio, CALLER, taken.job.id, None)
    done = await reached(studio, more.job)
    (found,) = (await job_service.get(studio, CALLER, done.id))[0].assets
    await answered(studio, view, {"selected_content_id": found.id})
    with pytest.raises(Conflict, match="was answered"):
        await again(studio, taken.job.id)
