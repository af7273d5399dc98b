"""Jobs over a disturbed wire while processes are killed, and the audit of what was paid and what was kept."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
import tomllib
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPException
from pathlib import Path

import sqlalchemy as sa

from tests.scenarios.fleet import Fleet, Json, Started
from tests.twins.marker import marker_in
from tests.twins.running import Twin
from tests.twins.storm import SUBMIT_PHASES

FROZEN_S = 7.0
"""Seconds of a freeze: more than two leases of three seconds."""
FINAL = {"succeeded", "failed", "cancelled"}


def _picture(wire: str, marker: str, chance: random.Random) -> Json:
    size = {"width": 64, "height": 64, "steps": 4, "seed": chance.randrange(2**31)}
    return {"action": f"media.{wire}.txt2img", "params": {"prompt": f"a small picture [[m:{marker}]]", **size}}


ACTIONS: dict[str, Callable[[str, random.Random], Json]] = {
    "openai": lambda marker, chance: {
        "action": "media.openai.txt2img",
        "params": {"prompt": f"a small picture [[m:{marker}]]", "size": "1024x640", "model": "gpt-image-2"},
    },
    **{wire: partial(_picture, wire) for wire in ("comfyui", "swarmui")},
}


BROKEN = ("twice", "lost", "denied", "stuck", "split", "causeless", "unsummed", "ended")
"""What must never be, as the audit names it."""


@dataclass(frozen=True)
class Plan:
    """How much storm."""

    wire: str
    seed: int
    jobs: int = 150
    kills: int = 10
    gap_s: tuple[float, float] = (0.4, 2.2)
    patience_s: float = 120


@dataclass
class Audit:
    """What came of it; every list but `doubt` must be empty, and `doubt` no longer than `allowed`."""

    seed: int
    kills: int = 0
    states: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    twice: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    denied: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    split: list[str] = field(default_factory=list)
    causeless: list[str] = field(default_factory=list)
    doubt: list[str] = field(default_factory=list)
    unsummed: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    """Processes that ended though nobody killed them."""
    allowed: int = 0

    def faultless(self) -> bool:
        """Tell whether every promise was kept."""
        return not any(getattr(self, name) for name in BROKEN) and len(self.doubt) <= self.allowed

    def __str__(self) -> str:
        shown = {
            name: value for name, value in vars(self).items() if value or name in ("twice", "lost", "stuck", "split")
        }
        return ", ".join(
            f"{name}={len(v) if isinstance(v, list) else dict(v) if isinstance(v, Counter) else v}"
            for name, v in shown.items()
        )


def configure(home: Path, twin: Twin, wire: str, *, lease_s: float = 3, database_url: str = "") -> None:
    """Write the installation's file: one account on the twin, short times."""
    home.mkdir(parents=True, exist_ok=True)
    key = 'api_key = "sk-twin"' if wire in ("openai", "swarmui") else ""
    url = f"{twin.url}/v1" if wire == "openai" else twin.url
    lines = [
        f"lease_s = {lease_s}",
        f'database_url = "{database_url}"',
        "find_settle_s = 1.5",
        "answer_timeout_s = 3.0",
        f"[media_creation.{wire}]",
        f'api_url = "{url}"',
        key,
        "timeout = 60",
        "max_retries = 9",
        "concurrency = 24",
        "enable_websocket = false" if wire != "openai" else "",
    ]
    (home / "maquette.toml").write_text("\n".join(lines) + "\n")


