"""In which order the candidates of a preset are tried. Pure: what it draws depends on its seed alone."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from maquette.core.preset import Outcome, Strategy

FORGETTING = 0.97
"""What an outcome still counts after each later one: some 33 of the newest decide."""
MEMORY = 100
"""Outcomes beyond which none counts any more: all of them together would count no more than two of the newest."""
COST_SHARE = 0.05
"""How much of the score the dearest candidate loses against a free one."""
LATENCY_SHARE = 0.05
"""How much of the score the slowest candidate loses against an instant one."""


@dataclass(frozen=True, slots=True)
class Arm:
    """A candidate on one account."""

    index: int
    """Its place in the preset."""
    action: str
    account: str
    model: str | None = None
    weight: float = 1
    price: int | None = None
    """Micro-USD, where a price is known; its own record goes before."""


@dataclass(frozen=True, slots=True)
class Record:
    """What an arm's earlier outcomes come to, the newer counting more."""

    good: float = 0.0
    bad: float = 0.0
    cost: float | None = None
    latency_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Ranked:
    """An arm in its place, with the figures that brought it there."""

    arm: Arm
    figures: Mapping[str, Any] = field(default_factory=dict[str, Any])


def order(strategy: Strategy, arms: Sequence[Arm], seed: str, outcomes: Sequence[Outcome] = ()) -> list[Ranked]:
    """Return the arms in the order in which they are tried; the same seed and outcomes give the same order."""
    if strategy == "weighted":
        return _drawn(arms, random.Random(seed))  # noqa: S311 - a draw that can be repeated, no secret
    if strategy == "adaptive":
        return _sampled(arms, random.Random(seed), outcomes)  # noqa: S311
    return [Ranked(arm) for arm in arms]


def _drawn(arms: Sequence[Arm], draw: random.Random) -> list[Ranked]:
    """Draw the candidates one after the other by weight; accounts of one stay together, in order.

    The key `u ** (1 / w)` of Efraimidis and Spirakis makes one draw of each give such a permutation.
    """
    keys = {arm.index: draw.random() ** (1 / arm.weight) if arm.weight else -1.0 for arm in _firsts(arms)}
    total = sum(arm.weight for arm in _firsts(arms)) or 1
    placed = sorted(arms, key=lambda arm: -keys[arm.index])
    return [Ranked(arm, {"weight": arm.weight, "chance": round(arm.weight / total, 4)}) for arm in placed]


def _firsts(arms: Sequence[Arm]) -> list[Arm]:
    return list({arm.index: arm for arm in reversed(arms)}.values())[::-1]


def _sampled(arms: Sequence[Arm], draw: random.Random, outcomes: Sequence[Outcome]) -> list[Ranked]:
    """Order by Thompson sampling: a success rate drawn from what is believed of each, less its cost and time."""
    found = records(arms, outcomes)
    costs = [record.cost if record.cost is not None else arm.price for arm, record in zip(arms, found, strict=True)]
    dearest = max((cost for cost in costs if cost), default=0)
    slowest = max((record.latency_ms for record in found if record.latency_ms), default=0)
    ranked = list[tuple[float, Ranked]]()
    for arm, record, cost in zip(arms, found, costs, strict=True):
        sample = draw.betavariate(1 + record.good, 1 + record.bad)
        score = sample - COST_SHARE * _part(cost, dearest) - LATENCY_SHARE * _part(record.latency_ms, slowest)
        figures = {
            "score": round(score, 4),
            "sample": round(sample, 4),
            "successes": round(record.good, 2),
            "failures": round(record.bad, 2),
            "cost": None if cost is None else round(cost),
            "latency_ms": None if record.latency_ms is None else round(record.latency_ms),
        }
        ranked.append((score, Ranked(arm, figures)))
    return [each for _, each in sorted(ranked, key=lambda pair: -pair[0])]


def _part(value: float | None, most: float) -> float:
    return (value or 0) / most if most else 0.0


def records(arms: Sequence[Arm], outcomes: Sequence[Outcome]) -> list[Record]:
    """Return what is known of each arm; the newest outcome counts whole, and each before it a little less."""
    weighed: dict[object, list[tuple[float, Outcome]]] = {(arm.action, arm.account, arm.model): [] for arm in arms}
    weight, left = 1.0, MEMORY
    for outcome in sorted(outcomes, key=attrgetter("at"), reverse=True):
        if left and (found := weighed.get((outcome.action, outcome.account, outcome.model))) is not None:
            found.append((weight, outcome))
            weight, left = weight * FORGETTING, left - 1
    return [_record(weighed[arm.action, arm.account, arm.model]) for arm in arms]


def _record(weighed: Sequence[tuple[float, Outcome]]) -> Record:
    return Record(
        good=sum(weight for weight, outcome in weighed if outcome.good),
        bad=sum(weight for weight, outcome in weighed if not outcome.good),
        cost=_mean([(weight, outcome.cost) for weight, outcome in weighed]),
        latency_ms=_mean([(weight, outcome.latency_ms) for weight, outcome in weighed if outcome.good]),
    )


def _mean(values: Sequence[tuple[float, int | None]]) -> float | None:
    known = [(weight, value) for weight, value in values if value is not None]
    total = sum(weight for weight, _ in known)
    return sum(weight * value for weight, value in known) / total if total else None
