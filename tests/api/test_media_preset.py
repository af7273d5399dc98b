"""The media generation document's own preset JSON is taken as it is, serves requests, and is shown in its words."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from tests.api.running import SMALL

ROUTE = "/api/media/presets"
PAINTER = {"provider": "painter"}


def listed(admin: httpx2.Client, preset: str) -> dict[str, Any]:
    rows: list[dict[str, Any]] = admin.get(ROUTE).json()["presets"]
    return next(row for row in rows if row["id"] == preset)


@pytest.mark.accepts("S3.39", "S3.14")
def test_a_primary_model_with_fallbacks_is_kept_and_serves(admin: httpx2.Client) -> None:
    body = {
        "name": "Posters of the document", "mediaType": "image", "workflowType": "simple", "priority": -7,
        "primaryModel": {"provider": "openai", "model": "gpt-image-2"}, "fallbackModels": [PAINTER], "maxAttempts": 2,
    }  # fmt: skip
    answer = admin.post(ROUTE, json=body)
    assert answer.status_code == 201, answer.text
    made = listed(admin, answer.json()["preset"]["id"])
    assert {word: made[word] for word in ("name", "mediaType", "workflowType", "priority", "maxAttempts")} == {
        word: body[word] for word in ("name", "mediaType", "workflowType", "priority", "maxAttempts")
    }
    assert (made["primaryModel"]["model"], made["fallbackModels"][0]["provider"]) == ("gpt-image-2", "painter")
    asked = {"preset": made["id"], "params": SMALL}
    job = admin.post("/api/v1/jobs", json=asked, headers={"Prefer": "wait=30"}).json()
    assert (job["state"], job["attempts"][-1]["provider"]) == ("succeeded", "painter")
    assert listed(admin, made["id"])["successRate"] == 1.0
    admin.delete(f"/api/v1/presets/{made['id']}")


@pytest.mark.accepts("S3.39")
@pytest.mark.parametrize(
    ("words", "strategy"),
    [
        ({}, "fallback"), ({"workflowType": "adaptive"}, "adaptive"), ({"mixingStrategy": "weighted"}, "weighted"),
        ({"workflowType": "adaptive", "mixingStrategy": "ensemble"}, "ensemble"),
    ],
)  # fmt: skip
def test_its_workflow_types_and_mixing_strategies_are_ours(
    admin: httpx2.Client, words: dict[str, str], strategy: str
) -> None:
    body = {"name": f"Mix {strategy}", "mediaType": "image", "models": [PAINTER, PAINTER], "isActive": False, **words}
    made = admin.post(ROUTE, json=body).json()["preset"]
    assert admin.get(f"/api/v1/presets/{made['id']}").json()["strategy"] == strategy
    told = listed(admin, made["id"])
    assert (told["workflowType"] == "simple", told["isActive"]) == (strategy == "fallback", False)
    admin.delete(f"/api/v1/presets/{made['id']}")


@pytest.mark.parametrize(
    "words",
    [
        {"models": [{"provider": "nobody"}]}, {"models": [{"provider": "writer"}]}, {"mediaType": "smell"},
        {"models": []},
        {"primaryModel": PAINTER}, {"mixingStrategy": "weighted", "models": [PAINTER | {"weight": 0}]},
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_and_nothing_is_kept(admin: httpx2.Client, words: dict[str, Any]) -> None:
    before = admin.get(ROUTE).json()
    answer = admin.post(ROUTE, json={"name": "Bad", "mediaType": "image", "models": [PAINTER]} | words)
    assert answer.status_code in (404, 422)
    assert answer.json()["hint"]
    assert admin.get(ROUTE).json() == before
