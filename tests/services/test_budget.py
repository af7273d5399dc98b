"""Budgets hold: what does not fit is refused before anything is written, and what is held is given back."""

from __future__ import annotations

from typing import Any

import pytest

from maquette.core.errors import BudgetExceeded, Conflict, ParamsInvalid
from maquette.core.model import Job
from maquette.engine.plan import Wanted
from maquette.engine.studio import Studio
from maquette.services import budget as budgets
from maquette.services import job as jobs
from maquette.services import ledger
from maquette.services.budget import BudgetView, Draft
from maquette.services.caller import Caller
from maquette.services.job import Submission
from maquette.store import job as job_rows
from tests.engine.studio import Stage, account, log_of, reached, until
from tests.engine.studio import ledger as ledger_of
from tests.engine.upstream import Upstream

OWNER = Caller("default", "key_1", "admin")
LIKELY, MOST = 200, 300
"""What the price of the test providers says."""


async def ask(studio: Studio, action: str = "media.courier.txt2txt", prompt: str = "a fox", **words: Any) -> Job:
    wanted = Wanted(action, {"prompt": prompt}, **words)
    return (await jobs.submit(studio, OWNER, Submission(wanted, {"prompt": prompt}))).job


async def standing(studio: Studio, name: str) -> tuple[int, int]:
    """Return what is reserved and what is spent of a budget, over all its subjects."""
    view: BudgetView = await budgets.get(studio, OWNER, name)
    return sum(each.reserved for each in view.counters), sum(each.spent for each in view.counters)


async def agrees(studio: Studio) -> None:
    found = await ledger.check(studio, OWNER, mend=False)
    assert (found.counters, found.tallies) == (0, 0)


async def test_money_is_held_at_submit_and_settled_at_the_end(any_stage: Stage, upstream: Upstream) -> None:
    studio = await any_stage.open()
    await account(studio, "courier", upstream.url)
    await budgets.create(studio, OWNER, Draft("all", 1000, period="day"))
    upstream.held = True
    job = await ask(studio)
    assert await standing(studio, "all") == (MOST, 0)
    await agrees(studio)
    upstream.finish()
    done = await reached(studio, job)
    assert (done.state, done.cost) == ("succeeded", LIKELY)
    assert await standing(studio, "all") == (0, LIKELY)
    await agrees(studio)


async def test_what_does_not_fit_is_refused_with_what_is_left_and_when_it_resets(
    any_stage: Stage, upstream: Upstream
) -> None:
    studio = await any_stage.open()
    await account(studio, "courier", upstream.url)
    view = await budgets.create(studio, OWNER, Draft("tight", 2 * MOST - 1, period="day"))
    upstream.held = True
    first = await ask(studio)
    with pytest.raises(BudgetExceeded) as refused:
        await ask(studio)
    told = refused.value.problem()
    assert (told["status"], told["code"], told["budget"]) == (402, "budget_exceeded", "tight")
    assert (told["left"], told["needed"], told["reserved"]) == (MOST - 1, MOST, MOST)
    assert told["resets_at"] == view.resets_at
    assert "resets at" in told["detail"] and 0 < told["retry_after"] <= 86_400
    assert len(await job_list(studio)) == 1, "what is refused leaves no job behind"
    assert [event.type for event in await log_of(studio)].count("job.queued") == 1
    upstream.finish()
    await reached(studio, first)
    assert (await ask(studio)).state == "queued"
    await agrees(studio)


async def job_list(studio: Studio) -> list[Job]:
    return await studio.store.read("default", lambda tx: job_rows.page(tx, {}, None, 100))


async def test_a_job_that_ends_without_a_paid_attempt_gives_back_what_it_held(
    any_stage: Stage, upstream: Upstream
) -> None:
    studio = await any_stage.open()
    await account(studio, "courier", upstream.url, concurrency=1)
    await budgets.create(studio, OWNER, Draft("all", 10_000))
    upstream.held = True
    await ask(studio)
    await until(lambda: bool(upstream.tasks))
    waiting = await ask(studio)
    await reached(studio, waiting, "account")
    assert await standing(studio, "all") == (2 * MOST, 0)
    await studio.engine.cancel("default", waiting.id)
    assert await standing(studio, "all") == (MOST, 0)
    await agrees(studio)


async def test_a_failed_attempt_that_may_be_billed_counts_on_its_job_and_its_budget(
    any_stage: Stage, upstream: Upstream
) -> None:
    studio = await any_stage.open()
    await account(studio, "courier", upstream.url)
    await budgets.create(studio, OWNER, Draft("all", 10_000))
    upstream.held = True
    job = await ask(studio)
    await reached(studio, job, "running")
    while not upstream.tasks:
        await reached(studio, job, "running")
    upstream.tasks["task-1"].status = "failed"
    ended = await reached(studio, job)
    (tried,) = await ledger_of(studio, job)
    assert (ended.state, tried.cost, tried.cost_source) == ("failed", LIKELY, "estimated")
    assert ended.cost == LIKELY
    assert await standing(studio, "all") == (0, LIKELY)
    await agrees(studio)


@pytest.mark.accepts("S3.10")
async def test_an_account_whose_budget_is_used_up_gives_way_to_another(any_stage: Stage, upstream: Upstream) -> None:
    studio = await any_stage.open()
    poor = await account(studio, "courier", upstream.url, name="poor")
    rich = await account(studio, "courier", upstream.url, name="rich")
    await budgets.create(studio, OWNER, Draft("poor", 0, "account", "poor", "total"))
    for _ in range(3):
        done = await reached(studio, await ask(studio))
        assert {each.account for each in await ledger_of(studio, done)} == {rich.id}
    with pytest.raises(BudgetExceeded, match="never resets"):
        await ask(studio, account=poor.id)
    await agrees(studio)


