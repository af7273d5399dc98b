"""The workflow document's own door: its events and its fields, exactly."""

from __future__ import annotations

import re
from typing import Any

import httpx2
import pytest

from tests.api.running import ACTION, SMALL, events

PATHS = ("/workflow/run_1/sub-action/stream", "/api/v1/workflow/run_1/sub-action/stream")
BODY: dict[str, Any] = {
    "interaction_id": "int_1",
    "action_type": ACTION,
    "provider": "painter",
    "prompt_id": "p1",
    "operation": "txt2img",
    "params": SMALL,
    "source_data": {"prompt": "a red disc", "nested": {"kept": [1, None, "ü"]}},
}


def streamed(
    client: httpx2.Client, path: str, body: dict[str, Any], **headers: str
) -> list[tuple[str | None, str, Any]]:
    with client.stream("POST", path, json=body, headers=headers) as answer:
        assert answer.status_code == 200, answer.read()
        return list(events(answer.iter_lines()))


@pytest.mark.accepts("S0.30", "S0.31", "S0.32", "S0.34", "S0.38", "S0.39", "S0.40", "S0.42")
@pytest.mark.parametrize("path", PATHS)
def test_a_sub_action_tells_its_start_its_progress_and_its_result(admin: httpx2.Client, path: str) -> None:
    found = streamed(admin, path, BODY)
    kinds = [kind for _, kind, _ in found]
    assert kinds[0] == "started"
    assert kinds[-1] == "complete"
    assert set(kinds[1:-1]) == {"progress"}
    assert all(number for number, _, _ in found)
    assert found[0][2].keys() == {"action_id"}
    for _, kind, data in found:
        if kind == "progress":
            assert data.keys() == {"elapsed_ms", "message"}
    done = found[-1][2]
    assert done.keys() == {"urls", "metadata_id", "content_ids"}
    assert re.fullmatch(r"cgm_[0-9a-f]{32}", done["metadata_id"])
    assert re.fullmatch(r"gc_[0-9a-f]{32}", done["content_ids"][0])
    assert admin.get(done["urls"][0]).headers["content-type"] == "image/png"
    job = admin.get(f"/api/v1/jobs/{done['metadata_id']}").json()
    assert (job["interaction"], job["subject"], job["source"]) == ("int_1", "/painter/p1", BODY["source_data"])
    assert job["parent"] is None, "a label is no job"
    assert job["params"] == SMALL
    assert admin.get(f"/api/v1/assets/{done['content_ids'][0]}").json()["id"] == job["assets"][0]["id"]


@pytest.mark.accepts("S0.33", "S0.41")
def test_a_sub_action_that_fails_says_why_and_what_to_do(admin: httpx2.Client) -> None:
    body = BODY | {"action_type": "media.typesetter.document", "params": {"prompt": "x"}}
    _, kind, data = streamed(admin, PATHS[0], body)[-1]
    assert kind == "error"
    assert data.keys() == {"error", "details", "code", "hint"}
    assert data["details"]["code"] == data["code"]
    assert data["hint"]
    job = admin.get("/api/v1/jobs?interaction=int_1&state=failed&limit=1").json()["items"][0]
    assert job["attempts"][-1]["error"]["code"] == data["code"]


def test_an_unknown_sub_action_is_a_problem_before_any_stream(admin: httpx2.Client) -> None:
    answer = admin.post(PATHS[0], json=BODY | {"action_type": "media.nobody.nothing"})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["detail"].startswith("Unknown action type: media.nobody.nothing")


def test_a_stream_that_broke_is_taken_up_without_a_second_job(admin: httpx2.Client) -> None:
    whole = streamed(admin, PATHS[0], BODY)
    resumed = streamed(admin, PATHS[0], BODY, **{"Last-Event-ID": str(whole[0][0])})
    assert resumed[-1] == whole[-1]
    middle = whole[1][0]
    assert streamed(admin, PATHS[0], BODY, **{"Last-Event-ID": str(middle)})[-1] == whole[-1]


@pytest.mark.accepts("S0.38", "S0.39")
@pytest.mark.parametrize("content", ["a red disc", ["a", {"b": None}], None])
def test_the_source_may_be_a_text_and_is_kept_as_it_is(admin: httpx2.Client, content: Any) -> None:
    done = streamed(admin, PATHS[1], BODY | {"source_data": content})[-1]
    assert done[1] == "complete", done
    assert admin.get(f"/api/v1/jobs/{done[2]['metadata_id']}").json()["source"] == content


@pytest.mark.accepts("S0.20")
@pytest.mark.parametrize(
    ("run", "interaction"),
    [("job_" + "0" * 32, "int_1"), ("wr_" + "0" * 32, "int_1"), ("run_1", "int_" + "0" * 32)],
)
def test_a_run_or_a_question_that_looks_like_ours_and_is_none_runs_nothing(
    admin: httpx2.Client, run: str, interaction: str
) -> None:
    def newest() -> list[str]:
        return [each["id"] for each in admin.get("/api/v1/jobs?limit=1").json()["items"]]

    before = newest()
    answer = admin.post(f"/workflow/{run}/sub-action/stream", json=BODY | {"interaction_id": interaction})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json"), answer.text
    assert newest() == before


def test_a_workflow_of_another_shape_is_refused(admin: httpx2.Client) -> None:
    for extra in ({"unknown": 1}, {"params": []}, {"prompt_id": 5}):
        assert admin.post(PATHS[1], json=BODY | extra).status_code == 422
