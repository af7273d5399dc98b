"""The long storm: a third of the submits meet a fault, processes are killed, and the books are checked.

It goes round by round, each in a fresh home with a provider and a seed of its own. `--seed` with `--jobs` and `--kills`
of one round, `--wire` and `--store` repeats that round.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.figure import Figure
from bench.place import STORES, postgres
from tests.scenarios.storm import BROKEN, Audit, Plan
from tests.scenarios.test_storm import on_postgres, on_sqlite

WIRES = ("openai", "comfyui")


def options(parser: argparse.ArgumentParser) -> None:
    """Describe what can be chosen."""
    parser.add_argument("--jobs", type=int, default=10_000, help="in all rounds together (%(default)s)")
    parser.add_argument("--kills", type=int, default=1_000, help="in all rounds together (%(default)s)")
    parser.add_argument("--round", type=int, default=250, help="most jobs of one round (%(default)s)")
    parser.add_argument("--wire", choices=WIRES, help="only this one")
    parser.add_argument("--store", choices=STORES, help="only this one")
    parser.add_argument(
        "--seed", type=int, default=1, help="of the first round; each further one counts on (%(default)s)"
    )


@dataclass
class Tally:
    """What came of all rounds of one wire on one store."""

    jobs: int = 0
    kills: int = 0
    states: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    doubt: int = 0
    allowed: int = 0
    seeds: list[int] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, plan: Plan, audit: Audit, seconds: float) -> None:
        """Take a round in."""
        self.jobs, self.kills, self.seconds = self.jobs + plan.jobs, self.kills + audit.kills, self.seconds + seconds
        self.states += audit.states
        self.broken += [f"{name}: {line}" for name in BROKEN for line in getattr(audit, name)]
        if len(audit.doubt) > audit.allowed:
            self.broken.append(f"doubt: {len(audit.doubt)} with {audit.allowed} allowed, seed {plan.seed}")
        self.doubt, self.allowed = self.doubt + len(audit.doubt), self.allowed + audit.allowed
        self.seeds.append(plan.seed)


def run(given: argparse.Namespace) -> Sequence[Figure]:
    """Storm."""
    wires, stores = [given.wire] if given.wire else WIRES, [given.store] if given.store else STORES
    fields = list(itertools.product(wires, stores))
    share = -(-given.jobs // len(fields))
    rounds = -(-share // given.round)
    kills = -(-given.kills // (len(fields) * rounds))
    found: list[Figure] = []
    seed = given.seed
    for wire, store in fields:
        tally = Tally()
        for size in _sizes(share, rounds):
            _round(Plan(wire, seed, jobs=size, kills=kills, patience_s=max(120.0, 2.0 * size)), store, tally)
            seed += 1
        found += _figures(f"{wire} on {store}", tally)
    return found


def _sizes(jobs: int, rounds: int) -> Iterator[int]:
    for number in range(rounds):
        yield jobs // rounds + (number < jobs % rounds)


def _round(plan: Plan, store: str, tally: Tally) -> None:
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="maquette-storm-") as folder:
        audit = _stormed(plan, store, Path(folder))
    tally.add(plan, audit, time.monotonic() - begun)
    print(f"{plan.wire} on {store}: {plan.jobs} jobs in {time.monotonic() - begun:.0f} s: {audit}", flush=True)
    for name in BROKEN:
        for line in getattr(audit, name):
            print(f"  {name}: {line}", flush=True)


def _stormed(plan: Plan, store: str, folder: Path) -> Audit:
    if store == "sqlite":
        return on_sqlite(plan, folder)
    with _database(folder / "postgres") as database:
        return on_postgres(plan, folder, database)


@contextmanager
def _database(folder: Path) -> Iterator[str]:
    with postgres(folder) as url:
        yield url


def _figures(name: str, tally: Tally) -> Sequence[Figure]:
    seeds = f"seeds {tally.seeds[0]} to {tally.seeds[-1]}, {tally.seconds:.0f} s"
    states = ", ".join(f"{count} {state}" for state, count in sorted(tally.states.items()))
    return [
        Figure(
            f"promises broken, {name}", len(tally.broken), "", 0, f"{tally.jobs} jobs, {tally.kills} kills, {seeds}"
        ),
        Figure(f"jobs in doubt, {name}", tally.doubt, "", tally.allowed, states),
    ]
