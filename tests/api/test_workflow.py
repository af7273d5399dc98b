"""Workflows and runs over HTTP: write, check, start, follow; what stays and what moves when a workflow is changed."""

from __future__ import annotations

from typing import Any

import httpx2

from tests.api.running import ACTION, SMALL, events, made

WORKFLOWS, RUNS = "/api/v1/workflows", "/api/v1/runs"
DOCUMENT: dict[str, Any] = {
    "name": "two-pictures",
    "title": "Two pictures",
    "inputs": {
        "type": "object",
        "required": ["subject"],
        "properties": {"subject": {"type": "string"}, "again": {"type": "boolean", "default": False}},
    },
    "steps": [
        {
            "id": "first",
            "title": "The first picture",
            "module_id": ACTION,
            "inputs": {**SMALL, "prompt": "{{ state.subject }}"},
            "output": "first",
        },
        {
            "id": "second",
            "module_id": ACTION,
            "inputs": {**SMALL, "prompt": "{{ state.subject }}, again"},
            "if": {"path": "state.again", "equals": True},
        },
    ],
}


def named(name: str, **words: Any) -> dict[str, Any]:
    return DOCUMENT | {"name": name} | words


def kept(client: httpx2.Client, document: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(WORKFLOWS, json=document)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ended(client: httpx2.Client, run: str) -> dict[str, Any]:
    with client.stream("GET", f"/api/v1/jobs/{run}/events") as stream:
        for _ in events(stream.iter_lines()):
            pass
    found: dict[str, Any] = client.get(f"{RUNS}/{run}").json()
    return found


def test_a_workflow_is_kept_listed_changed_and_deleted(admin: httpx2.Client) -> None:
    workflow = kept(admin, named("kept"))
    assert (workflow["name"], workflow["version"], workflow["origin"]) == ("kept", 1, "user")
    assert workflow["document"] == named("kept")
    assert list(workflow["document"]) == list(named("kept")), "the author's order stays"
    assert [step["id"] for step in workflow["steps"]] == ["first", "second"]
    assert workflow["inputs"]["properties"]["subject"]["x-widget"] == "text"
    for handle in (workflow["id"], "kept"):
        assert admin.get(f"{WORKFLOWS}/{handle}").json()["id"] == workflow["id"]
    assert workflow["id"] in [row["id"] for row in admin.get(WORKFLOWS).json()["items"]]
    changed = admin.put(f"{WORKFLOWS}/{workflow['id']}", json=named("kept", title="Renamed")).json()
    assert (changed["id"], changed["version"], changed["title"]) == (workflow["id"], 2, "Renamed")
    assert admin.post(WORKFLOWS, json=named("kept")).status_code == 409
    assert admin.delete(f"{WORKFLOWS}/{workflow['id']}").status_code == 204
    assert admin.get(f"{WORKFLOWS}/{workflow['id']}").status_code == 404


def test_each_fault_of_a_document_is_named_by_its_path(admin: httpx2.Client) -> None:
    wrong = named("wrong", steps=[DOCUMENT["steps"][0], DOCUMENT["steps"][1] | {"module_id": "media.painter.txt2im"}])
    found = admin.post(f"{WORKFLOWS}/check", json=wrong).json()
    assert found["valid"] is False
    assert any("txt2img" in fault["message"] for fault in found["errors"]), found
    assert all(fault["path"].startswith("/steps") for fault in found["errors"]), found
    refused = admin.post(WORKFLOWS, json=wrong)
    assert (refused.status_code, refused.json()["errors"]) == (422, found["errors"])
    sound = admin.post(f"{WORKFLOWS}/check", json=DOCUMENT).json()
    assert (sound["valid"], sound["errors"], sound["document"]) == (True, [], DOCUMENT)
    again = admin.post(f"{WORKFLOWS}/check", json={"text": sound["yaml"]}).json()
    assert (again["document"], again["yaml"]) == (DOCUMENT, sound["yaml"])
    unread = admin.post(f"{WORKFLOWS}/check", json={"text": "a: [b"}).json()
    assert (unread["valid"], "document" in unread) == (False, False)
    assert admin.get(f"{WORKFLOWS}/wrong").status_code == 404
    for body in ([], "text", {"steps": 5}, {}):
        assert admin.post(WORKFLOWS, json=body).status_code == 422


def test_a_run_shows_each_step_as_it_goes(admin: httpx2.Client) -> None:
    workflow = kept(admin, named("runs"))
    begun = admin.post(f"{WORKFLOWS}/runs/runs", json={"inputs": {"subject": "a red disc"}})
    assert begun.status_code == 202, begun.text
    run = begun.json()
    assert begun.headers["location"] == f"{RUNS}/{run['id']}"
    assert (run["workflow"], run["title"], run["version"]) == ("runs", "Two pictures", 1)
    done = ended(admin, run["id"])
    assert done["state"] == "succeeded", done
    assert [(step["id"], step["state"]) for step in done["steps"]] == [("first", "succeeded"), ("second", "skipped")]
    first = done["steps"][0]
    assert first["title"] == "The first picture"
    picture = first["result"]["assets"][0]
    assert admin.get(f"/api/v1/assets/{picture}").json()["prompt"] == "a red disc"
    assert done["state_values"]["subject"] == "a red disc"
    assert picture in str(done["state_values"]["first"])
    assert admin.get(f"{RUNS}/{run['id'].replace('job_', 'wr_')}").json()["id"] == run["id"]
    listed = admin.get(RUNS, params={"state": "succeeded"}).json()
    assert run["id"] in [row["id"] for row in listed["items"]]
    for handle in ("runs", workflow["id"]):
        mine = admin.get(RUNS, params={"workflow": handle, "limit": 1}).json()["items"]
        assert [row["id"] for row in mine] == [run["id"]]
    assert admin.delete(f"{WORKFLOWS}/{workflow['id']}").status_code == 204
    assert admin.get(f"{RUNS}/{run['id']}").json()["steps"] == done["steps"], "a run outlives its workflow"


def test_inputs_that_do_not_fit_begin_no_run(admin: httpx2.Client) -> None:
    kept(admin, named("fussy"))
    for inputs in ({}, {"subject": 5}):
        answer = admin.post(f"{WORKFLOWS}/fussy/runs", json={"inputs": inputs})
        assert answer.status_code == 422, answer.text
        assert "subject" in str(answer.json()["errors"])
    assert admin.post(f"{WORKFLOWS}/nowhere/runs", json={"inputs": {}}).status_code == 404
    assert admin.get(RUNS, params={"workflow": "fussy"}).json()["items"] == []


def test_one_key_begins_one_run(admin: httpx2.Client) -> None:
    kept(admin, named("once"))
    body, headers = {"inputs": {"subject": "a red disc"}}, {"Idempotency-Key": "run-once"}
    first, second = (admin.post(f"{WORKFLOWS}/once/runs", json=body, headers=headers) for _ in range(2))
    assert first.json()["id"] == second.json()["id"]
    assert second.headers["idempotency-replayed"] == "true"
    assert ended(admin, first.json()["id"])["state"] == "succeeded"


def test_a_job_that_is_no_run_is_not_shown_as_one(admin: httpx2.Client) -> None:
    assert admin.get(f"{RUNS}/{made(admin)['id']}").status_code == 404


def test_the_catalog_offers_modules_with_forms_that_are_ready_to_draw(admin: httpx2.Client) -> None:
    actions = {action["name"]: action for action in admin.get("/api/v1/actions").json()["items"]}
    composites = [action for action in actions.values() if action["composite"]]
    assert {action["produces"] for action in composites} == {"data"}
    assert actions["workflow.run"] in composites
    assert not actions[ACTION]["composite"]
    for action in actions.values():
        schema = action["schema"]
        assert {"x-layout", "x-summary"} <= schema.keys(), action["name"]
        assert "$defs" not in schema
        assert all({"x-widget", "title"} <= spec.keys() for spec in schema["properties"].values()), action["name"]


def test_a_provider_says_which_files_it_takes(admin: httpx2.Client) -> None:
    found = {row["name"]: row for row in admin.get("/api/v1/providers").json()["items"]}
    assert found["comfyui"]["imports"]["accept"].startswith("application/json")
    assert found["comfyui"]["imports"]["title"]
    assert found["painter"]["imports"] is None
    assert all("x-widget" in spec for spec in found["comfyui"]["settings"]["properties"].values())


def test_a_run_within_another_is_listed_where_that_is_asked_for(admin: httpx2.Client) -> None:
    kept(admin, named("inside", steps=DOCUMENT["steps"][:1]))
    inner = {"id": "inner", "module_id": "workflow.run", "inputs": {"workflow": "inside", "inputs": {"subject": "a"}}}
    kept(admin, {"name": "outside", "steps": [inner]})
    run = admin.post(f"{WORKFLOWS}/outside/runs", json={"inputs": {}}).json()["id"]
    child = ended(admin, run)["steps"][0]["job"]
    top, every = ([row["id"] for row in admin.get(RUNS + query).json()["items"]] for query in ("", "?nested=true"))
    assert (run in top, child in top, run in every, child in every) == (True, False, True, True)
    refused = admin.post(f"/api/v1/jobs/{run}/retry")
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")


YAML = """\
name: {name}
inputs:
  type: object
  properties: {{subject: {{type: string}}}}
steps:
  - id: first
    module_id: media.painter.txt2img
    inputs: {{prompt: "{{{{ state.subject }}}}", width: 64, height: 64}}
"""


def test_a_workflow_may_be_written_in_yaml_and_is_given_back_in_it(admin: httpx2.Client) -> None:
    kind = {"Content-Type": "application/yaml; charset=utf-8"}
    made = admin.post(WORKFLOWS, content=YAML.format(name="in-yaml").encode(), headers=kind)
    assert made.status_code == 201, made.text
    assert made.json()["document"]["steps"][0]["inputs"]["prompt"] == "{{ state.subject }}"
    again = admin.get(f"{WORKFLOWS}/in-yaml?format=yaml")
    assert (again.headers["content-type"].partition(";")[0], again.status_code) == ("application/yaml", 200)
    assert again.text.startswith("name: in-yaml\ninputs:\n")
    changed = admin.put(f"{WORKFLOWS}/in-yaml", content=again.content, headers={"Content-Type": "text/yaml"})
    assert (changed.json()["version"], changed.json()["document"]) == (2, made.json()["document"])
    worded = admin.post(WORKFLOWS, json={"text": YAML.format(name="in-words")})
    assert (worded.status_code, worded.json()["name"]) == (201, "in-words")
    assert admin.post(f"{WORKFLOWS}/check", json={"text": YAML.format(name="x")}).json()["valid"] is True


def test_a_fault_of_a_text_has_its_line_its_column_and_its_path(admin: httpx2.Client) -> None:
    kind = {"Content-Type": "application/yaml"}
    wrong = YAML.format(name="w").replace("txt2img", "txt2im")
    (fault,) = admin.post(f"{WORKFLOWS}/check", content=wrong, headers=kind).json()["errors"]
    assert (fault["path"], fault["line"], fault["column"]) == ("/steps/0/module_id", 7, 5)
    refused = admin.post(WORKFLOWS, content=wrong, headers=kind)
    assert (refused.status_code, refused.json()["errors"]) == (422, [fault])
    twice = admin.post(f"{WORKFLOWS}/check", json={"text": "name: a\nsteps:\n  - id: x\n    id: y\n"}).json()
    assert [(each["path"], each["line"], each["column"]) for each in twice["errors"]] == [("/steps/0", 4, 5)]
    for text in ("", "- a\n- b", "a: !!python/object/apply:os.getcwd []", "[" * 5000, "a: \x00"):
        assert admin.post(WORKFLOWS, content=text.encode(), headers=kind).status_code == 422, text[:20]
    assert admin.post(WORKFLOWS, content=b"\xff\xfe", headers=kind).status_code == 400
    assert admin.post("/api/v1/jobs", content=b"action: x", headers=kind).status_code == 415