async def test_each_key_and_each_provider_is_counted_by_itself(any_stage: Stage, upstream: Upstream) -> None:
    studio = await any_stage.open()
    await account(studio, "courier", upstream.url)
    await account(studio, "telegraph", upstream.url)
    await budgets.create(studio, OWNER, Draft("keys", MOST, "key", period="day"))
    upstream.held = True
    await ask(studio)
    with pytest.raises(BudgetExceeded, match="'keys'"):
        await ask(studio)
    other = Caller("default", "key_2", "member")
    wanted = Wanted("media.courier.txt2txt", {"prompt": "a fox"})
    assert (await jobs.submit(studio, other, Submission(wanted, {}))).job.created_by == "key_2"
    view = await budgets.get(studio, OWNER, "keys")
    assert {each.subject: each.reserved for each in view.counters} == {"key_1": MOST, "key_2": MOST}
    made = await budgets.create(studio, OWNER, Draft("one", 5000, "provider", "courier"))
    assert [(each.subject, each.reserved) for each in made.counters] == [("courier", 2 * MOST)]
    await agrees(studio)


async def test_a_warning_budget_tells_once_and_refuses_nothing(any_stage: Stage, upstream: Upstream) -> None:
    studio = await any_stage.open()
    await account(studio, "courier", upstream.url)
    await budgets.create(studio, OWNER, Draft("soft", MOST, mode="warning"))
    upstream.held = True
    for _ in range(3):
        await ask(studio)
    crossed = [event.data for event in await log_of(studio) if event.type == "budget.crossed"]
    assert [(each["name"], each["total"]) for each in crossed] == [("soft", 2 * MOST)]
    assert await standing(studio, "soft") == (3 * MOST, 0)


async def test_a_budget_counts_what_its_period_has_cost_before_it_was_made(
    any_stage: Stage, upstream: Upstream
) -> None:
    studio = await any_stage.open()
    await account(studio, "courier", upstream.url)
    await reached(studio, await ask(studio))
    upstream.held = True
    await ask(studio)
    made = await budgets.create(studio, OWNER, Draft("late", 10_000, period="day"))
    assert [(each.reserved, each.spent) for each in made.counters] == [(MOST, LIKELY)]
    whole = await budgets.create(studio, OWNER, Draft("from now on", 10_000, period="total"))
    assert [(each.reserved, each.spent) for each in whole.counters] == [(0, 0)]
    await budgets.update(studio, OWNER, "late", {"enabled": False})
    upstream.finish()
    await reached(studio, (await job_list(studio))[0])
    again = await budgets.update(studio, OWNER, "late", {"enabled": True})
    assert [(each.reserved, each.spent) for each in again.counters] == [(0, 2 * LIKELY)]


async def test_work_of_unknown_price_is_refused_only_where_the_budget_says_so_or_is_used_up(
    stage: Stage, upstream: Upstream
) -> None:
    studio = await stage.open()
    await account(studio, "printer", upstream.url)
    made = await budgets.create(studio, OWNER, Draft("open", 10))
    await ask(studio, "media.printer.txt2txt", "a priceless fox")
    await budgets.update(studio, OWNER, made.budget.id, {"amount": 0})
    with pytest.raises(BudgetExceeded, match="'open'"):
        await ask(studio, "media.printer.txt2txt", "a priceless fox")
    await budgets.update(studio, OWNER, made.budget.id, {"amount": 10, "unpriced": "refuse"})
    with pytest.raises(BudgetExceeded, match="unknown price"):
        await ask(studio, "media.printer.txt2txt", "a priceless fox")


async def test_a_damaged_counter_is_found_and_made_anew(any_stage: Stage, upstream: Upstream) -> None:
    studio = await any_stage.open()
    await account(studio, "courier", upstream.url)
    await budgets.create(studio, OWNER, Draft("all", 10_000))
    await reached(studio, await ask(studio))
    await studio.store.write("default", damage)
    found = await ledger.check(studio, OWNER, mend=False)
    assert found.counters >= 1 and found.tallies >= 1
    assert await standing(studio, "all") != (0, LIKELY), "a look mends nothing"
    assert (await ledger.check(studio, OWNER, mend=True)).mended
    assert await standing(studio, "all") == (0, LIKELY)
    await agrees(studio)


def damage(tx: Any) -> None:
    import sqlalchemy as sa

    tx.run(sa.text("update counters set spent = spent + 7"))
    tx.run(sa.text("update tallies set spend = spend + 7"))


async def test_what_a_budget_is_for_has_to_be_there_and_its_name_is_its_own(stage: Stage) -> None:
    studio = await stage.open()
    for scope in ("account", "key", "provider", "preset", "run"):
        with pytest.raises(ParamsInvalid, match="there is no"):
            await budgets.create(studio, OWNER, Draft("x", 1, scope, "nowhere"))
    with pytest.raises(ParamsInvalid):
        await budgets.create(studio, OWNER, Draft("x", 1, "workspace", "default"))
    assert await budgets.listed(studio, OWNER) == []
    await budgets.create(studio, OWNER, Draft("x", 1))
    with pytest.raises(Conflict):
        await budgets.create(studio, OWNER, Draft("x", 2))
    assert [event.data["how"] for event in await log_of(studio) if event.type == "config.changed"] == ["created"]
