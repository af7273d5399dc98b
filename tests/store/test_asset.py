"""Rows of assets."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from maquette.core.errors import NotFound
from maquette.core.model import Asset
from maquette.store import asset as assets
from maquette.store import attempt as attempts
from maquette.store import job as jobs
from maquette.store import table
from maquette.store.database import Store, Tx
from tests.store.clock import SetClock
from tests.store.row import MINE, OTHER, a_job, an_asset, an_attempt


async def keep(store: Store, *made: Asset) -> None:
    def unit(tx: Tx) -> None:
        for asset in made:
            assets.insert(tx, asset)

    await store.write(MINE, unit)


async def test_an_asset_comes_back_as_it_was_put(store: Store) -> None:
    made = an_asset(
        size=2**33,
        seed=2**32 - 1,
        duration_ms=2**32,
        thumbs={"320": "default/thumb/1.webp"},
        notes={"revised_prompt": "a heron"},
        name="h\u00e9ron.png",
        provider_url="https://provider.test/1.png",
    )
    await keep(store, made)
    assert await store.read(MINE, lambda tx: assets.get(tx, made.id)) == made


async def test_an_asset_of_another_workspace_is_neither_seen_nor_changed(store: Store) -> None:
    made = an_asset()
    await keep(store, made)
    for unit in (
        lambda tx: assets.get(tx, made.id),
        lambda tx: assets.update(tx, made.id, name="stolen"),
        lambda tx: assets.delete(tx, made.id),
    ):
        with pytest.raises(NotFound, match=made.id):
            await store.write(OTHER, unit)
    assert await store.read(OTHER, lambda tx: assets.page(tx, {}, None, 10)) == []
    assert await store.read(MINE, lambda tx: assets.page(tx, {}, None, 10)) == [made]


async def test_an_asset_can_be_changed_and_deleted(store: Store) -> None:
    made = an_asset()
    await keep(store, made)
    changed = await store.write(MINE, lambda tx: assets.update(tx, made.id, width=8, height=9, thumbhash="aa"))
    assert changed == replace(made, width=8, height=9, thumbhash="aa")
    assert await store.write(MINE, lambda tx: assets.delete(tx, made.id)) == changed
    with pytest.raises(NotFound):
        await store.read(MINE, lambda tx: assets.get(tx, made.id))


async def test_an_output_of_an_attempt_is_stored_once(store: Store) -> None:
    first = an_asset(attempt="attempt_1", index=0)
    await keep(store, first)
    with pytest.raises(IntegrityError):
        await keep(store, an_asset(attempt="attempt_1", index=0))
    assert await store.read(MINE, lambda tx: assets.of_attempt(tx, "attempt_1")) == {0: first}


async def test_uploads_have_no_attempt_and_do_not_collide(store: Store) -> None:
    await keep(store, an_asset(), an_asset())
    assert len(await store.read(MINE, lambda tx: assets.page(tx, {}, None, 10))) == 2


async def test_the_assets_of_jobs_come_in_the_order_of_their_outputs(store: Store) -> None:
    late = an_asset(job="job_1", attempt="attempt_2", index=0)
    second = an_asset(job="job_1", attempt="attempt_1", index=1)
    first = an_asset(job="job_1", attempt="attempt_1", index=0)
    await keep(store, late, second, first, an_asset(job="job_9", attempt="attempt_9"))
    found = await store.read(MINE, lambda tx: assets.of_jobs(tx, ["job_1", "job_2"]))
    assert found == {"job_1": [first, second, late], "job_2": []}


async def test_pages_of_assets_follow_each_other_and_obey_filters(store: Store) -> None:
    made = [an_asset(media=("image", "video", "audio")[number % 3]) for number in range(12)]
    await keep(store, *made)
    newest = await store.read(MINE, lambda tx: assets.page(tx, {}, None, 5))
    older = await store.read(MINE, lambda tx: assets.page(tx, {}, newest[-1].id, 50))
    assert [asset.id for asset in newest + older] == [asset.id for asset in reversed(made)]
    chosen = await store.read(MINE, lambda tx: assets.page(tx, {"media": "video,audio"}, None, 50))
    assert [asset.id for asset in chosen] == [asset.id for asset in reversed(made) if asset.media != "image"]


async def test_assets_without_small_pictures_are_found_in_every_workspace(store: Store) -> None:
    bare, elsewhere = an_asset(), an_asset(workspace=OTHER)
    await keep(store, bare, an_asset(thumbhash="aa"), elsewhere)
    assert await store.read(MINE, lambda tx: assets.bare(tx, 10)) == [bare, elsewhere]
    assert await store.read(MINE, lambda tx: assets.bare(tx, 1)) == [bare]


async def test_each_process_finds_the_bare_assets_that_are_its_to_draw(store: Store, clock: SetClock) -> None:
    mine, theirs = an_attempt("job_1", process="proc_1"), an_attempt("job_1", process="proc_2", number=2)
    await store.write(MINE, lambda tx: jobs.insert(tx, a_job(id="job_1")))
    for attempt in (mine, theirs):
        await store.write(MINE, lambda tx, attempt=attempt: attempts.insert(tx, attempt))
    now = clock.now()
    made, others, handed_in = (an_asset(attempt=a, created_at=now) for a in (mine.id, theirs.id, None))
    await keep(store, made, others, handed_in)

    async def found(process: str, *, serves: bool) -> list[Asset]:
        return await store.read(MINE, lambda tx: assets.bare(tx, 10, process, serves=serves))

    assert await found("proc_1", serves=False) == [made]
    assert await found("proc_2", serves=True) == [others, handed_in]
    clock.at += 11_000
    assert await found("proc_3", serves=False) == [made, others, handed_in], "what nobody drew, anybody does"


async def test_those_who_share_a_blob_are_counted_in_every_workspace(store: Store) -> None:
    await keep(store, an_asset(blob="one"), an_asset(blob="one", workspace=OTHER), an_asset(blob="two"))
    shares = await store.read(MINE, lambda tx: {blob: assets.shares(tx, blob) for blob in ("one", "two", "none")})
    assert shares == {"one": 2, "two": 1, "none": 0}


def test_the_columns_stand_in_the_order_of_the_fields() -> None:
    assert [column.name for column in table.assets.columns] == list(Asset.__slots__)
