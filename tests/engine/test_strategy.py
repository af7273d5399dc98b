"""In which order candidates are tried: as listed, by weight, or by what was learned of them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

import pytest

from maquette.core.preset import Outcome
from maquette.engine.strategy import MEMORY, Arm, order, records

ARMS = [Arm(0, "media.a.txt2img", "acc_a"), Arm(1, "media.b.txt2img", "acc_b")]


def first(strategy: str, arms: Sequence[Arm], seed: str, outcomes: Sequence[Outcome] = ()) -> int:
    return order(strategy, arms, seed, outcomes)[0].arm.index  # type: ignore[arg-type]


def outcome(arm: Arm, at: int, *, good: bool, cost: int | None = None, latency_ms: int | None = None) -> Outcome:
    return Outcome(arm.action, arm.account, arm.model, good, cost, latency_ms, at)


def simulated(seed: int, rates: Sequence[float], jobs: int, swap_at: int = -1) -> list[int]:
    """Run jobs over candidates of these success rates; each job goes on to the next candidate after a failure."""
    world, past, picked = random.Random(seed), list[Outcome](), list[int]()
    for number in range(jobs):
        now = list(reversed(rates)) if 0 <= swap_at <= number else rates
        ranked = order("adaptive", ARMS, f"job {seed} {number}", past)
        picked.append(ranked[0].arm.index)
        for each in ranked:
            good = world.random() < now[each.arm.index]
            past.append(outcome(each.arm, len(past), good=good))
            if good:
                break
    return picked


@pytest.mark.accepts("S3.24")
def test_fallback_keeps_the_order_in_which_they_are_listed() -> None:
    assert [each.arm.index for each in order("fallback", ARMS, "any")] == [0, 1]


@pytest.mark.accepts("S3.15")
def test_weights_decide_how_often_a_candidate_comes_first() -> None:
    arms = [Arm(0, "a", "x", weight=3), Arm(1, "b", "y", weight=1)]
    drawn = Counter(first("weighted", arms, f"job {number}") for number in range(4000))
    assert 0.72 < drawn[0] / 4000 < 0.78


def test_the_same_seed_draws_the_same_order_so_that_it_can_be_explained() -> None:
    arms = [Arm(number, f"action {number}", "x") for number in range(8)]
    for strategy in ("weighted", "adaptive"):
        assert order(strategy, arms, "job_1") == order(strategy, arms, "job_1")
    orders = {tuple(each.arm.index for each in order("weighted", arms, f"job_{number}")) for number in range(50)}
    assert len(orders) > 40


def test_the_accounts_of_one_candidate_stay_together_when_it_is_drawn() -> None:
    arms = [Arm(0, "a", "x"), Arm(0, "a", "y"), Arm(1, "b", "z"), Arm(1, "b", "w")]
    for number in range(50):
        assert [each.arm.account for each in order("weighted", arms, f"job {number}")] in (
            ["x", "y", "z", "w"],
            ["z", "w", "x", "y"],
        )


@pytest.mark.accepts("S3.25")
def test_adaptive_finds_the_better_of_two_and_finds_the_other_within_100_jobs_when_they_swap() -> None:
    for seed in range(12):
        picked = simulated(seed, (0.5, 0.98), 500, swap_at=300)
        assert picked[200:300].count(1) >= 85, seed
        assert picked[400:500].count(0) >= 85, seed


def test_between_equals_the_cheaper_and_the_faster_come_first_more_often() -> None:
    for dear in ({"cost": 90_000}, {"latency_ms": 60_000}):
        cheap = {name: value // 30 for name, value in dear.items()}
        past = [outcome(ARMS[0], 2 * number, good=True, **dear) for number in range(60)]
        past += [outcome(ARMS[1], 2 * number + 1, good=True, **cheap) for number in range(60)]
        drawn = Counter(first("adaptive", ARMS, f"job {number}", past) for number in range(400))
        assert drawn[1] > 2 * drawn[0], dear


def test_a_known_price_counts_where_nothing_was_paid_yet() -> None:
    arms = [Arm(0, "a", "x", price=1_000_000), Arm(1, "b", "y", price=10)]
    drawn = Counter(first("adaptive", arms, f"job {number}") for number in range(2000))
    assert drawn[1] > drawn[0]


def test_old_outcomes_are_forgotten() -> None:
    bad_once = [outcome(ARMS[0], number, good=False) for number in range(100)]
    good_since = [outcome(ARMS[0], 1000 + number, good=True) for number in range(MEMORY)]
    record = records(ARMS, [*bad_once, *good_since])[0]
    assert record.bad == 0
    assert 30 < record.good < 35


def test_what_others_did_is_not_counted() -> None:
    stranger = Arm(0, "media.c.txt2img", "acc_c")
    assert records(ARMS, [outcome(stranger, 1, good=True)])[0].good == 0
