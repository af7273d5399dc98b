"""What is lent to an attempt: the paid call that is remembered, polls, progress, previews and free work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from maquette.core.action import Answer, Cost, Output, Result
from maquette.core.errors import (
    DeadlinePassed,
    GenerationFailed,
    NotFound,
    OutcomeUnknown,
    ProviderError,
    ProviderUnavailable,
    RequestRejected,
    Unsupported,
)
from maquette.core.model import Account, Attempt
from maquette.engine.admit import Frozen, admit
from maquette.engine.call import Lent
from maquette.engine.harvest import forfeited, harvest
from maquette.engine.studio import Studio
from maquette.store import attempt as attempts
from maquette.store import job as jobs
from maquette.store.job import Claim
from tests.engine.studio import Stage, account, assets_of, job_of, ledger, log_of, reached, submit, until
from tests.engine.upstream import Upstream, status


async def lend(studio: Studio, provider: str, url: str, **values: Any) -> Lent:
    """Lend a call on a fresh attempt of a claimed job that nothing else runs."""
    made: Account = await account(studio, provider, url, **values)
    job = await submit(studio, f"media.{provider}.txt2txt", account=made.id)
    claimed = await studio.store.write("default", lambda tx: jobs.claim(tx, job.id, studio.engine.process))
    assert claimed is not None
    claim, job = Claim(job.id, studio.engine.process, claimed.epoch), claimed
    frozen = Frozen(url, studio.engine.tools.spool.host)
    attempt = await studio.store.write("default", lambda tx: admit(tx, claim, job, job.plan[0], frozen))
    assert isinstance(attempt, Attempt)
    return Lent(await studio.engine.tools.ground(job, attempt, claim), attempt)


async def again(studio: Studio, lent: Lent) -> Lent:
    """Lend the same attempt again, as after a crash: only the ledger and the spool remember."""
    attempt = await studio.store.read("default", lambda tx: attempts.get(tx, lent.attempt.id))
    job = await studio.store.read("default", lambda tx: jobs.get(tx, attempt.job))
    claim = Claim(job.id, studio.engine.process, job.epoch)
    return Lent(await studio.engine.tools.ground(job, attempt, claim), attempt)


@pytest.fixture
async def idle(stage: Stage) -> Studio:
    """A process that takes nothing from the queue."""
    return await stage.open(runs_jobs=False)


def whole(lent: Lent, path: str) -> Callable[[], Awaitable[Answer]]:
    return lambda: lent.http.send("POST", path, body={"prompt": "a fox"})


@pytest.mark.accepts("R1", "R2")
async def test_a_small_answer_is_remembered_as_the_handle(idle: Studio, upstream: Upstream) -> None:
    lent = await lend(idle, "printer", upstream.url)
    first = await lent.once(lambda: lent.http.post("/print", {"prompt": "a fox"}))
    second = await again(idle, lent)
    assert second.attempt.handle == {"value": first}
    assert await second.once(lambda: second.http.post("/print", {"prompt": "a fox"})) == first
    assert upstream.bill == ["a fox"]


@pytest.mark.accepts("R1", "R2")
async def test_a_large_answer_is_made_again_from_the_spool(idle: Studio, upstream: Upstream) -> None:
    upstream.fail("POST /print", status(200, {"texts": ["x" * 100_000]}))
    lent = await lend(idle, "printer", upstream.url)
    first = await lent.once(lambda: lent.http.post("/print", {"prompt": "a fox"}))
    assert set(lent.attempt.handle) == {"spool"}
    second = await again(idle, lent)
    assert (second.attempt.state, second.attempt.handle) == ("sending", None)
    assert await second.once(lambda: second.http.post("/print", {"prompt": "a fox"})) == first
    assert len(upstream.seen) == 1


async def test_an_answer_that_is_its_own_result_is_told_to_the_ledger_before_anything_else_is_done(
    idle: Studio, upstream: Upstream
) -> None:
    async def work() -> int:
        return 1

    lent = await lend(idle, "printer", upstream.url)
    await lent.once(whole(lent, "/bytes"))
    assert ((await again(idle, lent)).attempt.state, lent.attempt.state) == ("sending", "accepted")
    await lent.memo("more", work)
    second = await again(idle, lent)
    assert (second.attempt.state, second.attempt.handle) == ("accepted", lent.attempt.handle)
    assert second.attempt.deadline_at is not None and second.attempt.memo == {"more": 1}


async def test_bytes_are_made_again_from_the_spool(idle: Studio, upstream: Upstream) -> None:
    lent = await lend(idle, "printer", upstream.url)
    first = await lent.once(whole(lent, "/bytes"))
    second = await again(idle, lent)
    assert (await second.once(whole(second, "/bytes"))).body == first.body == b"a fox as bytes"
    assert len(upstream.seen) == 1


async def test_a_stream_is_replayed_event_by_event_from_the_spool(idle: Studio, upstream: Upstream) -> None:
    async def events(lent: Lent) -> Any:
        return tuple(  # no plain JSON, so that it is made again from the spool
            [event.data async for event in lent.http.stream("POST", "/stream", body={"prompt": "one two three"})]
        )

    lent = await lend(idle, "printer", upstream.url)
    first = await lent.once(lambda: events(lent))
    second = await again(idle, lent)
    assert await second.once(lambda: events(second)) == first == ("one", "two", "three")
    assert len(upstream.seen) == 1


async def test_free_work_is_done_once_for_an_attempt(idle: Studio, upstream: Upstream) -> None:
    done = list[int]()

    async def work() -> dict[str, int]:
        done.append(1)
        return {"id": len(done)}

    lent = await lend(idle, "printer", upstream.url)
    assert await lent.memo("upload", work) == {"id": 1}
    second = await again(idle, lent)
    assert await second.memo("upload", work) == {"id": 1}
    assert await second.memo("other", work) == {"id": 2}


async def test_a_poll_lets_missing_and_faulty_answers_pass(idle: Studio, upstream: Upstream) -> None:
    lent = await lend(idle, "courier", upstream.url)
    busy = [status(503, retry_after="0.01")] * 4
    upstream.fail("GET /thing", status(404), status(404), *busy, status(429, retry_after="0.01"), status(200, {"a": 1}))
    assert await lent.poll(lambda: lent.http.get("/thing"), every=0.01) == {"a": 1}


async def test_a_poll_waits_each_time_as_long_as_it_is_told(idle: Studio, upstream: Upstream) -> None:
    lent = await lend(idle, "courier", upstream.url)
    loop, pauses, seen = asyncio.get_running_loop(), [0.3, 0.01], list[float]()

    async def check() -> bool | None:
        seen.append(loop.time())
        return True if len(seen) == 3 else None

    assert await lent.poll(check, every=lambda: pauses[len(seen) - 1])
    assert seen[1] - seen[0] > 0.25 > seen[2] - seen[1]


async def test_a_poll_ends_with_what_the_provider_says_of_the_work(idle: Studio, upstream: Upstream) -> None:
    lent = await lend(idle, "courier", upstream.url)

    async def check() -> None:
        raise GenerationFailed("it broke")

    with pytest.raises(GenerationFailed):
        await lent.poll(check, every=0.01)


async def test_a_poll_without_progress_ends_at_the_deadline_and_progress_puts_it_off(
    idle: Studio, upstream: Upstream
) -> None:
    lent = await lend(idle, "courier", upstream.url, timeout_s=1)
    start = asyncio.get_running_loop().time()

    async def check() -> None:
        if asyncio.get_running_loop().time() - start < 0.8:
            await lent.progress((asyncio.get_running_loop().time() - start) / 10)

    with pytest.raises(DeadlinePassed):
        await lent.poll(check, every=0.02)
    assert asyncio.get_running_loop().time() - start > 1.7


@pytest.mark.accepts("R2")
async def test_a_result_after_the_deadline_is_stored_and_marked_as_late(stage: Stage, upstream: Upstream) -> None:
    upstream.held = True
    studio = await stage.open(lease_s=1)
    await account(studio, "courier", upstream.url, timeout_s=1)
    job = await submit(studio, "media.courier.txt2txt")
    ended = await reached(studio, job)
    assert ended.error is not None
    assert (ended.state, ended.error["code"]) == ("failed", "deadline_passed")
    assert (await ledger(studio, job))[0].state == "accepted"
    upstream.finish()
    stage.ahead(61)

    async def stored() -> bool:
        return bool(await assets_of(studio, job))

    await until(stored)
    (attempt,) = await ledger(studio, job)
    assert (attempt.state, attempt.late, attempt.cost) == ("succeeded", True, 200)
    assert ((await job_of(studio, job)).state, len(upstream.bill)) == ("failed", 1)


async def test_progress_is_told_at_most_four_times_a_second(idle: Studio, upstream: Upstream) -> None:
    lent = await lend(idle, "courier", upstream.url)
    loop = asyncio.get_running_loop()
    start, count = loop.time(), 0
    while loop.time() - start < 1:
        count += 1
        await lent.progress(count / 1000, "works")
        await asyncio.sleep(0.002)
    told = [event.data["fraction"] for event in await log_of(idle) if event.type == "attempt.progressed"]
    assert count > 40
    assert 3 <= len(told) <= 5
    assert told == sorted(told)


async def test_the_same_progress_is_told_once(idle: Studio, upstream: Upstream) -> None:
    lent = await lend(idle, "courier", upstream.url)
    for _ in range(3):
        await lent.progress(0.5, "half")
        await asyncio.sleep(0.3)
    assert [event.type for event in await log_of(idle)].count("attempt.progressed") == 1


async def test_of_previews_the_newest_is_kept_and_told(idle: Studio, upstream: Upstream) -> None:
    lent = await lend(idle, "courier", upstream.url)
    await lent.preview(b"first")
    await lent.preview(b"too soon after the first")
    assert await idle.engine.preview(lent.attempt.job) == b"first"
    await asyncio.sleep(0.3)
    await lent.preview(b"second")
    assert await idle.engine.preview(lent.attempt.job) == b"second"
    assert sum(bool(event.data.get("preview")) for event in await log_of(idle)) == 2


async def test_the_event_of_an_unfinished_text_carries_the_text(idle: Studio, upstream: Upstream) -> None:
    lent = await lend(idle, "courier", upstream.url)
    await lent.preview("Ein Füchs".encode())
    await lent.preview(b"too soon")
    (told,) = [event.data for event in await log_of(idle) if event.data.get("preview")]
    assert told["text"] == "Ein Füchs"


async def test_after_an_attempt_only_the_last_progress_stays_in_the_log(studio: Studio, upstream: Upstream) -> None:
    upstream.held = True
    await account(studio, "courier", upstream.url)
    job = await submit(studio, "media.courier.txt2txt")
    await until(lambda: bool(upstream.tasks))
    for step in (0.2, 0.5, 0.9):
        upstream.tasks["task-1"].progress = step
        await until(lambda step=step: told(studio, step))
    upstream.finish()
    await reached(studio, job)
    left = [event.data["fraction"] for event in await log_of(studio, job) if event.type == "attempt.progressed"]
    assert len(left) == 1


async def told(studio: Studio, fraction: float) -> bool:
    return any(event.data.get("fraction") == fraction for event in await log_of(studio))


@pytest.mark.accepts("S8")
@pytest.mark.parametrize("name", ["../out", "/etc/passwd", "a/b", ".hidden", "", ".."])
async def test_a_file_for_a_child_process_stays_in_the_folder_of_its_attempt(
    idle: Studio, upstream: Upstream, name: str
) -> None:
    lent = await lend(idle, "courier", upstream.url)
    with pytest.raises(NotFound):
        lent.file(name, b"bytes")


@pytest.mark.accepts("R4", "R5")
async def test_a_process_that_was_late_with_its_beat_sends_nothing_and_the_job_goes_on(
    stage: Stage, upstream: Upstream
) -> None:
    studio = await stage.open()
    await account(studio, "printer", upstream.url)
    studio.engine.tools.lease.stale = True  # type: ignore[attr-defined]
    job = await submit(studio, "media.printer.txt2txt")
    parked = await reached(studio, job, "retry")
    assert ((await ledger(studio, job))[0].state, parked.state, upstream.seen) == ("not_sent", "waiting", [])
    studio.engine.tools.lease.stale = False  # type: ignore[attr-defined]
    stage.ahead(3)
    assert (await reached(studio, job)).state == "succeeded"
    assert upstream.bill == ["a fox"]


async def test_a_refusal_that_comes_as_a_success_leaves_no_doubt(idle: Studio, upstream: Upstream) -> None:
    lent = await lend(idle, "printer", upstream.url)

    async def work() -> None:
        await lent.http.post("/print", {"prompt": "a fox"})
        raise RequestRejected("The body says no")

    with pytest.raises(RequestRejected):
        await lent.once(work)
    assert lent.verdict == "refused"


async def test_what_is_sent_on_a_socket_inside_of_once_is_paid(idle: Studio, upstream: Upstream) -> None:
    async def listen(_: Upstream, request: web.Request) -> web.StreamResponse:
        line = web.WebSocketResponse()
        await line.prepare(request)
        async for _message in line:
            pass
        return line

    upstream.fail("GET /talk", listen)
    lent = await lend(idle, "printer", upstream.url)
    async with lent.http.socket("/talk") as socket:

        async def work() -> None:
            await socket.send("a fox")
            raise ProviderUnavailable("The line went dead")

        with pytest.raises(OutcomeUnknown):
            await lent.once(work)
    assert lent.verdict == "unknown"


async def test_a_free_call_outside_of_once_is_not_paid(idle: Studio, upstream: Upstream) -> None:
    lent = await lend(idle, "courier", upstream.url)
    upstream.fail("GET /thing", *[status(503, retry_after="0.01")] * 4)
    with pytest.raises(ProviderUnavailable):
        await lent.http.get("/thing")
    assert not idle.engine.tools.spool.has(lent.attempt.id)


async def test_an_asset_is_lent_with_who_made_it_and_has_no_address_on_a_disk(stage: Stage, upstream: Upstream) -> None:
    studio = await stage.open()
    made: Account = await account(studio, "printer", upstream.url)
    job = await submit(studio, "media.printer.txt2txt", account=made.id)
    await reached(studio, job, "succeeded")
    (asset,) = await assets_of(studio, job)
    await stage.close(studio)
    other = await lend(await stage.open(runs_jobs=False), "printer", upstream.url)
    lent = await other.material(asset.id)
    assert (lent.provider, lent.notes) == ("printer", asset.notes)
    with pytest.raises(Unsupported, match="cannot reach") as caught:
        await other.link(asset.id)
    assert "blob_url" in caught.value.advice


@pytest.mark.parametrize("outputs", [(), (Output("image", content=b"no picture"),)])
async def test_a_result_without_a_good_output_costs_what_its_provider_said(
    idle: Studio, upstream: Upstream, outputs: tuple[Output, ...]
) -> None:
    lent = await lend(idle, "courier", upstream.url)
    said = Cost(7, "reported", "7 drops")
    with pytest.raises(ProviderError) as caught:
        await harvest(lent._on, lent.attempt, Result(outputs, cost=said))
    assert caught.value.cost == said
    booked = {"cost": 7, "cost_source": "reported", "cost_amount": "7 drops"}
    assert forfeited(lent.attempt, caught.value) == booked
    expected = {"cost": lent.attempt.estimate, "cost_source": "estimated", "cost_amount": None}
    assert forfeited(lent.attempt, ProviderError("it says nothing")) == expected
