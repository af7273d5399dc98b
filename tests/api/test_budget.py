"""Budgets, prices, the ledger and what an asset cost, over HTTP."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.api.running import Running, made

BUDGETS, PRICES = "/api/v1/budgets", "/api/v1/prices"


@pytest.fixture
def name(admin: httpx2.Client) -> Iterator[str]:
    """A name of one's own, whose budget is gone afterwards."""
    made_up = f"budget {uuid.uuid4().hex[:8]}"
    yield made_up
    admin.delete(f"{BUDGETS}/{made_up}")


def test_a_budget_is_made_changed_shown_and_deleted(admin: httpx2.Client, name: str) -> None:
    answer = admin.post(BUDGETS, json={"name": name, "amount": 5_000_000, "scope": "provider", "subject": "painter"})
    assert answer.status_code == 201, answer.text
    made_one = answer.json()
    assert (made_one["period"], made_one["mode"], made_one["currency"]) == ("month", "hard", "USD")
    assert made_one["counters"] == [
        {
            "subject": "painter",
            "period": made_one["counters"][0]["period"],
            "reserved": 0,
            "spent": 0,
            "left": 5_000_000,
        }
    ]
    changed = admin.patch(f"{BUDGETS}/{made_one['id']}", json={"amount": 7, "mode": "warning"}).json()
    assert (changed["amount"], changed["mode"], changed["counters"][0]["left"]) == (7, "warning", 7)
    assert admin.get(f"{BUDGETS}/{name}").json()["id"] == made_one["id"]
    audited = admin.get("/api/v1/audit", params={"subject": made_one["id"]}).json()["items"]
    assert [entry["action"] for entry in audited] == ["budget.updated", "budget.created"]
    assert audited[0]["before"] == {"amount": 5_000_000, "mode": "hard"}
    assert admin.delete(f"{BUDGETS}/{name}").status_code == 204
    assert admin.get(f"{BUDGETS}/{name}").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"amount": -1}, "amount"),
        ({"amount": 1.5}, "amount"),
        ({"currency": "EUR"}, "currency"),
        ({"period": "week"}, "period"),
        ({"scope": "planet"}, "scope"),
        ({"mode": "soft"}, "mode"),
        ({"scope": "account", "subject": "nobody"}, "subject"),
        ({"scope": "workspace", "subject": "default"}, "subject"),
        ({"name": ""}, "name"),
        ({"limit": 5}, "limit"),
    ],
)
def test_a_wrong_budget_is_refused_by_its_path_and_nothing_is_kept(
    admin: httpx2.Client, name: str, wrong: dict[str, Any], path: str
) -> None:
    before = admin.get(BUDGETS).json()["items"]
    answer = admin.post(BUDGETS, json={"name": name, "amount": 5} | wrong)
    assert answer.status_code == 422, answer.text
    assert [fault["path"] for fault in answer.json()["errors"]] == [path]
    assert answer.json()["hint"]
    assert admin.get(BUDGETS).json()["items"] == before


def test_a_wrong_change_changes_nothing(admin: httpx2.Client, name: str) -> None:
    admin.post(BUDGETS, json={"name": name, "amount": 5})
    before = admin.get(f"{BUDGETS}/{name}").json()
    for wrong in ({"amount": -3, "mode": "warning"}, {"currency": "XXX", "amount": 9}, {"scope": "key"}):
        assert admin.patch(f"{BUDGETS}/{name}", json=wrong).status_code == 422
    assert admin.get(f"{BUDGETS}/{name}").json() == before
    assert admin.post(BUDGETS, json={"name": name, "amount": 6}).status_code == 409


def test_only_an_admin_sets_budgets_and_prices(server: Running) -> None:
    with server.caller("member") as member:
        assert member.get(BUDGETS).status_code == 200
        assert member.post(BUDGETS, json={"name": "mine", "amount": 5}).status_code == 403
        assert member.put(f"{PRICES}/openai/x", json={"rates": {"input": "1"}}).status_code == 403
        assert member.post("/api/v1/ledger/check").status_code == 403


