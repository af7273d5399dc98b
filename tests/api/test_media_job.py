"""The media generation document's own calls: its curl samples verbatim, its words, its files and its reserved paths."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import httpx2
import pytest
from PIL import Image

from tests.api.running import Running, made, serving

WORKER, TOKEN = "https://your-worker.workers.dev", "YOUR_TOKEN"
SAMPLES = f"""
curl -X POST {WORKER}/api/media/init \\
  -H "Authorization: Bearer {TOKEN}"

curl -X POST {WORKER}/api/media/generate \\
  -H "Content-Type: application/json" \\
  -H "Authorization: Bearer {TOKEN}" \\
  -d '{{
    "mediaType": "image",
    "prompt": "A red circle on white background",
    "workflowType": "simple",
    "maxAttempts": 3
  }}'

curl {WORKER}/api/media/jobs/JOB_ID \\
  -H "Authorization: Bearer {TOKEN}"

curl -X POST {WORKER}/api/media/accounts \\
  -H "Content-Type: application/json" \\
  -H "Authorization: Bearer {TOKEN}" \\
  -d '{{
    "provider": "openai",
    "accountName": "My OpenAI Account",
    "apiKey": "sk-...",
    "models": ["gpt-4", "dall-e-3"],
    "rateLimitPerMinute": 60,
    "rateLimitPerDay": 10000
  }}'
