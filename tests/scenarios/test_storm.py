"""Nobody pays twice and nothing is lost, while a third of the submits meet a fault and processes are killed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.scenarios.fleet import Fleet
from tests.scenarios.storm import BROKEN, Audit, Plan, Storm, configure
from tests.twins.running import Twin, running

MUTANT = ("tests.scenarios.mutant",)
SEED = int(os.environ.get("MAQUETTE_STORM_SEED", "20261121"))
ANSWERS = {"hang": 4.0, "drip": 0.6, "latency": 0.15, "step_delay": 0.02, "elsewhere": 0.1}


@contextmanager
def storm_twin(wire: str, folder: Path, seed: int, **options: object) -> Iterator[Twin]:
    """Run the twin of a wire with a third of its submits disturbed."""
    more = {"workers": 6} if wire == "comfyui" else {}
    with running(wire, folder, seed=seed, faults=1 / 3, **{**ANSWERS, **more, **options}) as twin:  # type: ignore[arg-type]
        yield twin


def on_sqlite(plan: Plan, folder: Path, *command: str, **options: object) -> Audit:
    """Run a storm against one server on SQLite that is killed and started again."""
    with storm_twin(plan.wire, folder / "twin", plan.seed, **options) as twin:
        home = folder / "home"
        configure(home, twin, plan.wire)
        fleet = Fleet(home, command=command or ("maquette.api",))
        try:
            fleet.start()
            return Storm(plan, fleet, twin, lambda: ["server"]).run()
        finally:
            fleet.close()


KILLED = ["worker"] * 6 + ["server"] * 2 + ["frozen"] * 2


def on_postgres(
    plan: Plan, folder: Path, database: str, *mutant: str, victims: Sequence[str] = tuple(KILLED), **options: object
) -> Audit:
    """Run a storm against a server and two workers on Postgres; workers are killed, or frozen and thawed."""
    with storm_twin(plan.wire, folder / "twin", plan.seed, **options) as twin:
        home = folder / "home"
        configure(home, twin, plan.wire, database_url=database)
        fleet = Fleet(home, {"MAQUETTE_RUNS_JOBS": "false"})
        if mutant:
            fleet.command = (*mutant, "server")
            fleet.worker_command = (*mutant, "worker")
        try:
            fleet.start()
            fleet.hire(30)
            fleet.hire(30)
            return Storm(plan, fleet, twin, lambda: list(victims)).run()
        finally:
            fleet.close()


def report(audit: Audit) -> None:
    """Print the figures with their seed, so that a run can be repeated."""
    print(f"\nstorm: {audit}")
    for name in BROKEN:
        for line in getattr(audit, name):
            print(f"  {name}: {line}")


@pytest.mark.accepts("S1.81", "S1.51", "S1.52")
@pytest.mark.parametrize("wire", ["openai", "comfyui"])
def test_a_storm_with_kills_on_sqlite_costs_no_money_and_no_result(wire: str, tmp_path: Path) -> None:
    audit = on_sqlite(Plan(wire, SEED, kills=12), tmp_path)
    report(audit)
    assert audit.faultless(), str(audit)
    assert audit.kills >= 10


def test_a_small_storm_over_blocking_calls_that_can_be_looked_up_leaves_no_doubt(tmp_path: Path) -> None:
    audit = on_sqlite(Plan("swarmui", SEED, jobs=40, kills=3, patience_s=90), tmp_path)
    report(audit)
    assert audit.faultless(), str(audit)


@pytest.mark.accepts("S1.81")
@pytest.mark.parametrize("wire", ["openai", "comfyui"])
def test_a_storm_with_kills_and_a_freeze_on_postgres_costs_no_money_and_no_result(
    wire: str, tmp_path: Path, postgres_database: str
) -> None:
    audit = on_postgres(Plan(wire, SEED + 1, kills=12), tmp_path, postgres_database)
    report(audit)
    assert audit.faultless(), str(audit)
    assert audit.kills >= 8


def turns_red(storm: Callable[[int, Path], Audit], folder: Path) -> bool:
    """Tell whether one of three storms bills twice: whether a stop meets a call under way is the clock's."""
    for number in range(3):
        audit = storm(SEED + number, folder / str(number))
        print(f"\nstorm: {audit}")
        if audit.twice:
            return True
    return False


def test_a_call_that_the_ledger_does_not_know_of_turns_the_storm_red(tmp_path: Path) -> None:
    def storm(seed: int, folder: Path) -> Audit:
        return on_sqlite(Plan("openai", seed, jobs=40, kills=3, patience_s=60), folder, *MUTANT, "no_sending", "server")

    assert turns_red(storm, tmp_path)


def test_a_resend_after_a_server_error_turns_the_storm_red(tmp_path: Path) -> None:
    plan = Plan("openai", SEED, jobs=12, kills=0, patience_s=60)
    audit = on_sqlite(plan, tmp_path, *MUTANT, "resend_on_5xx", "server", kinds=("error_billed",))
    assert audit.twice, str(audit)


def test_a_process_that_writes_after_it_was_fenced_turns_the_storm_red(
    tmp_path: Path, new_database: Callable[[], str]
) -> None:
    def storm(seed: int, folder: Path) -> Audit:
        plan = Plan("openai", seed, jobs=60, kills=2, gap_s=(0.8, 1.2), patience_s=60)
        return on_postgres(plan, folder, new_database(), *MUTANT, "no_epoch", victims=["frozen"], kinds=("refuse",))

    assert turns_red(storm, tmp_path)
