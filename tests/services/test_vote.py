"""What a person chooses counts for whoever made it, once for each question, and moves the choice of `adaptive`."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from maquette.core.ids import new_id
from maquette.core.interaction import Question, Select
from maquette.engine.strategy import MEMORY, Arm, order
from maquette.services import vote
from maquette.store import asset as assets
from maquette.store import attempt as attempts
from maquette.store import job as jobs
from maquette.store import outcome as outcomes
from maquette.store.database import Tx
from tests.engine.studio import Stage
from tests.store.row import a_job, an_asset, an_attempt, an_interaction

ARMS = [Arm(0, "media.a.txt2img", "acc_a"), Arm(1, "media.b.txt2img", "acc_b")]


def made(tx: Tx, arm: Arm, interaction: str, number: int = 1) -> list[str]:
    """Insert a try of an arm with two results and return their ids."""
    job = a_job(action=arm.action, state="succeeded", interaction=interaction, ended_at=tx.now)
    jobs.insert(tx, job)
    tried = an_attempt(job.id, number=number, action=arm.action, account=arm.account, state="succeeded")
    attempts.insert(tx, tried)
    found = [an_asset(job=job.id, attempt=tried.id, index=index, digest=new_id("d")) for index in range(2)]
    for each in found:
        assets.insert(tx, each)
    return [each.id for each in found]


def votes(tx: Tx) -> list[tuple[str, bool | None]]:
    every = [attempt for job in jobs.page(tx, {}, None, 50)[::-1] for attempt in attempts.of_job(tx, job.id)]
    return [(attempt.account, attempt.vote) for attempt in every]


def asks(select: Select, data: Any = None) -> Any:
    return an_interaction(question=Question("Which?", data=data or {}, select=select).row())


async def test_the_one_that_was_chosen_wins_once_and_each_other_loses_once(any_stage: Stage) -> None:
    studio = await any_stage.open()
    question = asks(Select("results", "picked"))

    def unit(tx: Tx) -> list[tuple[str, bool | None]]:
        rows = [made(tx, arm, question.id) for arm in (ARMS[0], ARMS[0], ARMS[1], ARMS[1], ARMS[0])]
        vote.cast(tx, question, {"picked": rows[1][1]})
        return votes(tx)

    told = await studio.store.write("default", unit)
    assert told == [("acc_a", None), ("acc_a", True), ("acc_b", None), ("acc_b", False), ("acc_a", None)]


@pytest.mark.parametrize("alone", [True, False])
async def test_what_was_not_compared_counts_for_nobody(any_stage: Stage, alone: bool) -> None:
    studio = await any_stage.open()
    question = asks(Select("results", "picked"))

    def unit(tx: Tx) -> list[tuple[str, bool | None]]:
        rows = [made(tx, arm, question.id) for arm in (ARMS[0], ARMS[0] if alone else ARMS[1])]
        foreign = an_asset()
        assets.insert(tx, foreign)
        vote.cast(tx, question, {"picked": rows[0][0] if alone else foreign.id})
        return votes(tx)

    assert {found for _, found in await studio.store.write("default", unit)} == {None}


async def test_choices_change_who_is_tried_first(any_stage: Stage) -> None:
    studio = await any_stage.open()

    def unit(tx: Tx) -> tuple[Counter[int], Counter[int]]:
        firsts = list[Counter[int]]()
        for chooses in (False, True):
            for _ in range(10):
                question = asks(Select("data", "chosen", 1, 2))
                rows = [made(tx, arm, question.id) for arm in ARMS]
                shown = {"choices": [{"asset_id": asset} for some in rows for asset in some]}
                question = asks(Select("data", "chosen", 1, 2), shown)
                if chooses:
                    vote.cast(tx, question, {"chosen": [rows[1][0]]})
            known = outcomes.recent(tx, ["acc_a", "acc_b"], MEMORY)
            firsts.append(Counter(order("adaptive", ARMS, f"seed {n}", known)[0].arm.index for n in range(300)))
        return firsts[0], firsts[1]

    before, after = await studio.store.write("default", unit)
    assert 100 < before[1] < 200, "both did as well"
    assert after[1] > 270
