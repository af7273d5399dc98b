"""A preset of three candidates on three providers' servers, all of them in a storm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.scenarios import storm
from tests.scenarios.fleet import Fleet, Json
from tests.scenarios.storm import Audit, Plan, Storm
from tests.twins.running import Twin, running

WIRE = "trio"
PRESET = "three-painters"
MODEL = "gpt-image-2"

storm.ACTIONS[WIRE] = lambda marker, chance: {
    "preset": PRESET,
    "params": {"prompt": f"a small picture [[m:{marker}]]", "size": "1024x640"},
}


@dataclass(frozen=True)
class Several:
    """Three twins that are billed and read as one."""

    twins: Sequence[Twin]

    def bill(self) -> list[Json]:
        """Return what all of them took money for."""
        return [line for twin in self.twins for line in twin.bill()]

    def log(self, phase: str | None = None) -> list[Json]:
        """Return what all of them were asked."""
        return [line for twin in self.twins for line in twin.log(phase)]

    def settle(self) -> None:
        """Wait until none of them is answering."""
        for twin in self.twins:
            twin.settle()


@contextmanager
def twins(folder: Path, seed: int, **options: Any) -> Iterator[Several]:
    """Run three twins, each with faults of its own."""
    with ExitStack() as stack:
        started = [
            stack.enter_context(running("openai", folder / f"twin-{n}", seed=seed + n, **options)) for n in range(3)
        ]
        yield Several(started)


def configure(home: Path, *, database_url: str = "", answer_s: float = 3) -> None:
    """Write the installation's file: short times, and no account yet."""
    home.mkdir(parents=True, exist_ok=True)
    lines = ["lease_s = 3", f'database_url = "{database_url}"', "find_settle_s = 1.5"]
    lines.append(f"answer_timeout_s = {float(answer_s)}")
    (home / "maquette.toml").write_text("\n".join(lines) + "\n")


def furnish(fleet: Fleet, several: Several, **limits: Any) -> list[str]:
    """Make an account on each twin and the preset over them; return the accounts' ids."""
    made = list[str]()
    for number, twin in enumerate(several.twins):
        body = {
            "provider": "openai",
            "name": f"painter {number}",
            "settings": {"api_key": "sk-twin", "base_url": f"{twin.url}/v1"},
            "timeout_s": 60,
            "concurrency": 5,
        }
        status, answer = fleet.ask("POST", "/api/v1/accounts", body | limits)
        assert status == 201, answer
        made.append(answer["id"])
    preset = {
        "name": PRESET,
        "title": "Three painters",
        "media": "image",
        "strategy": "weighted",
        "candidates": [
            {"action": "media.openai.txt2img", "account": account, "params": {"model": MODEL}} for account in made
        ],
        "max_attempts": 2,
        "on_moderation": "next",
    }
    status, answer = fleet.ask("POST", "/api/v1/presets", preset)
    assert status == 201, answer
    return made


@dataclass
class Verdict:
    """What came of a storm over a preset, beside the audit of what was paid and kept."""

    audit: Audit
    helpless: list[str]
    """Jobs that ended without a result though nothing was accepted, and though a candidate had not refused them."""
    unlisted: list[str]
    """Attempts in doubt that the list for people does not tell, or not with cause and money."""
    moved: int
    """Jobs that succeeded on another candidate than the first."""
    struck: int = 0
    """Jobs of which a try met a fault that leaves no doubt: nothing was taken."""
    recovered: int = 0
    """Of those, the ones that succeeded."""
    ledger: tuple[int, int] = (0, 0)
    """Jobs that any fault struck before they ended, and the ones of those that succeeded, by their attempts."""
    told: tuple[int, int] = (0, 0)
    """The same, as the figures of the server tell it."""

    def faultless(self) -> bool:
        """Tell whether every promise was kept."""
        return self.audit.faultless() and not self.helpless and not self.unlisted


def weather(plan: Plan, folder: Path, *command: str, **options: Any) -> Verdict:
    """Run a storm over the preset against one server on SQLite that is killed and started again."""
    home = folder / "home"
    configure(home)
    with twins(folder, plan.seed, **options) as several:
        fleet = Fleet(home, command=command or ("maquette.api",))
        try:
            fleet.start()
            furnish(fleet, several)
            audit = Storm(plan, fleet, several, lambda: ["server"]).run()  # type: ignore[arg-type]
            return _judged(fleet, several, audit)
        finally:
            fleet.close()


def _judged(fleet: Fleet, several: Several, audit: Audit) -> Verdict:
    jobs = [fleet.ask("GET", f"/api/v1/jobs/{job['id']}")[1] for job in fleet.jobs()]
    listed = {row["attempt"]: row for row in _doubts(fleet)}
    verdict = Verdict(audit, [], [], 0)
    for job in jobs:
        states = {attempt["state"] for attempt in job["attempts"]}
        untried = len({attempt["account"] for attempt in job["attempts"]}) < len(several.twins)
        if job["state"] != "succeeded" and states <= {"refused", "not_sent"} and untried:
            verdict.helpless.append(f"{job['id']} {job['error']} {[a['state'] for a in job['attempts']]}")
        for attempt in job["attempts"]:
            row = listed.get(attempt["id"])
            whole = row is not None and row["reason"] and row["money_at_stake"] > 0 and row["page"] and row["ways"]
            if attempt["state"] == "unknown" and not whole:
                verdict.unlisted.append(f"{job['id']} {attempt['id']}: {row}")
        used = [attempt["account"] for attempt in job["attempts"]]
        verdict.moved += job["state"] == "succeeded" and used[-1] != used[0]
        _count(verdict, job)
        if len(job["attempts"]) > 1 and "unknown" not in states:
            verdict.struck += 1
            verdict.recovered += job["state"] == "succeeded"
    totals = fleet.ask("GET", "/api/v1/stats?days=2")[1]["totals"]
    verdict.told = (totals["struck"], totals["recovered"])
    return verdict


def _count(verdict: Verdict, job: Json) -> None:
    good = job["state"] == "succeeded"
    ends = [a["ended_at"] for a in job["attempts"] if a["state"] in ("failed", "refused", "not_sent")]
    if (good or job["state"] == "failed") and any(end <= job["ended_at"] for end in ends):
        verdict.ledger = (verdict.ledger[0] + 1, verdict.ledger[1] + good)


def _doubts(fleet: Fleet) -> list[Json]:
    found: list[Json] = []
    before = ""
    while True:
        page = fleet.ask("GET", f"/api/v1/attention?limit=200{before}")[1]
        found += page["items"]
        if not page["next"]:
            return found
        before = f"&before={page['next']}"
