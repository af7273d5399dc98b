"""What may be paid for outlives our own faults: a key that was changed, a store that is away, a word that got lost."""

from __future__ import annotations

import asyncio
import os
import time
from types import SimpleNamespace
from typing import Any, TypeVar, cast

import pytest
import sqlalchemy as sa

from maquette.core.action import Output, Result
from maquette.core.errors import AccountRejected, ConfigInvalid, StorageFull, StoreUnavailable
from maquette.core.model import Attempt, Job
from maquette.engine import lost, patience, settle, sweep
from maquette.engine.admit import Refused, park
from maquette.engine.call import Ground
from maquette.engine.engine import Tools
from maquette.engine.harvest import harvest
from maquette.engine.lost import Verdict, look_up
from maquette.engine.resolve import request_cancel
from maquette.engine.spool import Entry
from maquette.engine.studio import Studio
from maquette.store import account as accounts
from maquette.store import job as jobs
from maquette.store.database import Store, Tx, Unit
from maquette.store.job import Claim
from maquette.store.table import jobs as table
from tests.engine.studio import Stage, account, assets_of, ledger, reached, submit, until
from tests.engine.test_call import idle
from tests.engine.upstream import Upstream, status

__all__ = ["idle"]
T = TypeVar("T")
COURIER, PRINTER = "media.courier.txt2txt", "media.printer.txt2txt"


@pytest.fixture
async def studio(stage: Stage) -> Studio:
    return await stage.open()


async def attempt_of(studio: Studio, job: Job) -> Attempt:
    return (await ledger(studio, job))[-1]


# -- accepted work -----------------------------------------------------------------------------------------------------


@pytest.mark.accepts("R1", "R2")
async def test_a_key_that_is_refused_while_work_is_under_way_gives_nothing_up(
    studio: Studio, upstream: Upstream
) -> None:
    await account(studio, "courier", upstream.url)
    upstream.fail("GET /tasks", status(401), status(401))
    job = await submit(studio, COURIER)
    await reached(studio, job, "retry")
    waiting = await attempt_of(studio, job)
    assert (waiting.state, (waiting.error or {})["code"]) == ("accepted", "account_rejected")
    assert (await reached(studio, job)).state == "succeeded"
    done = await attempt_of(studio, job)
    assert (done.number, done.error, upstream.bill) == (1, None, ["a fox"])


