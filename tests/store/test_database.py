"""Units of work: each has a fate of its own, also where many share a commit."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from maquette.core.errors import NotFound, StorageFull, StoreUnavailable
from maquette.store import database
from maquette.store import event as events
from maquette.store import job as jobs
from maquette.store.database import Store, Tx
from maquette.store.job import Claim
from maquette.store.table import jobs as table
from tests.store.conftest import Opener
from tests.store.row import MINE, a_job

PATIENCE_S = 30


def insert(identifier: str) -> Any:
    return lambda tx: jobs.insert(tx, a_job(id=identifier))


async def kept(store: Store) -> set[str]:
    return {job.id for job in await store.read(MINE, lambda tx: jobs.page(tx, {}, None, 1000))}


def plain(url: str) -> str:
    """Return the address of a database as its own driver reads it."""
    return sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def gather_behind_a_closed_door(store: Store, *units: Any) -> list[Future[Any]]:
    """Submit units while the one writer is busy, so that it takes all of them into its next commit."""
    door, inside = threading.Event(), threading.Event()

    def wait(_tx: Tx) -> None:
        inside.set()
        assert door.wait(PATIENCE_S)

    first = store.submit(MINE, wait)
    assert inside.wait(PATIENCE_S)
    waiting = [store.submit(MINE, unit) for unit in units]
    door.set()
    first.result(PATIENCE_S)
    return waiting


def tell_and_fail(tx: Tx) -> None:
    jobs.insert(tx, a_job(id="job_failed"))
    tx.emit("job.queued", "job_failed", {})
    jobs.ask_cancel(tx, "job_good_1")
    raise LookupError("this unit only")


def tell_and_collide(tx: Tx) -> None:
    jobs.insert(tx, a_job(id="job_failed"))
    tx.emit("job.queued", "job_failed", {})
    jobs.ask_cancel(tx, "job_good_1")
    jobs.insert(tx, a_job(id="job_good_1"))


@pytest.mark.parametrize(("bad", "fault"), [(tell_and_fail, LookupError), (tell_and_collide, IntegrityError)])
async def test_a_unit_that_fails_harms_no_other_in_its_commit(sqlite: Store, bad: Any, fault: type[Exception]) -> None:
    commits: list[Any] = []
    told: list[list[str]] = []
    sqlite.on_commit(told.append)
    sa.event.listen(sqlite.engine, "commit", commits.append)
    first, failed, second = gather_behind_a_closed_door(sqlite, insert("job_good_1"), bad, insert("job_good_2"))
    first.result(PATIENCE_S)
    second.result(PATIENCE_S)
    with pytest.raises(fault):
        failed.result(PATIENCE_S)
    assert len(commits) == 2, "the door and one group"
    assert await kept(sqlite) == {"job_good_1", "job_good_2"}
    assert not (await sqlite.read(MINE, lambda tx: jobs.get(tx, "job_good_1"))).cancel_asked
    assert await sqlite.read(MINE, lambda tx: events.after(tx, 0)) == []
    assert [job for cancels in told for job in cancels] == []


async def test_a_unit_that_fails_leaves_nothing_behind(store: Store) -> None:
    await store.write(MINE, insert("job_good_1"))
    for unit, fault in ((tell_and_fail, LookupError), (tell_and_collide, IntegrityError)):
        with pytest.raises(fault):
            await store.write(MINE, unit)
    assert await kept(store) == {"job_good_1"}
    assert await store.read(MINE, events.last) == 0


async def test_a_unit_gets_back_the_very_error_that_it_raised(store: Store) -> None:
    with pytest.raises(NotFound, match="job_none"):
        await store.write(MINE, lambda tx: jobs.get(tx, "job_none"))
    with pytest.raises(NotFound, match="job_none"):
        await store.read(MINE, lambda tx: jobs.get(tx, "job_none"))


async def test_a_write_is_seen_by_the_next_read(store: Store) -> None:
    for number in range(20):
        await store.write(MINE, insert(f"job_{number:02}"))
        assert f"job_{number:02}" in await kept(store)


async def test_a_read_keeps_nothing_that_it_wrote(store: Store) -> None:
    await store.read(MINE, insert("job_stray"))
    assert await kept(store) == set()


async def test_a_unit_that_was_cancelled_before_it_began_never_runs(sqlite: Store) -> None:
    inside, door = threading.Event(), threading.Event()

    def wait(_tx: Tx) -> None:
        inside.set()
        assert door.wait(PATIENCE_S)

    first = sqlite.submit(MINE, wait)
    assert inside.wait(PATIENCE_S)
    dropped, last = sqlite.submit(MINE, insert("job_dropped")), sqlite.submit(MINE, insert("job_last"))
    assert dropped.cancel()
    door.set()
    first.result(PATIENCE_S)
    last.result(PATIENCE_S)
    assert await kept(sqlite) == {"job_last"}


async def test_what_was_handed_in_is_written_before_the_store_closes(migrated: str, opened: Opener) -> None:
    store = opened(migrated)
    waiting = [store.submit(MINE, insert(f"job_{number}")) for number in range(150)]
    await asyncio.to_thread(store.close)
    for done in waiting:
        done.result(0)
    assert len(await kept(opened(migrated))) == 150


async def test_a_claim_is_held_until_the_commit(postgres: Store) -> None:
    made = a_job(state="running", owner="old", epoch=1)
    await postgres.write(MINE, lambda tx: jobs.insert(tx, made))
    waits = sa.text("select count(*) from pg_locks where not granted")
    order: list[str] = []
    takeovers: list[Future[Any]] = []

    def take_over(tx: Tx) -> None:
        jobs.queue(tx, made.id)
        order.append("taken over")

    def work(tx: Tx) -> None:
        jobs.hold(tx, Claim(made.id, "old", 1))
        takeovers.append(postgres.submit(MINE, take_over))
        end = time.monotonic() + PATIENCE_S
        while not takeovers[0].done() and not tx.run(waits).scalar():
            assert time.monotonic() < end  # it either comes to the lock or, should there be none, ends
        order.append("written")

    await postgres.write(MINE, work)
    takeovers[0].result(PATIENCE_S)
    assert order == ["written", "taken over"]


async def test_units_that_lock_each_other_out_both_succeed_in_the_end(postgres: Store) -> None:
    meet = threading.Barrier(2, timeout=PATIENCE_S)
    runs: list[str] = []
    for name in ("job_a", "job_b"):
        await postgres.write(MINE, insert(name))

    def raise_both(first: str, second: str) -> Any:
        met: list[bool] = []

        def unit(tx: Tx) -> None:
            runs.append(first)
            raise_one(tx, first)
            if not met:
                met.append(True)
                meet.wait()
            raise_one(tx, second)

        return unit

    await asyncio.gather(
        postgres.write(MINE, raise_both("job_a", "job_b")), postgres.write(MINE, raise_both("job_b", "job_a"))
    )
    assert len(runs) == 3, "one of the two was the victim and ran again"
    assert {job.cost for job in await postgres.read(MINE, lambda tx: jobs.page(tx, {}, None, 10))} == {2}


def raise_one(tx: Tx, job: str) -> None:
    tx.run(sa.update(table).where(table.c.id == job).values(cost=table.c.cost + 1))


async def test_a_locked_database_is_reported_as_unavailable(
    migrated_sqlite: str, opened: Opener, tmp_path: Path
) -> None:
    other = sa.create_engine(f"sqlite:///{tmp_path / 'maquette.db'}")
    store = impatient(opened(migrated_sqlite))
    with other.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="locked") as caught:
            await store.write(MINE, insert("job_1"))
        assert await kept(store) == set(), "readers go on"
    other.dispose()
    assert "locked" in caught.value.advice
    await store.write(MINE, insert("job_2"))
    assert await kept(store) == {"job_2"}


def impatient(store: Store) -> Store:
    sa.event.listen(store.engine, "connect", lambda raw, _record: raw.execute("PRAGMA busy_timeout=20") and None)
    return store


async def test_a_database_that_cannot_be_written_is_reported_with_what_to_do(tmp_path: Path, opened: Opener) -> None:
    first = opened(f"sqlite:///{tmp_path / 'maquette.db'}")
    await first.write(MINE, lambda tx: table.create(tx.connection))
    store = opened(f"sqlite:///file:{tmp_path / 'maquette.db'}?mode=ro&uri=true")
    with pytest.raises(StoreUnavailable, match="readonly") as caught:
        await store.write(MINE, insert("job_1"))
    assert "writable" in caught.value.advice
    assert caught.value.status == 503
    assert await kept(store) == set()


async def test_a_full_disk_is_reported_as_such_and_passes(migrated_sqlite: str, opened: Opener) -> None:
    store = opened(migrated_sqlite)
    pages = await store.read(MINE, lambda tx: tx.run(sa.text("PRAGMA page_count")).scalar_one())
    # The writer keeps its one connection, so the limit that stands for a full disk is set and lifted there.
    await store.write(MINE, lambda tx: tx.run(sa.text(f"PRAGMA max_page_count={pages + 2}")) and None)
    large = a_job(id="job_large", params={"prompt": "x" * 200_000})
    with pytest.raises(StorageFull):
        await store.write(MINE, lambda tx: jobs.insert(tx, large))
    assert await kept(store) == set()
    await store.write(MINE, lambda tx: tx.run(sa.text("PRAGMA max_page_count=1000000")) and None)
    await store.write(MINE, lambda tx: jobs.insert(tx, large))
    assert await kept(store) == {"job_large"}


async def test_a_server_that_is_not_there_is_reported_as_unavailable(opened: Opener) -> None:
    store = opened("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(StoreUnavailable, match="refused"):
        await store.read(MINE, events.last)
    with pytest.raises(StoreUnavailable, match="refused"):
        await store.write(MINE, insert("job_1"))


async def test_connections_that_were_cut_while_they_rested_are_made_anew(
    postgres: Store, migrated_postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asyncio.gather(*(postgres.write(MINE, insert(f"job_{number}")) for number in range(4)))
    others = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with psycopg.connect(plain(migrated_postgres), autocommit=True) as connection:
        assert all(row[0] for row in connection.execute(others).fetchall())
    monkeypatch.setattr(database, "_RESTED_S", 0.0)
    assert len(await kept(postgres)) == 4
    await postgres.write(MINE, insert("job_4"))


async def test_a_unit_on_a_connection_that_was_cut_in_use_is_told_and_the_next_one_is_served(postgres: Store) -> None:
    await postgres.write(MINE, insert("job_1"))
    for call in (postgres.read, postgres.write):
        with pytest.raises(StoreUnavailable):
            await call(MINE, lambda tx: tx.run(sa.text("SELECT pg_terminate_backend(pg_backend_pid())")))
        assert await kept(postgres) == {"job_1"}


async def test_a_commit_is_on_the_disk_when_it_is_told(sqlite: Store) -> None:
    pragmas = ("journal_mode", "synchronous", "foreign_keys")
    found = await sqlite.write(MINE, lambda tx: [tx.run(sa.text(f"PRAGMA {name}")).scalar_one() for name in pragmas])
    assert found == ["wal", 2, 1]
