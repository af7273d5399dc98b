"""A request is answered by the result of an equal one where that is wanted: it costs nothing and says so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from maquette.core.housekeeping import Housekeeping
from maquette.core.model import Job
from maquette.engine.housekeeping import DAY_MS
from maquette.engine.plan import Wanted
from maquette.engine.studio import Studio
from maquette.services import account as accounts
from maquette.services import asset as files
from maquette.services import housekeeping, reuse
from maquette.services import job as service
from maquette.services.account import Draft
from maquette.services.caller import Caller
from maquette.services.job import JobView, Submission
from maquette.store import event as events
from tests.engine.studio import ShiftedClock, Stage, reached
from tests.services.house import CALLER, SMALL, opened
from tests.store.row import a_job

OTHER = Caller("elsewhere", "key_2", "admin")
PAINT = "media.painter.txt2img"


@pytest.fixture
async def studio(any_stage: Stage) -> Studio:
    made = await opened(any_stage)
    made.store.clock = ShiftedClock()
    return made


async def made(studio: Studio, caller: Caller = CALLER, key: str | None = None, **words: Any) -> JobView:
    params = {"prompt": "a red disc", **SMALL, **words.pop("params", {})}
    given = Wanted(PAINT, params, workspace=caller.workspace, **{"cache": True, **words})
    taken = await service.submit(studio, caller, Submission(given, params, key))
    if taken.job.state != "succeeded":
        await reached(studio, taken.job)
    return (await service.get(studio, caller, taken.job.id))[0]


@pytest.mark.accepts("S1.16")
async def test_an_equal_request_is_answered_at_once_without_an_attempt_and_says_by_whom(studio: Studio) -> None:
    first = await made(studio)
    again = await made(studio, key="once")
    assert (again.job.state, again.job.cost, list(again.attempts)) == ("succeeded", 0, [])
    assert [asset.id for asset in again.assets] == [asset.id for asset in first.assets]
    assert (again.job.result or {})["cached_from"] == first.job.id
    told = await studio.store.read("default", lambda tx: events.after(tx, 0, job=again.job.id))
    assert [event.type for event in told] == ["job.queued", "job.succeeded"]
    assert told[-1].data["cached_from"] == first.job.id
    assert (await made(studio, key="once")).job.id == again.job.id
    third = await made(studio)
    assert (third.job.result or {})["cached_from"] == first.job.id, "whoever did the work is named"


@pytest.mark.accepts("S1.16")
async def test_another_request_or_one_that_wants_it_fresh_is_made_anew(studio: Studio) -> None:
    first = await made(studio)
    for words in ({"cache": False}, {"cache": None}, {"params": {"seed": 2}}, {"params": {"prompt": "a blue disc"}}):
        fresh = await made(studio, **words)
        assert len(fresh.attempts) == 1, words
        assert fresh.assets[0].id != first.assets[0].id
    assert (await made(studio)).attempts == []


async def test_a_result_that_is_gone_or_whose_maker_has_changed_answers_nothing(studio: Studio) -> None:
    first = await made(studio)
    await files.delete(studio, CALLER, first.assets[0].id)
    second = await made(studio)
    assert len(second.attempts) == 1
    painter = next(a for a in await accounts.listed(studio, CALLER) if a.account.provider == "painter").account
    studio.store.clock.ahead_ms += 1000  # type: ignore[attr-defined]
    await accounts.update(studio, CALLER, painter.id, Draft(None, {}, {"concurrency": 3}))
    third = await made(studio)
    assert len(third.attempts) == 1
    assert (await made(studio)).attempts == []


@pytest.mark.accepts("S1.16")
async def test_a_workspace_may_switch_it_off_or_let_results_age(studio: Studio) -> None:
    await made(studio)
    await housekeeping.change(studio, CALLER, Housekeeping(reuse="off"))
    assert len((await made(studio)).attempts) == 1
    await housekeeping.change(studio, CALLER, Housekeeping(reuse="asked", reuse_days=2))
    assert (await made(studio)).attempts == []
    studio.store.clock.ahead_ms += 3 * DAY_MS  # type: ignore[attr-defined]
    assert len((await made(studio)).attempts) == 1


async def test_nothing_is_answered_across_workspaces(studio: Studio) -> None:
    first = await made(studio)
    job = replace(first.job, workspace="elsewhere")
    mark = reuse.digest(Wanted(PAINT, first.job.params, cache=True), job)
    assert mark is not None
    wanted = Wanted(PAINT, first.job.params, cache=True)
    here = await studio.store.read("default", lambda tx: reuse.found(tx, wanted, first.job, mark))
    there = await studio.store.read("elsewhere", lambda tx: reuse.found(tx, wanted, job, mark))
    assert here is not None and here.id == first.job.id
    assert there is None


def priced(high: int) -> Job:
    row = {"action": PAINT, "account": "a", "params": {}, "price": {"high": high}}
    return a_job(plan=[row])


@pytest.mark.accepts("S1.16")
def test_without_a_word_only_a_seed_of_ones_own_and_a_price_make_a_request_reusable() -> None:
    seeded, plain = {"prompt": "x", "seed": 1}, {"prompt": "x"}
    assert reuse.digest(Wanted(PAINT, seeded), priced(5)) is not None
    assert reuse.digest(Wanted(PAINT, plain), priced(5)) is None
    assert reuse.digest(Wanted(PAINT, plain | {"seed": -1}), priced(5)) is None, "it asks for a fresh draw"
    assert reuse.digest(Wanted(PAINT, seeded), priced(0)) is None
    assert reuse.digest(Wanted(PAINT, seeded, cache=False), priced(5)) is None
    assert reuse.digest(Wanted(PAINT, plain, cache=True), priced(0)) is not None
    for words in ({"parent": "job_1"}, {"interaction": "int_1"}, {"child_key": "k"}):
        assert reuse.digest(Wanted(PAINT, seeded, cache=True, **words), priced(5)) is None  # type: ignore[arg-type]
    assert reuse.digest(Wanted(PAINT, seeded, cache=True), a_job(plan=[])) is None
