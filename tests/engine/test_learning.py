"""Adaptive choice on the real ledger: it finds the better candidate, and the other one when they swap."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from maquette.core.model import Account
from maquette.engine.strategy import MEMORY, Arm, Ranked, order
from maquette.engine.studio import Studio
from maquette.store import attempt as attempts
from maquette.store import outcome as outcomes
from maquette.store.database import Tx
from tests.engine.studio import Stage, account
from tests.store.row import an_attempt

GAP_MS = 50
BATCH = 100
"""Jobs of one commit: each sees in the ledger what became of those before it."""


class World:
    """Two accounts with a success rate each; every job tries them in the order that is learned, until one succeeds."""

    def __init__(self, studio: Studio, made: Sequence[Account], seed: int) -> None:
        self.studio, self.seed = studio, seed
        self.chance = random.Random(seed)
        self.arms = [Arm(index, "media.courier.txt2txt", each.id) for index, each in enumerate(made)]
        self.now = studio.store.clock.now()
        self.picked = list[int]()

    async def runs(self, jobs: int, rates: Sequence[float]) -> None:
        for _ in range(0, jobs, BATCH):
            await self.studio.store.write("default", lambda tx: self._several(tx, rates))

    def _several(self, tx: Tx, rates: Sequence[float]) -> None:
        for _ in range(BATCH):
            self._job(tx, rates)

    def _job(self, tx: Tx, rates: Sequence[float]) -> None:
        name = f"job {self.seed} {len(self.picked)}"
        known = outcomes.recent(tx, [arm.account for arm in self.arms], MEMORY)
        ranked = order("adaptive", self.arms, name, known)
        self.picked.append(ranked[0].arm.index)
        for number, each in enumerate(ranked):
            if self._tries(tx, name, number, each, rates[each.arm.index]):
                return

    def _tries(self, tx: Tx, job: str, number: int, ranked: Ranked, rate: float) -> bool:
        good = self.chance.random() < rate
        self.now += GAP_MS
        row = an_attempt(
            job,
            account=ranked.arm.account,
            state="succeeded" if good else "refused",
            created_at=self.now,
            number=number,
        )
        error = None if good else {"code": "provider_unavailable"}
        row = replace(row, action=ranked.arm.action, model=None, error=error, sent_at=self.now, ended_at=self.now + 20)
        attempts.insert(tx, row)
        return good


@pytest.mark.accepts("S3.25")
@pytest.mark.parametrize("seed", [1, 2])
async def test_the_better_of_two_gets_the_jobs_and_the_other_gets_them_within_100_jobs_when_they_swap(
    any_stage: Stage, seed: int
) -> None:
    studio = await any_stage.open()
    made = [await account(studio, "courier", name=f"nr {number}") for number in range(2)]
    world = World(studio, made, seed)
    await world.runs(300, (0.5, 0.98))
    assert world.picked[200:300].count(1) >= 85
    await world.runs(200, (0.98, 0.5))
    assert world.picked[400:500].count(0) >= 85
