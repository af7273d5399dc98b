"""One job from its start to its end: retries, fallbacks, outputs, and what stops it."""

from __future__ import annotations

from typing import Any

import pytest

from maquette.core.model import Job
from maquette.engine.plan import Wanted, plan
from maquette.engine.studio import Studio
from maquette.store import account as accounts
from tests.engine.studio import (
    Stage,
    account,
    assets_of,
    ledger,
    log_of,
    reached,
    submit,
    submit_planned,
    texts_of,
    until,
)
from tests.engine.upstream import Upstream, plain, status

CLOSED = "http://127.0.0.1:9"
"""Nobody listens there."""


async def test_a_job_from_the_queue_makes_its_asset_and_pays_once(studio: Studio, upstream: Upstream) -> None:
    await account(studio, "courier", upstream.url)
    job = await submit(studio, "media.courier.txt2txt", prompt="a fox")
    ended = await reached(studio, job)
    assert (ended.state, ended.cost, upstream.bill) == ("succeeded", 200, ["a fox"])
    assert await texts_of(studio, job) == ["a fox 0"]
    told = [event.type for event in await log_of(studio, job)]
    assert [t for t in told if t not in ("attempt.progressed", "asset.ready")] == [
        "job.queued", "job.started", "attempt.started", "asset.created", "attempt.succeeded", "job.succeeded",
    ]  # fmt: skip
    (asset,) = await assets_of(studio, job)
    (attempt,) = await ledger(studio, job)
    assert (asset.attempt, asset.index, attempt.handle) == (attempt.id, 0, {"value": {"id": "task-1"}})


@pytest.mark.accepts("S3.26", "S1.44")
async def test_a_request_that_was_never_sent_is_tried_three_times_with_growing_waits(stage: Stage) -> None:
    studio = await stage.open()
    await account(studio, "printer", CLOSED)
    job = await submit(studio, "media.printer.txt2txt")
    waits = list[int]()
    for number in (1, 2):
        await until(lambda number=number: attempts_ended(studio, job, number))
        parked = await reached(studio, job, "retry")
        waits.append(next(e.data["wake_at"] - e.at for e in reversed(await log_of(studio, job)) if "wake_at" in e.data))
        assert parked.tries == number
        stage.ahead(3)
    ended = await reached(studio, job)
    assert ended.error is not None
    assert (ended.state, ended.error["code"]) == ("failed", "provider_unavailable")
    assert [attempt.state for attempt in await ledger(studio, job)] == ["not_sent"] * 3
    assert 450 <= waits[0] <= 1050
    assert 950 <= waits[1] <= 2050


async def attempts_ended(studio: Studio, job: Job, number: int) -> bool:
    made = await ledger(studio, job)
    return len(made) == number and made[-1].state == "not_sent"


@pytest.mark.accepts("S3.26")
async def test_a_job_may_be_given_another_number_of_attempts(studio: Studio) -> None:
    await account(studio, "printer", CLOSED)
    job = await submit(studio, "media.printer.txt2txt", max_attempts=1)
    assert (await reached(studio, job)).state == "failed"
    assert len(await ledger(studio, job)) == 1


@pytest.mark.accepts("S2.10", "S3.24")
async def test_a_refusal_goes_to_the_next_candidate_in_the_order_of_the_accounts(
    studio: Studio, upstream: Upstream
) -> None:
    first = await account(studio, "printer", upstream.url)
    second = await account(studio, "printer", upstream.url)
    upstream.fail("POST /print", status(401), status(200, {"texts": ["made by the second"]}))
    job = await submit(studio, "media.printer.txt2txt")
    assert (await reached(studio, job)).state == "succeeded"
    tried = [(attempt.account, attempt.state) for attempt in await ledger(studio, job)]
    assert tried == [(first.id, "refused"), (second.id, "succeeded")]


@pytest.mark.accepts("R1", "R3")
async def test_a_busy_server_that_says_when_to_come_again_is_asked_again_and_pays_once(
    studio: Studio, upstream: Upstream
) -> None:
    await account(studio, "printer", upstream.url)
    upstream.fail("POST /print", status(503, retry_after="0.05"))
    job = await submit(studio, "media.printer.txt2txt")
    assert (await reached(studio, job)).state == "succeeded"
    assert [attempt.state for attempt in await ledger(studio, job)] == ["refused", "succeeded"]
    assert len(upstream.bill) == 1


