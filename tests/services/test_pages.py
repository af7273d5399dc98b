"""A page costs as many queries however many rows stand on it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from maquette.core.ids import new_id
from maquette.engine import choice
from maquette.engine.studio import Studio
from maquette.services import account as account_service
from maquette.services import attention
from maquette.services import job as job_service
from maquette.services.reuse import CACHED_FROM
from maquette.store import account as accounts
from maquette.store import asset as assets
from maquette.store import attempt as attempts
from maquette.store import job as jobs
from maquette.store.database import Tx
from tests.engine.studio import Stage
from tests.services.house import CALLER, opened
from tests.store.row import a_job, an_account, an_asset, an_attempt

FEW, MANY = 2, 12


@pytest.fixture
async def studio(any_stage: Stage) -> Studio:
    return await opened(any_stage)


async def statements(studio: Studio, read: Callable[[], Awaitable[Any]]) -> int:
    """Count the statements of a read, the least of some: others of this process read in between."""
    counts = list[int]()
    for _ in range(25):
        sent = list[str]()

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any, sent: list[str] = sent) -> None:
            sent.append(statement)

        sa.event.listen(studio.store.engine, "before_cursor_execute", note)
        await read()
        sa.event.remove(studio.store.engine, "before_cursor_execute", note)
        counts.append(len(sent))
    return min(counts)


async def grown(studio: Studio, add: Callable[[Tx, int], Any], read: Callable[[], Awaitable[int]]) -> tuple[int, int]:
    """Return how many statements a read takes over few rows, and over many."""
    counts = list[int]()
    for numbers in (range(FEW), range(FEW, MANY)):
        await studio.store.write("default", lambda tx, numbers=numbers: [add(tx, number) for number in numbers])
        assert await read() >= numbers.stop
        counts.append(await statements(studio, read))
    return counts[0], counts[1]


async def test_accounts_with_their_figures_and_their_standing(studio: Studio) -> None:
    def add(tx: Tx, number: int) -> None:
        account = an_account(name=f"nr {number}", per_minute=5 + number, per_day=100 if number % 2 else None)
        accounts.insert(tx, account)
        for place, state in enumerate(("succeeded", "refused", "failed", "sending")[: number % 4 + 1]):
            when = tx.now - 1000 * (place + number)
            tried = an_attempt(new_id("job"), number=place + 1, account=account.id, created_at=when, cost=7)
            ended = {"ended_at": when + 90, "sent_at": when} if state != "sending" else {}
            attempts.insert(tx, replace(tried, state=state, error={"code": "provider_failed"}, **ended))

    async def read() -> int:
        return len(await account_service.listed(studio, CALLER))

    few, many = await grown(studio, add, read)
    assert few == many

    def unit(tx: Tx) -> None:
        known = accounts.listed(tx)
        for each in known[-4:]:
            jobs.insert(tx, a_job(state="waiting", waiting_for=f"account:{each.id}"))
        together, figures = choice.looks(tx, known), attempts.health_of(tx, [each.id for each in known], 0)
        assert together == {each.id: choice.look(tx, each) for each in known}
        assert figures == {each.id: attempts.health(tx, each.id, 0) for each in known}
        assert len({standing.success for standing in together.values()}) > 1
        assert max(standing.rooms["concurrency"].used for standing in together.values()) == 2

    await studio.store.write("default", unit)


async def test_paid_calls_in_doubt(studio: Studio) -> None:
    def add(tx: Tx, number: int) -> None:
        job = a_job(state="failed", ended_at=tx.now, params={"prompt": str(number)})
        jobs.insert(tx, job)
        attempts.insert(tx, an_attempt(job.id, state="unknown"))

    async def read() -> int:
        page = await attention.page(studio, CALLER, None, 50)
        assert all(doubt.job.id == doubt.attempt.job for doubt in page.items)
        return len(page.items)

    few, many = await grown(studio, add, read)
    assert few == many


async def test_jobs_that_show_what_others_made(studio: Studio) -> None:
    def add(tx: Tx, number: int) -> None:
        made = an_asset(digest=f"{number:064d}")
        assets.insert(tx, made)
        result = {"assets": [made.id]} | ({CACHED_FROM: "job_1"} if number % 2 else {})
        preset = None if number % 2 else "preset_1"
        jobs.insert(tx, a_job(state="succeeded", ended_at=tx.now, plan=[], result=result, preset=preset))
        jobs.insert(tx, a_job(state="succeeded", ended_at=tx.now, plan=[], result={"assets": [made.id]}))

    async def read() -> int:
        items = (await job_service.page(studio, CALLER, {}, None, 50)).items
        shown = [view for view in items if view.assets]
        assert all([asset.id for asset in view.assets] == (view.job.result or {})["assets"] for view in shown)
        assert len(shown) * 2 == len(items), "a composite of one's own has no assets by itself"
        return len(shown)

    few, many = await grown(studio, add, read)
    assert few == many
