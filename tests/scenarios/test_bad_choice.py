"""Accounts, presets and keys that cannot serve: the error names the thing, and nothing is half done."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.fleet import Fleet, Json
from tests.scenarios.test_refused_start import refusal

PAINT = "media.painter.txt2img"
HOSTED = "media.openai.txt2img"


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    made = Fleet(tmp_path_factory.mktemp("choice"))
    made.start()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def nothing_is_run(fleet: Fleet) -> Iterator[None]:
    """No job is made by a request that is refused."""
    before = [job["id"] for job in fleet.jobs()]
    yield
    assert [job["id"] for job in fleet.jobs()] == before


def kept(fleet: Fleet, path: str, body: Json) -> Json:
    status, answer = fleet.ask("POST", f"/api/v1/{path}", body)
    assert status == 201, answer
    return answer


def account(fleet: Fleet, name: str) -> str:
    settings = {"api_key": "sk-x", "base_url": "http://127.0.0.1:9/v1"}
    return str(kept(fleet, "accounts", {"provider": "openai", "name": name, "settings": settings})["id"])


def preset(fleet: Fleet, name: str, *candidates: Json, **more: Any) -> Json:
    body = {"name": name, "title": name, "media": "image", "candidates": list(candidates), **more}
    return kept(fleet, "presets", body)


def refused(fleet: Fleet, wanted: str, status: int, code: str) -> Json:
    body = {"preset": wanted, "params": {"prompt": "a fox"}}
    answered, problem = fleet.ask("POST", "/api/v1/jobs", body)
    assert (answered, problem["code"]) == (status, code), problem
    assert wanted in problem["detail"]
    assert problem["hint"]
    return problem


def test_a_preset_whose_candidates_cannot_take_the_request_names_each_and_why(fleet: Fleet) -> None:
    made = account(fleet, "of one model")
    assert fleet.ask("PATCH", f"/api/v1/accounts/{made}", {"models": ["gpt-image-2"]})[0] == 200
    params = {"model": "gpt-image-1"}
    preset(fleet, "unable", {"action": HOSTED, "params": params}, {"action": HOSTED, "account": made, "params": params})
    faults = refused(fleet, "unable", 422, "params_invalid")["errors"]
    assert [(fault["path"], fault["code"]) for fault in faults] == [
        ("candidates.0", "account_unknown"),
        ("candidates.1", "account_unknown"),
    ]
    assert all("'gpt-image-1'" in fault["message"] for fault in faults)
    fleet.ask("DELETE", f"/api/v1/accounts/{made}")


def test_weights_of_zero_are_refused_when_they_are_written(fleet: Fleet) -> None:
    before = fleet.ask("GET", "/api/v1/presets")[1]["items"]
    body = {"title": "None", "media": "image", "strategy": "weighted", "candidates": [{"action": PAINT, "weight": 0}]}
    status, problem = fleet.ask("POST", "/api/v1/presets", body)
    assert (status, problem["errors"][0]["path"]) == (422, "candidates")
    assert "every weight is 0" in problem["detail"]
    assert fleet.ask("GET", "/api/v1/presets")[1]["items"] == before


def test_a_chain_to_an_account_that_was_deleted_names_it_and_the_rest_of_the_chain_serves(fleet: Fleet) -> None:
    gone = account(fleet, "leaving")
    preset(fleet, "orphaned", {"action": HOSTED, "account": "leaving"})
    preset(fleet, "halved", {"action": HOSTED, "account": "leaving"}, {"action": PAINT})
    assert fleet.ask("DELETE", f"/api/v1/accounts/{gone}")[0] == 204
    (fault,) = refused(fleet, "orphaned", 422, "params_invalid")["errors"]
    assert (fault["path"], "'leaving'" in fault["message"]) == ("candidates.0", True)
    status, plan = fleet.ask("POST", "/api/v1/presets/halved/plan", {"params": {"prompt": "a fox"}})
    assert status == 200, plan
    assert [each["candidate"] for each in plan["left_out"]] == [0]
    assert "'leaving'" in plan["left_out"][0]["why"]
    assert [each["action"] for each in plan["candidates"]] == [PAINT]


def test_an_account_that_is_not_there_is_named(fleet: Fleet) -> None:
    status, problem = fleet.ask("DELETE", "/api/v1/accounts/account_of_nobody")
    assert (status, "'account_of_nobody'" in problem["detail"]) == (404, True)


def test_a_preset_that_is_switched_off_says_so(fleet: Fleet) -> None:
    preset(fleet, "asleep", {"action": PAINT}, enabled=False)
    refused(fleet, "asleep", 409, "conflict")


@pytest.mark.parametrize("version", [2, 10**6])
def test_an_import_of_a_newer_version_is_refused_whole(fleet: Fleet, version: int) -> None:
    before = fleet.ask("GET", "/api/v1/configuration")[1]
    entry = {"provider": "openai", "name": "from the future", "settings": {"api_key": "sk-x"}}
    status, problem = fleet.ask("POST", "/api/v1/configuration", {"version": version, "accounts": [entry]})
    assert (status, problem["errors"][0]["path"]) == (422, "version")
    assert f"version {version}" in problem["detail"]
    assert "newer" in problem["hint"]
    assert fleet.ask("GET", "/api/v1/configuration")[1] == before


def test_a_master_key_of_another_installation_stops_the_start_by_name_and_changes_nothing(
    fleet: Fleet, tmp_path: Path
) -> None:
    sealed = account(fleet, "sealed")
    fleet.close()
    home = Path(shutil.copytree(fleet.home, tmp_path / "home"))
    fleet.start()
    key = secrets.token_bytes(32)
    (home / "master.key").write_bytes(key)
    said = refusal(home)
    fleet.ask("DELETE", f"/api/v1/accounts/{sealed}")
    assert str(home / "master.key") in said
    assert "backup of its home folder" in said
    assert (home / "master.key").read_bytes() == key
    shutil.copy(fleet.home / "master.key", home / "master.key")
    again = Fleet(home)
    try:
        again.start()
        names = [row["name"] for row in again.ask("GET", "/api/v1/accounts?provider=openai")[1]["items"]]
        assert "sealed" in names
    finally:
        again.close()