"""
DONE_S = 30


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("fresh") / "home") as running:
        yield running


def run(sample: str, server: Running, job: str = "") -> dict[str, Any]:
    text = sample.replace(WORKER, server.url).replace(TOKEN, server.admin_key).replace("JOB_ID", job)
    done = subprocess.run(["/bin/sh", "-c", text + " -sS"], capture_output=True, text=True, check=True, timeout=60)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def finished(client: httpx2.Client, job: str) -> dict[str, Any]:
    deadline = time.monotonic() + DONE_S
    while time.monotonic() < deadline:
        client.get(f"/api/v1/jobs/{job}/events")  # ends with the job
        found: dict[str, Any] = client.get(f"/api/media/jobs/{job}").json()
        if found["status"] in ("completed", "failed"):
            return found
    raise AssertionError(found)


@pytest.mark.accepts("S3.52", "S3.33", "S3.34", "S3.37", "S3.38")
def test_the_samples_of_the_document_run_as_they_stand_and_a_red_disc_lies_on_white(fresh: Running) -> None:
    init, generate, look, account = re.split(r"\n\n(?=curl)", SAMPLES.strip())
    first = run(init, fresh)
    assert first["success"] and set(first["mediaTypes"]) == {"image", "video", "audio", "text", "document"}
    asked = run(generate, fresh)
    assert asked["jobId"].startswith("job_") and asked["status"] in ("pending", "processing")
    with fresh.caller() as client:
        finished(client, asked["jobId"])
        told = run(look, fresh, asked["jobId"])
        assert (told["status"], told["maxAttempts"], told["error"]) == ("completed", 3, None)
        picture = Image.open(BytesIO(client.get(told["mediaUrl"]).content)).convert("RGB")
    middle, corner = picture.getpixel((picture.width // 2, picture.height // 2)), picture.getpixel((4, 4))
    assert isinstance(middle, tuple) and isinstance(corner, tuple)
    assert middle[0] > 150 and max(middle[1:]) < 90
    assert min(corner) > 230
    kept = run(account, fresh)
    assert kept["account"]["accountName"] == "My OpenAI Account" and "sk-" not in json.dumps(kept)


@pytest.mark.accepts("S3.37", "S3.18", "S3.50")
def test_the_presets_are_there_once_however_often_one_initialises(fresh: Running) -> None:
    with fresh.caller() as client:
        first, second = client.post("/api/media/init").json(), client.post("/api/media/init").json()
        listed = client.get("/api/media/presets").json()["presets"]
    assert first == second
    names = [row["name"] for row in listed]
    assert len(names) == len(set(names))
    assert {
        "DALL-E 3 Simple", "DALL-E Adaptive", "GPT-4 Simple", "Multi-LLM Adaptive", "Document Simple",
        "Document Adaptive",
    } <= set(names)  # fmt: skip
    assert {row["mediaType"] for row in listed} == {"image", "video", "audio", "text", "document"}


@pytest.mark.accepts("S3.25", "S3.33")
@pytest.mark.parametrize("medium", ["image", "text"])
def test_an_adaptive_request_is_served_without_a_key_and_says_by_what(fresh: Running, medium: str) -> None:
    body = {"mediaType": medium, "prompt": "a blue boat", "workflowType": "adaptive"}
    with fresh.caller() as client:
        answer = client.post("/api/media/generate", json=body)
        assert answer.status_code == 202, answer.text
        told = finished(client, answer.json()["jobId"])
        assert (told["status"], told["workflowType"]) == ("completed", "adaptive")
        log = client.get(f"/api/v1/jobs/{told['jobId']}/events").text
    assert "preset.chosen" in log


@pytest.mark.accepts("S3.6")
def test_the_stored_configuration_of_the_asked_type_is_used_where_none_is_named(fresh: Running) -> None:
    model = {"provider": "painter"}
    bodies = [
        {"name": "House simple", "mediaType": "image", "workflowType": "simple", "models": [model], "maxAttempts": 2},
        {"name": "House mix", "mediaType": "image", "mixingStrategy": "weighted", "models": [model, model]},
    ]
    with fresh.caller() as client:
        kept = [client.post("/api/media/presets", json=body).json()["preset"]["id"] for body in bodies]
        try:
            asked = {"mediaType": "image", "prompt": "a green hill", "options": {"width": 64, "height": 64}}
            used = [
                client.post("/api/media/generate", json=asked | {"workflowType": kind}).json()
                for kind in ("simple", "adaptive")
            ]
            plain = client.post("/api/media/generate", json=asked).json()
        finally:
            for preset in kept:
                client.delete(f"/api/v1/presets/{preset}")
        for told in (*used, plain):
            finished(client, told["jobId"])
    assert [told["presetId"] for told in used] == kept
    assert used[0]["maxAttempts"] == 2
    assert plain["presetId"] in kept


@pytest.mark.accepts("S3.24", "S3.33")
def test_a_simple_request_is_never_served_by_a_configuration_of_the_other_type(fresh: Running) -> None:
    mixed = {
        "name": "Mix alone", "mediaType": "image", "mixingStrategy": "weighted", "models": [{"provider": "painter"}],
        "priority": 90,
    }  # fmt: skip
    asked = {"mediaType": "image", "prompt": "a green hill", "options": {"width": 64, "height": 64}}
    with fresh.caller() as client:
        kept = client.post("/api/media/presets", json=mixed).json()["preset"]["id"]
        try:
            simple, plain = (
                client.post("/api/media/generate", json=asked | more).json()
                for more in ({"workflowType": "simple"}, {})
            )
        finally:
            client.delete(f"/api/v1/presets/{kept}")
        assert finished(client, simple["jobId"])["status"] == "completed"
    assert (simple["workflowType"], simple["presetId"]) == ("simple", None)
    assert plain["presetId"] == kept


@pytest.mark.accepts("S3.35", "C13")
def test_jobs_are_listed_by_the_words_of_the_document(fresh: Running) -> None:
    with fresh.caller() as client:
        made(client)
        job = made(client)["id"]
        done = client.get("/api/media/jobs?status=completed&mediaType=image").json()["jobs"]
        assert job in [row["jobId"] for row in done]
        assert {row["status"] for row in done} == {"completed"}
        going = client.get("/api/media/jobs?status=pending,processing").json()["jobs"]
        assert {row["status"] for row in going} <= {"pending", "processing"}
        assert job not in [row["jobId"] for row in going]
        assert client.get("/api/media/jobs?status=completed&mediaType=audio").json()["jobs"] == []
        refused = client.get("/api/media/jobs?status=done")
        assert refused.status_code == 422
        assert "completed" in refused.json()["error"]
        page = client.get("/api/media/jobs?limit=1").json()
        assert client.get(f"/api/media/jobs?limit=1&before={page['next']}").json()["jobs"][0] not in page["jobs"]


@pytest.mark.accepts("S3.36", "C10")
def test_a_file_is_served_by_its_path_and_nothing_else_is(fresh: Running) -> None:
    with fresh.caller() as client:
        asset = made(client)["assets"][0]
        told = client.get("/api/media/jobs?limit=1").json()["jobs"][0]["files"][0]
        whole = client.get(f"/api/v1/assets/{asset['id']}/content").content
        for path in (told["url"], f"/api/media/{asset['id']}", f"/api/media/{asset['id']}.png"):
            answer = client.get(path)
            assert (answer.status_code, answer.content) == (200, whole)
        assert client.get(told["url"], headers={"Range": "bytes=0-3"}).content == whole[:4]
        for path in (
            "..%2f..%2fmaquette.db", "%2e%2e/%2e%2e/admin.key", "..%5c..%5cadmin.key", "%2fetc%2fpasswd",
            f"{told['path']}%2f..%2f..", f"x{told['path']}", told["path"].upper(), "default/", "nothing",
        ):  # fmt: skip
            answer = client.get(f"/api/media/{path}")
            assert answer.status_code == 404, path
            assert answer.json()["code"] == "not_found"


@pytest.mark.accepts("C10")
def test_reserved_words_go_before_files(fresh: Running) -> None:
    with fresh.caller() as client:
        assert "jobs" in client.get("/api/media/jobs").json()
        assert "accounts" in client.get("/api/media/accounts").json()
        assert "presets" in client.get("/api/media/presets").json()
        for word in ("generate", "init", "accounts/nobody", "jobs/nothing/else"):
            answer = client.get(f"/api/media/{word}")
            assert (answer.status_code, answer.json()["success"]) == (404, False)
            assert answer.json()["hint"]


@pytest.mark.accepts("S3.40")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "generate"), ("POST", "init"), ("GET", "jobs"), ("GET", "jobs/job_" + "0" * 32), ("GET", "accounts"),
        ("POST", "accounts"), ("GET", "presets"), ("POST", "presets"), ("GET", "default/original/a.png"),
    ],
)  # fmt: skip
def test_every_call_of_the_document_needs_a_key(fresh: Running, method: str, path: str) -> None:
    with fresh.caller(None) as client:
        answer = client.request(method, f"/api/media/{path}", json={} if method == "POST" else None)
    assert answer.status_code == 401
    assert (answer.json()["success"], answer.json()["code"]) == (False, "unauthorized")


@pytest.mark.parametrize(
    "words",
    [
        {"mediaType": "smell"}, {"prompt": ""}, {"maxAttempts": 0}, {"workflowType": "clever"}, {"size": "big"},
        {"options": {"prompt": "x"}}, {"presetId": "nobody"}, {"options": {"no_such_word": 1}},
    ],
)  # fmt: skip
def test_a_bad_request_is_told_in_both_shapes_and_makes_no_job(fresh: Running, words: dict[str, Any]) -> None:
    with fresh.caller() as client:
        before = [each["jobId"] for each in client.get("/api/media/jobs").json()["jobs"]]
        answer = client.post("/api/media/generate", json={"mediaType": "image", "prompt": "x", **words})
        assert answer.status_code in (404, 422)
        told = answer.json()
        assert told["success"] is False
        assert told["error"] and told["code"] and told["hint"]
        assert [each["jobId"] for each in client.get("/api/media/jobs").json()["jobs"]] == before
