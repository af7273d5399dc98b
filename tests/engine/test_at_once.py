"""A job that starts at once: its first attempt begins in the commit that takes it, and nothing is lost by that."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest

from maquette.engine.plan import Wanted
from maquette.engine.studio import Studio
from maquette.services import job as service
from maquette.services.caller import Caller
from maquette.services.job import Submission, Submitted
from maquette.store import account as accounts
from maquette.store.database import Store, Unit
from tests.engine.studio import DoomedStore, Stage, account, job_of, ledger, log_of, reached, until
from tests.engine.upstream import Upstream

T = TypeVar("T")
CALLER = Caller("default", None, "admin", "open")


class MeddledStore:
    """A store in which something else happens around the next write."""

    def __init__(self, store: Store, *, before: Callable[[], Awaitable[Any]] | None = None) -> None:
        self._store = store
        self._before = before
        self.after: Callable[[Submitted], Awaitable[Any]] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def write(self, workspace: str, unit: Unit[T]) -> T:
        """Write, with what is to happen before and after."""
        if self._before is not None:
            await self._before()
        made = await self._store.write(workspace, unit)
        if self.after is not None and isinstance(made, Submitted):
            await self.after(made)
        return made


async def submit(studio: Studio, action: str = "courier.txt2txt") -> Submitted:
    """Submit a job that starts at once."""
    wanted = Wanted(f"media.{action}", {"prompt": "a fox"})
    return await service.submit(studio, CALLER, Submission(wanted, {}, at_once=True))


@pytest.mark.accepts("R1", "R2", "R4")
async def test_a_process_that_ends_right_after_that_commit_leaves_an_attempt_that_another_one_goes_on_with(
    any_stage: Stage, upstream: Upstream
) -> None:
    first = await any_stage.open()
    await account(first, "courier", upstream.url)
    store = first.store
    first.store = doomed = DoomedStore(store, 1)  # type: ignore[assignment]
    asking = asyncio.create_task(submit(first))
    await until(doomed.dead.is_set)
    (taken,) = (await service.page(first, CALLER, {}, None, 9)).items
    assert (taken.job.state, [attempt.state for attempt in taken.attempts]) == ("running", ["prepared"])
    asking.cancel()
    first.store = store
    await any_stage.kill(first)
    second = await any_stage.open()
    assert (await reached(second, taken.job)).state == "succeeded"
    (attempt,) = await ledger(second, taken.job)
    assert (attempt.id, attempt.state, upstream.bill) == (taken.attempts[0].id, "succeeded", ["a fox"])


async def test_the_log_tells_the_same_in_the_same_order_as_of_a_queued_job(studio: Studio, upstream: Upstream) -> None:
    await account(studio, "printer", upstream.url)
    taken = await submit(studio, "printer.txt2txt")
    await reached(studio, taken.job)
    told = [event.type for event in await log_of(studio, taken.job)]
    assert told[:3] == ["job.queued", "job.started", "attempt.started"]
    assert told[-2:] == ["attempt.succeeded", "job.succeeded"]


async def test_a_job_for_which_no_slot_is_free_waits_and_runs_when_there_is_one(
    studio: Studio, upstream: Upstream
) -> None:
    upstream.held = True
    await account(studio, "courier", upstream.url, concurrency=1)
    await submit(studio)
    await until(lambda: bool(upstream.bill))
    second = await submit(studio)
    assert (second.job.state, second.first, second.job.id in studio.engine.hub.cancelled) == ("waiting", None, False)
    upstream.finish()
    upstream.held = False
    assert (await reached(studio, second.job)).state == "succeeded"


async def test_an_account_that_is_switched_off_meanwhile_fails_the_job_and_not_the_request(
    studio: Studio, upstream: Upstream
) -> None:
    made, store = await account(studio, "courier", upstream.url), studio.store

    async def switch_off() -> None:
        await store.write("default", lambda tx: accounts.update(tx, made.id, enabled=False))

    studio.store = MeddledStore(store, before=switch_off)  # type: ignore[assignment]
    taken = await submit(studio)
    studio.store = store
    ended = await reached(studio, taken.job)
    assert (ended.state, upstream.bill) == ("failed", [])
    assert ended.error is not None and ended.error["code"] == "account_unknown"


@pytest.mark.accepts("R7")
async def test_a_cancel_between_that_commit_and_the_start_is_heard(studio: Studio, upstream: Upstream) -> None:
    await account(studio, "courier", upstream.url)
    store = studio.store
    studio.store = meddled = MeddledStore(store)  # type: ignore[assignment]

    async def cancel(taken: Submitted) -> None:
        await studio.engine.cancel("default", taken.job.id)

    meddled.after = cancel
    taken = await submit(studio)
    studio.store = store
    assert (await reached(studio, taken.job)).state == "cancelled"
    (attempt,) = await ledger(studio, await job_of(studio, taken.job))
    assert (attempt.state, upstream.bill) == ("cancelled", [])
