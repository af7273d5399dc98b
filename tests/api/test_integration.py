"""What a workspace sets for the pictures of its articles, under today's names and older ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.api.running import Running, serving

ROUTE = "/api/v1/integrations/image_generation"
WHOLE: dict[str, Any] = {
    "provider": "openai",
    "model": "gpt-image-2",
    "image_type": "cartoon",
    "max_in_article_images": 5,
    "image_format": "jpg",
    "desktop_enabled": False,
    "mobile_enabled": True,
    "is_active": False,
}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("integration") / "home") as running:
        yield running


@pytest.fixture
def client(own: Running) -> Iterator[httpx2.Client]:
    with own.caller("admin") as made:
        yield made


@pytest.mark.accepts("S4.6")
def test_every_setting_is_kept_for_each_workspace_apart_and_noted(own: Running, client: httpx2.Client) -> None:
    before = client.post("/api/v1/workspaces", json={"name": "before"}).json()["token"]
    with own.caller(None, **{"x-api-key": before}) as other:
        usual = other.get(ROUTE).json()
    assert usual.keys() == WHOLE.keys()
    assert client.put(ROUTE, json=WHOLE).json() == WHOLE
    assert client.get(ROUTE).json() == WHOLE
    assert client.get("/api/v1/configuration").json()["image_generation"] == WHOLE
    token = client.post("/api/v1/workspaces", json={"name": "elsewhere"}).json()["token"]
    with own.caller(None, **{"x-api-key": token}) as other:
        assert other.get(ROUTE).json() == usual
    with own.caller("member") as member:
        assert member.get(ROUTE).json() == WHOLE
        assert member.put(ROUTE, json=WHOLE).status_code == 403
    noted = client.get("/api/v1/audit", params={"action": "settings"}).json()["items"]
    assert WHOLE in [entry["after"]["body"] for entry in noted]


@pytest.mark.accepts("S4.8", "S4.9")
@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("max_in_article_images", 0), ("max_in_article_images", 6), ("image_type", "oil"), ("image_format", "gif"),
        ("provider", "nobody"), ("provider", "writer"), ("desktop", True),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named_and_nothing_is_kept(client: httpx2.Client, word: str, value: Any) -> None:
    before = client.get(ROUTE).json()
    refused = client.put(ROUTE, json=WHOLE | {word: value})
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, word)
    assert client.get(ROUTE).json() == before


@pytest.mark.accepts("S4.39")
@pytest.mark.parametrize("older", ["runwareModel", "imageModel", "openaiModel"])
def test_the_settings_of_the_article_writer_are_an_older_document(client: httpx2.Client, older: str) -> None:
    config = {"service": "openai", older: "gpt-image-2", "image_type": "artistic", "api_key": "sk-7"}
    document = {"integration_type": "image_generation", "is_active": True, "config": config}
    done = client.post("/api/v1/configuration", json=document)
    assert done.status_code == 200, done.text
    found = client.get(ROUTE).json()
    assert (found["provider"], found["model"], found["image_type"]) == ("openai", "gpt-image-2", "artistic")
    rows = client.get("/api/v1/accounts?provider=openai").json()["items"]
    (account,) = [row for row in rows if row["name"] == "imported"]
    assert account["secrets"] == ["api_key"]
    assert "sk-7" not in client.get("/api/v1/configuration").text
    client.delete(f"/api/v1/accounts/{account['id']}")


def test_of_several_older_names_of_the_model_that_of_the_provider_is_meant(client: httpx2.Client) -> None:
    config = {"service": "openai", "runwareModel": "runware:97@1", "openaiModel": "gpt-image-2"}
    assert client.put(ROUTE, json=config).json()["model"] == "gpt-image-2"


@pytest.mark.accepts("S2.26")
def test_the_settings_of_a_program_with_one_graph_server_become_an_account(client: httpx2.Client) -> None:
    older = {
        "comfyui": {
            "baseUrl": "http://127.0.0.1:9", "authToken": "sk-graph", "workflows": {"image": {}},
            "defaultWorkflow": "image",
        },
        "theme": "dark",
    }  # fmt: skip
    done = client.post("/api/v1/configuration", json=older)
    assert done.status_code == 200, done.text
    assert done.json()["left_out"] == ["theme", "comfyui.workflows", "comfyui.defaultWorkflow"]
    account = client.get(f"/api/v1/accounts/{done.json()['created'][0]}").json()
    assert (account["provider"], account["secrets"]) == ("comfyui", ["token"])
    assert account["settings"]["base_url"].rstrip("/") == "http://127.0.0.1:9"
    again = client.post("/api/v1/configuration", json=client.get("/api/v1/configuration").json()).json()
    assert (again["created"], again["updated"]) == ([], []), "what it became is a document of today"
    client.delete(f"/api/v1/accounts/{account['id']}")


@pytest.mark.accepts("S4.39")
def test_accounts_of_an_older_document_have_their_names_of_then(client: httpx2.Client) -> None:
    entry = {"service": "openai", "accountName": "of old", "apiKey": "sk-1", "imageModel": "gpt-image-2"}
    done = client.post("/api/v1/configuration", json={"accounts": [entry | {"rateLimitPerMinute": 9}]}).json()
    account = client.get(f"/api/v1/accounts/{done['created'][0]}").json()
    assert (account["provider"], account["name"], account["per_minute"]) == ("openai", "of old", 9)
    assert (account["models"], account["secrets"]) == (["gpt-image-2"], ["api_key"])
