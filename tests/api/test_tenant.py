"""Whose is whose: every route of the description, by every role and by a stranger of another workspace."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest

from tests.api.running import ACTION, PLAIN, SMALL, Running, made, png

MARK = "only-for-the-first-workspace"
ROLES = ("viewer", "member", "admin")
READS_ALL = {"/api/v1/events"}
"""Streams that never end; they have a test of their own."""
OWNERS = {"/api/v1/workspaces", "/api/v1/workspaces/{workspace}/keys", "/api/v1/accounts/reload", "/api/v1/definitions"}
"""What only admins of the installation's own workspace may do, beside the reading of definitions."""


@dataclass
class Room:
    """A workspace: callers by role, and the ids of what is in it."""

    callers: dict[str, httpx2.Client]
    things: dict[str, str] = field(default_factory=dict)


def held(server: Running, token: str) -> httpx2.Client:
    return httpx2.Client(base_url=server.url, headers={"x-api-key": token}, timeout=30, verify=PLAIN)


def room(server: Running, token: str) -> Room:
    admin = held(server, token)
    callers = {"admin": admin}
    for role in ("viewer", "member"):
        answer = admin.post("/api/v1/keys", json={"name": role, "role": role})
        assert answer.status_code == 201, answer.text
        callers[role] = held(server, answer.json()["token"])
    return Room(callers)


@pytest.fixture(scope="module")
def rooms(server: Running) -> Iterator[tuple[Room, Room]]:
    """Two workspaces, the first of them full of things."""
    with held(server, server.admin_key) as owner:
        tokens = []
        for name in ("first", "second"):
            answer = owner.post("/api/v1/workspaces", json={"name": f"{name} of {MARK}"})
            assert answer.status_code == 201, answer.text
            tokens.append(answer.json()["token"])
    first, second = (room(server, token) for token in tokens)
    first.things = furnished(first.callers["admin"])
    yield first, second
    for client in [*first.callers.values(), *second.callers.values()]:
        client.close()


def furnished(admin: httpx2.Client) -> dict[str, str]:
    """Put one of each thing into a workspace, each with the mark in it, and return their ids."""
    job = made(admin, prompt=f"a red disc, {MARK}")
    settings = {"api_key": "sk-x", "base_url": f"http://127.0.0.1:9/{MARK}"}
    account = created(admin, "accounts", {"provider": "openai", "name": MARK, "settings": settings})
    preset = created(admin, "presets", {"title": MARK, "media": "image", "candidates": [{"action": ACTION}]})
    budget = created(admin, "budgets", {"name": MARK, "amount": 1_000_000})
    template = created(admin, "templates", {"name": "mark", "title": MARK, "category": "Art", "base_prompt": "a hen"})
    content = created(admin, "contents", {"title": MARK, "format": "markdown", "body": f"# {MARK}\n\nA hen.\n"})
    talk = created(admin, "conversations", {"title": MARK})
    form = {"type": "object", "properties": {"ok": {"type": "boolean"}}}
    step = {"id": "ask", "module_id": "ask.form", "inputs": {"title": MARK, "form": form}}
    document = {"name": MARK, "title": MARK, "inputs": {"type": "object"}, "steps": [step]}
    workflow = created(admin, "workflows", document)
    run = created(admin, f"workflows/{workflow['id']}/runs", {"inputs": {}}, 202)
    key = created(admin, "keys", {"name": MARK, "role": "viewer"})
    upload = admin.post("/api/v1/assets", files={"file": (f"{MARK}.png", png(), "image/png")})
    assert upload.status_code == 201, upload.text
    interaction = ""
    for _ in range(200):
        if found := admin.get("/api/v1/interactions", params={"run": run["id"]}).json()["items"]:
            interaction = found[0]["id"]
            break
    assert interaction
    return {
        "job": job["id"], "asset": upload.json()["id"], "account": account["id"], "preset": preset["id"],
        "workflow": workflow["id"], "run": run["id"], "key": key["id"], "interaction": interaction,
        "definition": preset["id"], "budget": budget["id"],
        "template": template["id"], "content": content["id"], "conversation": talk["id"],
        "image": content["featured_image"]["id"] if content.get("featured_image") else "img_" + "0" * 32,
    }  # fmt: skip


