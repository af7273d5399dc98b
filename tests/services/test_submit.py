"""One Idempotency-Key is one job, on either database, however many ask at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from maquette.core.config import Config
from maquette.core.errors import KeyReused
from maquette.engine.plan import Wanted
from maquette.engine.studio import Studio, build
from maquette.services import job, start
from maquette.services.caller import Caller
from maquette.services.job import KEY_LIFE_MS, Submission
from maquette.store import job as jobs

CALLER = Caller("default", "key_1", "member")
WANTED = Wanted("media.painter.txt2img", {"prompt": "x", "width": 64, "height": 64})


@pytest.fixture(params=["sqlite", "postgres"])
async def studio(request: pytest.FixtureRequest, home: Path) -> AsyncIterator[Studio]:
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres_database")
    made = await build(Config(home=home, database_url=url))
    await start.ensure(made)
    yield made
    await made.close()


async def test_fifty_at_once_on_one_key_are_one_job(studio: Studio) -> None:
    submission = Submission(WANTED, {"a": 1}, "burst")
    taken = await asyncio.gather(*(job.submit(studio, CALLER, submission) for _ in range(50)))
    assert len({each.job.id for each in taken}) == 1
    assert [each.replayed for each in taken].count(False) == 1
    assert len((await job.page(studio, CALLER, {}, None, 50)).items) == 1


async def test_two_bodies_at_once_on_one_key_are_one_job_and_one_refusal(studio: Studio) -> None:
    both = (Submission(WANTED, {"a": 1}, "clash"), Submission(WANTED, {"a": 2}, "clash"))
    outcomes = await asyncio.gather(*(job.submit(studio, CALLER, each) for each in both), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["KeyReused", "Submitted"]


async def test_a_key_is_forgotten_after_a_day(studio: Studio) -> None:
    first = await job.submit(studio, CALLER, Submission(WANTED, {"a": 1}, "daily"))
    with pytest.raises(KeyReused):
        await job.submit(studio, CALLER, Submission(WANTED, {"a": 2}, "daily"))
    await studio.store.write("default", lambda tx: age(tx, first.job.id))
    later = await job.submit(studio, CALLER, Submission(WANTED, {"a": 2}, "daily"))
    assert (later.replayed, later.job.id != first.job.id) == (False, True)


def age(tx: object, identifier: str) -> None:
    import sqlalchemy as sa

    from maquette.store.database import Tx
    from maquette.store.table import idempotency
    from maquette.store.table import jobs as table

    assert isinstance(tx, Tx)
    assert jobs.get(tx, identifier).id == identifier
    past = tx.now - KEY_LIFE_MS - 1
    tx.run(sa.update(table).where(table.c.id == identifier).values(created_at=past))
    tx.run(sa.update(idempotency).values(created_at=past))
