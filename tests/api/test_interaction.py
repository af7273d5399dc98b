"""The human step over HTTP: try, try again, choose; the first answer stands, and only what is offered can be run."""

from __future__ import annotations

import time
from typing import Any

import httpx2
import pytest

from tests.api.running import events
from tests.api.test_sub_action import streamed
from tests.api.test_workflow import RUNS, WORKFLOWS, ended, kept

INTERACTIONS = "/api/v1/interactions"
HALF = {"type": "object", "properties": {"width": {"type": "integer", "minimum": 64, "maximum": 512}}}
ASK: dict[str, Any] = {
    "id": "pictures",
    "title": "Pictures",
    "module_id": "media.generation",
    "inputs": {
        "title": "Choose a picture",
        "data": {
            "painter": {"a": "a red disc on white", "b": {"subject": "a blue disc", "atmosphere": "calm"}},
            "sora": {"a": "a green disc"},
        },
        "sub_actions": {
            "generate": {
                "action_type": "media.{{ provider }}.txt2img",
                "param_schema": {"painter": HALF},
                "param_defaults": {"painter": {"width": 64, "height": 64, "seed": 3}},
            }
        },
    },
}
SMALL = {"width": 64, "height": 64}


def asked(client: httpx2.Client, name: str, step: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
    """Begin a run that asks at once, and return it with the interaction."""
    document = {"name": name, "title": "Ask", "steps": [step or ASK]}
    if client.get(f"{WORKFLOWS}/{name}").status_code == 404:
        kept(client, document)
    run = client.post(f"{WORKFLOWS}/{name}/runs", json={"inputs": {}}).json()["id"]
    with client.stream("GET", "/api/v1/events?after=0") as stream:
        for _, kind, data in events(stream.iter_lines()):
            if kind == "interaction.opened" and data["data"]["interaction"]["run"] == run:
                answer = client.get(f"{INTERACTIONS}/{data['data']['interaction']['id']}")
                assert answer.status_code == 200, answer.text
                found: dict[str, Any] = answer.json()
                return run, found
    raise AssertionError("nothing was asked")


def tried(client: httpx2.Client, interaction: str, path: str, **params: Any) -> dict[str, Any]:
    body = {"path": path, "params": SMALL | params if not path.startswith("/painter") else params}
    answer = client.post(f"{INTERACTIONS}/{interaction}/actions/generate", json=body)
    assert answer.status_code == 202, answer.text
    job = answer.json()["id"]
    with client.stream("GET", f"/api/v1/jobs/{job}/events") as stream:
        for _ in events(stream.iter_lines()):
            pass
    found: dict[str, Any] = client.get(f"/api/v1/jobs/{job}").json()
    return found


@pytest.mark.accepts("S0.2", "S0.51")
def test_a_person_tries_again_and_again_and_the_choice_ends_the_run(admin: httpx2.Client) -> None:
    run, found = asked(admin, "ask-choose")
    assert (found["state"], found["mode"], found["run"], found["job"]) == ("open", "active", run, found["job"])
    assert (found["workflow_title"], found["step_title"], found["title"]) == ("Ask", "Pictures", "Choose a picture")
    offered = found["sub_actions"]["generate"]
    assert offered["target"] == "/{provider}/{prompt_id}"
    assert offered["param_schema"]["painter"]["properties"]["width"]["x-widget"]
    assert offered["served_by"]["painter"]["action"] == "media.painter.txt2img"
    assert offered["served_by"]["sora"]["note"]
    assert found["select"]["from"] == "results"
    first, second = tried(admin, found["id"], "/painter/a"), tried(admin, found["id"], "/painter/a", width=96)
    other = tried(admin, found["id"], "/painter/b")
    assert first["params"]["prompt"] == "a red disc on white"
    assert other["params"]["prompt"] == "a blue disc, calm"
    shown = admin.get(f"{INTERACTIONS}/{found['id']}").json()
    assert shown["state"] == "open"
    assert {path: [row["id"] for row in rows] for path, rows in shown["results"].items()} == {
        "/painter/a": [first["id"], second["id"]],
        "/painter/b": [other["id"]],
    }
    picture = shown["results"]["/painter/a"][1]["assets"][0]
    assert picture["width"] == 96
    assert admin.get(f"{RUNS}/{run}").json()["state"] == "waiting"
    body = {found["select"]["field"]: picture["id"]}
    answered = admin.post(f"{INTERACTIONS}/{found['id']}/response", json=body)
    assert answered.status_code == 200, answered.text
    assert (answered.json()["state"], answered.json()["mode"]) == ("answered", "history")
    done = ended(admin, run)
    assert (done["state"], done["state_values"]["selected_image"]) == ("succeeded", picture["id"])
    assert done["steps"][0]["interaction"] == found["id"]
    late = admin.post(f"{INTERACTIONS}/{found['id']}/response", json=body)
    assert (late.status_code, late.json()["code"]) == (409, "conflict")
    again = admin.post(f"{INTERACTIONS}/{found['id']}/actions/generate", json={"path": "/painter/a"})
    assert again.status_code == 409
    assert found["id"] in [row["id"] for row in admin.get(INTERACTIONS, params={"run": run}).json()["items"]]
    assert found["id"] not in [row["id"] for row in admin.get(f"{INTERACTIONS}?state=open").json()["items"]]


def test_a_stand_in_is_told_and_does_the_work(admin: httpx2.Client) -> None:
    _, found = asked(admin, "ask-choose")
    job = tried(admin, found["id"], "/sora/a")
    assert job["state"] == "succeeded", job
    assert job["action"] == "media.sora.txt2img" or job["warnings"], job
    form = admin.get(f"{INTERACTIONS}/{found['id']}/actions/generate/form", params={"path": "/sora/a"}).json()
    assert "prompt" not in form["schema"]["properties"]
    assert form["defaults"]["prompt"] == "a green disc"
    assert all("x-widget" in spec for spec in form["schema"]["properties"].values())


def test_what_is_not_offered_is_refused_with_every_fault(admin: httpx2.Client) -> None:
    _, found = asked(admin, "ask-choose")
    base = f"{INTERACTIONS}/{found['id']}"
    unknown = admin.post(f"{base}/actions/generat", json={"path": "/painter/a"})
    assert (unknown.status_code, unknown.json()["near"]) == (404, ["generate"])
    for path in ("/painter", "/painter/zzz", "painter/a", "/painter/a/b", ""):
        answer = admin.post(f"{base}/actions/generate", json={"path": path})
        assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "path"), path
    wrong = admin.post(f"{base}/actions/generate", json={"path": "/painter/a", "params": {"width": 5}})
    assert wrong.status_code == 422
    assert "width" in wrong.json()["errors"][0]["path"]
    for response in ({}, {"selected_content_id": "asset_" + "0" * 32}, {"selected_content_id": 5}):
        answer = admin.post(f"{base}/response", json=response)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"]
    assert admin.get(base).json()["state"] == "open"
    assert admin.get(f"{INTERACTIONS}/int_{'0' * 32}").status_code == 404