def created(admin: httpx2.Client, path: str, body: dict[str, Any], status: int = 201) -> dict[str, Any]:
    answer = admin.post(f"/api/v1/{path}", json=body)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def routes(client: httpx2.Client) -> list[tuple[str, str, str]]:
    """Return method, path and role of every route that the description names."""
    described = client.get("/api/v1/openapi.json").json()["paths"]
    return [
        (method.upper(), path, operation["x-role"])
        for path, operations in described.items()
        for method, operation in operations.items()
    ]


def address(path: str, things: dict[str, str]) -> str:
    others = {
        "name": ACTION,
        "field": "model",
        "side": "320",
        "number": "0",
        "provider": "openai",
        "model": "gpt-image-2",
        "action": "generate",
        "workspace": "default",
    }
    for word, value in {**others, **things}.items():
        path = path.replace(f"{{{word}}}", value)
    assert "{" not in path, f"{path}: a place of a route that this test does not know"
    return path


def asked(client: httpx2.Client, method: str, path: str) -> tuple[int, str]:
    body = (
        {"content": b"{}", "headers": {"content-type": "application/json"}}
        if method in ("POST", "PUT", "PATCH")
        else {}
    )
    with client.stream(method, path, **body) as answer:  # type: ignore[arg-type]
        if answer.headers["content-type"].startswith("text/event-stream"):
            return answer.status_code, ""
        return answer.status_code, answer.read().decode(errors="replace")


@pytest.mark.accepts("S4.36")
def test_a_stranger_gets_and_changes_nothing_by_any_route_with_any_role(rooms: tuple[Room, Room]) -> None:
    first, second = rooms
    before = everything(first)
    wrong = list[str]()
    for method, path, access in routes(second.callers["viewer"]):
        if access == "public" or path in READS_ALL or (method, path) == ("DELETE", "/api/v1/session"):
            continue
        named = any(f"{{{word}}}" in path for word in first.things)
        for role in ROLES:
            status, text = asked(second.callers[role], method, address(path, first.things))
            told = f"{method} {path} as {role}: {status} {text[:160]}"
            if ROLES.index(role) < ROLES.index(access):
                wrong += [told] if status != 403 else []
            elif named and status not in (404, 422):
                wrong.append(told)
            if MARK in text.replace(address(path, first.things), "") or any(v in text for v in private(first, path)):
                wrong.append(f"{told}: tells of the other workspace")
    assert wrong == [], "\n".join(wrong)
    assert everything(first) == before


def private(first: Room, path: str) -> list[str]:
    """Return the ids that an answer must not hold: all but those that the question itself held."""
    named = {value for word, value in first.things.items() if f"{{{word}}}" in path}
    return [value for value in first.things.values() if value not in named]


def everything(first: Room) -> str:
    admin = first.callers["admin"]
    kinds = ("presets", "workflows", "interactions", "keys", "audit")
    listed = {kind: admin.get(f"/api/v1/{kind}").json()["items"] for kind in kinds}
    for kind, words in (("jobs", ("id", "state")), ("assets", ("id", "name")), ("accounts", ("id", "name", "enabled"))):
        listed[kind] = [[row[word] for word in words] for row in admin.get(f"/api/v1/{kind}").json()["items"]]
    return json.dumps(listed, sort_keys=True)


