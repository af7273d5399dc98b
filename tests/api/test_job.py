"""Jobs over HTTP: three ways to wait, one job a key, and what bad requests are told."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any

import httpx2
import pytest

from tests.api.running import ACTION, SMALL, Running, events, made, newest

BODY: dict[str, Any] = {"action": ACTION, "params": SMALL}
SLOW: dict[str, Any] = {"action": "media.narrator.speech", "params": {"prompt": "Slowly."}}
FAILING: dict[str, Any] = {"action": "media.typesetter.document", "params": {"prompt": "a fable"}, "max_attempts": 1}


def final(client: httpx2.Client, job: str, seconds: float = 30) -> dict[str, Any]:
    with client.stream("GET", f"/api/v1/jobs/{job}/events", timeout=seconds) as stream:
        for _ in stream.iter_lines():
            pass
    found: dict[str, Any] = client.get(f"/api/v1/jobs/{job}").json()
    return found


@pytest.mark.accepts("S0.63", "S0.68", "S2.12", "S3.4")
def test_a_queued_job_is_answered_at_once_and_found_again(admin: httpx2.Client) -> None:
    answer = admin.post("/api/v1/jobs", json=BODY | {"subject": "cover", "source": {"page": 3}})
    assert answer.status_code == 202
    job = answer.json()
    assert re.fullmatch(r"job_[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}", job["id"])
    assert answer.headers["location"] == f"/api/v1/jobs/{job['id']}"
    ended = final(admin, job["id"])
    assert (ended["state"], ended["subject"], ended["source"]) == ("succeeded", "cover", {"page": 3})
    assert ended["attempts"][0]["provider"] == "painter"
    assert ended["assets"][0]["media"] == "image"
    assert ended["as_of"] > 0


def test_prefer_wait_returns_the_finished_job(admin: httpx2.Client) -> None:
    job = made(admin)
    assert job["state"] == "succeeded"
    assert job["assets"][0]["urls"]["content"] == f"/api/v1/assets/{job['assets'][0]['id']}/content"
    assert job["cost"] == {"micro_usd": 0}


def test_prefer_wait_gives_the_unfinished_job_when_time_is_up(admin: httpx2.Client) -> None:
    began = time.monotonic()
    answer = admin.post("/api/v1/jobs", json=SLOW, headers={"Prefer": "respond-async, wait=1"})
    assert answer.status_code == 202
    assert time.monotonic() - began > 0.9
    assert answer.json()["state"] == "running"
    assert final(admin, answer.json()["id"])["state"] == "succeeded"


@pytest.mark.accepts("S2.10")
def test_a_media_type_is_served_by_the_default_provider(admin: httpx2.Client) -> None:
    body = {"media": "image", "params": {"prompt": "a hill", "width": 64, "height": 64}}
    answer = admin.post("/api/v1/jobs", json=body, headers={"Prefer": "wait=30"})
    assert answer.json()["action"].startswith("media.")
    assert answer.json()["assets"][0]["media"] == "image"


def test_a_repeat_with_the_same_key_gets_the_first_job(admin: httpx2.Client) -> None:
    headers = {"Idempotency-Key": "repeat-1"}
    first, second = (admin.post("/api/v1/jobs", json=BODY, headers=headers) for _ in range(2))
    assert first.json()["id"] == second.json()["id"]
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"


def test_the_order_of_the_words_does_not_make_another_request(admin: httpx2.Client) -> None:
    headers = {"Idempotency-Key": "order-1"}
    first = admin.post("/api/v1/jobs", json=BODY, headers=headers)
    turned = {"params": dict(reversed(SMALL.items())), "action": ACTION}
    assert admin.post("/api/v1/jobs", json=turned, headers=headers).json()["id"] == first.json()["id"]


def test_a_key_used_for_another_body_is_refused(admin: httpx2.Client) -> None:
    headers = {"Idempotency-Key": "other-1"}
    first = admin.post("/api/v1/jobs", json=BODY, headers=headers)
    refused = admin.post("/api/v1/jobs", json=BODY | {"subject": "x"}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    assert refused.json()["job"] == first.json()["id"]


def test_a_refused_request_does_not_use_its_key_up(admin: httpx2.Client) -> None:
    headers = {"Idempotency-Key": "fresh-1"}
    assert admin.post("/api/v1/jobs", json={"action": "media.painter.nope"}, headers=headers).status_code == 404
    assert admin.post("/api/v1/jobs", json=BODY, headers=headers).status_code == 202


def test_fifty_at_once_on_one_key_make_one_job(server: Running) -> None:
    async def burst() -> list[httpx2.Response]:
        headers = {"x-api-key": server.key("member"), "Idempotency-Key": "burst-1"}
        limits = httpx2.Limits(max_connections=50)
        async with httpx2.AsyncClient(base_url=server.url, headers=headers, limits=limits, timeout=30) as client:
            return await asyncio.gather(*(client.post("/api/v1/jobs", json=BODY) for _ in range(50)))

    answers = asyncio.run(burst())
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1


def test_a_replay_may_wait_for_the_first_job(admin: httpx2.Client) -> None:
    headers = {"Idempotency-Key": "wait-1"}
    first = admin.post("/api/v1/jobs", json=BODY, headers=headers)
    second = admin.post("/api/v1/jobs", json=BODY, headers=headers | {"Prefer": "wait=30"})
    assert (second.status_code, second.json()["id"]) == (200, first.json()["id"])
    assert len(second.json()["attempts"]) == 1


@pytest.mark.accepts("A5")
def test_an_unknown_action_is_answered_with_near_ones(admin: httpx2.Client) -> None:
    answer = admin.post("/api/v1/jobs", json={"action": "media.painter.txt2imgg"})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_action")
    assert ACTION in answer.json()["near"]
    assert ACTION in answer.json()["hint"]


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({"prompt": "x", "wdith": 10}, "wdith"),
        ({"prompt": ""}, "prompt"),
        ({}, "prompt"),
        ({"prompt": "x", "width": "wide"}, "width"),
        ({"prompt": 5}, "prompt"),
    ],
)
def test_wrong_parameters_are_named_by_path(admin: httpx2.Client, params: dict[str, Any], path: str) -> None:
    answer = admin.post("/api/v1/jobs", json={"action": ACTION, "params": params})
    assert (answer.status_code, answer.json()["code"]) == (422, "params_invalid")
    assert answer.json()["errors"][0]["path"] == path


@pytest.mark.parametrize("image", ["asset_" + "0" * 32, "SOUND"])
def test_an_input_that_is_not_there_or_of_another_kind_is_refused(admin: httpx2.Client, image: str) -> None:
    if image == "SOUND":
        sound = admin.post("/api/v1/jobs", json=SLOW, headers={"Prefer": "wait=30"}).json()
        image = sound["assets"][0]["id"]
    answer = admin.post(
        "/api/v1/jobs", json={"action": "media.painter.img2img", "params": {"prompt": "x", "image": image}}
    )
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["path"] == "image"


def test_an_unknown_account_is_refused(admin: httpx2.Client) -> None:
    answer = admin.post("/api/v1/jobs", json=BODY | {"account": "nobody"})
    assert (answer.status_code, answer.json()["code"]) == (422, "account_unknown")


def test_a_change_that_was_made_is_told_and_strict_refuses_it(admin: httpx2.Client) -> None:
    bent = {"action": ACTION, "params": SMALL | {"width": 67}}
    warned = admin.post("/api/v1/jobs", json=bent, headers={"Prefer": "wait=30"}).json()["warnings"]
    assert (warned[0]["field"], warned[0]["asked"]) == ("width", 67)
    assert admin.post("/api/v1/jobs", json=bent | {"strict": True}).status_code == 422


def test_an_estimate_makes_nothing(admin: httpx2.Client) -> None:
    before = newest(admin)
    answer = admin.post("/api/v1/estimate", json=BODY)
    assert answer.status_code == 200
    assert {"min", "likely", "max", "currency", "source"} <= answer.json().keys()
    assert answer.json()["plan"][0]["action"] == ACTION
    assert newest(admin) == before


def test_pages_follow_each_other_without_a_gap(admin: httpx2.Client) -> None:
    ids = [admin.post("/api/v1/jobs", json=BODY | {"subject": "pages"}).json()["id"] for _ in range(5)]
    seen, before = list[str](), ""
    while True:
        page = admin.get(f"/api/v1/jobs?subject=pages&limit=2{before}").json()
        assert page["as_of"] > 0
        seen += [job["id"] for job in page["items"]]
        if page["next"] is None:
            break
        before = f"&before={page['next']}"
    assert seen == ids[::-1]


def test_a_running_job_is_cancelled_and_a_final_one_stays(admin: httpx2.Client) -> None:
    job = admin.post("/api/v1/jobs", json=SLOW, headers={"Prefer": "wait=1"}).json()
    admin.post(f"/api/v1/jobs/{job['id']}/cancel")
    ended = final(admin, job["id"])
    assert (ended["state"], ended["error"]["code"]) == ("cancelled", "cancelled")
    assert admin.post(f"/api/v1/jobs/{job['id']}/cancel").json()["state"] == "cancelled"


def test_a_failed_job_is_tried_again_as_a_new_one(admin: httpx2.Client) -> None:
    failed = admin.post("/api/v1/jobs", json=FAILING, headers={"Prefer": "wait=30"}).json()
    assert (failed["state"], failed["error"]["hint"] != "") == ("failed", True)
    again = admin.post(f"/api/v1/jobs/{failed['id']}/retry")
    assert again.status_code == 202
    assert again.json()["id"] != failed["id"]
    assert again.json()["source"]["retry_of"] == failed["id"]
    done = made(admin)
    assert admin.post(f"/api/v1/jobs/{done['id']}/retry").status_code == 409


def test_a_job_without_doubt_cannot_be_settled(admin: httpx2.Client) -> None:
    answer = admin.post(f"/api/v1/jobs/{made(admin)['id']}/resolve", json={"how": "give_up"})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


@pytest.mark.accepts("S2.6")
def test_what_a_provider_can_do_is_derived(admin: httpx2.Client) -> None:
    painter = admin.get("/api/v1/providers/painter").json()
    can = painter["capabilities"]
    assert (can["supportsImage"], can["supportsVideo"], can["supportsAudio"]) == (True, False, False)
    schema = admin.get(f"/api/v1/actions/{ACTION}").json()["schema"]
    assert can["maxResolution"] == {
        "w": schema["properties"]["width"]["maximum"],
        "h": schema["properties"]["height"]["maximum"],
    }
    assert painter["status"] in {"ready", "failing"}


@pytest.mark.accepts("S2.7")
def test_a_provider_answers_for_its_schema_its_connection_and_its_state(admin: httpx2.Client) -> None:
    assert admin.get("/api/v1/providers/openai").json()["settings"]["properties"]["api_key"]["writeOnly"]
    verdict = admin.post("/api/v1/providers/painter/check").json()
    assert (verdict["success"], verdict["error"]) == (True, None)
    assert admin.post("/api/v1/providers/openai/check").json()["success"] is False
    assert admin.get("/api/v1/providers/openai/status").json()["status"] == "no_account"


@pytest.mark.accepts("S2.7")
def test_a_provider_makes_something_and_cancels_it_at_its_own_address(admin: httpx2.Client) -> None:
    root = "/api/v1/providers"
    made = admin.post(f"{root}/painter/generate", json={"params": SMALL}, headers={"Prefer": "wait=30"})
    assert (made.status_code, made.json()["state"], made.json()["action"]) == (200, "succeeded", ACTION), made.text
    named = admin.post(f"{root}/narrator/generate", json={"operation": "speech", "params": {"prompt": "Good evening."}})
    assert (named.status_code, named.json()["action"]) == (202, "media.narrator.speech"), named.text
    job = named.json()["id"]
    assert admin.post(f"{root}/painter/jobs/{job}/cancel").status_code == 404
    assert admin.post(f"{root}/narrator/jobs/{job}/cancel").json()["id"] == job
    with admin.stream("GET", f"/api/v1/jobs/{job}/events") as stream:
        assert [kind for _, kind, _ in events(stream.iter_lines())][-1] == "job.cancelled"
    streamed = {"params": SMALL, "operation": "media.painter.txt2img"}
    with admin.stream(
        "POST", f"{root}/painter/generate", json=streamed, headers={"Accept": "text/event-stream"}
    ) as stream:
        assert [kind for _, kind, _ in events(stream.iter_lines())][-1] == "job.succeeded"


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("nobody", {}, 404),
        ("painter", {"media": "audio"}, 404),
        ("painter", {"operation": "txt2im"}, 404),
        ("painter", {"operation": "media.narrator.speech"}, 404),
        ("painter", {"params": {"width": 5}}, 422),
        ("painter", {"action": ACTION}, 422),
    ],
)
def test_what_a_provider_does_not_make_is_refused_by_name(
    admin: httpx2.Client, name: str, body: dict[str, Any], status: int
) -> None:
    answer = admin.post(f"/api/v1/providers/{name}/generate", json={"params": SMALL} | body)
    assert answer.status_code == status, answer.text
    assert answer.json()["hint"]


@pytest.mark.accepts("S3.1")
def test_all_five_media_are_offered(admin: httpx2.Client) -> None:
    produced = {action["produces"] for action in admin.get("/api/v1/actions").json()["items"]}
    assert produced - {"data"} == {"image", "video", "audio", "text", "document"}


@pytest.mark.accepts("S4.3")
def test_the_catalog_tells_all_that_a_form_needs(admin: httpx2.Client) -> None:
    found = {action["name"]: action for action in admin.get("/api/v1/actions").json()["items"]}
    assert {"media.painter.txt2img", "media.narrator.speech", "media.typesetter.document"} <= found.keys()
    for action in found.values():
        assert action["title"]
        assert action["summary"]
        assert action["schema"]["type"] == "object"
    assert found["media.painter.img2img"]["accepts"]["image"] == ["image"]


@pytest.mark.accepts("S4.3")
def test_an_action_shows_and_takes_what_a_model_leaves_of_its_parameters(admin: httpx2.Client) -> None:
    path = "/api/v1/actions/media.openai.txt2img"
    whole = admin.get(path).json()["schema"]["properties"]
    left = admin.get(path, params={"model": "gpt-image-2"}).json()["schema"]["properties"]
    assert "complexity" in whole
    assert "complexity" not in left
    assert left["quality"]["enum"] == ["auto", "low", "medium", "high"]
    assert whole["model"]["x-refresh"] is True
    account = admin.post(
        "/api/v1/accounts",
        json={"provider": "openai", "name": "narrow", "settings": {"base_url": "http://127.0.0.1:9/v1"}},
    ).json()
    asked = {"prompt": "a heron", "model": "gpt-image-2", "quality": "max"}
    try:
        answer = admin.post(
            "/api/v1/jobs", json={"action": "media.openai.txt2img", "params": asked, "account": account["id"]}
        )
    finally:
        admin.delete(f"/api/v1/accounts/{account['id']}")
    assert (answer.status_code, answer.json()["code"]) == (422, "params_invalid")
    [fault] = answer.json()["errors"]
    assert (fault["path"], fault["allowed"]["enum"]) == ("quality", left["quality"]["enum"])
