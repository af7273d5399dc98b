"""What becomes of a submit whose answer is lost: found, proven unsent, looked up later, or settled by a person."""

from __future__ import annotations

from typing import Any

import pytest

from maquette.core.errors import Conflict, NotFound, ParamsInvalid
from maquette.core.ids import new_id
from maquette.core.model import Asset, Job
from maquette.engine.resolve import Decision, resolve
from maquette.engine.studio import Studio
from maquette.store import asset as assets
from maquette.store import attempt as attempts
from maquette.store import process as processes
from tests.engine.studio import (
    DoomedStore,
    Stage,
    account,
    assets_of,
    job_of,
    ledger,
    log_of,
    reached,
    submit,
    texts_of,
    until,
)
from tests.engine.upstream import Upstream, billed_then_reset, reset, status


@pytest.mark.accepts("R3")
async def test_a_submit_that_the_provider_never_took_is_sent_again_as_a_new_attempt(
    studio: Studio, upstream: Upstream
) -> None:
    await account(studio, "courier", upstream.url)
    upstream.fail("POST /tasks", reset)
    job = await submit(studio, "media.courier.txt2txt")
    assert (await reached(studio, job)).state == "succeeded"
    assert [attempt.state for attempt in await ledger(studio, job)] == ["not_sent", "succeeded"]
    assert upstream.bill == ["a fox"]


async def test_an_empty_look_up_is_not_believed_at_once(stage: Stage, upstream: Upstream) -> None:
    studio = await stage.open(find_settle_s=1.0)
    await account(studio, "courier", upstream.url)
    upstream.fail("POST /tasks", reset)

    async def unfinished(late: Upstream, _request: Any) -> Any:
        answer = await late.answer(_request)
        late.take({"prompt": "came late", "token": (await ledger(studio, job))[0].token})
        return answer

    upstream.fail("GET /tokens", unfinished)
    job = await submit(studio, "media.courier.txt2txt")
    assert (await reached(studio, job)).state == "succeeded"
    assert await texts_of(studio, job) == ["came late 0"]
    assert len(upstream.calls("POST /tasks")) == 1


async def test_faults_of_the_look_up_are_not_taken_for_an_empty_answer(studio: Studio, upstream: Upstream) -> None:
    await account(studio, "courier", upstream.url)
    upstream.fail("POST /tasks", billed_then_reset)
    upstream.fail("GET /tokens", *[status(500, retry_after="0.01")] * 9)
    job = await submit(studio, "media.courier.txt2txt")
    assert (await reached(studio, job)).state == "succeeded"
    assert upstream.bill == ["a fox"]


@pytest.mark.accepts("R1", "R5")
async def test_while_the_former_process_may_still_send_nothing_is_sent_again(stage: Stage, upstream: Upstream) -> None:
    first = await stage.open(lease_s=1)
    await account(first, "courier", upstream.url)
    doomed = DoomedStore(first.store, "sending")
    first.engine.tools.store = doomed  # type: ignore[assignment]
    job = await submit(first, "media.courier.txt2txt", now=True)
    await until(doomed.dead.is_set)
    sender = first.engine.process
    await stage.kill(first)
    second = await stage.open(alone=False, lease_s=1)
    await reached(second, job, "retry")
    (attempt,) = await ledger(second, job)
    assert (attempt.state, attempt.process, upstream.bill) == ("sending", sender, [])
    await second.store.write("", lambda tx: processes.end(tx, sender))
    stage.ahead(3)
    assert (await reached(second, job)).state == "succeeded"
    assert upstream.bill == ["a fox"]


@pytest.mark.accepts("R2")
async def test_a_fault_after_acceptance_brings_the_job_back_to_the_same_attempt(
    stage: Stage, upstream: Upstream
) -> None:
    studio = await stage.open()
    await account(studio, "telegraph", upstream.url)
    upstream.fail("GET /files", *[status(503, retry_after="0.01")] * 4)
    job = await submit(studio, "media.telegraph.collect")
    await reached(studio, job, "retry")
    stage.ahead(3)
    assert (await reached(studio, job)).state == "succeeded"
    assert (len(await ledger(studio, job)), upstream.bill) == (1, ["a fox"])


# -- a person decides -----------------------------------------------------------------------------------------------


async def doubtful(studio: Studio, upstream: Upstream) -> Job:
    """Bring a job into doubt."""
    await account(studio, "telegraph", upstream.url)
    upstream.fail("POST /tasks", billed_then_reset)
    job = await submit(studio, "media.telegraph.txt2txt")
    return await reached(studio, job, "attention")


async def test_doubt_tells_what_is_at_stake_and_frees_the_slot(studio: Studio, upstream: Upstream) -> None:
    job = await doubtful(studio, upstream)
    (opened,) = [event.data for event in await log_of(studio, job) if event.type == "attention.opened"]
    assert (opened["money_at_stake"], opened["provider"], opened["reason"]["code"]) == (
        200, "telegraph", "outcome_unknown",
    )  # fmt: skip
    (attempt,) = await ledger(studio, job)
    assert (attempt.state, attempt.ended_at is not None) == ("unknown", True)


