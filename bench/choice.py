"""A preset of three candidates in a storm with kills, and a burst on three accounts with limits, at full length."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.figure import Figure
from bench.place import STORES, postgres
from tests.scenarios.burst import LIMITS, Seen, burst
from tests.scenarios.storm import BROKEN, Plan
from tests.scenarios.trio import WIRE, weather

ANSWERS = {"faults": 1 / 2, "hang": 4.0, "drip": 0.6, "latency": 0.15, "elsewhere": 0.1}


def options(parser: argparse.ArgumentParser) -> None:
    """Describe what can be chosen."""
    parser.add_argument("--jobs", type=int, default=1_000, help="of the storm (%(default)s)")
    parser.add_argument("--kills", type=int, default=30, help="of the storm (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the storm (%(default)s)")
    parser.add_argument("--burst", type=int, default=300, help="jobs of the burst (%(default)s)")
    parser.add_argument("--latency", type=float, default=1.0, help="seconds of an answer in the burst (%(default)s)")


def run(given: argparse.Namespace) -> Sequence[Figure]:
    """Storm, then burst on both databases."""
    found = list(_stormed(given))
    for store in STORES:
        with tempfile.TemporaryDirectory(prefix="maquette-burst-") as folder:
            found += _figures(store, _burst(given, store, Path(folder)))
    return found


def _stormed(given: argparse.Namespace) -> Sequence[Figure]:
    begun = time.monotonic()
    plan = Plan(WIRE, given.seed, jobs=given.jobs, kills=given.kills, patience_s=max(120.0, 2.0 * given.jobs))
    with tempfile.TemporaryDirectory(prefix="maquette-choice-") as folder:
        verdict = weather(plan, Path(folder), **ANSWERS)
    audit = verdict.audit
    broken = [f"{name}: {line}" for name in BROKEN for line in getattr(audit, name)]
    print(*broken, *verdict.helpless, *verdict.unlisted, sep="\n", flush=True)
    note = f"{given.jobs} jobs, {audit.kills} kills, seed {given.seed}, {time.monotonic() - begun:.0f} s"
    states = ", ".join(f"{count} {state}" for state, count in sorted(audit.states.items()))
    return [
        Figure("promises broken over three candidates", len(broken), "", 0, note),
        Figure("jobs that needed a person without doubt", len(verdict.helpless), "", 0, states),
        Figure("attempts in doubt that are not listed whole", len(verdict.unlisted), "", 0),
        Figure("jobs in doubt", len(audit.doubt), "", audit.allowed, f"{verdict.moved} went on to another candidate"),
    ]


def _burst(given: argparse.Namespace, store: str, folder: Path) -> list[Seen]:
    if store == "sqlite":
        return burst(folder, given.burst, latency=given.latency, patience_s=600, settled=True)
    with postgres(folder / "postgres") as url:
        return burst(folder, given.burst, latency=given.latency, database=url, workers=2, patience_s=600, settled=True)


def _figures(store: str, found: Sequence[Seen]) -> Sequence[Figure]:
    most = [each.at_once for each in found]
    over = sum(max(0, count - limits["concurrency"]) for count, limits in zip(most, LIMITS, strict=True))
    return [
        Figure(f"requests at once beyond the limit, {store}", over, "", 0, f"at most {most}"),
        Figure(f"requests within a minute, {store}", found[1].within(60), "", LIMITS[1]["per_minute"]),
        Figure(f"requests of a day, {store}", len(found[2].spans), "", LIMITS[2]["per_day"]),
        Figure(f"slots idle while jobs wait, {store}", 100 * (1 - found[0].used(6)), "%", 10),
    ]