@pytest.mark.accepts("S2.10")
async def test_the_fallback_chain_of_the_configuration_is_tried_in_its_order(stage: Stage, upstream: Upstream) -> None:
    creation = {"default_provider": "courier", "fallback_chain": ["telegraph", "printer"]}
    studio = await stage.open(media_creation=creation)
    for provider in ("printer", "telegraph", "courier"):
        await account(studio, provider, upstream.url)
    upstream.fail("POST /tasks", status(400), status(422))
    job = await submit(studio, None, media="text")
    assert (await reached(studio, job)).state == "succeeded"
    assert [attempt.provider for attempt in await ledger(studio, job)] == ["courier", "telegraph", "printer"]


async def test_after_the_last_candidate_the_job_fails_with_the_last_refusal(studio: Studio, upstream: Upstream) -> None:
    await account(studio, "printer", upstream.url)
    upstream.fail("POST /print", status(402))
    ended = await reached(studio, await submit(studio, "media.printer.txt2txt"))
    assert ended.error is not None
    assert (ended.state, ended.error["code"], ended.cost) == ("failed", "quota_exhausted", 0)


async def test_content_that_the_policy_rejects_is_not_tried_elsewhere(studio: Studio, upstream: Upstream) -> None:
    await account(studio, "courier", upstream.url)
    await account(studio, "courier", upstream.url)
    upstream.held = True
    job = await submit(studio, "media.courier.txt2txt")
    await until(lambda: bool(upstream.tasks))
    upstream.tasks["task-1"].status = "rejected"
    ended = await reached(studio, job)
    assert ended.error is not None
    assert (ended.state, ended.error["code"], len(upstream.bill)) == ("failed", "content_rejected", 1)


async def test_work_that_failed_after_it_was_accepted_is_counted_as_paid_and_not_sent_again(
    studio: Studio, upstream: Upstream
) -> None:
    await account(studio, "courier", upstream.url)
    upstream.held = True
    job = await submit(studio, "media.courier.txt2txt")
    await until(lambda: bool(upstream.tasks))
    upstream.tasks["task-1"].status = "failed"
    assert (await reached(studio, job)).state == "failed"
    (attempt,) = await ledger(studio, job)
    assert (attempt.state, attempt.cost, attempt.cost_source) == ("failed", 200, "estimated")


@pytest.mark.accepts("R1")
@pytest.mark.parametrize("charged", [0, 70])
async def test_work_that_failed_costs_what_the_provider_says_of_it(
    studio: Studio, upstream: Upstream, charged: int
) -> None:
    await account(studio, "courier", upstream.url)
    upstream.held = True
    job = await submit(studio, "media.courier.txt2txt")
    await until(lambda: bool(upstream.tasks))
    upstream.tasks["task-1"].charged = charged
    upstream.tasks["task-1"].status = "failed"
    assert (await reached(studio, job)).cost == charged
    (attempt,) = await ledger(studio, job)
    settled = (attempt.state, attempt.cost, attempt.cost_source, attempt.cost_amount)
    assert settled == ("failed", charged, "reported", "in ink")


async def test_answers_about_accepted_work_that_cannot_be_read_pass(studio: Studio, upstream: Upstream) -> None:
    await account(studio, "courier", upstream.url)
    upstream.fail("GET /tasks", plain(b'{"status": "do'), status(200, {}), status(200, {"status": ["odd"]}))
    job = await submit(studio, "media.courier.txt2txt")
    ended = await reached(studio, job)
    assert (ended.state, ended.error, len(upstream.bill)) == ("succeeded", None, 1)
    assert [attempt.state for attempt in await ledger(studio, job)] == ["succeeded"]


@pytest.mark.accepts("R1")
@pytest.mark.parametrize("odd", [{}, {"texts": [5]}], ids=["to the provider", "to what stores it"])
async def test_a_result_of_accepted_work_that_cannot_be_read_waits_for_a_person(
    studio: Studio, upstream: Upstream, odd: dict[str, Any]
) -> None:
    await account(studio, "courier", upstream.url)
    upstream.fail("GET /tasks", status(200, {"status": "done", **odd}))
    job = await submit(studio, "media.courier.txt2txt")
    ended = await reached(studio, job, "attention")
    (attempt,) = await ledger(studio, job)
    assert (attempt.state, attempt.error is not None, len(upstream.bill)) == ("unknown", True, 1)
    assert ended.waiting_for == "attention"


