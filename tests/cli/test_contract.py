"""`maquette providers check`: the rules, then on request one call by each action, its price first."""

from __future__ import annotations

from tests.cli.conftest import ACTION, Run
from tests.client.fake import Server

CHECK = "POST /api/v1/providers/painter/contract"
GOOD = {"rule": "Everything has a name", "kept": True, "faults": [], "note": ""}
BAD = {"rule": "Every schema is closed", "kept": False, "faults": ["media.painter.x: takes any word"], "note": ""}
PRICE = {"min": 0, "likely": 40_000, "max": 50_000, "known": True, "currency": "USD"}


def test_a_broken_rule_is_told_and_nothing_is_made(server: Server, maquette: Run) -> None:
    server.on(CHECK, {"items": [GOOD, BAD]})
    done = maquette("providers", "check", "painter", "--live", "--yes")
    assert done.code == 1
    assert "media.painter.x: takes any word" in done.out
    assert server.of("POST /api/v1/jobs") == []


def test_a_live_check_tells_its_price_and_makes_one_thing_by_each_action(server: Server, maquette: Run) -> None:
    server.on(CHECK, {"items": [GOOD]})
    server.on("POST /api/v1/estimate", PRICE)
    done = maquette("providers", "check", "painter", "--live", "--yes", "--json")
    assert done.code == 0, done.err
    (trial,) = done.json()["live"]
    assert (trial["action"], trial["ok"], trial["cost_micro_usd"]) == (ACTION["name"], True, 40_000)
    assert "at most $0.05" in done.err
    (job,) = server.of("POST /api/v1/jobs")
    assert job.json()["params"] == {"prompt": "A red disc on white.", "width": 64, "n": 1}