@pytest.mark.accepts("S0.30", "S0.31", "S0.32", "S0.34", "S0.38", "S0.39", "S0.40", "S0.41", "S0.42")
@pytest.mark.parametrize("root", ["", "/api/v1"])
@pytest.mark.parametrize("content", [ASK["inputs"]["data"]["painter"]["b"], None, "as it was"])
def test_a_try_of_a_question_tells_its_start_its_progress_and_its_result_at_the_documents_door(
    admin: httpx2.Client, root: str, content: Any
) -> None:
    run, found = asked(admin, "ask-choose")
    body = {
        "interaction_id": found["id"], "action_type": "media.painter.txt2img", "provider": "painter", "prompt_id": "b",
        "operation": "txt2img", "params": {"width": 96}, "source_data": content,
    }  # fmt: skip
    told = streamed(admin, f"{root}/workflow/{run}/sub-action/stream", body)
    kinds = [kind for _, kind, _ in told]
    assert (kinds[0], kinds[-1], set(kinds[1:-1])) == ("started", "complete", {"progress"})
    assert all(number and number.startswith(told[0][2]["action_id"]) for number, _, _ in told)
    assert told[0][2].keys() == {"action_id"}
    assert all(data.keys() == {"elapsed_ms", "message"} for _, kind, data in told if kind == "progress")
    done = told[-1][2]
    assert done.keys() == {"urls", "metadata_id", "content_ids"}
    assert admin.get(done["urls"][0]).headers["content-type"] == "image/png"
    job = admin.get(f"/api/v1/jobs/{done['metadata_id']}").json()
    assert (job["interaction"], job["parent"], job["subject"]) == (found["id"], found["job"], "/painter/b")
    assert job["source"] == (ASK["inputs"]["data"]["painter"]["b"] if content is None else content)
    assert [row["id"].replace("asset_", "gc_", 1) for row in job["assets"]] == done["content_ids"]
    assert (
        streamed(admin, f"{root}/workflow/{run}/sub-action/stream", body, **{"Last-Event-ID": told[0][0] or ""})[-1]
        == (told[-1])
    )
    assert admin.get(f"{RUNS}/{run}").json()["state"] == "waiting"