async def test_an_answer_without_outputs_fails_and_is_counted_as_paid(studio: Studio, upstream: Upstream) -> None:
    await account(studio, "printer", upstream.url)
    upstream.fail("POST /print", status(200, {"texts": []}))
    job = await submit(studio, "media.printer.txt2txt")
    ended = await reached(studio, job)
    assert ended.error is not None
    assert (ended.state, ended.error["code"]) == ("failed", "generation_failed")
    (attempt,) = await ledger(studio, job)
    assert (attempt.state, attempt.cost) == ("failed", 200)


async def test_three_outputs_instead_of_one_are_all_kept_with_a_warning(studio: Studio, upstream: Upstream) -> None:
    await account(studio, "printer", upstream.url)
    upstream.fail("POST /print", status(200, {"texts": ["one", "two", "three"]}))
    job = await submit(studio, "media.printer.txt2txt")
    ended = await reached(studio, job)
    assert ended.state == "succeeded"
    assert await texts_of(studio, job) == ["one", "two", "three"]
    assert [warning["field"] for warning in ended.warnings] == ["n"]


async def test_a_bad_output_among_good_ones_is_kept_apart_and_the_good_ones_stay(studio: Studio) -> None:
    await account(studio, "parlour")
    job = await submit(studio, "media.parlour.bundle", params={"things": ["good", "bad", "good"]})
    ended = await reached(studio, job)
    assert (ended.state, [warning["field"] for warning in ended.warnings]) == ("succeeded", ["outputs"])
    assert [asset.index for asset in await assets_of(studio, job)] == [0, 2]


async def test_only_bad_outputs_fail_the_job_and_their_bytes_are_in_quarantine(studio: Studio) -> None:
    await account(studio, "parlour")
    ended = await reached(studio, await submit(studio, "media.parlour.bundle", params={"things": ["bad"]}))
    assert ended.error is not None
    assert (ended.state, ended.error["code"]) == ("failed", "output_rejected")
    kept = b"".join([chunk async for chunk in studio.blobs.read(ended.error["quarantine"])])
    assert kept == b"these bytes are no picture"


@pytest.mark.accepts("R9")
async def test_on_a_full_disk_no_paid_call_is_started_and_the_job_waits(stage: Stage, upstream: Upstream) -> None:
    studio = await stage.open(limits={"disk_reserve_bytes": 2**62})
    await account(studio, "printer", upstream.url)
    job = await submit(studio, "media.printer.txt2txt")
    waiting = await reached(studio, job, "disk")
    assert (waiting.state, upstream.seen) == ("waiting", [])
    assert waiting.wake_at is not None
    await stage.close(studio)
    stage.ahead(16)
    roomy = await stage.open()
    assert (await reached(roomy, job)).state == "succeeded"


async def test_a_mistake_in_a_provider_fails_its_job_and_nothing_else(studio: Studio) -> None:
    await account(studio, "parlour")
    broken = await reached(studio, await submit(studio, "media.parlour.stumble"))
    assert broken.error is not None
    assert (broken.state, broken.error["code"]) == ("failed", "internal")
    assert [attempt.state for attempt in await ledger(studio, broken)] == ["not_sent"]
    assert (await reached(studio, await submit(studio, "media.parlour.echo"))).state == "succeeded"


async def test_an_account_that_is_gone_leaves_the_job_failed_with_a_hint(studio: Studio, upstream: Upstream) -> None:
    gone = await account(studio, "printer", upstream.url)
    known = await studio.store.read("default", accounts.listed)
    job = plan(studio.registry, studio.config, known, Wanted("media.printer.txt2txt", {"prompt": "a fox"}))
    await studio.store.write("default", lambda tx: accounts.update(tx, gone.id, enabled=False))
    ended = await reached(studio, await submit_planned(studio, job))
    assert ended.error is not None
    assert (ended.state, ended.error["code"], upstream.seen) == ("failed", "account_unknown", [])