async def test_a_person_resubmits_and_the_doubtful_attempt_stays_in_the_ledger(
    studio: Studio, upstream: Upstream
) -> None:
    job = await doubtful(studio, upstream)
    await resolved(studio, job, "resubmit")
    assert (await reached(studio, job)).state == "succeeded"
    assert [attempt.state for attempt in await ledger(studio, job)] == ["unknown", "succeeded"]
    assert upstream.bill == ["a fox", "a fox"]


async def test_a_person_attaches_the_providers_id_and_nothing_is_sent_again(studio: Studio, upstream: Upstream) -> None:
    job = await doubtful(studio, upstream)
    await resolved(studio, job, "attach", handle={"id": "task-1"})
    assert (await reached(studio, job)).state == "succeeded"
    assert [attempt.state for attempt in await ledger(studio, job)] == ["succeeded"]
    assert (await texts_of(studio, job), upstream.bill) == (["a fox 0"], ["a fox"])


async def test_a_person_attaches_an_uploaded_asset(studio: Studio, upstream: Upstream) -> None:
    job = await doubtful(studio, upstream)
    upload = Asset(new_id("asset"), "default", "text", "text/plain", 3, "d" * 64, "blob/none", 1)
    await studio.store.write("default", lambda tx: assets.insert(tx, upload))
    ended = await resolved(studio, job, "attach", asset=upload.id)
    assert (ended.state, [asset.blob for asset in await assets_of(studio, job)]) == ("succeeded", ["blob/none"])
    (attempt,) = await ledger(studio, job)
    assert (attempt.state, attempt.cost, attempt.late) == ("succeeded", 200, True)
    with pytest.raises(Conflict):
        await resolved(studio, job, "give_up")


async def test_an_asset_of_another_job_cannot_be_attached(studio: Studio, upstream: Upstream) -> None:
    job = await doubtful(studio, upstream)
    await account(studio, "parlour")
    (other,) = await assets_of(studio, await reached(studio, await submit(studio, "media.parlour.echo")))
    with pytest.raises(NotFound):
        await resolved(studio, job, "attach", asset=other.id)
    with pytest.raises(ParamsInvalid):
        await resolved(studio, job, "attach")
    assert (await job_of(studio, job)).waiting_for == "attention"


async def test_a_person_gives_up_and_the_job_ends(studio: Studio, upstream: Upstream) -> None:
    job = await doubtful(studio, upstream)
    ended = await resolved(studio, job, "give_up")
    assert (ended.state, upstream.bill) == ("cancelled", ["a fox"])
    closed = [event.data["how"] for event in await log_of(studio, job) if event.type == "attention.closed"]
    assert closed == ["give_up"]


@pytest.mark.parametrize("how", ["resubmit", "attach", "give_up"])
async def test_only_a_job_in_doubt_can_be_resolved(studio: Studio, how: Any) -> None:
    await account(studio, "parlour")
    job = await reached(studio, await submit(studio, "media.parlour.echo"))
    with pytest.raises(Conflict):
        await resolved(studio, job, how, handle={"id": "x"})


async def resolved(studio: Studio, job: Job, how: Any, **found: Any) -> Job:
    """Decide about the attempt in doubt of a job."""
    return await studio.store.write("default", lambda tx: resolve(tx, job.id, Decision(how, **found)))


async def test_a_cancelled_job_in_doubt_can_still_be_settled_and_what_is_attached_is_kept_as_late(
    studio: Studio, upstream: Upstream
) -> None:
    job = await doubtful(studio, upstream)
    (attempt,) = await ledger(studio, job)
    await studio.engine.cancel("default", job.id)
    assert (await job_of(studio, job)).state == "cancelled"
    (listed,) = await studio.store.read("default", lambda tx: attempts.in_doubt(tx, None, 10))
    assert listed.id == attempt.id
    with pytest.raises(Conflict, match="cancelled"):
        await resolved(studio, job, "resubmit")
    upstream.finish()
    await resolved(studio, job, "attach", handle={"id": "task-1"})
    assert await studio.store.read("default", lambda tx: attempts.in_doubt(tx, None, 10)) == []

    async def kept() -> bool:
        return bool(await assets_of(studio, job))

    await until(kept)
    (attempt,) = await ledger(studio, job)
    assert (attempt.state, attempt.late, upstream.bill) == ("succeeded", True, ["a fox"])
    assert (await job_of(studio, job)).state == "cancelled"


async def test_whoever_decided_is_kept_with_the_attempt_and_it_is_listed_no_more(
    studio: Studio, upstream: Upstream
) -> None:
    job = await doubtful(studio, upstream)
    await resolved(studio, job, "give_up", by="key_9")
    (attempt,) = await ledger(studio, job)
    assert attempt.state == "unknown"
    assert attempt.resolution is not None
    assert (attempt.resolution["how"], attempt.resolution["by"]) == ("give_up", "key_9")
    assert await studio.store.read("default", lambda tx: attempts.in_doubt(tx, None, 10)) == []
    with pytest.raises(Conflict):
        await resolved(studio, job, "attach", handle={"id": "task-1"})
