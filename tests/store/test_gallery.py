"""The gallery's rows: filters, words, pages of a snapshot, the bin, and what was made of what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from maquette.core.errors import NotFound
from maquette.core.ids import new_id
from maquette.core.model import Asset
from maquette.store import asset as assets
from maquette.store import job as jobs
from maquette.store.database import Store, Tx
from maquette.store.migrate import migrate
from maquette.store.table import assets as table
from maquette.store.view import views
from tests.store.row import AT, MINE, OTHER, a_job, an_asset
from tests.store.test_index import plan_of


async def kept(store: Store, *words: Mapping[str, Any]) -> list[Asset]:
    """Insert assets, the oldest first, and return them."""
    made = [an_asset(attempt=new_id("att"), **each) for each in words]
    await store.write(MINE, lambda tx: [assets.insert(tx, asset) for asset in made] and None)
    return made


async def found(store: Store, filters: Mapping[str, str], **words: Any) -> list[str]:
    rows = await store.read(MINE, lambda tx: assets.page(tx, filters, words.get("before"), 50, words.get("offset")))
    return [asset.id for asset in rows]


@pytest.mark.accepts("S2.34")
async def test_assets_are_found_by_what_made_them_and_by_words_in_any_order_and_case(store: Store) -> None:
    made = await kept(
        store,
        {"action": "media.a.make", "provider": "a", "prompt": "A Red disc, 100% round"},
        {"action": "media.b.make", "provider": "b", "prompt": "a blue disc", "media": "video"},
        {"name": "Holiday_disc.png"},
        {"workspace": OTHER, "provider": "a", "prompt": "a red disc"},
    )
    ids = [asset.id for asset in made]
    for filters, wanted in (
        ({}, [2, 1, 0]),
        ({"provider": "a"}, [0]),
        ({"provider": "a,b"}, [1, 0]),
        ({"action": "media.b.make", "media": "video"}, [1]),
        ({"q": "DISC red"}, [0]),
        ({"q": "disc"}, [2, 1, 0]),
        ({"q": "100%"}, [0]),
        ({"q": "y_d"}, [2]),
        ({"q": "r_d"}, []),
        ({"q": "disc", "media": "image"}, [2, 0]),
    ):
        assert await found(store, filters) == [ids[n] for n in wanted], filters
        count, newest = await store.read(MINE, lambda tx, given=filters: assets.count(tx, given))
        assert (count, newest) == (len(wanted), ids[wanted[0]] if wanted else None), filters


async def test_pages_of_a_snapshot_stay_when_more_arrives(store: Store) -> None:
    made = [asset.id for asset in await kept(store, *({} for _ in range(7)))]
    newest = made[-1]
    await kept(store, {}, {})
    assert await found(store, {}, before=newest, offset=0) == made[::-1]
    assert await found(store, {}, before=newest, offset=5) == [made[1], made[0]]
    assert await found(store, {}, before=newest, offset=7) == []
    assert newest not in await found(store, {}, before=newest), "without an offset a page begins below"


async def test_what_lies_in_the_bin_is_nowhere_but_there(store: Store) -> None:
    job = a_job()
    first, second = await kept(store, {"job": job.id}, {"job": job.id})
    await store.write(MINE, lambda tx: assets.update(tx, first.id, deleted_at=AT) and None)
    assert await found(store, {}) == [second.id]
    assert (await store.read(MINE, lambda tx: assets.count(tx, {})))[0] == 1
    assert [asset.id for asset in (await store.read(MINE, lambda tx: assets.of_jobs(tx, [job.id])))[job.id]] == [
        second.id
    ]
    with pytest.raises(NotFound):
        await store.read(MINE, lambda tx: assets.get(tx, first.id))
    assert (await store.read(MINE, lambda tx: assets.get(tx, first.id, binned=True))).deleted_at == AT
    assert [asset.id for asset in await store.read("", lambda tx: assets.binned(tx, AT + 1, 9))] == [first.id]
    assert await store.read("", lambda tx: assets.binned(tx, AT, 9)) == []


async def test_a_job_is_linked_to_every_asset_that_it_is_given(store: Store) -> None:
    source, other, foreign = await kept(store, {}, {}, {"workspace": OTHER})
    job = a_job(params={"image": source.id, "more": [{"deep": other.id}, source.id], "odd": foreign.id})
    await store.write(MINE, lambda tx: jobs.insert(tx, job))
    (made,) = await kept(store, {"job": job.id})
    given = await store.read(MINE, lambda tx: assets.given_to(tx, [job.id]))
    assert {asset.id for asset in given} == {source.id, other.id}
    assert await store.read(MINE, lambda tx: assets.made_from(tx, source.id, 9)) == [made]
    assert await store.read(OTHER, lambda tx: assets.made_from(tx, foreign.id, 9)) == []
    await store.write(MINE, lambda tx: assets.delete(tx, source.id) and None)
    assert await store.read(MINE, lambda tx: assets.made_from(tx, source.id, 9)) == []


async def test_every_page_of_a_large_gallery_comes_from_an_index_alone(store: Store) -> None:
    def fill(tx: Tx) -> None:
        names = [column.name for column in table.columns]
        made = [
            an_asset(
                attempt=new_id("att"),
                workspace=MINE if number % 3 else OTHER,
                media="video" if number % 50 == 0 else "image",
                provider="rare" if number % 70 == 0 else "usual",
            )
            for number in range(6000)
        ]
        tx.run(sa.insert(table), [{name: getattr(asset, name) for name in names} for asset in made])
        tx.run(sa.text("ANALYZE"))

    await store.write(MINE, fill)
    for filters, offset in (({}, None), ({}, 3000), ({"media": "video"}, None), ({"provider": "rare"}, 10)):
        plan = plan_of(store, lambda tx, f=filters, o=offset: assets.page(tx, f, "asset_f", 50, o))
        if store.sqlite:
            assert "COVERING INDEX assets_" in plan, plan
            assert "TEMP B-TREE" not in plan, plan
            assert "SCAN assets" not in plan, plan
        else:
            assert "Seq Scan" not in plan, plan


async def test_what_was_made_before_the_gallery_is_in_it(store: Store) -> None:
    source, made = an_asset(), an_asset(attempt="att_1", job="job_1")
    down(store, "0002")
    params = json.dumps({"prompt": "a heron", "image": source.id})
    with store.engine.begin() as connection:
        names = [column["name"] for column in sa.inspect(connection).get_columns("assets")]
        old = sa.Table("assets", sa.MetaData(), *(sa.Column(n, table.c[n].type) for n in names))
        connection.execute(sa.insert(old), [{n: getattr(row, n) for n in names} for row in (source, made)])
        connection.execute(sa.text(_JOB), {"params": params, "at": AT})
        connection.execute(sa.text(_ATTEMPT), {"at": AT})
    migrate(store.engine)
    found = await store.read(MINE, lambda tx: assets.get(tx, made.id))
    assert (found.action, found.provider, found.prompt) == ("media.painter.txt2img", "painter", "a heron")
    assert (await store.read(MINE, lambda tx: assets.get(tx, source.id))).prompt is None
    assert [asset.id for asset in await store.read(MINE, lambda tx: assets.made_from(tx, source.id, 9))] == [made.id]


_JOB = f"""
insert into jobs (id, workspace, action, produces, params, plan, state, created_at, priority, warnings, position,
 tries, max_attempts, takeovers, epoch, cancel_asked, cost, reserved)
values ('job_1', '{MINE}', 'media.painter.txt2img', 'image', :params, '[]', 'succeeded', :at, 0, '[]', 0, 0, 3, 0, 0,
 false, 0, 0)"""
_ATTEMPT = f"""
insert into attempts (id, workspace, job, number, action, account, provider, token, state, created_at, memo, estimate,
 late)
values ('att_1', '{MINE}', 'job_1', 1, 'media.painter.txt2img', 'account_1', 'painter', 'x', 'succeeded', :at, '{{}}',
 0, false)"""


def down(store: Store, revision: str) -> None:
    """Make the tables of an older revision anew, empty."""
    config = Config()
    config.set_main_option("script_location", "maquette:store/migrations")
    config.set_main_option("path_separator", "os")
    with store.engine.begin() as connection:
        for name in views(store.engine.dialect.name):
            connection.execute(sa.text(f"drop view if exists {name}"))
        found = sa.MetaData()
        found.reflect(connection)
        found.drop_all(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
