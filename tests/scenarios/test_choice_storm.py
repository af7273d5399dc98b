"""A preset goes on to its next candidate while nothing is paid, and to a person when nobody can tell."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.scenarios.storm import Plan
from tests.scenarios.trio import WIRE, weather

SEED = int(os.environ.get("MAQUETTE_STORM_SEED", "20261126"))
ANSWERS = {"faults": 1 / 2, "hang": 4.0, "drip": 0.6, "latency": 0.1, "elsewhere": 0.1}


@pytest.mark.accepts("S1.72", "S2.10")
def test_jobs_over_three_candidates_in_a_storm_cost_no_money_and_no_result_and_need_nobody_but_for_doubt(
    tmp_path: Path,
) -> None:
    verdict = weather(Plan(WIRE, SEED, jobs=90, kills=3, gap_s=(0.4, 1.6)), tmp_path, **ANSWERS)
    print(f"\nstorm: {verdict.audit}, moved on={verdict.moved}")
    assert verdict.helpless == []
    assert verdict.unlisted == []
    assert verdict.faultless(), str(verdict.audit)
    assert verdict.audit.kills == 3
    assert verdict.audit.states["failed"] <= 5, "few are refused by every candidate"
    assert verdict.moved >= 1, "how many go on to the next candidate is the dice's; that some do is the point of it"
    assert verdict.audit.states["waiting for attention"] > 0, "and left some in doubt"


@pytest.mark.accepts("S1.79")
def test_nine_in_ten_of_the_jobs_that_a_fault_strikes_are_made_good(tmp_path: Path) -> None:
    # Faults that leave no doubt: what is in doubt is for a person to make good.
    faults = {**ANSWERS, "kinds": ("rate_bare", "rate_seconds", "rate_body", "quota_429")}
    verdict = weather(Plan(WIRE, SEED, jobs=30, kills=0), tmp_path, **faults)
    print(f"\nstorm: {verdict.audit}, made good={verdict.recovered} of {verdict.struck}")
    assert verdict.faultless(), str(verdict.audit)
    assert verdict.told == verdict.ledger
    assert verdict.struck >= 5
    assert verdict.recovered / verdict.struck >= 0.9
