"""Two hundred submits at once never overrun a budget of one dollar, and who is refused learns when it resets."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.fleet import ROOT, Fleet, Json
from tests.scenarios.storm import configure
from tests.twins.running import Twin, running

DOLLAR = 1_000_000
PRICE = 30_000
MODEL = "gpt-image-2.5-flare"
SPEC = {
    "action": "media.openai.txt2img",
    "params": {"prompt": "a small fox [[m:budget]]", "model": MODEL, "size": "1024x1024", "format": "jpeg"},
}
CLIENTS, EACH = 4, 50


@contextmanager
def twin_of(folder: Path) -> Iterator[Twin]:
    with running("openai", folder, seed=7) as twin:
        yield twin


class Watch(threading.Thread):
    """Looks at the counter all the while, and keeps the most that it ever said."""

    def __init__(self, fleet: Fleet) -> None:
        super().__init__(daemon=True)
        self.fleet, self.most, self.looks = fleet, 0, 0
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.is_set():
            (counter,) = self.fleet.ask("GET", "/api/v1/budgets/dollar")[1]["counters"]
            self.most = max(self.most, counter["reserved"] + counter["spent"])
            self.looks += 1
            time.sleep(0.02)


def prepared(fleet: Fleet) -> None:
    """Set a price that is exact, and a budget of a dollar a day."""
    rule = {"rules": [{"per": "image", "usd": "0.03"}], "source": "a test"}
    assert fleet.ask("PUT", f"/api/v1/prices/openai/{MODEL}", rule)[0] == 200
    status, told = fleet.ask("POST", "/api/v1/estimate", SPEC)
    assert (status, told["min"], told["max"], told["rate"]) == (200, PRICE, PRICE, "$0.03 per image")
    made = {"name": "dollar", "amount": DOLLAR, "period": "day"}
    assert fleet.ask("POST", "/api/v1/budgets", made)[0] == 201


def submitted(fleet: Fleet, ports: Sequence[int]) -> list[Json]:
    """Let four processes submit fifty jobs each at once."""
    key = (fleet.home / "admin.key").read_text().strip()
    clients = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.scenarios.many_submits", f"http://127.0.0.1:{ports[n % len(ports)]}", key,
             str(EACH), json.dumps(SPEC)],
            cwd=ROOT, stdout=subprocess.PIPE,
        )
        for n in range(CLIENTS)
    ]  # fmt: skip
    answers: list[Json] = []
    for client in clients:
        out, _ = client.communicate(timeout=90)
        assert client.returncode == 0
        answers += json.loads(out)
    return answers


def held_to_a_dollar(fleet: Fleet, twin: Twin, ports: Sequence[int]) -> None:
    prepared(fleet)
    watch = Watch(fleet)
    watch.start()
    try:
        answers = submitted(fleet, ports)
        ended = settled(fleet, sum(each["status"] == 202 for each in answers))
    finally:
        watch.over.set()
        watch.join(10)
    taken = [each["body"]["id"] for each in answers if each["status"] == 202]
    refused = [each for each in answers if each["status"] == 402]
    assert len(taken) + len(refused) == CLIENTS * EACH
    assert len(taken) == DOLLAR // PRICE, "as many as fit, and no more"
    for each in refused:
        told: dict[str, Any] = each["body"]
        assert (told["code"], told["budget"], told["needed"]) == ("budget_exceeded", "dollar", PRICE)
        assert told["left"] < PRICE
        assert told["resets_at"] > time.time() * 1000
        assert "resets at" in told["detail"] and int(each["after"]) > 0
    assert 0 < watch.most <= DOLLAR and watch.looks > 10
    spent = sum(job["cost"]["micro_usd"] for job in ended)
    (counter,) = fleet.ask("GET", "/api/v1/budgets/dollar")[1]["counters"]
    assert (counter["spent"], counter["reserved"]) == (spent, 0)
    assert {job["state"] for job in ended} == {"succeeded"}
    assert spent == PRICE * len(ended)
    assert fleet.ask("POST", "/api/v1/ledger/check")[1] == {"counters": 0, "tallies": 0, "mended": False}
    assert len(twin.bill()) == len(taken), "what is refused is never sent"


def settled(fleet: Fleet, count: int) -> list[Json]:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        found = fleet.jobs()
        if len(found) == count and all(job["state"] in ("succeeded", "failed") for job in found):
            return found
        time.sleep(0.1)
    raise AssertionError([job["state"] for job in fleet.jobs()])


@pytest.mark.accepts("C8")
def test_a_dollar_holds_against_one_server_on_sqlite(tmp_path: Path) -> None:
    with twin_of(tmp_path / "twin") as twin:
        configure(tmp_path / "home", twin, "openai")
        fleet = Fleet(tmp_path / "home")
        try:
            fleet.start(120)
            held_to_a_dollar(fleet, twin, [fleet.port])
        finally:
            fleet.close()


@pytest.mark.accepts("C8")
def test_a_dollar_holds_against_two_servers_and_two_workers_on_postgres(tmp_path: Path, postgres_database: str) -> None:
    with twin_of(tmp_path / "twin") as twin:
        home = tmp_path / "home"
        configure(home, twin, "openai", database_url=postgres_database)
        fleet, second = Fleet(home), Fleet(home)
        try:
            fleet.start(120)
            second.start(120)
            fleet.hire(30)
            fleet.hire(30)
            held_to_a_dollar(fleet, twin, [fleet.port, second.port])
        finally:
            second.close()
            fleet.close()
