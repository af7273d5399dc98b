"""Workflows, runs and interactions by the SDK, against the real server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from maquette import AsyncClient, Client
from maquette.core.errors import Conflict, NotFound, ParamsInvalid
from tests.api.running import Running, serving

PAINT = "media.painter.txt2img"
SMALL = {"width": 64, "height": 64, "seed": 5}
ASK: dict[str, Any] = {
    "name": "by-hand",
    "title": "By hand",
    "inputs": {"type": "object", "required": ["subject"], "properties": {"subject": {"type": "string"}}},
    "steps": [
        {
            "id": "choose",
            "module_id": "media.generation",
            "inputs": {
                "data": {"painter": {"a": "{{ state.subject }}"}},
                "sub_actions": {
                    "generate": {
                        "action_type": "media.{{ provider }}.txt2img",
                        "param_defaults": {"painter": SMALL},
                    }
                },
            },
        },
        {"id": "vary", "module_id": "media.painter.vary", "inputs": {"image": "{{ state.selected_image }}"}},
    ],
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("workflow") / "home") as child:
        yield child


@pytest.fixture
def client(running: Running) -> Iterator[Client]:
    with Client(home=running.home) as made:
        yield made


def test_a_workflow_is_checked_kept_and_changed(client: Client) -> None:
    broken = ASK | {"steps": [{"id": "x", "module_id": "media.painter.nothing"}]}
    assert client.check_workflow(broken)
    with pytest.raises(ParamsInvalid) as refused:
        client.save_workflow(broken)
    assert refused.value.details["errors"] == client.check_workflow(broken)
    assert client.check_workflow(ASK) == []
    (fault,) = client.check_workflow("name: a\nsteps:\n  - id: x\n    module_id: media.painter.nothing\n")
    assert (fault["line"], fault["path"]) == (4, "/steps/0/module_id")
    first = client.save_workflow(ASK | {"name": "changing"})
    second = client.save_workflow(ASK | {"name": "changing", "title": "Other"}, workflow=first.id)
    assert (first.version, second.version, client.workflow("changing").title) == (1, 2, "Other")
    assert "changing" in [workflow.name for workflow in client.workflows()]
    client.delete_workflow(second)
    with pytest.raises(NotFound):
        client.workflow("changing")


def test_a_run_stops_at_its_question_and_goes_on_with_the_answer(client: Client) -> None:
    client.save_workflow(ASK)
    with pytest.raises(ParamsInvalid):
        client.start("by-hand", {})
    run = client.wait_run(client.start("by-hand", {"subject": "a red disc"}))
    assert (run.final, run.settled, [step.state for step in run.steps]) == (False, True, ["waiting", "pending"])
    asked = client.interaction(run.asks[0])
    assert asked.id in [each.id for each in client.interactions(state="open")]
    form = client.sub_action_form(asked, "generate", "/painter/a")
    assert form["defaults"]["prompt"] == "a red disc"
    job = client.wait(client.act(asked, "generate", "/painter/a", {"seed": 9}))
    assert (job.params["seed"], job.params["width"]) == (9, 64)
    shown = client.interaction(asked)
    assert shown.results["/painter/a"][0].id == job.id
    picture = shown.results["/painter/a"][0].assets[0]
    with pytest.raises(ParamsInvalid):
        client.answer(asked, {})
    assert client.answer(asked, {"selected_content_id": picture.id}).state == "answered"
    with pytest.raises(Conflict):
        client.answer(asked, {"selected_content_id": picture.id})
    done = client.wait_run(run)
    assert (done.state, done.asks, done.failure()) == ("succeeded", [], None)
    assert done.state_values["selected_image"] == picture.id
    assert done.id in [each.id for each in client.runs(state="succeeded")]
    made = done.steps[1].result["assets"][0]
    assert client.asset(made).job == done.steps[1].job


def test_a_workflow_that_is_run_as_an_action_returns_when_it_asks(client: Client) -> None:
    client.save_workflow(ASK | {"name": "as-an-action"})
    job = client.generate("workflow.run", workflow="as-an-action", inputs={"subject": "a boat"})
    assert (job.state, job.waiting_for, job.settled, job.asks) == ("waiting", "person", True, True)
    run = client.workflow_run(job.id)
    assert client.wait(job).asks
    client.cancel(job)
    again = client.wait_run(client.retry(client.wait(job)).id)
    assert (again.raw["retry_of"], again.asks != run.asks, len(again.asks)) == (job.id, True, 1)


def test_the_asynchronous_client_says_the_same(running: Running) -> None:
    async def go() -> tuple[str, list[str]]:
        async with AsyncClient(home=running.home) as client:
            await client.save_workflow(ASK | {"name": "in-a-loop"})
            run = await client.wait_run(await client.start("in-a-loop", {"subject": "a boat"}))
            asked = await client.interaction(run.asks[0])
            await client.cancel(run.id)
            return (await client.wait_run(run.id)).state, [asked.title]

    state, titles = asyncio.run(go())
    assert state == "cancelled"
    assert titles == ["Generate"]


def test_a_deleted_asset_is_restored(client: Client) -> None:
    asset = client.generate(PAINT, prompt="a red disc", **SMALL).result()[0]
    client.delete_asset(asset)
    with pytest.raises(NotFound):
        client.asset(asset)
    assert client.restore_asset(asset).id == asset.id
    assert client.asset(asset).id == asset.id
