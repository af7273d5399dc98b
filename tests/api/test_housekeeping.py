"""Keeping house over HTTP and on the command line: rules, a dry run, what is kept, and requests answered again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from maquette.cli.root import run as command
from tests.api.running import ACTION, SMALL, Running, made, serving

ROUTE = "/api/v1/housekeeping"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("house") / "home") as running:
        yield running


@pytest.fixture
def client(house: Running) -> Iterator[httpx2.Client]:
    with house.caller() as caller:
        yield caller
        caller.put(ROUTE, json={})


@pytest.mark.accepts("S1.78")
def test_a_dry_run_lists_what_and_how_much_and_the_command_line_does_it(
    house: Running, client: httpx2.Client, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = made(client, seed=11)["assets"][0], made(client, seed=12)["assets"][0]
    assert client.put(f"/api/v1/assets/{first['id']}/keep").status_code == 204
    # A sum of nothing cannot be asked for, so the smallest one is put over what lies here by a rule that all outgrow.
    body = {"rules": [{"media": ["image"], "larger_than_mb": 1}]}
    assert client.put(ROUTE, json=body).json()["rules"][0]["larger_than_mb"] == 1
    assert client.post(f"{ROUTE}/tidy", json={}).json() == {
        "dry_run": True, "count": 0, "bytes": 0, "items": [], "compressed": 0, "saved_bytes": 0, "left": [],
    }  # fmt: skip
    big = client.post(
        "/api/v1/jobs",
        json={"action": ACTION, "params": {"prompt": "a forest in fog", "width": 1536, "height": 1536}},
        headers={"Prefer": "wait=60"},
    ).json()["assets"][0]
    assert big["size"] > 1_000_000, "the rule must have something to find"
    told = client.post(f"{ROUTE}/tidy", json={"dry_run": True}).json()
    assert (told["count"], told["bytes"], told["items"][0]["asset"]) == (1, big["size"], big["id"])
    assert client.get(f"/api/v1/assets/{big['id']}").status_code == 200
    reached = ["--url", house.url, "--key", house.admin_key, "tidy", "--json"]
    assert command([*reached, "--dry-run"]) == 0
    assert json.loads(capsys.readouterr().out)["items"][0]["why"] == "larger than 1 MB"
    assert command(reached) == 0
    assert json.loads(capsys.readouterr().out)["count"] == 1
    assert client.get(f"/api/v1/assets/{big['id']}").status_code == 404
    assert client.post(f"/api/v1/assets/{big['id']}/restore").status_code == 200
    for asset in (first, second):
        assert client.get(f"/api/v1/assets/{asset['id']}").status_code == 200
    noted = client.get("/api/v1/audit").json()["items"]
    assert "house.tidied" in [entry["action"] for entry in noted]


@pytest.mark.accepts("S1.16")
def test_a_request_that_is_answered_again_says_so_over_http_and_in_the_words_of_the_document(
    client: httpx2.Client,
) -> None:
    ask: dict[str, Any] = {"action": ACTION, "params": SMALL | {"seed": 99}, "cache": True}
    first = client.post("/api/v1/jobs", json=ask, headers={"Prefer": "wait=30"}).json()
    again = client.post("/api/v1/jobs", json=ask).json()
    assert (again["state"], again["cached_from"], again["cost"]) == ("succeeded", first["id"], {"micro_usd": 0})
    assert [asset["id"] for asset in again["assets"]] == [asset["id"] for asset in first["assets"]]
    log = client.get(f"/api/v1/jobs/{again['id']}/events").text
    assert first["id"] in log
    streamed = client.post("/api/v1/jobs", json=ask, headers={"Accept": "text/event-stream"}).text
    assert "job.succeeded" in streamed
    body = {"mediaType": "image", "prompt": "a red kite", "options": {"width": 64, "height": 64}, "cache": True}
    one = client.post("/api/media/generate", json=body).json()
    client.get(f"/api/v1/jobs/{one['jobId']}/events")
    other = client.post("/api/media/generate", json=body).json()
    assert (other["status"], len(other["files"]), other["cost"]) == ("completed", 1, 0)


@pytest.mark.accepts("S1.49")
def test_filters_are_listed_with_the_schema_of_their_settings_and_are_off(client: httpx2.Client) -> None:
    assert client.get(ROUTE).json()["filters"] == []
    found = {row["name"]: row for row in client.get(f"{ROUTE}/filters").json()["items"]}
    assert set(found) >= {"pictures", "words"}
    assert "words" in found["words"]["settings_schema"]["properties"]


@pytest.mark.parametrize(
    "body",
    [
        {"rules": [{}]}, {"rules": [{"older_than_days": 0}]}, {"rules": [{"older_than_days": 3, "colour": "red"}]},
        {"rules": [{"media": ["smell"], "most_mb": 1}]}, {"filters": [{"filter": "nobody"}]}, {"reuse": "always"},
    ],
)  # fmt: skip
def test_settings_that_do_not_fit_are_refused_and_nothing_is_kept(client: httpx2.Client, body: dict[str, Any]) -> None:
    before = client.get(ROUTE).json()
    answer = client.put(ROUTE, json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"] and answer.json()["hint"]
    assert client.get(ROUTE).json() == before


def test_only_an_admin_sets_rules_and_tidies(house: Running) -> None:
    with house.caller("member") as member:
        assert member.get(ROUTE).status_code == 200
        assert member.put(ROUTE, json={}).status_code == 403
        assert member.post(f"{ROUTE}/tidy", json={}).status_code == 403
