"""Budgets over work that starts further work: ensembles, fall-backs and runs of workflows."""

from __future__ import annotations

from typing import Any

import pytest

from maquette.core.errors import BudgetExceeded
from maquette.core.model import Job
from maquette.core.preset import read
from maquette.engine.plan import Wanted
from maquette.engine.studio import Studio
from maquette.services import budget as budgets
from maquette.services import job as jobs
from maquette.services import ledger, workflow
from maquette.services import preset as presets
from maquette.services.budget import Draft
from maquette.services.job import Submission
from tests.engine.studio import Stage, account, reached, until
from tests.engine.studio import ledger as ledger_of
from tests.engine.upstream import Upstream
from tests.services.house import CALLER
from tests.services.test_budget import LIKELY, MOST, job_list, standing

COURIER, TELEGRAPH = {"action": "media.courier.txt2txt"}, {"action": "media.telegraph.txt2txt"}


@pytest.fixture
async def studio(any_stage: Stage, upstream: Upstream) -> Studio:
    """A process with two test providers and the real modules, on each database."""
    any_stage.packages = ("tests.engine.plugins", "maquette.modules")
    made = await any_stage.open()
    for provider in ("courier", "telegraph"):
        await account(made, provider, upstream.url, name=provider)
    return made


async def by_preset(studio: Studio, strategy: str, **more: Any) -> Job:
    body = {"name": strategy, "title": "Mine", "media": "text", "strategy": strategy, **more}
    made = await presets.create(studio, CALLER, read(body | {"candidates": [COURIER, TELEGRAPH]}))
    return await again(studio, made.definition.name)


async def again(studio: Studio, name: str) -> Job:
    return (await jobs.submit(studio, CALLER, Submission(Wanted(None, {"prompt": "a fox"}, preset=name), {}))).job


async def agrees(studio: Studio) -> None:
    found = await ledger.check(studio, CALLER, mend=False)
    assert (found.counters, found.tallies) == (0, 0)


async def test_an_ensemble_holds_all_its_members_and_hands_that_on_to_them(studio: Studio, upstream: Upstream) -> None:
    await budgets.create(studio, CALLER, Draft("all", 2 * MOST))
    await budgets.create(studio, CALLER, Draft("presets", 2 * MOST, "preset"))
    upstream.held = True
    job = await by_preset(studio, "ensemble")
    assert job.reserved == 2 * MOST

    async def begun() -> bool:
        return len(upstream.tasks) == 2

    await until(begun)
    assert await standing(studio, "all") == (2 * MOST, 0), "what the members hold was held for them before"
    with pytest.raises(BudgetExceeded, match="'all'"):
        await again(studio, "ensemble")
    await agrees(studio)
    upstream.finish()
    done = await reached(studio, job)
    assert done.state == "succeeded"
    assert await standing(studio, "all") == (0, 2 * LIKELY)
    assert await standing(studio, "presets") == (0, 2 * LIKELY), "its members count for the preset"
    await agrees(studio)


async def test_a_provider_whose_budget_is_used_up_gives_way_to_the_next_candidate(
    studio: Studio, upstream: Upstream
) -> None:
    await budgets.create(studio, CALLER, Draft("none", 0, "provider", "courier"))
    job = await reached(studio, await by_preset(studio, "fallback"))
    assert [each.provider for each in await ledger_of(studio, job)] == ["telegraph"]
    assert any("none" in told["why"] for told in job.warnings), "and it is said why"
    assert upstream.tasks.keys() == {"task-1"}
    await agrees(studio)


async def test_each_run_of_a_workflow_is_bounded_by_itself_and_goes_on_when_it_may(
    studio: Studio, upstream: Upstream
) -> None:
    body = {
        "name": "two", "title": "Two",
        "steps": [
            {"id": "first", "module_id": "media.courier.txt2txt", "inputs": {"prompt": "one"}, "output": "first"},
            {"id": "second", "module_id": "media.courier.txt2txt", "inputs": {"prompt": "two {{ state.first.text }}"}},
        ],
    }  # fmt: skip
    await workflow.create(studio, CALLER, body)
    limit = LIKELY + MOST - 1
    await budgets.create(studio, CALLER, Draft("runs", limit, "run", "two", "total"))
    run = (await workflow.start(studio, CALLER, "two", {})).job
    ended = await reached(studio, run)
    assert (ended.state, (ended.error or {})["code"]) == ("failed", "budget_exceeded")
    view = await budgets.get(studio, CALLER, "runs")
    assert [(each.subject, each.spent) for each in view.counters] == [(run.id, LIKELY)]
    await budgets.update(studio, CALLER, "runs", {"amount": 2 * MOST})
    second = await reached(studio, (await jobs.retry(studio, CALLER, run.id, None)).job)
    assert second.state == "succeeded"
    assert upstream.bill.count("one") == 1, "what is done is not paid again"
    assert len([job for job in await job_list(studio) if job.parent is None]) == 2
    await agrees(studio)