def test_a_budget_refuses_a_job_with_402_and_says_so_as_a_problem(
    server: Running, admin: httpx2.Client, name: str
) -> None:
    account = admin.post("/api/v1/accounts", json={"provider": "openai", "name": name, "settings": {"api_key": "sk-x"}})
    assert account.status_code == 201, account.text
    try:
        admin.post(BUDGETS, json={"name": name, "amount": 1, "scope": "provider", "subject": "openai", "period": "day"})
        body = {"action": "media.openai.txt2img", "params": {"prompt": "a fox", "model": "gpt-image-2"}}
        count = len(admin.get("/api/v1/jobs", params={"provider": "openai"}).json()["items"])
        answer = admin.post("/api/v1/jobs", json=body)
        told = answer.json()
        assert (answer.status_code, told["code"], told["budget"], told["left"]) == (402, "budget_exceeded", name, 1)
        assert int(answer.headers["retry-after"]) > 0
        assert told["resets_at"] > 0
        assert len(admin.get("/api/v1/jobs", params={"provider": "openai"}).json()["items"]) == count
    finally:
        admin.delete(f"/api/v1/accounts/{account.json()['id']}")


def test_a_price_of_ones_own_takes_the_place_of_the_catalog_until_it_is_removed(admin: httpx2.Client) -> None:
    price = {"rules": [{"per": "image", "credits": "8"}], "credit": "0.005", "source": "our contract"}
    answer = admin.put(f"{PRICES}/openai/gpt-image-2", json=price)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["origin"], answer.json()["source"]) == ("own", "our contract")
    (row,) = [row for row in admin.get(PRICES, params={"provider": "openai"}).json()["items"] if row["origin"] == "own"]
    assert (row["model"], row["rules"], row["credit"]) == (
        "gpt-image-2", [{"per": "image", "credits": "8", "when": {}}], "0.005"
    )  # fmt: skip
    assert row["checked_on"]
    assert admin.delete(f"{PRICES}/openai/gpt-image-2").status_code == 204
    assert admin.delete(f"{PRICES}/openai/gpt-image-2").status_code == 404
    rows = admin.get(PRICES, params={"provider": "openai"}).json()["items"]
    known = next(row for row in rows if row["model"] == "gpt-image-2")
    assert (known["origin"], known["rates"]["output"]) == ("catalog", "30.00")


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"rates": {"input": "-1"}},
        {"rates": {"input": "x"}},
        {"rules": [{"per": "hour", "usd": "1"}]},
        {"rules": [{"per": "image", "usd": "1", "credits": "1"}]},
        {"rules": [{"per": "image", "credits": "1"}]},
        {"rates": {"input": "1"}, "currency": "EUR"},
    ],
)
def test_a_wrong_price_is_refused(admin: httpx2.Client, wrong: dict[str, Any]) -> None:
    assert admin.put(f"{PRICES}/openai/gpt-image-2", json=wrong).status_code == 422
    assert not [row for row in admin.get(PRICES).json()["items"] if row["origin"] == "own"]


def test_an_unknown_provider_has_no_price(admin: httpx2.Client) -> None:
    assert admin.put(f"{PRICES}/nobody/x", json={"rates": {"input": "1"}}).status_code == 404


@pytest.mark.accepts("S4.33")
def test_the_ledger_is_exported_with_every_attempt_and_no_formula(admin: httpx2.Client) -> None:
    jobs = {made(admin, prompt=f"number {n}")["id"] for n in range(3)}
    answer = admin.get("/api/v1/ledger.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert jobs <= {row["job"] for row in rows}
    assert [row["attempt"] for row in rows] == sorted(row["attempt"] for row in rows)
    assert all(row["cost_micro_usd"] == "0" for row in rows if row["job"] in jobs)
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
    last = int(admin.get(f"/api/v1/jobs/{max(jobs)}").json()["created_at"])
    later = admin.get("/api/v1/ledger.csv", params={"since": last + 60_000}).text
    assert later.splitlines()[1:] == []


def test_what_an_asset_cost_is_told_by_its_parts(admin: httpx2.Client) -> None:
    job = made(admin, prompt="an otter")
    asset = job["assets"][0]
    assert asset["cost"] == 0
    told = admin.get(f"/api/v1/assets/{asset['id']}/cost").json()
    assert (told["own"], told["full"], [part["kind"] for part in told["parts"]]) == (0, 0, ["made"])
    assert admin.get(f"/api/v1/assets/asset_{'0' * 32}/cost").status_code == 404


def test_the_sums_agree_with_the_ledger(admin: httpx2.Client) -> None:
    made(admin, prompt="a summed fox")
    assert admin.post("/api/v1/ledger/check").json() == {"counters": 0, "tallies": 0, "mended": False}
    drift = admin.get("/api/v1/ledger/drift").json()["items"]
    painter = next(row for row in drift if row["provider"] == "painter")
    assert painter["settled"] == painter["computed"] + painter["guessed"] + painter["reported"] > 0
    assert (painter["spend"], painter["ratio"], painter["outside"]) == (0, None, 0)
