"""Workflows: kept in versions, checked before they are kept, and run by the version with which a run began."""

from __future__ import annotations

from typing import Any

import pytest

from maquette.core.errors import Conflict, NotFound, ParamsInvalid
from maquette.engine.studio import Studio
from maquette.services import interaction as asking
from maquette.services import run as runs
from maquette.services import workflow
from maquette.store import tree
from tests.engine.studio import Stage, submit
from tests.services.house import CALLER, answered, asked, began, ended, opened, run_of

WRITE = {"id": "write", "module_id": "media.writer.txt2txt", "inputs": {"prompt": "{{ state.idea }}"}, "output": "text"}
ASK = {"id": "ask", "module_id": "ask.form", "inputs": {"form": {"properties": {"word": {"type": "string"}}}}}


def document(name: str, *steps: Any, **more: Any) -> dict[str, Any]:
    inputs = {"type": "object", "properties": {"idea": {"type": "string", "default": "a boat"}, "kinds": {}}}
    return {"name": name, "inputs": inputs, "steps": list(steps), **more}


async def run(studio: Studio, made: dict[str, Any], **inputs: Any) -> Any:
    view = await workflow.create(studio, CALLER, made)
    return await ended(studio, await began(studio, view.id, **inputs))


async def test_a_workflow_is_kept_listed_changed_and_deleted(any_stage: Stage) -> None:
    studio = await opened(any_stage)
    made = await workflow.create(studio, CALLER, document("mine", WRITE, title="My own"))
    assert (made.version, made.title, made.origin, [step.id for step in made.steps]) == (1, "My own", "user", ["write"])
    assert made.inputs["properties"]["idea"]["x-widget"] == "text"
    with pytest.raises(Conflict, match="already"):
        await workflow.create(studio, CALLER, document("mine", WRITE))
    changed = await workflow.update(studio, CALLER, made.id, document("renamed", WRITE, ASK))
    assert (changed.id, changed.version, changed.name, changed.steps[1].kind) == (made.id, 2, "renamed", "person")
    assert (await workflow.listed(studio, CALLER))[0].name == "renamed"
    await workflow.delete(studio, CALLER, made.id)
    with pytest.raises(NotFound):
        await workflow.get(studio, CALLER, made.id)
    with pytest.raises(Conflict, match="came with"):
        await workflow.update(studio, CALLER, "short-story", document("short-story", WRITE))


async def test_the_order_of_keys_is_kept(any_stage: Stage) -> None:
    studio = await opened(any_stage)
    keys = ["zebra", "a", "mouse_with_a_long_name", "b"]
    data = {key: {"x": "y"} for key in keys}
    step = {"id": "g", "module_id": "media.generation", "inputs": {"data": data}}
    made = await workflow.create(studio, CALLER, document("ordered", step))
    assert list(made.document["steps"][0]["inputs"]["data"]) == keys
    view = await asked(studio, await began(studio, made.id))
    assert list(view.question.data) == keys


@pytest.mark.accepts("S0.65")
async def test_a_running_run_keeps_its_version_when_the_workflow_is_edited_and_deleted(any_stage: Stage) -> None:
    studio = await opened(any_stage)
    made = await workflow.create(
        studio, CALLER, document("kept", ASK, {**WRITE, "inputs": {"prompt": "{{ state.word }}"}})
    )
    old = await began(studio, made.id)
    view = await asked(studio, old)
    await workflow.update(studio, CALLER, made.id, document("kept", {**ASK, "title": "Newer"}))
    new = await began(studio, made.id)
    await workflow.delete(studio, CALLER, made.id)
    await answered(studio, view, {"word": "heron"})
    final = await ended(studio, old)
    assert final.job.state == "succeeded", final.job.error
    assert (final.version, [step.id for step in final.steps]) == (1, ["ask", "write"])
    assert (await run_of(studio, new)).steps[0].title == "Newer"


