"""The media generation document's own account JSON is taken as it is, and a key never comes back."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

DOCUMENT: dict[str, Any] = {
    "provider": "openai",
    "accountName": "My OpenAI Account",
    "apiKey": "sk-canary-from-the-document",
    "models": ["gpt-image-1", "gpt-image-1-mini"],
    "rateLimitPerMinute": 60,
    "rateLimitPerDay": 10000,
}


@pytest.mark.accepts("S3.2", "S3.13", "S3.38")
@pytest.mark.parametrize("route", ["/api/v1/accounts", "/api/media/accounts"])
def test_the_document_s_json_is_taken_as_it_is(admin: httpx2.Client, route: str) -> None:
    answer = admin.post(route, json=DOCUMENT)
    assert answer.status_code == 201, answer.text
    made = answer.json().get("account") or answer.json()
    told = next(row for row in admin.get("/api/media/accounts").json()["accounts"] if row["id"] == made["id"])
    assert {word: told[word] for word in DOCUMENT if word != "apiKey"} == {
        word: value for word, value in DOCUMENT.items() if word != "apiKey"
    }
    assert told["status"] == "active"
    kept = admin.get(f"/api/v1/accounts/{made['id']}").json()
    assert (kept["per_minute"], kept["per_day"], kept["secrets"]) == (60, 10000, ["api_key"])
    assert kept["headroom"]["per_minute"] == {"limit": 60, "used": 0, "left": 60}
    assert DOCUMENT["apiKey"] not in answer.text + str(told) + str(kept)
    admin.delete(f"/api/v1/accounts/{made['id']}")


def test_an_account_serves_the_models_that_it_lists(admin: httpx2.Client) -> None:
    made = admin.post("/api/media/accounts", json=DOCUMENT).json()["account"]

    def estimate(model: str) -> httpx2.Response:
        asked = {"action": "media.openai.txt2img", "account": made["id"], "params": {"prompt": "x", "model": model}}
        return admin.post("/api/v1/estimate", json=asked)

    assert estimate("gpt-image-1-mini").status_code == 200
    refused = estimate("gpt-image-1.5")
    assert (refused.status_code, refused.json()["code"], "gpt-image-1.5" in refused.text) == (
        422,
        "account_unknown",
        True,
    )
    admin.patch(f"/api/v1/accounts/{made['id']}", json={"models": None})
    assert estimate("gpt-image-1.5").status_code == 200
    admin.delete(f"/api/v1/accounts/{made['id']}")


def test_a_word_is_given_once(admin: httpx2.Client) -> None:
    assert admin.post("/api/v1/accounts", json=DOCUMENT | {"name": "twice"}).status_code == 422