@pytest.mark.accepts("S0.33", "S0.41")
def test_a_try_of_a_question_that_fails_says_why_and_leaves_its_row(admin: httpx2.Client) -> None:
    action = {"action_type": "media.{{ provider }}.document"}
    inputs = {"data": {"typesetter": {"a": "a page"}}, "sub_actions": {"generate": action}}
    run, found = asked(admin, "ask-fails", {"id": "pages", "module_id": "media.generation", "inputs": inputs})
    body = {
        "interaction_id": found["id"], "action_type": "media.typesetter.document", "provider": "typesetter",
        "prompt_id": "a", "operation": "document", "params": {},
    }  # fmt: skip
    _, kind, data = streamed(admin, f"/workflow/{run}/sub-action/stream", body)[-1]
    assert (kind, data.keys()) == ("error", {"error", "details", "code", "hint"})
    assert data["details"]["code"] == data["code"]
    (job,) = admin.get("/api/v1/jobs", params={"interaction": found["id"]}).json()["items"]
    assert (job["state"], job["attempts"][-1]["error"]["code"]) == ("failed", data["code"])


@pytest.mark.accepts("S0.20")
def test_a_real_run_takes_no_question_that_it_does_not_ask(admin: httpx2.Client) -> None:
    run, _ = asked(admin, "ask-choose")
    body = {
        "interaction_id": "int_1", "action_type": "media.painter.txt2img", "provider": "painter", "prompt_id": "b",
        "operation": "txt2img", "params": SMALL,
    }  # fmt: skip
    answer = admin.post(f"/workflow/{run}/sub-action/stream", json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert "'int_1'" in answer.json()["detail"]


@pytest.mark.accepts("S0.20", "S0.40")
@pytest.mark.parametrize("label", ["job_", "wr_"])
def test_the_documents_door_runs_what_the_interaction_offers_and_nothing_else(admin: httpx2.Client, label: str) -> None:
    run, found = asked(admin, "ask-choose")
    door = f"/workflow/{run.replace('job_', label)}/sub-action/stream"
    body = {
        "interaction_id": found["id"],
        "action_type": "media.painter.txt2img",
        "provider": "painter",
        "prompt_id": "b",
        "operation": "txt2img",
        "params": {},
    }
    done = streamed(admin, door, body)[-1]
    assert done[1] == "complete", done
    shown = admin.get(f"{INTERACTIONS}/{found['id']}").json()["results"]["/painter/b"]
    assert [row["id"].replace("job_", "cgm_") for row in shown] == [done[2]["metadata_id"]]
    assert shown[0]["params"]["prompt"] == "a blue disc, calm"
    unknown = admin.post(door, json=body | {"action_type": "media.painter.txt2im"})
    assert (unknown.status_code, unknown.headers["content-type"]) == (404, "application/problem+json")
    assert "media.painter.txt2img" in unknown.json()["near"]
    barred = admin.post(door, json=body | {"action_type": "media.painter.upscale"})
    assert (barred.status_code, barred.json()["code"]) == (403, "forbidden")
    misplaced = admin.post(door, json=body | {"prompt_id": "zzz"})
    assert misplaced.status_code == 422
    elsewhere = admin.post(f"/workflow/job_{'0' * 32}/sub-action/stream", json=body)
    assert elsewhere.status_code == 404


def test_a_form_is_asked_and_its_answer_goes_into_the_state(admin: httpx2.Client) -> None:
    schema = {"type": "object", "required": ["tone"], "properties": {"tone": {"enum": ["warm", "cold"]}}}
    step = {"id": "ask", "module_id": "ask.form", "inputs": {"title": "Which tone?", "form": schema}}
    run, found = asked(admin, "ask-form", step)
    assert found["response_schema"]["properties"]["tone"]["x-widget"] == "segmented"
    assert (found["select"], found["sub_actions"]) == (None, {})
    wrong = admin.post(f"{INTERACTIONS}/{found['id']}/response", json={"tone": "loud"})
    assert (wrong.status_code, wrong.json()["errors"][0]["path"].strip("/")) == (422, "tone")
    assert admin.post(f"{INTERACTIONS}/{found['id']}/response", json={"tone": "cold"}).status_code == 200
    assert ended(admin, run)["state_values"]["tone"] == "cold"


def test_cancelling_a_run_closes_its_question(admin: httpx2.Client) -> None:
    run, found = asked(admin, "ask-choose")
    assert admin.post(f"/api/v1/jobs/{run}/cancel").status_code == 200
    assert ended(admin, run)["state"] == "cancelled"
    deadline = time.monotonic() + 10
    while (state := admin.get(f"{INTERACTIONS}/{found['id']}").json()["state"]) == "open":
        assert time.monotonic() < deadline
    assert state == "cancelled"