async def test_a_run_without_a_version_keeps_the_one_that_was_newest_when_it_began(stage: Stage) -> None:
    studio = await opened(stage)
    made = await workflow.create(studio, CALLER, document("loose", ASK, WRITE))
    job = await submit(studio, "workflow.run", params={"workflow": "loose"})
    view = await asked(studio, job.id)
    await workflow.update(studio, CALLER, made.id, document("loose", {**ASK, "id": "other"}))
    await answered(studio, view, {"word": "x"})
    final = await ended(studio, job.id)
    assert (final.job.state, final.version, [step.state for step in final.steps]) == (
        "succeeded",
        1,
        ["succeeded", "succeeded"],
    )


async def test_steps_branch_on_a_condition_and_the_others_are_skipped(stage: Stage) -> None:
    studio = await opened(stage)
    yes = {**WRITE, "id": "yes", "if": {"path": "state.idea", "equals": "a boat"}, "output": "yes"}
    no = {**WRITE, "id": "no", "if": {"path": "state.idea", "not": "a boat"}, "output": "no"}
    view = await run(studio, document("branch", yes, no))
    assert [step.state for step in view.steps] == ["succeeded", "skipped"]
    assert set(view.state_values) >= {"idea", "yes"}
    assert "no" not in view.state_values


async def test_a_condition_may_be_one_of_each_item(stage: Stage) -> None:
    studio = await opened(stage)
    each = {**WRITE, "id": "each", "each": "{{ state.kinds }}", "as": "kind", "output": "texts"}
    each |= {"inputs": {"prompt": "{{ state.idea }}", "kind": "{{ kind.name }}"}}
    judged = document("judged", {**each, "if": {"path": "kind.wanted", "equals": True}})
    kinds = [{"name": "caption", "wanted": True}, {"name": "blurb"}, {"name": "outline", "wanted": True}]
    view = await run(studio, judged, kinds=kinds)
    assert view.job.state == "succeeded", view.job.error
    made = await studio.store.read("default", lambda tx: tree.steps(tx, view.job.id))
    assert [child.child_key for child in made] == ["each[0]", "each[2]"]
    assert [child.params["kind"] for child in made] == ["caption", "outline"]
    assert len(view.state_values["texts"]) == 2
    none = await run(studio, {**judged, "name": "none"}, kinds=[{"name": "blurb"}])
    assert (none.job.state, none.steps[0].state, (none.job.result or {})["texts"]) == ("succeeded", "skipped", [])
    second = document("second", {**each, "inputs": each["inputs"], "if": {"path": "index", "in": [1]}})
    assert len((await run(studio, second, kinds=kinds)).state_values["texts"]) == 1
    before = document("before", {**each, "if": {"path": "state.absent", "exists": True}, "each": "{{ state.kinds }}"})
    assert (await run(studio, {**before, "inputs": {}}, kinds="no list")).steps[0].state == "skipped"


async def test_a_step_runs_for_each_item_and_branches_run_at_once(any_stage: Stage) -> None:
    studio = await opened(any_stage)
    each = {
        "id": "each",
        "module_id": "media.writer.txt2txt",
        "each": "{{ state.kinds }}",
        "as": "kind",
        "inputs": {"prompt": "{{ state.idea }} {{ index }}", "kind": "{{ kind }}"},
        "output": "texts",
    }
    left, right = {**WRITE, "id": "left", "output": "left"}, {**WRITE, "id": "right", "output": "right"}
    both = {"id": "both", "parallel": [[left], [right, {**WRITE, "id": "then", "output": "then"}]]}
    view = await run(studio, document("many", each, both), kinds=["caption", "blurb", "outline"])
    assert view.job.state == "succeeded", view.job.error
    assert view.job.result is not None
    assert len(view.job.result["texts"]) == 3
    assert {"left", "right", "then"} <= view.job.result.keys()
    assert [step.id for step in view.steps] == ["each", "left", "right", "then"]
    assert {step.state for step in view.steps} == {"succeeded"}


