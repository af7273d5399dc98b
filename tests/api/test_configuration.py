"""The whole configuration goes out and comes back as one document: without secrets, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.api.running import Running, serving

ROUTE = "/api/v1/configuration"
CANARY = "sk-canary-4711-never-to-be-seen"
WORKFLOW = {"name": "paints", "steps": [{"id": "a", "module": "media.painter.txt2img", "inputs": {"prompt": "x"}}]}
PRESET = {"title": "My pictures", "media": "image", "candidates": [{"action": "media.painter.txt2img"}]}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("configuration") / "home") as running:
        yield running


@pytest.fixture
def client(own: Running) -> Iterator[httpx2.Client]:
    with own.caller("admin") as made:
        yield made


@pytest.fixture(scope="module")
def document(own: Running) -> dict[str, Any]:
    """What one installation exports that has one of everything."""
    with own.caller("admin") as client:
        account = {"provider": "openai", "name": "mine", "settings": {"api_key": CANARY}, "per_minute": 7}
        made = client.post("/api/v1/accounts", json=account)
        assert made.status_code == 201, made.text
        preset = PRESET | {"candidates": [*PRESET["candidates"], _hosted(made.json()["id"])]}
        assert client.post("/api/v1/presets", json=preset).status_code == 201
        chain = {"version": 1, "media_creation": {"default_provider": "painter", "fallback_chain": ["openai"]}}
        assert client.post(ROUTE, json=chain).status_code == 200
        found: dict[str, Any] = client.get(ROUTE).json()
    return found


def _hosted(account: str) -> dict[str, str]:
    return {"action": "media.openai.txt2img", "account": account}


def test_an_export_has_all_but_secrets_and_ids_of_this_place(document: dict[str, Any]) -> None:
    assert (document["version"], CANARY in str(document)) == (1, False)
    assert document["media_creation"] == {"default_provider": "painter", "fallback_chain": ["openai"]}
    (account,) = document["accounts"]
    assert (account["name"], account["secrets"], account["per_minute"]) == ("mine", ["api_key"], 7)
    (preset,) = document["definitions"]
    assert preset["body"]["candidates"][1]["account"] == "mine"


def test_what_was_exported_changes_nothing_where_it_came_from(client: httpx2.Client, document: dict[str, Any]) -> None:
    again = client.post(ROUTE, json=document).json()
    assert (again["created"], again["needs_secrets"]) == ([], [])
    assert [row["secrets"] for row in client.get("/api/v1/accounts?provider=openai").json()["items"]] == [["api_key"]]


@pytest.mark.accepts("S2.8", "S2.13")
def test_another_installation_takes_it_over_and_says_which_secrets_it_lacks(
    document: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("second") / "home"
    with serving(home) as second:
        with second.caller("admin") as client:
            done = client.post(ROUTE, json=document)
            assert done.status_code == 200, done.text
            (waiting,) = done.json()["needs_secrets"]
            assert (waiting["name"], waiting["secrets"]) == ("mine", ["api_key"])
            account = client.get(f"/api/v1/accounts/{waiting['account']}").json()
            assert (account["enabled"], account["state"], account["secrets"]) == (False, "inactive", [])
            again = client.get(ROUTE).json()
            types = [row["action"] for row in client.get("/api/v1/audit").json()["items"]]
            assert {"config.imported", "account.created", "preset.created", "settings.created"} <= set(types)
        assert again["definitions"] == document["definitions"]
        assert again["media_creation"] == document["media_creation"]
    with serving(home) as third, third.caller("admin") as client:
        assert client.get(ROUTE).json()["media_creation"] == document["media_creation"], "it outlives a restart"


def test_a_fault_anywhere_leaves_everything_as_it_was(client: httpx2.Client, document: dict[str, Any]) -> None:
    before = client.get(ROUTE).json()
    bad = {
        **document,
        "media_creation": {"default_provider": "no-such-provider", "fallback_chain": []},
        "accounts": [
            {"provider": "openai", "name": "fresh", "settings": {"api_key": "x"}},
            {"provider": "openai", "name": "worse", "settings": {"api_kye": "x", "api_key": "x"}},
            {"provider": "openai", "name": "reference", "settings": {"api_key": "env:HOME"}},
        ],
        "definitions": [{"kind": "preset", "name": "p", "body": PRESET | {"candidates": [{"action": "media.a.b"}]}}],
    }
    refused = client.post(ROUTE, json=bad)
    assert refused.status_code == 422
    assert [fault["path"] for fault in refused.json()["errors"]] == [
        "accounts.1.api_kye",
        "accounts.2.api_key",
        "definitions.0.body.candidates.0.action",
        "media_creation.default_provider",
    ]
    assert client.get(ROUTE).json() == before


def test_a_secret_does_not_follow_to_the_server_that_a_document_names(client: httpx2.Client, document: Any) -> None:
    moved = {"version": 1, "accounts": [document["accounts"][0] | {"settings": {"base_url": "http://127.0.0.1:9/v1"}}]}
    refused = client.post(ROUTE, json=moved)
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, "accounts.0.api_key")


@pytest.mark.parametrize("version", [2, 99, -1, "1", None, True, 1.5])
def test_a_version_that_is_not_known_is_refused_and_named(client: httpx2.Client, version: Any) -> None:
    refused = client.post(ROUTE, json={"version": version, "accounts": []})
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, "version")


@pytest.mark.accepts("S2.26")
def test_a_settings_file_of_the_chat_application_is_an_older_version(client: httpx2.Client) -> None:
    older = {
        "media_creation": {
            "enabled": True,
            "default_provider": "painter",
            "fallback_chain": ["openai"],
            "openai": {"api_url": "http://127.0.0.1:9/v1", "api_key": "sk-2", "timeout": 90, "default_width": 512},
        }
    }
    done = client.post(ROUTE, json=older).json()
    assert done["left_out"] == ["media_creation.enabled", "media_creation.openai.default_width"]
    account = client.get(f"/api/v1/accounts/{done['created'][0]}").json()
    assert (account["name"], account["timeout_s"], account["secrets"]) == ("imported", 90, ["api_key"])
    client.delete(f"/api/v1/accounts/{account['id']}")


@pytest.mark.accepts("S2.8", "S2.26")
def test_the_document_of_several_providers_is_an_older_version(client: httpx2.Client, document: dict[str, Any]) -> None:
    older = {
        "defaultProvider": "comfyui",
        "fallbackChain": ["gemini-imagen", "google-veo", "dall-e-3"],
        "providers": {
            "comfyui": {
                "enabled": True, "credentials": {"authToken": CANARY},
                "settings": {"baseUrl": "http://127.0.0.1:9188", "defaultWorkflow": "w.json"},
            },
            "gemini-imagen": {
                "enabled": True, "credentials": {"apiKey": CANARY}, "settings": {"aspectRatio": "16:9"},
            },
            "stable-diffusion": {
                "enabled": False, "credentials": {}, "settings": {"webuiUrl": "http://127.0.0.1:7861", "steps": 20},
            },
            "google-veo": {"enabled": False, "credentials": {"apiKey": ""}, "settings": {}},
            "dall-e-3": {"enabled": True, "credentials": {"apiKey": CANARY}, "settings": {"style": "vivid"}},
        },
    }  # fmt: skip
    answer = client.post(ROUTE, json=older)
    assert answer.status_code == 200, answer.text
    done = answer.json()
    assert done["left_out"] == [
        "providers.comfyui.settings.defaultWorkflow",
        "providers.gemini-imagen.settings.aspectRatio",
        "providers.stable-diffusion.settings.steps",
        "providers.google-veo",
        "providers.dall-e-3.settings.style",
    ]
    made = [
        account
        for account in client.get("/api/v1/accounts?limit=200").json()["items"]
        if account["name"] in older["providers"]
    ]
    told = {row["name"]: (row["provider"], row["enabled"], row["secrets"]) for row in made}
    now = client.get(ROUTE).json()
    assert client.post(ROUTE, json=older).json()["created"] == []
    for row in made:
        client.delete(f"/api/v1/accounts/{row['id']}")
    client.post(ROUTE, json={"version": 1, "media_creation": document["media_creation"]})
    assert told == {
        "comfyui": ("comfyui", True, ["token"]),
        "gemini-imagen": ("google", True, ["api_key"]),
        "stable-diffusion": ("automatic1111", False, []),
        "dall-e-3": ("openai", True, ["api_key"]),
    }
    assert now["media_creation"] == {"default_provider": "comfyui", "fallback_chain": ["google", "openai"]}
    assert CANARY not in str(now)
    assert next(row for row in made if row["name"] == "comfyui")["settings"]["base_url"] == "http://127.0.0.1:9188/"


@pytest.mark.parametrize(
    ("older", "path"),
    [
        ({"defaultProvider": "nobody", "fallbackChain": []}, "media_creation.default_provider"),
        ({"defaultProvider": "painter", "fallbackChain": "openai"}, "media_creation.fallback_chain"),
        ({"providers": {"openai": {"credentials": {"api_kye": "x"}}}}, "accounts.0.api_kye"),
        ({"providers": {"openai": {"enabled": "perhaps", "credentials": {"key": "x"}}}}, "accounts.0.enabled"),
        ({"providers": {"openai": {"credentials": {"key": "env:HOME"}}}}, "accounts.0.api_key"),
    ],
)
def test_a_fault_of_an_older_document_is_named_and_nothing_is_kept(
    client: httpx2.Client, document: dict[str, Any], older: dict[str, Any], path: str
) -> None:
    before = client.get(ROUTE).json()
    refused = client.post(ROUTE, json=older)
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, path), refused.text
    assert client.get(ROUTE).json() == before


def test_everybody_who_follows_hears_of_an_import(client: httpx2.Client, document: dict[str, Any]) -> None:
    at = client.get("/api/v1/jobs").json()["as_of"]
    client.post(ROUTE, json=document)
    with client.stream("GET", "/api/v1/events", params={"after": at}) as stream:
        lines = stream.iter_lines()
        assert next(line for line in lines if line.startswith("event: config")) == "event: config.changed"


def test_only_an_admin_reads_or_writes_it(own: Running) -> None:
    with own.caller("member") as member:
        assert member.get(ROUTE).status_code == 403
        assert member.post(ROUTE, json={"version": 1}).status_code == 403
