"""Keys with scopes use what these name and nothing else, as fast as they may, and leave a record of who made them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2

from tests.api.running import ACTION, PLAIN, SMALL, Running

JOB = {"action": ACTION, "params": SMALL}


@contextmanager
def holding(server: Running, admin: httpx2.Client, **words: Any) -> Iterator[httpx2.Client]:
    """Make a key and hold it."""
    made = admin.post("/api/v1/keys", json={"name": "scoped", "role": "admin"} | words)
    assert made.status_code == 201, made.text
    headers = {"x-api-key": made.json()["token"]}
    with httpx2.Client(base_url=server.url, headers=headers, timeout=30, verify=PLAIN) as client:
        yield client


ROUTES = [
    "/api/v1/jobs", "/api/v1/events", "/api/v1/assets", "/api/v1/accounts", "/api/v1/actions", "/api/v1/keys",
    "/api/v1/audit", "/api/v1/configuration", "/api/v1/definitions", "/api/v1/workflows", "/api/v1/runs",
    "/api/v1/interactions", "/api/v1/presets", "/api/v1/stats", "/api/v1/session", "/api/media/accounts",
]  # fmt: skip


def test_a_scope_opens_its_group_and_all_else_is_refused(server: Running, admin: httpx2.Client) -> None:
    with holding(server, admin, scopes=["assets"]) as client:
        answers = {route: client.get(route).status_code for route in ROUTES}
        assert [route for route, status in answers.items() if status != 403] == ["/api/v1/assets"]
        refused = client.get("/api/v1/jobs").json()
        assert (refused["code"], "'jobs:read'" in refused["detail"]) == ("forbidden", True)
        assert client.post("/api/v1/jobs", json=JOB).status_code == 403


def test_a_scope_for_reading_does_not_write(server: Running, admin: httpx2.Client) -> None:
    with holding(server, admin, scopes=["jobs:read"]) as client:
        assert client.get("/api/v1/jobs").status_code == 200
        assert client.post("/api/v1/jobs", json=JOB).status_code == 403


def test_a_scope_for_actions_runs_these_alone_however_they_are_asked_for(server: Running, admin: httpx2.Client) -> None:
    with holding(server, admin, role="member", scopes=["action:media.painter.*"]) as client:
        assert client.post("/api/v1/jobs", json=JOB).status_code == 202
        other = client.post("/api/v1/jobs", json={"action": "media.writer.txt2txt", "params": {"prompt": "x"}})
        assert (other.status_code, "media.writer.txt2txt" in other.json()["detail"]) == (403, True)
        medium = client.post("/api/v1/jobs", json={"media": "text", "params": {"prompt": "x"}})
        assert medium.status_code == 403
        run = client.post("/api/v1/jobs", json={"action": "workflow.run", "params": {"workflow": "x", "version": 1}})
        assert run.status_code == 403, run.text
        assert client.get("/api/v1/assets").status_code == 403


def test_a_session_has_the_scopes_of_its_key(server: Running, admin: httpx2.Client) -> None:
    with holding(server, admin, scopes=["session", "jobs:read"]) as client:
        link = client.post("/api/v1/session/links").json()["url"]
    with httpx2.Client(base_url=server.url, timeout=30, verify=PLAIN) as browser:
        assert browser.get(link).status_code == 303
        assert browser.get("/api/v1/jobs").status_code == 200
        assert browser.get("/api/v1/assets").status_code == 403


def test_a_scoped_key_makes_no_key_that_may_more(server: Running, admin: httpx2.Client) -> None:
    with holding(server, admin, scopes=["keys", "jobs"]) as client:
        for scopes in (None, ["assets"], ["keys", "jobs", "assets:read"]):
            body = {"name": "more", "role": "viewer"} | ({"scopes": scopes} if scopes else {})
            assert client.post("/api/v1/keys", json=body).status_code == 403, scopes
        made = client.post("/api/v1/keys", json={"name": "less", "role": "viewer", "scopes": ["jobs"]})
        assert made.status_code == 201
        own = next(row for row in client.get("/api/v1/keys").json()["items"] if row["id"] == made.json()["created_by"])
        assert own["scopes"] == ["keys", "jobs"]


def test_a_misspelt_scope_is_named(admin: httpx2.Client) -> None:
    body = {"name": "k", "role": "viewer", "scopes": ["jobs", "asets:read", "action:"]}
    answer = admin.post("/api/v1/keys", json=body)
    assert (answer.status_code, [fault["path"] for fault in answer.json()["errors"]]) == (422, ["scopes.1", "scopes.2"])


def test_a_key_starts_no_more_jobs_a_minute_than_it_may(server: Running, admin: httpx2.Client) -> None:
    with holding(server, admin, role="member", per_minute=2) as client:
        answers = [client.post("/api/v1/jobs", json=JOB) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [202, 202, 429]
        assert 0 < float(answers[2].headers["retry-after"]) <= 60
        assert "2 jobs a minute" in answers[2].json()["detail"]
        assert client.get("/api/v1/jobs").status_code == 200


def test_who_made_and_revoked_a_key_is_on_record(server: Running, admin: httpx2.Client) -> None:
    made = admin.post("/api/v1/keys", json={"name": "noted", "role": "viewer", "scopes": ["jobs"]}).json()
    assert admin.delete(f"/api/v1/keys/{made['id']}").status_code == 204
    items = admin.get("/api/v1/audit", params={"subject": made["id"]}).json()["items"]
    assert [row["action"] for row in items] == ["key.revoked", "key.created"]
    assert {row["key"] for row in items} == {made["created_by"]}
    assert items[1]["after"]["scopes"] == ["jobs"]
    assert made["token"] not in str(items)


def test_a_narrowed_key_makes_no_key_that_runs_everything(server: Running, admin: httpx2.Client) -> None:
    with holding(server, admin, scopes=["keys", "jobs", "presets:read", "action:media.painter.*"]) as client:
        for scopes in (["jobs"], ["keys"], ["jobs", "action:media.*"], ["action:*"], ["preset:*"]):
            body = {"name": "more", "role": "member", "scopes": scopes}
            assert client.post("/api/v1/keys", json=body).status_code == 403, scopes
        for scopes in (["jobs", "action:media.painter.txt2img"], ["jobs:read"], ["presets:read", "jobs:read"]):
            body = {"name": "less", "role": "member", "scopes": scopes}
            assert client.post("/api/v1/keys", json=body).status_code == 201, scopes


def test_a_bounded_key_makes_no_faster_and_no_longer_one(server: Running, admin: httpx2.Client) -> None:
    ends = round(time.time() * 1000) + 3_600_000
    with holding(server, admin, per_minute=5, expires_at=ends) as client:
        faster = client.post("/api/v1/keys", json={"name": "faster", "role": "viewer", "per_minute": 6})
        longer = client.post("/api/v1/keys", json={"name": "longer", "role": "viewer", "expires_at": ends + 1})
        assert (faster.status_code, longer.status_code) == (403, 403)
        assert "`per_minute` is 5" in faster.json()["detail"]
        made = client.post("/api/v1/keys", json={"name": "same", "role": "viewer"}).json()
        assert (made["per_minute"], made["expires_at"]) == (5, ends)


def test_a_scope_for_a_preset_runs_it_and_nothing_else(server: Running, admin: httpx2.Client) -> None:
    with holding(server, admin, role="member", scopes=["preset:local-image"]) as client:
        assert client.post("/api/v1/jobs", json={"preset": "local-image", "params": SMALL}).status_code == 202
        refused = client.post("/api/v1/jobs", json=JOB)
        assert (refused.status_code, ACTION in refused.json()["detail"]) == (403, True)
        assert client.post("/api/v1/jobs", json={"preset": "local-text", "params": {"prompt": "x"}}).status_code == 403


def test_a_key_that_ended_or_was_revoked_is_named_with_what_became_of_it(
    server: Running, admin: httpx2.Client, nobody: httpx2.Client
) -> None:
    old = admin.post("/api/v1/keys", json={"name": "of last year", "role": "viewer", "expires_at": 1}).json()
    gone = admin.post("/api/v1/keys", json={"name": "of a guest", "role": "viewer"}).json()
    assert admin.delete(f"/api/v1/keys/{gone['id']}").status_code == 204
    for made, words in ((old, "'of last year' ended on 1970-01-01"), (gone, "'of a guest' was revoked on 20")):
        answer = nobody.get("/api/v1/jobs", headers={"x-api-key": made["token"]})
        assert (answer.status_code, words in answer.json()["detail"]) == (401, True), answer.text
        assert answer.json()["hint"]