async def test_a_workflow_runs_another_and_goes_on_with_what_it_returned(stage: Stage) -> None:
    studio = await opened(stage)
    await workflow.create(studio, CALLER, document("inner", ASK))
    call = {
        "id": "call",
        "module_id": "workflow.run",
        "inputs": {"workflow": "inner", "inputs": {"idea": "{{ state.idea }}"}},
        "output": "inner",
    }
    last = {**WRITE, "inputs": {"prompt": "{{ state.inner.word }}"}}
    outer = await workflow.create(studio, CALLER, document("outer", call, last))
    job = await began(studio, outer.id)
    view = await asked(studio, job)
    assert view.interaction.run == job
    assert view.workflow_title == "outer"
    await answered(studio, view, {"word": "crane"})
    final = await ended(studio, job)
    assert final.job.state == "succeeded", final.job.error
    assert final.state_values["inner"]["word"] == "crane"


async def test_a_circle_of_workflows_is_refused_when_it_is_saved(stage: Stage) -> None:
    studio = await opened(stage)

    def calling(name: str, other: str) -> dict[str, Any]:
        return document(name, {"id": "x", "module_id": "workflow.run", "inputs": {"workflow": other}})

    with pytest.raises(ParamsInvalid, match="without end"):
        await workflow.create(studio, CALLER, calling("one", "one"))
    one = await workflow.create(studio, CALLER, document("one", WRITE))
    await workflow.create(studio, CALLER, calling("two", "one"))
    with pytest.raises(ParamsInvalid, match="one → two → one") as caught:
        await workflow.update(studio, CALLER, one.id, calling("one", "two"))
    assert caught.value.details["errors"][0]["path"] == "/steps/0/inputs/workflow"
    assert await workflow.check(studio, CALLER, calling("three", "nothing"))


async def test_an_unknown_name_at_run_time_fails_the_run_and_says_where(stage: Stage) -> None:
    studio = await opened(stage)
    view_ = document("late", ASK, {**WRITE, "inputs": {"prompt": "{{ state.wrod }}"}})
    made = await workflow.create(studio, CALLER, view_)
    job = await began(studio, made.id)
    await answered(studio, await asked(studio, job), {"word": "x"})
    final = await ended(studio, job)
    assert final.job.error is not None
    assert (final.job.error["code"], final.job.error["errors"][0]["path"]) == (
        "template_invalid",
        "/steps/1/inputs/prompt",
    )
    assert "'word'" in final.job.error["detail"]


async def test_inputs_that_do_not_fit_start_nothing(stage: Stage) -> None:
    studio = await opened(stage)
    with pytest.raises(ParamsInvalid) as caught:
        await workflow.start(studio, CALLER, "prompts-to-picture", {"idea": 3})
    assert caught.value.details["errors"][0]["path"] == "/idea"
    assert list((await runs.page(studio, CALLER, {}, None, 10)).items) == []


async def test_one_idempotency_key_is_one_run(stage: Stage) -> None:
    studio = await opened(stage)
    first = await workflow.start(studio, CALLER, "order-a-picture", {}, "once")
    again = await workflow.start(studio, CALLER, "order-a-picture", {}, "once")
    assert (again.job.id, again.replayed) == (first.job.id, True)


async def test_runs_are_listed_by_state_with_their_steps(stage: Stage) -> None:
    studio = await opened(stage)
    waiting = await began(studio, "order-a-picture")
    await asked(studio, waiting)
    done = (await run(studio, document("quick", WRITE))).job.id
    page = await runs.page(studio, CALLER, {}, None, 10)
    assert {view.job.id for view in page.items} == {waiting, done}
    (found,) = (await runs.page(studio, CALLER, {"state": "waiting"}, None, 10)).items
    assert (found.job.id, found.title, found.job.waiting_for) == (waiting, "Order a picture", "person")
    assert [step.state for step in found.steps] == ["waiting", "pending", "pending"]
    assert found.steps[0].interaction is not None
    with pytest.raises(NotFound, match="is no run"):
        await runs.get(studio, CALLER, str(found.steps[0].job))


async def test_a_cancelled_run_closes_its_question(stage: Stage) -> None:
    studio = await opened(stage)
    job = await began(studio, "order-a-picture")
    view = await asked(studio, job)
    await studio.engine.cancel("default", job)
    assert (await ended(studio, job)).job.state == "cancelled"
    closed, _ = await asking.get(studio, CALLER, view.interaction.id)
    assert closed.interaction.state == "cancelled"
