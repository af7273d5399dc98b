"""Presets over HTTP: written, tried out, used, counted and taken away again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.api.running import Running, newest

BODY: dict[str, Any] = {
    "title": "Small pictures",
    "media": "image",
    "candidates": [{"action": "media.openai.txt2img"}, {"action": "media.painter.txt2img"}],
    "defaults": {"width": 64, "height": 64},
}


@pytest.fixture
def preset(admin: httpx2.Client) -> Iterator[dict[str, Any]]:
    made = admin.post("/api/v1/presets", json=BODY)
    assert made.status_code == 201, made.text
    yield made.json()
    assert admin.delete(f"/api/v1/presets/{made.json()['id']}").status_code == 204


def test_a_job_by_a_preset_says_which_and_its_events_say_why(admin: httpx2.Client, preset: dict[str, Any]) -> None:
    ask = {"preset": "small-pictures", "params": {"prompt": "a red disc"}}
    job = admin.post("/api/v1/jobs", json=ask, headers={"Prefer": "wait=30"}).json()
    assert (job["state"], job["preset"], job["strategy"]) == ("succeeded", preset["id"], "fallback")
    assert (job["preset_version"], job["assets"][0]["width"]) == (1, 64)
    listed = admin.get(f"/api/v1/jobs?preset={preset['id']}").json()["items"]
    assert [row["id"] for row in listed] == [job["id"]]
    told = admin.get(f"/api/v1/jobs/{job['id']}/events", headers={"Accept": "text/event-stream"}).text
    assert "event: preset.chosen" in told
    assert "No enabled account of provider 'openai'" in told
    found = next(row for row in admin.get("/api/v1/stats").json()["presets"] if row["preset"] == preset["id"])
    assert (found["title"], found["jobs"], found["success_rate"]) == ("Small pictures", 1, 1.0)


def test_a_dry_run_shows_the_order_the_price_and_who_is_left_out(admin: httpx2.Client, preset: dict[str, Any]) -> None:
    before = newest(admin)
    plan = admin.post(f"/api/v1/presets/{preset['name']}/plan", json={"params": {"prompt": "a", "quality": "high"}})
    found = plan.json()
    assert plan.status_code == 200, plan.text
    assert [row["action"] for row in found["candidates"]] == ["media.painter.txt2img"]
    assert found["candidates"][0]["warnings"][0]["field"] == "quality"
    assert (found["left_out"][0]["candidate"], found["left_out"][0]["code"]) == (0, "account_unknown")
    assert (found["estimate"]["max"], found["warnings"]) == (0, [])
    assert newest(admin) == before
    ask = {"preset": preset["id"], "params": {"prompt": "a"}}
    assert admin.post("/api/v1/estimate", json=ask).json()["plan"][0]["action"] == "media.painter.txt2img"


def test_a_change_is_a_further_version_and_a_risk_is_told(admin: httpx2.Client, preset: dict[str, Any]) -> None:
    changed = admin.put(f"/api/v1/presets/{preset['id']}", json=BODY | {"aggressive": True}).json()
    assert (changed["version"], changed["name"]) == (2, "small-pictures")
    assert changed["warnings"][0]["path"] == "aggressive"
    assert "paid twice" in changed["warnings"][0]["message"]
    assert admin.get("/api/v1/presets").json()["items"][0]["version"] == 2


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"strategy": "clever"}, "strategy"),
        ({"candidates": []}, "candidates"),
        ({"candidates": [{"action": "media.painter.nothing"}]}, "candidates.0.action"),
        ({"candidates": [{"action": "media.painter.txt2img", "account": "gone"}]}, "candidates.0.account"),
        ({"candidates": [{"action": "media.painter.txt2img", "weight": -1}]}, "candidates.0.weight"),
        ({"candidates": [{"action": "media.painter.txt2img", "weight": 0}], "strategy": "weighted"}, "candidates"),
        ({"candidates": [{"action": "media.openai.txt2img"}]}, "candidates"),
        ({"defaults": {"wdith": 64}}, "defaults.wdith"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_fault_is_named_by_its_path(admin: httpx2.Client, change: dict[str, Any], path: str) -> None:
    refused = admin.post("/api/v1/presets", json=BODY | change)
    assert refused.status_code == 422
    assert path in [fault["path"] for fault in refused.json()["errors"]]


def test_a_job_names_one_target_and_a_known_preset(admin: httpx2.Client) -> None:
    both = {"preset": "local-image", "media": "image", "params": {"prompt": "a"}}
    assert admin.post("/api/v1/jobs", json=both).status_code == 422
    with_account = {"preset": "local-image", "account": "builtin", "params": {"prompt": "a"}}
    assert admin.post("/api/v1/jobs", json=with_account).status_code == 422
    unknown = admin.post("/api/v1/jobs", json={"preset": "nobody", "params": {"prompt": "a"}})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
    strange = admin.post("/api/v1/jobs", json={"preset": "local-image", "params": {"prompt": "a", "widht": 3}})
    assert (strange.status_code, strange.json()["errors"][0]["path"]) == (422, "widht")


def test_a_viewer_looks_and_tries_out_and_changes_nothing(server: Running) -> None:
    with server.caller("viewer") as viewer:
        assert viewer.get("/api/v1/presets/local-image").json()["origin"] == "shipped"
        assert viewer.post("/api/v1/presets/local-image/plan", json={"params": {"prompt": "a"}}).status_code == 200
        assert viewer.post("/api/v1/presets", json=BODY).status_code == 403