@pytest.mark.accepts("R1", "R2")
async def test_a_store_that_is_away_when_a_result_is_written_loses_nothing(
    studio: Studio, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, away = settle.succeed, [StoreUnavailable("away"), StorageFull("full")]

    def broken(*given: Any) -> None:
        if away:
            raise away.pop()
        real(*given)

    monkeypatch.setattr(settle, "succeed", broken)
    await account(studio, "printer", upstream.url)
    job = await reached(studio, await submit(studio, PRINTER))
    assert (job.state, upstream.bill, len(await assets_of(studio, job))) == ("succeeded", ["a fox"], 1)


async def test_after_a_day_the_job_ends_and_its_work_is_looked_after_on(
    stage: Stage, studio: Studio, upstream: Upstream
) -> None:
    await account(studio, "courier", upstream.url)
    upstream.held = True
    upstream.fail("GET /tasks", *[status(401)] * 3)
    job = await submit(studio, COURIER)
    await reached(studio, job, "retry")
    stage.ahead(90_000)
    assert (await reached(studio, job)).state == "failed"
    left = await attempt_of(studio, job)
    assert left.state == "accepted"
    assert left.sweep_at is not None


async def test_a_cancel_of_work_whose_key_is_gone_ends_the_job_and_says_what_may_be_billed(
    studio: Studio, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    await account(studio, "courier", upstream.url)
    upstream.held = True
    upstream.fail("GET /tasks", status(401))
    job = await submit(studio, COURIER)
    await reached(studio, job, "retry")

    async def gone(*_: Any) -> Ground:
        raise ConfigInvalid("the variable that holds the key is not set")

    monkeypatch.setattr(type(studio.engine.tools), "ground", gone)
    await studio.engine.cancel("default", job.id)
    ended = await reached(studio, job)
    assert (ended.state, (await attempt_of(studio, job)).state) == ("cancelled", "accepted")
    assert "may bill" in (ended.error or {})["detail"]


@pytest.mark.accepts("R1", "R2")
async def test_an_answer_in_the_spool_outlives_a_start_without_its_key(
    stage: Stage, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await stage.open()
    await account(first, "printer", upstream.url)

    async def never(*_: Any) -> None:
        await asyncio.get_running_loop().create_future()

    with monkeypatch.context() as patched:
        patched.setattr("maquette.engine.run.harvest", never)
        job = await submit(first, "media.printer.plain")
        await until(lambda: bool(first.engine.tools.spool.complete()))
        assert (await attempt_of(first, job)).state == "sending"
        await stage.kill(first)
    real, missing = Tools.ground, [1, 2]

    async def ground(tools: Tools, *given: Any) -> Ground:
        if missing:
            missing.pop()
            raise ConfigInvalid("the variable that holds the key is not set")
        return await real(tools, *given)

    monkeypatch.setattr(Tools, "ground", ground)
    second = await stage.open()
    assert (await reached(second, job)).state == "succeeded"
    assert ([each.number for each in await ledger(second, job)], upstream.bill) == ([1], ["a fox"])


async def test_an_answer_that_cannot_be_kept_is_in_doubt_and_never_called_unsent(
    studio: Studio, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(_: Entry) -> None:
        raise StorageFull("no room for ten minutes")

    monkeypatch.setattr(Entry, "complete", full)
    await account(studio, "printer", upstream.url)
    job = await submit(studio, PRINTER)
    await reached(studio, job, "attention")
    assert ((await attempt_of(studio, job)).state, upstream.bill) == ("unknown", ["a fox"])


async def test_a_fault_of_our_own_over_a_call_that_was_sent_asks_a_person(
    studio: Studio, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("a fault of our own")

    monkeypatch.setattr(settle, "succeed", broken)
    await account(studio, "printer", upstream.url)
    job = await submit(studio, "media.printer.plain")
    await reached(studio, job, "attention")
    assert ((await attempt_of(studio, job)).state, upstream.bill) == ("unknown", ["a fox"])


async def test_a_seed_that_is_too_large_for_a_number_of_the_database_is_kept_in_words(
    studio: Studio, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def seeded(ground: Ground, attempt: Attempt, result: Result, answer: Any = None) -> Any:
        made = [Output("text", content="a fox", seed=seed) for seed in (2**63 - 1, 15860307465884635512)]
        return await harvest(ground, attempt, Result(made), answer)

    monkeypatch.setattr("maquette.engine.run.harvest", seeded)
    await account(studio, "printer", upstream.url)
    job = await reached(studio, await submit(studio, PRINTER))
    found = sorted(await assets_of(studio, job), key=lambda asset: asset.index)
    assert [asset.seed for asset in found] == [2**63 - 1, None]
    assert found[1].notes["seed"] == "15860307465884635512"


# -- our own words -----------------------------------------------------------------------------------------------------


class Away:
    """A store whose writes for a workspace fail for a while."""

    def __init__(self, store: Store, times: int) -> None:
        self._store, self.left = store, times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def write(self, workspace: str, unit: Unit[T]) -> T:
        """Write, or say that the database is away."""
        if workspace and self.left:
            self.left -= 1
            raise StoreUnavailable("away")
        return await self._store.write(workspace, unit)


async def test_a_database_that_is_away_for_a_while_strands_no_job(
    studio: Studio, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "_INSIST_S", 0.01)
    await account(studio, "printer", upstream.url)
    job = await submit(studio, PRINTER)
    studio.engine.tools.store = away = cast("Any", Away(studio.store, 12))
    assert (await reached(studio, job)).state == "succeeded"
    assert (away.left, upstream.bill) == (0, ["a fox"])


async def test_a_job_that_the_ledger_gives_to_this_process_and_that_nothing_runs_is_queued_again(
    studio: Studio, upstream: Upstream
) -> None:
    await account(studio, "printer", upstream.url)
    job = await submit(studio, PRINTER, now=False)
    # As after a claim whose commit went through, and whose answer did not come back.
    me = studio.engine.process
    await studio.store.write("default", lambda tx: jobs.claim(tx, job.id, me))
    assert (await reached(studio, job)).state == "succeeded"


async def test_a_cancel_of_which_no_word_came_is_heard_all_the_same(studio: Studio, upstream: Upstream) -> None:
    await account(studio, "courier", upstream.url)
    upstream.held = True
    job = await submit(studio, COURIER)
    await until(lambda: bool(upstream.tasks))
    mute = sa.update(table).where(table.c.id == job.id).values(cancel_asked=True)
    await studio.store.write("default", lambda tx: tx.run(mute) and None)
    assert (await reached(studio, job)).state == "cancelled"
    assert len(upstream.cancelled) == 1


@pytest.mark.parametrize("waits_for", ["account:acc_1", "retry", "disk", "attention"])
async def test_a_job_that_parks_while_it_is_cancelled_does_not_wait(
    idle: Studio, upstream: Upstream, waits_for: str
) -> None:
    await account(idle, "printer", upstream.url)
    job = await submit(idle, PRINTER)

    def unit(tx: Tx) -> Job:
        taken = jobs.claim(tx, job.id, "me")
        assert taken is not None
        assert request_cancel(tx, job.id).state == "running"
        return park(tx, Claim(job.id, "me", taken.epoch), Refused(waits_for, None))

    assert (await idle.store.write("default", unit)).state == "queued"


async def test_who_waits_for_an_account_that_is_gone_is_told_so(studio: Studio, upstream: Upstream) -> None:
    full = await account(studio, "courier", upstream.url, concurrency=1)
    upstream.held = True
    await submit(studio, COURIER)
    await until(lambda: bool(upstream.tasks))
    waiting = [await submit(studio, COURIER) for _ in range(3)]
    for job in waiting:
        await reached(studio, job, "account")
    await studio.store.write("default", lambda tx: accounts.delete(tx, full.id))
    for job in waiting:
        ended = await reached(studio, job)
        assert (ended.state, (ended.error or {})["code"]) == ("failed", "not_found")


async def test_a_unit_that_is_run_twice_moves_to_the_next_candidate_once(studio: Studio, upstream: Upstream) -> None:
    store = studio.store

    class Twice:
        """A store that runs each unit first in vain, as after a deadlock."""

        def __getattr__(self, name: str) -> Any:
            return getattr(store, name)

        async def write(self, workspace: str, unit: Unit[T]) -> T:
            def vainly(tx: Tx) -> T:
                unit(tx)
                tx.forget()
                raise _Vain

            if workspace:
                with pytest.raises(_Vain):
                    await store.write(workspace, vainly)
            return await store.write(workspace, unit)

    for name in ("first", "second", "third"):
        await account(studio, "printer", upstream.url, name=name)
    upstream.fail("POST /print", *[status(401)] * 2)
    job = await submit(studio, PRINTER)
    studio.engine.tools.store = cast("Any", Twice())
    assert (await reached(studio, job)).state == "succeeded"
    assert [each.state for each in await ledger(studio, job)] == ["refused", "refused", "succeeded"]


class _Vain(Exception):
    pass


# -- look-ups and limits -----------------------------------------------------------------------------------------------


async def test_what_was_asked_while_its_sender_could_still_send_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]

    async def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(lost, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(lost, "asyncio", SimpleNamespace(sleep=sleep))
    monkeypatch.setattr(lost, "Lent", lambda *_: SimpleNamespace(token="t"))

    async def silent_after(_: Any) -> bool:
        return now[0] >= 9

    async def nothing(*_: Any) -> None:
        return None

    tools = SimpleNamespace(config=SimpleNamespace(find_settle_s=10.0), cannot_send=silent_after)
    provider = SimpleNamespace(offers=lambda _: True, find=nothing)
    ground = cast("Ground", SimpleNamespace(action=None, provider=provider, tools=tools))
    verdict, _ = await look_up(ground, cast("Attempt", SimpleNamespace(process="p")), AccountRejected("x"))
    assert verdict is Verdict.NOT_SENT
    assert now[0] >= 19


async def test_an_attempt_that_takes_long_to_look_after_holds_up_no_other(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = list[str]()

    async def hangs(_: Any, attempt: Attempt) -> None:
        looked.append(attempt.id)
        await asyncio.get_running_loop().create_future()

    monkeypatch.setattr(sweep.Sweep, "_adopt", hangs)
    left = [cast("Attempt", SimpleNamespace(id=name)) for name in ("att_1", "att_2")]
    monkeypatch.setattr(sweep.attempts, "left_behind", lambda _: left)
    async with asyncio.timeout(5):
        await studio.engine.sweep._late()
        await studio.engine.sweep._late()
        await until(lambda: len(looked) == 2)
    assert looked == ["att_1", "att_2"]


async def test_an_unfinished_picture_goes_with_its_attempt_and_what_is_left_of_one_after_an_hour(
    studio: Studio, upstream: Upstream
) -> None:
    tools = studio.engine.tools
    old, young = tools.preview("job_old"), tools.preview("job_young")
    for path in (old, young):
        path.write_bytes(b"x")
    os.utime(old, (time.time() - 4000,) * 2)
    await account(studio, "printer", upstream.url)
    job = await submit(studio, PRINTER)
    tools.preview(job.id).write_bytes(b"x")
    await reached(studio, job)
    await until(lambda: not tools.preview(job.id).exists())
    await studio.engine.sweep._clean()
    assert (old.exists(), young.exists()) == (False, True)
