"""Among several accounts of one provider the healthy, free and successful one takes the work, and all recover."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from maquette.core.model import Account, Job
from maquette.engine.choice import LONGEST_REST_MS, REST_MS, Room, Standing, judge, look
from maquette.engine.studio import Studio
from maquette.store import account as accounts
from maquette.store import attempt as attempts
from maquette.store.attempt import Trace
from tests.engine.studio import Stage, account, job_of, ledger, reached, submit, until
from tests.engine.upstream import Upstream, status
from tests.store.row import an_account, an_attempt

NOW = 1_800_000_000_000
FREE = {"concurrency": Room(4, 0)}
GOOD = Trace("succeeded", None, NOW - 1000)


def broken(ago_ms: int = 1000, code: str = "provider_unavailable") -> Trace:
    return Trace("not_sent", code, NOW - ago_ms)


def stands(*traces: Trace, **words: Any) -> Standing:
    rooms = words.pop("rooms", FREE)
    return judge(an_account(**words), traces, rooms, NOW)


@pytest.mark.accepts("S3.8", "S3.12", "C13")
def test_an_account_is_active_inactive_in_error_or_rate_limited() -> None:
    assert stands().state == "active"
    assert stands(enabled=False).state == "inactive"
    assert stands(broken(), broken(), broken()).state == "error"
    assert stands(cooldown_until=NOW + 1).state == "rate_limited"
    assert stands(rooms=FREE | {"per_day": Room(10, 10)}).state == "rate_limited"


def test_a_refused_key_counts_at_once_and_other_failures_only_in_a_row() -> None:
    assert stands(broken(code="account_rejected")).state == "error"
    assert stands(broken(), broken(), GOOD, broken()).state == "active"
    assert stands(GOOD, broken(code="account_rejected")).state == "active"
    for harmless in ("content_rejected", "request_rejected", "rate_limited", "cancelled"):
        assert stands(*[broken(code=harmless)] * 5).state == "active", harmless


@pytest.mark.accepts("S3.12")
def test_an_account_in_error_recovers_by_itself_and_rests_longer_each_time() -> None:
    rests = [stands(*[broken()] * (2 + count)).until for count in (1, 2, 3, 30)]
    assert rests == [NOW - 1000 + rest for rest in (REST_MS, 2 * REST_MS, 4 * REST_MS, LONGEST_REST_MS)]
    old = [broken(REST_MS + 1)] * 3
    assert stands(*old).state == "active"
    assert stands(*old).success > 0.4, "what went wrong is forgotten little by little"


def test_a_new_key_ends_the_rest() -> None:
    refused = broken(code="account_rejected")
    assert stands(refused, updated_at=NOW - 500).state == "active"
    assert stands(refused, updated_at=NOW - 5000).state == "error"


def test_success_room_and_health_decide_in_this_order_of_weight() -> None:
    half = stands(GOOD, broken(), GOOD, broken())
    full = stands(rooms={"concurrency": Room(4, 4)})
    line = stands(rooms={"concurrency": Room(4, 9)})
    ranked = [stands(), stands(rooms={"concurrency": Room(4, 1)}), half, full, line, stands(*[broken()] * 3)]
    assert sorted(ranked, key=lambda standing: standing.rank) == ranked


async def accounts_of(studio: Studio, url: str, count: int, **values: Any) -> list[Account]:
    return [await account(studio, "courier", url, name=f"nr {i}", **values) for i in range(count)]


async def test_idle_accounts_share_a_burst_and_none_is_overfull(any_stage: Stage, upstream: Upstream) -> None:
    studio = await any_stage.open()
    made = await accounts_of(studio, upstream.url, 3, concurrency=2)
    upstream.held = True
    jobs = [await submit(studio, "media.courier.txt2txt", prompt=f"job {i}") for i in range(9)]
    await until(lambda: len(upstream.bill) == 6)

    async def settled() -> bool:
        return [(await job_of(studio, job)).state for job in jobs].count("waiting") == 3

    await until(settled)
    rooms = await studio.store.read("default", lambda tx: [look(tx, each).rooms["concurrency"].used for each in made])
    assert sum(rooms) == 9
    assert min(rooms) >= 2, "none is idle while jobs wait"
    assert len(upstream.bill) == 6
    upstream.finish()
    for job in jobs:
        assert (await reached(studio, job)).state == "succeeded"
    assert upstream.most_open == 6


@pytest.mark.accepts("S3.11")
async def test_the_account_that_succeeds_is_chosen_and_one_that_recovered_is_tried_again(
    stage: Stage, upstream: Upstream
) -> None:
    studio = await stage.open()
    bad, good = await accounts_of(studio, upstream.url, 2)
    now = studio.store.clock.now()
    for number in range(3):
        row = an_attempt(f"job_{number}", account=bad.id, state="refused", created_at=now - 50, number=number)
        row = replace(row, ended_at=now - 50, error={"code": "provider_failed"})
        await studio.store.write("default", lambda tx, row=row: attempts.insert(tx, row))
    for _ in range(3):
        job = await reached(studio, await submit(studio, "media.courier.txt2txt"))
        assert [each.account for each in await ledger(studio, job)] == [good.id]
    stage.ahead(3600)
    await studio.store.write("default", lambda tx: accounts.update(tx, good.id, concurrency=1))
    upstream.held = True
    tried = [await submit(studio, "media.courier.txt2txt", prompt=f"later {i}") for i in range(2)]
    await until(lambda: len(upstream.bill) == 5)
    used = {(await ledger(studio, job))[0].account for job in tried}
    assert used == {bad.id, good.id}
    upstream.finish()


async def test_a_refused_key_makes_way_for_the_next_account_of_the_same_job(studio: Studio, upstream: Upstream) -> None:
    made = await accounts_of(studio, upstream.url, 2)
    upstream.fail("POST /tasks", status(401))
    job = await reached(studio, await submit(studio, "media.courier.txt2txt"))
    tried = [(each.account, each.state) for each in await ledger(studio, job)]
    assert tried == [(made[0].id, "refused"), (made[1].id, "succeeded")]
    state = await studio.store.read("default", lambda tx: look(tx, made[0]).state)
    assert state == "error"


async def test_a_named_account_is_never_exchanged(studio: Studio, upstream: Upstream) -> None:
    made = await accounts_of(studio, upstream.url, 2)
    for wanted in (made[1], made[0], made[1]):
        job = await reached(studio, await submit(studio, "media.courier.txt2txt", account=wanted.name))
        assert [each.account for each in await ledger(studio, job)] == [wanted.id]


async def test_a_slot_that_becomes_free_is_taken_by_one_who_waits_for_another_account(
    any_stage: Stage, upstream: Upstream
) -> None:
    studio = await any_stage.open()
    made = await accounts_of(studio, upstream.url, 2, concurrency=1)
    upstream.held = True
    jobs = [await submit(studio, "media.courier.txt2txt", prompt=f"job {i}") for i in range(2)]
    await until(lambda: len(upstream.bill) == 2)
    waiting = [await submit(studio, "media.courier.txt2txt", prompt=f"late {i}") for i in range(2)]
    for job in waiting:
        await reached(studio, job, "account")
    quick = {(await ledger(studio, job))[0].account: job for job in jobs}[made[0].id]
    for _ in range(2):
        prompt = quick.params["prompt"]
        await until(lambda prompt=prompt: prompt in upstream.bill)
        next(task for task in upstream.tasks.values() if task.texts[0] == f"{prompt} 0").status = "done"

        async def took_over() -> Job | None:
            for job in waiting:
                if await ledger(studio, job):
                    return job
            return None

        quick = await until(took_over)
        assert (await ledger(studio, quick))[0].account == made[0].id
        waiting.remove(quick)
    upstream.finish()


async def test_jobs_in_the_line_of_one_account_go_to_another_whose_rest_is_over(
    any_stage: Stage, upstream: Upstream
) -> None:
    studio = await any_stage.open()
    made = await accounts_of(studio, upstream.url, 2, concurrency=1)
    rest = studio.store.clock.now() + 3_600_000
    await studio.store.write("default", lambda tx: accounts.cool(tx, made[1].id, rest))
    upstream.held = True
    jobs = [await submit(studio, "media.courier.txt2txt", prompt=f"job {i}") for i in range(2)]
    await until(lambda: len(upstream.bill) == 1)
    waiting = [job for job in jobs if not await ledger(studio, job)]
    await reached(studio, waiting[0], "account")
    any_stage.ahead(3601)
    await until(lambda: len(upstream.bill) == 2)
    assert (await ledger(studio, waiting[0]))[0].account == made[1].id
    upstream.finish()