def test_roles_of_the_same_workspace_get_what_the_description_grants(rooms: tuple[Room, Room]) -> None:
    first, _ = rooms
    nowhere = {word: value[:-6] + "000000" for word, value in first.things.items()}
    wrong = list[str]()
    for method, path, access in routes(first.callers["viewer"]):
        if access == "public" or path in READS_ALL or (method, path) == ("DELETE", "/api/v1/session"):
            continue
        for role in ROLES:
            status, text = asked(first.callers[role], method, address(path, nowhere))
            granted = ROLES.index(role) >= ROLES.index(access)
            theirs = path in OWNERS and not (method == "GET" and path == "/api/v1/definitions")
            if (status == 403) != (not granted or (theirs and status == 403)) or status >= 500:
                wrong.append(f"{method} {path} as {role}: {status} {text[:160]}")
    assert wrong == []


@pytest.mark.parametrize("word", ["parent", "account", "image", "preset", "interaction"])
def test_a_request_that_names_a_thing_of_another_workspace_is_refused(rooms: tuple[Room, Room], word: str) -> None:
    first, second = rooms
    things = first.things
    bodies: dict[str, dict[str, Any]] = {
        "parent": {"action": ACTION, "params": SMALL, "source": {}, "account": things["account"]},
        "account": {"action": "media.openai.txt2img", "params": {"prompt": "x"}, "account": things["account"]},
        "image": {"action": "media.painter.img2img", "params": {"prompt": "x", "image": things["asset"]}},
        "preset": {"preset": things["preset"], "params": {"prompt": "x"}},
        "interaction": {"action": "media.openai.txt2img", "params": {"prompt": "x"}},
    }
    answer = second.callers["admin"].post("/api/v1/jobs", json=bodies[word])
    assert answer.status_code in (404, 422), answer.text
    assert MARK not in answer.text


def test_the_stream_of_a_workspace_tells_of_nothing_elsewhere(rooms: tuple[Room, Room]) -> None:
    first, second = rooms
    told = list[str]()
    with second.callers["viewer"].stream("GET", "/api/v1/events", params={"after": 0}) as stream:
        theirs = made(first.callers["member"], prompt=f"a late disc, {MARK}")
        ours = made(second.callers["member"], prompt="a disc of our own")
        for line in stream.iter_lines():
            told.append(line)
            if line.startswith("data:") and ours["id"] in line and '"succeeded"' in line:
                break
    text = "\n".join(told)
    assert ours["id"] in text
    assert theirs["id"] not in text
    assert MARK not in text
    assert not any(value in text for value in first.things.values())


def test_only_the_installation_s_own_admins_make_workspaces(server: Running, rooms: tuple[Room, Room]) -> None:
    first, _ = rooms
    refused = first.callers["admin"].post("/api/v1/workspaces", json={"name": "a third"})
    assert (refused.status_code, "'default'" in refused.json()["detail"]) == (403, True)
    with held(server, server.admin_key) as owner:
        twice = owner.post("/api/v1/workspaces", json={"name": f"first of {MARK}"})
        assert (twice.status_code, twice.json()["code"]) == (409, "conflict")
        rows = owner.get("/api/v1/workspaces").json()["items"]
        (mine,) = [row["id"] for row in rows if row["name"] == f"first of {MARK}"]
        fresh = owner.post(f"/api/v1/workspaces/{mine}/keys")
        assert fresh.status_code == 201
        assert owner.post("/api/v1/workspaces/nowhere/keys").status_code == 404
    with held(server, fresh.json()["token"]) as client:
        assert client.get("/api/v1/session").json()["workspace"] == mine
        assert client.get(f"/api/v1/jobs/{first.things['job']}").status_code == 200


def test_what_holds_for_the_whole_installation_is_not_imported_elsewhere(rooms: tuple[Room, Room]) -> None:
    first, _ = rooms
    admin = first.callers["admin"]
    document = {"version": 1, "media_creation": {"default_provider": "painter"}}
    answer = admin.post("/api/v1/configuration", json=document)
    assert answer.status_code == 422
    assert [fault["path"] for fault in answer.json()["errors"]] == ["media_creation"]
    assert admin.get("/api/v1/configuration").json()["media_creation"] is None
    graph = {"provider": "comfyui", "name": "mine", "document": {}}
    assert admin.post("/api/v1/definitions", json=graph).status_code == 403
