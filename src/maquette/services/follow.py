"""Follow the log: the entries of one job until it is final, or of the whole workspace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
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


async def page(studio: Studio, caller: Caller, after: int) -> tuple[Sequence[Event | Reset], int]:
    """Return what happened after a sequence number, the oldest first and at most a piece, and how far the log is."""

    def unit(tx: Tx) -> tuple[list[Event], int, int]:
        return events.after(tx, after, limit=_PIECE), events.first(tx), events.last(tx)

    found, first, last = await studio.store.read(caller.workspace, unit)
    return ([Reset(last)] if after > last or 0 < after < first else found), last


async def known(studio: Studio, caller: Caller, job: str) -> Job:
    """Return the job that is to be followed; raises `NotFound` while that can still be answered."""
    return await studio.store.read(caller.workspace, lambda tx: jobs.get(tx, job))


async def one(studio: Studio, caller: Caller, job: str, after: int = 0) -> Followed:
    """Follow one job until it is final: first from the log, then live."""
    last, final, more = 0, False, True
    while more:
        found, last, final = await _piece(studio, caller, job, after)
        if after > last:
            yield Reset(last)
            after = last
        for entry in found:
            after = entry.seq
            yield entry
        more = len(found) == _PIECE
    if not final:
        async with aclosing(_until_end(studio, caller, job, max(after, last))) as live:
            async for coming in live:
                yield coming


async def _piece(studio: Studio, caller: Caller, job: str, after: int) -> tuple[list[Event], int, bool]:
    def unit(tx: Tx) -> tuple[list[Event], int, bool]:
        # The state is read before the entries, so that a final state has its last entry among them.
        final, last = jobs.get(tx, job).state in FINAL, events.last(tx)
        return events.after(tx, after, job=job, limit=_PIECE), last, final

    return await studio.store.read(caller.workspace, unit)


async def _until_end(studio: Studio, caller: Caller, job: str, after: int) -> AsyncGenerator[Event | None, None]:
    async with aclosing(_live(studio, caller, after, job)) as entries:
        async for entry in entries:
            yield entry
            if entry is not None and entry.type in ENDS:
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
        async with asyncio.timeout(seconds):
            # Most jobs that are waited for run here from their beginning to their end: that costs no look at the log.
            await studio.engine.hub.left(job)
            view, _ = await get(studio, caller, job)
            if view.job.state in FINAL:
                return view
            async with aclosing(one(studio, caller, job)) as entries:
                async for _entry in entries:
                    pass
    except TimeoutError:
        pass
    return (await get(studio, caller, job))[0]
