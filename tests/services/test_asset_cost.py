"""What a picture cost: its share, the attempts that brought nothing, what else was tried, and what it was made from."""

from __future__ import annotations

from typing import Any

import pytest

from maquette.core.ids import new_id
from maquette.services import cost as costs
from maquette.services.caller import Caller
from maquette.store import asset as assets
from maquette.store import attempt as attempts
from maquette.store import job as jobs
from maquette.store.database import Tx
from tests.engine.studio import Stage
from tests.store.row import a_job, an_asset, an_attempt

OWNER = Caller("default", None, "admin")


def tried(tx: Tx, job: Any, number: int, cost: int, count: int, **words: Any) -> list[str]:
    """Keep an attempt that cost so much and brought so many assets; returns their ids."""
    state = "succeeded" if count else "failed"
    kept = an_attempt(job.id, number=number, state=state, cost=cost, cost_source="reported", **words)
    attempts.insert(tx, kept)
    made = [an_asset(job=job.id, attempt=kept.id, index=n) for n in range(count)]
    for each in made:
        assets.insert(tx, each)
    assets.share(tx, kept.id, cost)
    jobs.charge(tx, job.id, cost)
    return [each.id for each in made]


@pytest.mark.accepts("S4.33")
async def test_a_share_is_exact_and_failed_attempts_are_borne_by_what_the_job_made(stage: Stage) -> None:
    studio = await stage.open()

    def unit(tx: Tx) -> list[str]:
        job = a_job(state="succeeded")
        jobs.insert(tx, job)
        tried(tx, job, 1, 100, 0)
        return tried(tx, job, 2, 1000, 3)

    made = await studio.store.write("default", unit)
    found = [await costs.of_asset(studio, OWNER, each) for each in made]
    assert [each.own for each in found] == [334, 333, 333]
    assert [each.full for each in found] == [334 + 34, 333 + 33, 333 + 33]
    assert sum(each.full for each in found) == 1100, "all that was paid, once"
    assert {part.kind for part in found[0].parts} == {"made", "failed"}


async def test_rejected_variants_and_sources_count_for_what_was_chosen(stage: Stage) -> None:
    studio = await stage.open()

    def unit(tx: Tx) -> str:
        source = a_job(state="succeeded")
        jobs.insert(tx, source)
        (sketch,) = tried(tx, source, 1, 500, 1)
        place = {"interaction": new_id("int"), "subject": "/any/prompt_1", "state": "succeeded"}
        chosen = a_job(params={"prompt": "x", "image": sketch}, **place)
        rejected, elsewhere = a_job(**place), a_job(**place | {"subject": "/any/prompt_2"})
        for job in (chosen, rejected, elsewhere):
            jobs.insert(tx, job)
        tried(tx, rejected, 1, 70, 1)
        tried(tx, elsewhere, 1, 9000, 1)
        return tried(tx, chosen, 1, 800, 1)[0]

    found = await costs.of_asset(studio, OWNER, await studio.store.write("default", unit))
    assert {part.kind: part.cost for part in found.parts} == {"made": 800, "variants": 70, "input": 500}
    assert (found.own, found.full) == (800, 1370)


async def test_what_was_uploaded_cost_nothing(stage: Stage) -> None:
    studio = await stage.open()
    kept = an_asset()
    await studio.store.write("default", lambda tx: assets.insert(tx, kept))
    found = await costs.of_asset(studio, OWNER, kept.id)
    assert (found.own, found.full, found.parts) == (0, 0, ())
