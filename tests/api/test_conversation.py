"""Conversations over HTTP: talk, wait or follow, make media, import; and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.api.running import SMALL, Running, events

ROOT = "/api/v1/conversations"
ABSENT = "conv_" + "0" * 32


@pytest.fixture
def talk(admin: httpx2.Client) -> Iterator[str]:
    made = admin.post(ROOT, json={})
    assert made.status_code == 201, made.text
    yield f"{ROOT}/{made.json()['id']}"
    admin.delete(f"{ROOT}/{made.json()['id']}")


@pytest.mark.accepts("S1.34")
def test_a_conversation_is_kept_renamed_listed_and_deleted(admin: httpx2.Client) -> None:
    made = admin.post(ROOT, json={"title": "A fox"}).json()
    assert made["id"].startswith("conv_")
    assert admin.get(f"{ROOT}/{made['id']}").json() == made
    assert made["id"] in [each["id"] for each in admin.get(ROOT).json()["items"]]
    changed = admin.patch(f"{ROOT}/{made['id']}", json={"title": "A heron"}).json()
    assert (changed["title"], changed["id"]) == ("A heron", made["id"])
    assert admin.delete(f"{ROOT}/{made['id']}").status_code == 204
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/messages"), ("POST", "/context")):
        assert admin.request(method, f"{ROOT}/{made['id']}{path}").status_code == 404


def test_an_answer_can_be_waited_for(admin: httpx2.Client, talk: str) -> None:
    body = {"text": "Write about a red fox", "reply": {}}
    said = admin.post(f"{talk}/messages", json=body, headers={"Prefer": "wait=30"})
    assert said.status_code == 201, said.text
    assert said.headers["preference-applied"] == "wait=30"
    question, answer = said.json()["messages"]
    assert (question["role"], question["text"], question["job"]) == ("user", "Write about a red fox", None)
    assert (answer["role"], answer["job"]["state"]) == ("assistant", "succeeded")
    assert "fox" in answer["text"]
    assert said.headers["location"] == f"/api/v1/jobs/{answer['job']['id']}"


def test_an_answer_is_streamed_as_the_events_of_its_job(admin: httpx2.Client, talk: str) -> None:
    body = {"text": "Write about a red fox", "reply": {}}
    headers = {"Accept": "text/event-stream"}
    with admin.stream("POST", f"{talk}/messages", json=body, headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        told = [name for _, name, _ in events(answer.iter_lines())]
    assert (told[0], told[-1]) == ("job.queued", "job.succeeded")
    newest = admin.get(f"{talk}/messages").json()["items"][0]
    assert "fox" in newest["text"]


def test_an_answer_can_be_cancelled_and_stays_a_message(admin: httpx2.Client, talk: str) -> None:
    admin.post(f"{talk}/messages", json={"text": "say this"})
    made = admin.post(f"{talk}/generate", json={"media": "audio"}).json()["messages"][0]
    admin.post(f"/api/v1/jobs/{made['job']['id']}/cancel")
    with admin.stream("GET", f"/api/v1/jobs/{made['job']['id']}/events") as stream:
        assert [name for _, name, _ in events(stream.iter_lines())][-1] == "job.cancelled"
    newest = admin.get(f"{talk}/messages").json()["items"][0]
    assert (newest["id"], newest["job"]["state"], newest["text"]) == (made["id"], "cancelled", "")


@pytest.mark.accepts("S1.12")
def test_media_are_made_from_the_conversation(admin: httpx2.Client, talk: str) -> None:
    admin.post(f"{talk}/messages", json={"text": "a red disc"})
    wait = {"Prefer": "wait=30"}
    small = {name: SMALL[name] for name in ("width", "height")}
    (made,) = admin.post(f"{talk}/generate", json={"params": small}, headers=wait).json()["messages"]
    assert made["job"]["params"]["prompt"] == "a red disc"
    assert made["job"]["assets"][0]["media"] == "image"


def test_messages_come_in_pages(admin: httpx2.Client, talk: str) -> None:
    for number in range(5):
        assert admin.post(f"{talk}/messages", json={"text": str(number)}).status_code == 201
    seen, before = list[str](), None
    while True:
        page = admin.get(f"{talk}/messages", params={"limit": 2} | ({"before": before} if before else {})).json()
        seen += [each["text"] for each in page["items"]]
        if (before := page["next"]) is None:
            break
    assert seen == ["4", "3", "2", "1", "0"]


@pytest.mark.accepts("S1.14", "S1.28", "S1.29")
def test_context_last_message_and_summary_need_no_key(admin: httpx2.Client, talk: str) -> None:
    admin.post(f"{talk}/messages", json={"text": "The heroine is called Mara Vell."})
    admin.post(f"{talk}/messages", json={"text": "Show her in a lighthouse at dusk."})
    found = admin.post(f"{talk}/context").json()["context"]
    assert found["character_name"] == "Mara Vell"
    assert (found["setting"], found["time_of_day"]) == ("a lighthouse", "dusk")
    assert found["last_message"] == "Show her in a lighthouse at dusk."
    short = admin.post(f"{talk}/summary", json={"sentences": 1}).json()
    assert short["job"] is None
    assert short["summary"] in ("The heroine is called Mara Vell.", "Show her in a lighthouse at dusk.")
    by_job = admin.post(f"{talk}/summary", json={"reply": {}}, headers={"Prefer": "wait=30"}).json()
    assert by_job["job"]["state"] == "succeeded"
    assert by_job["summary"]


def test_an_export_is_imported_and_its_faults_are_named(admin: httpx2.Client) -> None:
    rows = [{"role": "user", "content": "A fox"}, {"role": "assistant", "content": "In snow."}]
    made = admin.post(f"{ROOT}/import", json={"document": rows})
    assert made.status_code == 201, made.text
    (found,) = made.json()["items"]
    assert (found["conversation"]["title"], found["messages"], found["skipped"]) == ("A fox", 2, 0)
    page = admin.get(f"{ROOT}/{found['conversation']['id']}/messages").json()
    assert [each["text"] for each in page["items"]] == ["In snow.", "A fox"]
    before = len(admin.get(ROOT).json()["items"])
    bad = admin.post(f"{ROOT}/import", json={"document": [*rows, {"role": "wizard", "content": "x"}]})
    assert bad.status_code == 422
    assert bad.json()["errors"][0]["path"] == "document.2.role"
    assert len(admin.get(ROOT).json()["items"]) == before


@pytest.mark.accepts("C19")
def test_the_number_of_an_imported_conversation_names_it_at_every_call(admin: httpx2.Client) -> None:
    rows = [{"role": "user", "content": "The heroine is called Mara Vell."}]
    document = {"id": 4711, "title": "Of old", "messages": rows}
    (found,) = admin.post(f"{ROOT}/import", json={"document": document}).json()["items"]
    old, made = f"{ROOT}/4711", found["conversation"]["id"]
    assert admin.get(old).json()["id"] == made
    assert [each["text"] for each in admin.get(f"{old}/messages").json()["items"]] == [rows[0]["content"]]
    assert admin.post(f"{old}/context").json()["context"]["character_name"] == "Mara Vell"
    assert admin.patch(old, json={"title": "Of now"}).json()["title"] == "Of now"
    given = {"role": "a keeper", "appearance": "tall", "signature_item": "a lamp"}
    asked = {"values": given, "conversation": "4711"}
    filled = admin.post("/api/v1/templates/portrait-character-design/render", json=asked)
    assert "Mara Vell" in filled.json()["prompt"], filled.text
    drawn = admin.post(f"{old}/generate", json={"params": {"width": 64, "height": 64}}, headers={"Prefer": "wait=30"})
    assert drawn.json()["messages"][-1]["job"]["state"] == "succeeded", drawn.text
    assert admin.delete(old).status_code == 204
    unknown = admin.get(old)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
    assert "'4711'" in unknown.json()["detail"]


REFUSED: list[tuple[str, str, Any, int]] = [
    ("POST", "/messages", {"text": "  \n"}, 422),
    ("POST", "/messages", {"text": ""}, 422),
    ("POST", "/messages", {}, 422),
    ("POST", "/messages", {"text": "x", "role": "wizard"}, 422),
    ("POST", "/messages", {"text": "x" * 32_001}, 422),
    ("POST", "/messages", {"text": "x", "role": "system", "reply": {}}, 422),
    ("POST", "/messages", {"text": "x", "reply": {"action": "media.painter.txt2img"}}, 422),
    ("POST", "/messages", {"text": "x", "reply": {"action": "media.writer.txt2txt", "preset": "local-text"}}, 422),
    ("POST", "/messages", {"text": "x", "reply": {"action": "media.nobody.txt2txt"}}, 404),
    ("POST", "/messages", {"text": "x", "mood": "sad"}, 422),
    ("POST", "/generate", {}, 422),
    ("POST", "/summary", {"sentences": 0}, 422),
    ("PATCH", "", {"title": ""}, 422),
    ("GET", "/messages?before=nothing", None, 422),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), REFUSED)
def test_bad_input_is_refused_by_name_and_leaves_nothing(
    admin: httpx2.Client, talk: str, method: str, path: str, body: Any, status: int
) -> None:
    answer = admin.request(method, f"{talk}{path}", json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["hint"]
    assert admin.get(f"{talk}/messages").json()["items"] == []


@pytest.mark.parametrize("path", ["", "/messages", "/context", "/summary", "/generate"])
def test_a_conversation_that_is_not_there_is_404(admin: httpx2.Client, path: str) -> None:
    method = "GET" if path in ("", "/messages") else "POST"
    body = {} if path in ("/summary", "/generate") else None
    answer = admin.request(method, f"{ROOT}/{ABSENT}{path}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_hundred_thousand_messages_are_refused_before_one_is_kept(server: Running, admin: httpx2.Client) -> None:
    huge = {"document": [{"role": "user", "content": "x"}] * 100_000}
    answer = admin.post(f"{ROOT}/import", json=huge)  # more than the body that this server takes
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    answer = admin.post(f"{ROOT}/import", json={"document": ["x"] * 5001})
    assert (answer.status_code, answer.json()["code"]) == (422, "params_invalid")
    assert "5001 messages; 5000 are allowed" in answer.json()["detail"]


def test_a_viewer_reads_and_does_not_speak(server: Running, talk: str) -> None:
    with server.caller("viewer") as viewer:
        assert viewer.get(f"{talk}/messages").status_code == 200
        assert viewer.post(f"{talk}/context").status_code == 200
        for path, body in (("/messages", {"text": "x"}), ("/generate", {}), ("/summary", {"reply": {}})):
            assert viewer.post(f"{talk}{path}", json=body).status_code == 403
        assert viewer.delete(talk).status_code == 403
