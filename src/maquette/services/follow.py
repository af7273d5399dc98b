"""Follow the log: the entries of one job until it is final, or of the whole workspace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from maquette.core.model import FINAL, Event, Job
from maquette.engine.studio import Studio
from maquette.services.caller import Caller
from maquette.services.job import JobView, get
from maquette.store import event as events
from maquette.store import job as jobs
from maquette.store.database import Tx

ENDS = frozenset({"job.cancelled", "job.failed", "job.succeeded"})
"""Types of the last event of a job."""
_PIECE = 500


@dataclass(frozen=True, slots=True)
class Reset:
    """The number asked for is not known: what is shown must be read again."""

    as_of: int


Followed = AsyncGenerator[Event | Reset | None, None]
"""Entries of the log; None after a while of silence."""


async def workspace(studio: Studio, caller: Caller, after: int | None) -> Followed:
    """Follow everything that the caller may see, from now on or from a sequence number."""

    def bounds(tx: Tx) -> tuple[int, int]:
        return events.first(tx), events.last(tx)

    first, last = await studio.store.read(caller.workspace, bounds)
    if after is not None and (after > last or 0 < after < first):
        yield Reset(last)
        after = last
    start = last if after is None else after
    async with aclosing(_live(studio, caller, start, None)) as entries:
        async for entry in entries:
            yield entry


async def known(studio: Studio, caller: Caller, job: str) -> Job:
    """Return the job that is to be followed; raises `NotFound` while that can still be answered."""
    return await studio.store.read(caller.workspace, lambda tx: jobs.get(tx, job))


async def one(studio: Studio, caller: Caller, job: str, after: int = 0) -> Followed:
    """Follow one job until it is final: first from the log, then live."""

    def piece(tx: Tx, since: int) -> tuple[list[Event], int, bool]:
        """Read the job's state before its entries, so that a final state has its last entry among them."""
        final, last = jobs.get(tx, job).state in FINAL, events.last(tx)
        return events.after(tx, since, job=job, limit=_PIECE), last, final

    while True:
        since = after
        found, last, final = await studio.store.read(caller.workspace, lambda tx: piece(tx, since))
        if after > last:
            yield Reset(last)
            after = last
        for entry in found:
            after = entry.seq
            yield entry
        if len(found) < _PIECE:
            break
    if final:
        return
    async with aclosing(_live(studio, caller, max(after, last), job)) as entries:
        async for live in entries:
            yield live
            if live is not None and live.type in ENDS:
                return


async def _live(studio: Studio, caller: Caller, after: int, job: str | None) -> AsyncGenerator[Event | None, None]:
    entries = studio.engine.hub.follow(caller.workspace, after=after, job=job)
    try:
        async for entry in entries:
            yield entry
    finally:
        if isinstance(entries, AsyncGenerator):
            await entries.aclose()


async def wait(studio: Studio, caller: Caller, job: str, seconds: float) -> JobView:
    """Return a job when it is final, or as it is after so many seconds."""
    try:
        async with asyncio.timeout(seconds), aclosing(one(studio, caller, job)) as entries:
            async for _ in entries:
                pass
    except TimeoutError:
        pass
    return (await get(studio, caller, job))[0]