class Storm:
    """One run of a plan against a fleet."""

    def __init__(self, plan: Plan, fleet: Fleet, twin: Twin, victims: Callable[[], list[str]]) -> None:
        self.plan, self.fleet, self.twin = plan, fleet, twin
        self.chance = random.Random(plan.seed)
        self.victims = victims
        self.markers = [f"{plan.wire}{plan.seed}x{n}" for n in range(plan.jobs)]
        self.taken: dict[str, set[str]] = {marker: set() for marker in self.markers}
        self.in_flight = 0
        self._over = threading.Event()
        self._thaws: list[threading.Thread] = []

    def run(self) -> Audit:
        """Submit, kill, wait, audit."""
        for scope in ("workspace", "account"):
            budget = {"name": f"each {scope}", "amount": 10**12, "scope": scope, "period": "total"}
            self.fleet.ask("POST", "/api/v1/budgets", budget)
        with ThreadPoolExecutor(6) as pool:
            sending = [pool.submit(self._submit, marker, self.chance.random()) for marker in self.markers]
            try:
                self._strike()
            except BaseException:
                # Nobody takes the rest any more: without this, each of them would be tried until its patience ends.
                self._over.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
            for sent in sending:
                sent.result()
        self._settle()
        return self._audit()

    def _submit(self, marker: str, delay: float) -> None:
        """Send a job until it is taken, always under one key; some are sent again though they were taken."""
        chance = random.Random(f"{self.plan.seed}/{marker}")
        time.sleep(delay * 0.5)
        body = ACTIONS[self.plan.wire](marker, chance)
        end, again = time.monotonic() + self.plan.patience_s, chance.random() < 0.15
        while time.monotonic() < end and not self._over.is_set():
            try:
                status, answer = self.fleet.ask("POST", "/api/v1/jobs", body, idempotency_key=f"key-{marker}")
            except (OSError, ValueError, HTTPException):
                time.sleep(0.1)
                continue
            if status in (200, 202):
                self.taken[marker].add(answer["id"])
                if not again:
                    return
                again = False
            elif status not in (409, 503):
                raise AssertionError(f"a job was refused with {status}: {answer}")
            time.sleep(0.05)
        raise AssertionError(f"{marker} was never taken")

    def _strike(self) -> None:
        """Kill at random instants."""
        for _ in range(self.plan.kills):
            time.sleep(self.chance.uniform(*self.plan.gap_s))
            victim = self.chance.choice(self.victims())
            self._kill(victim)

    def _kill(self, victim: str) -> None:
        if victim == "server":
            server = self.fleet.server
            self.fleet.kill(server)
            self._count_sending(server)
            self.fleet.start()
        elif victim == "frozen":
            self._thaws.append(threading.Thread(target=self._freeze, args=(self.fleet.workers[-1],)))
            self._thaws[-1].start()
        else:
            worker = self.fleet.workers.pop(0)
            self.fleet.kill(worker)
            self._count_sending(worker)
            self.fleet.hire()

    def _count_sending(self, process: Started | None) -> None:
        """Add the calls that were under way in a process when it was stopped: sent, and their answers not yet taken."""
        settings = tomllib.loads((self.fleet.home / "maquette.toml").read_text())
        url = settings["database_url"] or f"sqlite:///{self.fleet.home / 'maquette.db'}"
        engine = sa.create_engine(url)
        statement = sa.text(
            "select count(*) from attempts a join processes p on p.id = a.process"
            " where a.state = 'sending' and p.pid = :pid"
        )
        with engine.connect() as connection:
            self.in_flight += int(connection.execute(statement, {"pid": process.pid if process else 0}).scalar_one())
        engine.dispose()

    def _freeze(self, worker: Started) -> None:
        os.kill(worker.pid, signal.SIGSTOP)
        self._count_sending(worker)
        time.sleep(FROZEN_S)
        if worker.poll() is None:
            os.kill(worker.pid, signal.SIGCONT)
            time.sleep(2)  # what a thawed process does wrong, it does at once

    def _settle(self) -> None:
        """Wait until every job is final or waits for a person, and what was frozen has thawed."""
        for thaw in self._thaws:
            thaw.join()
        end = time.monotonic() + self.plan.patience_s
        while time.monotonic() < end:
            if self._ended() or all(settled(job) for job in self.fleet.jobs()):
                return
            time.sleep(0.5)

    def _ended(self) -> list[str]:
        """Return the processes that ended though nobody killed them; there is no supervisor to start them again."""
        fleet = [process for process in (self.fleet.server, *self.fleet.workers) if process is not None]
        return [f"process {each.pid} with code {code}" for each in fleet if (code := each.poll()) is not None]

    # -- the audit --------------------------------------------------------------------------------------------------

    def _audit(self) -> Audit:
        self.twin.settle()
        audit = Audit(self.plan.seed, kills=len(self.fleet.kills), ended=self._ended())
        bill = Counter(line["marker"] for line in self.twin.bill())
        log = [line for line in self.twin.log() if line["phase"] in SUBMIT_PHASES]
        audit.faults = Counter(line["fault"] for line in log if line["fault"])
        jobs = {job["id"]: job for job in self.fleet.jobs()}
        by_marker: dict[str, list[Json]] = {marker: [] for marker in self.markers}
        for job in jobs.values():
            marker = str(job["params"]["prompt"]).partition("[[m:")[2].rstrip("]")
            by_marker[marker].append(job)
        for marker in self.markers:
            self._audit_one(audit, marker, by_marker[marker], bill[marker])
        checked = self.fleet.ask("POST", "/api/v1/ledger/check")[1]
        audit.unsummed = [f"{name}: {checked[name]}" for name in ("counters", "tallies") if checked[name]]
        unanswered = sum(1 for line in log if not line["answered"])
        audit.allowed = 0 if self.plan.wire == "comfyui" else unanswered + self.in_flight
        return audit

    def _audit_one(self, audit: Audit, marker: str, jobs: list[Json], billed: int) -> None:
        if len(jobs) != 1 or len(self.taken[marker]) != 1:
            audit.split.append(f"{marker}: {[job['id'] for job in jobs]}")
            return
        job = self.fleet.ask("GET", f"/api/v1/jobs/{jobs[0]['id']}")[1]
        audit.states[job["state"] if job["state"] in FINAL else f"{job['state']} for {job['waiting_for']}"] += 1
        told = f"{marker} {job['id']} {job['state']} {job['waiting_for']} {[a['state'] for a in job['attempts']]}"
        in_doubt = any(attempt["state"] == "unknown" for attempt in job["attempts"])
        if billed > 1:
            audit.twice.append(told)
        if not settled(job):
            audit.stuck.append(told)
        elif job["state"] != "succeeded" and not (job.get("error") or job.get("attention")):
            audit.causeless.append(told)
        if in_doubt:
            audit.doubt.append(told)
        if job["state"] == "succeeded":
            audit.lost += [] if self._is_stored(job, marker) else [told]
        elif billed and not in_doubt:
            audit.denied.append(told)

    def _is_stored(self, job: Json, marker: str) -> bool:
        """Tell whether the stored bytes are those that were paid for."""
        stored = [self.fleet.fetch(asset["urls"]["content"]) for asset in job["assets"]]
        return bool(stored) and all(marker_in(content) == marker for content in stored)


def settled(job: Json) -> bool:
    """Tell whether a job is final or waits for a person."""
    return job["state"] in FINAL or (job["state"] == "waiting" and job["waiting_for"] == "attention")
