"""Accounts over HTTP: secrets go in and never come out, and never to a server for which they were not entered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.api.running import Running

ROUTE = "/api/v1/accounts"
CANARY = "sk-canary-0815-never-to-be-seen"


@pytest.fixture
def account(admin: httpx2.Client) -> Iterator[dict[str, Any]]:
    settings = {"api_key": CANARY, "base_url": "http://127.0.0.1:9/v1"}
    answer = admin.post(ROUTE, json={"provider": "openai", "name": "mine", "settings": settings, "per_minute": 5})
    assert answer.status_code == 201, answer.text
    yield answer.json()
    admin.delete(f"{ROUTE}/{answer.json()['id']}")


@pytest.mark.accepts("S2.15", "C7")
def test_a_secret_is_written_and_never_read_back(
    server: Running, admin: httpx2.Client, account: dict[str, Any]
) -> None:
    assert account["secrets"] == ["api_key"]
    assert account["settings"] == {"base_url": "http://127.0.0.1:9/v1"}
    for path in (ROUTE, f"{ROUTE}/{account['id']}", "/api/v1/providers/openai"):
        assert CANARY not in admin.get(path).text
    assert CANARY not in admin.post(f"{ROUTE}/{account['id']}/check").text
    for file in server.home.glob("maquette.db*"):
        assert CANARY.encode() not in file.read_bytes()
    assert CANARY not in (server.home / "server.log").read_text()


@pytest.mark.parametrize("base", ["http://127.0.0.1:10/v1", "https://127.0.0.1:9/v1", "http://localhost:9/v1", None])
def test_a_secret_does_not_follow_to_another_server(
    admin: httpx2.Client, account: dict[str, Any], base: str | None
) -> None:
    path = f"{ROUTE}/{account['id']}"
    refused = admin.patch(path, json={"settings": {"base_url": base}})
    assert (refused.status_code, refused.json()["code"]) == (422, "params_invalid")
    assert refused.json()["errors"][0]["path"] == "api_key"
    assert admin.get(path).json()["settings"] == account["settings"]
    moved = admin.patch(path, json={"settings": {"base_url": base, "api_key": CANARY + "2"}})
    assert moved.status_code == 200


def test_a_change_keeps_the_secret_and_another_path_on_the_same_server_too(
    admin: httpx2.Client, account: dict[str, Any]
) -> None:
    changes = {
        "name": "renamed",
        "concurrency": 9,
        "per_minute": None,
        "settings": {"base_url": "http://127.0.0.1:9/v2"},
    }
    changed = admin.patch(f"{ROUTE}/{account['id']}", json=changes).json()
    assert (changed["name"], changed["concurrency"], changed["per_minute"]) == ("renamed", 9, None)
    assert (changed["secrets"], changed["settings"]["base_url"]) == (["api_key"], "http://127.0.0.1:9/v2")


@pytest.mark.parametrize("value", ["env:HOME", "file:/etc/passwd", "keyring:x", "command:id", " ENV:HOME"])
def test_a_reference_is_not_followed_over_http(admin: httpx2.Client, account: dict[str, Any], value: str) -> None:
    body = {"provider": "openai", "name": "ref", "settings": {"api_key": value}}
    for answer in (
        admin.post(ROUTE, json=body),
        admin.patch(f"{ROUTE}/{account['id']}", json={"settings": {"api_key": value}}),
    ):
        assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "api_key")
        assert "configuration file" in answer.json()["hint"]


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\x1b[2J", "a\x7f"])
def test_a_control_character_in_a_setting_is_refused(admin: httpx2.Client, value: str) -> None:
    answer = admin.post(ROUTE, json={"provider": "openai", "name": "ctl", "settings": {"api_key": value}})
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "api_key")


BASES = [
    "http://169.254.169.254/v1", "http://0.0.0.0/v1", "http://[fe80::1]/v1", "file:///etc/passwd",
    "http://user:pw@127.0.0.1/", "gopher://127.0.0.1/", "//127.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("base", BASES)
def test_a_base_url_that_no_account_can_have_is_refused(admin: httpx2.Client, base: str) -> None:
    answer = admin.post(
        ROUTE, json={"provider": "openai", "name": "base", "settings": {"api_key": "x", "base_url": base}}
    )
    assert answer.status_code == 422, answer.text


def test_wrong_settings_are_named(admin: httpx2.Client) -> None:
    missing = admin.post(ROUTE, json={"provider": "openai", "settings": {"apikey": "x"}})
    assert (missing.status_code, missing.json()["code"]) == (422, "params_invalid")
    assert "apikey" in {fault["path"] for fault in missing.json()["errors"]}
    unknown = admin.post(ROUTE, json={"provider": "opnai", "settings": {}})
    assert (unknown.status_code, unknown.json()["near"]) == (404, ["openai"])
    assert (
        admin.post(ROUTE, json={"provider": "openai", "origin": "builtin", "settings": {"api_key": "x"}}).status_code
        == 422
    )


def test_a_name_is_taken_once(admin: httpx2.Client, account: dict[str, Any]) -> None:
    answer = admin.post(ROUTE, json={"provider": "openai", "name": "mine", "settings": {"api_key": "x"}})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


def test_a_built_in_account_is_there_works_and_stays(admin: httpx2.Client) -> None:
    painter = next(a for a in admin.get(f"{ROUTE}?provider=painter").json()["items"])
    assert painter["origin"] == "builtin"
    proof = admin.post(f"{ROUTE}/{painter['id']}/check").json()
    assert (proof["success"], proof["error"], proof["latency_ms"] >= 0) == (True, None, True)
    assert admin.delete(f"{ROUTE}/{painter['id']}").status_code == 409
    assert admin.patch(f"{ROUTE}/{painter['id']}", json={"enabled": False}).json()["health"]["state"] == "disabled"
    assert admin.patch(f"{ROUTE}/{painter['id']}", json={"enabled": True}).json()["enabled"] is True


def test_a_check_that_fails_is_told_as_the_error_of_the_provider(admin: httpx2.Client, account: dict[str, Any]) -> None:
    answer = admin.post(f"{ROUTE}/{account['id']}/check")
    assert answer.status_code == 503, answer.text
    assert answer.json()["code"] == "provider_unavailable"


def test_models_are_listed_by_the_provider(admin: httpx2.Client) -> None:
    narrator = next(a for a in admin.get(f"{ROUTE}?provider=narrator").json()["items"])
    models = admin.get(f"{ROUTE}/{narrator['id']}/models").json()["items"]
    assert "en-us" in {model["id"] for model in models}


@pytest.mark.accepts("S2.30")
def test_an_account_is_tried_out_before_it_is_kept(admin: httpx2.Client) -> None:
    before = [row["id"] for row in admin.get(ROUTE).json()["items"]]
    settings = {"api_key": CANARY, "base_url": "http://127.0.0.1:9/v1"}
    failed = admin.post(f"{ROUTE}/check", json={"provider": "openai", "settings": settings})
    assert (failed.status_code, failed.json()["success"]) == (200, False)
    assert failed.json()["error"]["hint"]
    assert CANARY not in failed.text
    worked = admin.post(f"{ROUTE}/check", json={"provider": "painter"}).json()
    assert (worked["success"], worked["error"], worked["latency_ms"] >= 0) == (True, None, True)
    misspelt = admin.post(f"{ROUTE}/check", json={"provider": "openai", "settings": {"api_kye": "x"}})
    assert (misspelt.status_code, misspelt.json()["errors"][0]["path"]) == (422, "api_kye")
    assert [row["id"] for row in admin.get(ROUTE).json()["items"]] == before


def test_a_change_of_an_account_is_tried_out_with_the_secret_that_it_has(
    admin: httpx2.Client, account: dict[str, Any]
) -> None:
    trial = {"provider": "openai", "account": account["id"], "settings": {"base_url": "http://127.0.0.1:9/v2"}}
    assert admin.post(f"{ROUTE}/check", json=trial).json()["error"]["code"] == "provider_unavailable"
    trial["settings"] = {"base_url": "http://127.0.0.1:10/v1"}
    assert admin.post(f"{ROUTE}/check", json=trial).json()["errors"][0]["path"] == "api_key"
