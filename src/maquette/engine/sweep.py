"""What nobody asks for and everybody needs: waking due jobs, taking over from the dead, collecting late results."""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import sqlalchemy as sa

from maquette import catalog
from maquette.core.errors import DeadlinePassed, JobCancelled, MaquetteError, OutcomeUnknown, StoreUnavailable
from maquette.core.model import Asset, Attempt, Job
from maquette.engine import bin as bin_
from maquette.engine import choice, housekeeping, settle
from maquette.engine import lease as leases
from maquette.engine.admit import free, slot_of, wake_next
from maquette.engine.call import Lent, Parked, StillRunning
from maquette.engine.events import asset_event, attempt_event, job_event
from maquette.engine.harvest import Harvest, forfeited, harvest
from maquette.engine.lease import is_dead
from maquette.engine.lost import Verdict, look_up
from maquette.engine.patience import doubting, says_nothing
from maquette.engine.plan import candidate_of, params_of
from maquette.store import account as accounts
from maquette.store import asset as assets
from maquette.store import attempt as attempts
from maquette.store import job as jobs
from maquette.store import process as processes
from maquette.store import tree
from maquette.store.database import Tx
from maquette.store.table import jobs as job_table

if TYPE_CHECKING:
    from maquette.engine.engine import Engine

log = logging.getLogger("maquette.sweep")
T = TypeVar("T")

_DUE = (
    sa.select(job_table.c.id)
    .where(
        job_table.c.state == "waiting",
        sa.or_(
            job_table.c.wake_at <= sa.bindparam("now"),
            sa.and_(job_table.c.wake_at.is_(None), job_table.c.waiting_for.startswith("account:")),
        ),
    )
    .limit(1)
)
_TICK_S = 0.5
_LATE_GAP_MS = 60_000
_LONGEST_GAP_MS = 3_600_000
_RETENTION_MS = 7 * 86_400_000
_TIDY_S = 600
_BATCH = 200
_PREVIEWED_S = 3600
_CALM = 5
"""Take-overs in a row after which a job no longer runs at once."""


class Sweep:
    """The periodic work of one process; every piece may run in many processes at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._looking: set[str] = set()
        self._in_vain: set[str] = set()
        """Doubtful attempts whose answer lies here and cannot be read."""
        self._bare: set[str] = set()
        self._unheld: set[str] = set()
        """Jobs that the ledger says run here, and that did not when it was looked last."""
        self._tidied = 0.0

    async def first(self, *, alone: bool) -> None:
        """Take over what the dead left before anything new begins."""
        if alone:
            await self._write(lambda tx: processes.fence_all(tx, self._engine.process))
        await self._reap()
        await self._audit_queue()
        self._engine.spawn(self._clean())
        self._engine.spawn(self._late())

    async def forever(self) -> None:
        """Sweep until the engine stops."""
        loop = asyncio.get_running_loop()
        reap_gap = min(self._engine.tools.config.lease_s / 4, 3.0)
        reaped = 0.0
        while True:
            await asyncio.sleep(_TICK_S)
            try:
                await self._due()
                await self._small_pictures()
                if loop.time() - reaped >= reap_gap:
                    reaped = loop.time()
                    await self._reap()
                    await self._audit_queue()
                    await self._audit_own()
                    await self._late()
                if loop.time() - self._tidied >= _TIDY_S:
                    self._tidied = loop.time()
                    await self._engine.runner.tidy(await self._read(processes.live_executors))
                    await self._clean()
                if self._engine.tools.lease.lost.is_set():
                    await self._engine.renew()
            except StoreUnavailable:
                log.warning("sweep.store_unavailable")
            except Exception:
                log.exception("sweep.failed")

    async def _clean(self) -> None:
        """Remove what dead processes left on this disk and what the ledger has settled, and empty the bin."""
        tools = self._engine.tools
        for folder in tools.scratch.parent.iterdir():
            if folder != tools.scratch and await leases.cannot_send(tools.store, folder.name):
                await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        await housekeeping.daily(tools)
        await bin_.empty(tools.store, tools.disposal)
        await tools.disposal.sweep()
        await asyncio.to_thread(_clear, tools.previews)
        spooled = tools.spool.complete()
        for attempt in await self._read(lambda tx: attempts.settled(tx, spooled)):
            tools.spool.forget(attempt)

    # -- waking -----------------------------------------------------------------------------------------------------

    async def _due(self) -> None:
        if await self._read(lambda tx: tx.run(_DUE, {"now": tx.now}).first() is not None):
            await self._write(self._wake_due)

    @staticmethod
    def _wake_due(tx: Tx) -> None:
        for woken in jobs.wake(tx, job_table.c.wake_at <= tx.now, _BATCH):
            tx.elsewhere(woken.workspace).emit("job.queued", woken.id, job_event(woken))
        prefix = slot_of("")
        slots = sa.select(job_table.c.waiting_for).where(
            job_table.c.state == "waiting", job_table.c.wake_at.is_(None), job_table.c.waiting_for.startswith(prefix)
        )
        for key in tx.run(slots.distinct()).scalars().all():
            account = accounts.anywhere(tx, key.removeprefix(prefix))
            if account is None:
                wake_next(tx, key.removeprefix(prefix))
            elif free(tx, account) <= 0:
                choice.offer(tx.elsewhere(account.workspace), account)
            # Locked, no other sweep calls for the same slots.
            elif accounts.lock(tx, account.id) and (left := free(tx, account)) > 0:
                wake_next(tx, account.id, left)

    # -- taking over ------------------------------------------------------------------------------------------------

    async def _reap(self) -> None:
        """Take over the jobs of processes that went silent or ended; one reaper wins each."""
        ttl = round(self._engine.tools.config.lease_s * 1000)
        me = self._engine.process
        fenced = await self._write(lambda tx: self._take_over(tx, ttl, me))
        if fenced:
            log.warning("lease.taken: %s", ", ".join(fenced))

    def _take_over(self, tx: Tx, ttl: int, me: str) -> list[str]:
        fenced = processes.fence(tx, ttl, me)
        for process in fenced:
            if is_dead(process):
                processes.end(tx, process.id)
        gone = processes.gone(tx)
        if gone:
            for job in jobs.orphans(tx, gone):
                queued = _again(tx, job)
                if queued is not None:
                    tx.elsewhere(queued.workspace).emit(f"job.{queued.state}", queued.id, job_event(queued))
        return [process.executor for process in fenced]

    async def _audit_queue(self) -> None:
        """Queue again what nobody holds: taken from the queue by a process that died before it claimed the job."""
        queued = await self._read(lambda tx: jobs.queued(tx, _BATCH))
        if not queued:
            return
        live = await self._read(processes.live_executors)
        holders = await self._engine.runner.holders(queued)
        for job, epoch in queued:
            holder = holders.get(job)
            if holder is None or (holder and holder not in live):
                await self._write(partial(self._requeue, job=job, epoch=epoch))

    async def _audit_own(self) -> None:
        """Compare what the ledger says runs here with what does: a word of either may have been lost on the way."""
        me, hub = self._engine.process, self._engine.hub
        mine = await self._read(lambda tx: jobs.owned(tx, me))
        for job, asked in mine.items():
            if asked and (running := hub.cancelled.get(job)) is not None:
                running.set()  # nobody listened when it was asked
        unheld = mine.keys() - hub.cancelled.keys()
        for job in unheld & self._unheld:
            log.warning("job.dropped: queued again", extra={"job": job})
            await self._write(partial(self._own_again, job=job, me=me))
        self._unheld = unheld

    @staticmethod
    def _own_again(tx: Tx, *, job: str, me: str) -> None:
        found = tree.locked(tx, job)
        if found is not None and found.state == "running" and found.owner == me:
            jobs.queue(tx, job)

    @staticmethod
    def _requeue(tx: Tx, *, job: str, epoch: int) -> None:
        found = jobs.anywhere(tx, job)
        if found is not None and found.state == "queued" and found.epoch == epoch:
            log.warning("job.stranded: queued again", extra={"job": job})
            jobs.queue(tx, job)

    # -- late results -----------------------------------------------------------------------------------------------

    async def _late(self) -> None:
        """Look at attempts that outlived their jobs, and at answers in the spool that nobody waits for."""
        for attempt in await self._read(attempts.left_behind):
            self._take_up(attempt, self._adopt)
        for attempt in await self._read(attempts.due):
            self._take_up(attempt, self._look_at)
        spooled = self._engine.tools.spool.complete()
        if spooled:
            host = self._engine.tools.spool.host
            for attempt in await self._read(lambda tx: attempts.open_on(tx, host)):
                if attempt.id in set(spooled) - self._in_vain and attempt.state == "unknown":
                    self._take_up(attempt, self._look_at)

    def _take_up(self, attempt: Attempt, how: Callable[[Attempt], Awaitable[None]]) -> None:
        """Look after an attempt beside all others, once at a time: a sick provider holds up none but its own."""
        if attempt.id not in self._looking:
            self._looking.add(attempt.id)
            self._engine.spawn(self._taken_up(attempt, how))

    async def _taken_up(self, attempt: Attempt, how: Callable[[Attempt], Awaitable[None]]) -> None:
        try:
            await how(attempt)
        except MaquetteError as error:  # it is taken up again by a later pass
            log.warning("late.put_off", extra={"attempt": attempt.id, "error": error.message})
        finally:
            self._looking.discard(attempt.id)

    async def _adopt(self, attempt: Attempt) -> None:
        """Look after an open attempt whose job ended and whose process is gone."""
        error = OutcomeUnknown("The process ended while a paid call was under way, and its answer is lost")
        if attempt.state == "accepted":
            await self._change(attempt, sweep_at=self._engine.tools.now())
        elif attempt.state == "prepared":
            await self._change(attempt, state="not_sent", ended_at=self._engine.tools.now())
        elif self._engine.tools.spool.has(attempt.id):
            await self._look_at(attempt)
        else:
            await self._decide(attempt, error)

    async def _decide(self, attempt: Attempt, error: MaquetteError) -> None:
        job = await self._job(attempt)
        ground = await self._engine.tools.ground(job, attempt, None)
        verdict, handle = await look_up(ground, attempt, error)
        now = self._engine.tools.now()
        if verdict is Verdict.ACCEPTED:
            await self._change(attempt, state="accepted", handle={"value": handle}, accepted_at=now, sweep_at=now)
        elif verdict is Verdict.NOT_SENT:
            await self._change(attempt, state="not_sent", ended_at=now)
        elif verdict is Verdict.DOUBT:
            await self._change(attempt, state="unknown", ended_at=now, error=error.problem())

    async def _job(self, attempt: Attempt) -> Job:
        return await self._engine.tools.store.read(attempt.workspace, lambda tx: jobs.get(tx, attempt.job))

    async def _change(self, attempt: Attempt, **values: object) -> None:
        def unit(tx: Tx) -> None:
            still = attempts.get(tx, attempt.id)
            if still.state == attempt.state:
                changed = attempts.change(tx, attempt.id, **values)
                if changed.cost != still.cost:
                    jobs.charge(tx, attempt.job, (changed.cost or 0) - (still.cost or 0))
                tx.emit("attempt.progressed", attempt.job, {"attempt": attempt_event(changed), "phase": changed.state})

        await self._engine.tools.store.write(attempt.workspace, unit)

    async def _look_at(self, attempt: Attempt) -> None:
        """Take one late look; what is there is stored and offered to the job."""
        tools = self._engine.tools
        try:
            job = await self._job(attempt)
            ground = await tools.ground(job, attempt, None)
            lent = Lent(ground, attempt, late=True)
            action = tools.registry.action(attempt.action)
            with catalog.with_own(await tools.prices(attempt.workspace, action)), doubting(lent):
                result = await action.run(params_of(action, candidate_of(job, attempt)), lent)
                found = await harvest(ground, lent.attempt, result, lent.answer)
            await tools.store.write(attempt.workspace, lambda tx: self._collected(tx, attempt, found))
            await asyncio.to_thread(tools.done_with, attempt)
        except (StillRunning, Parked, JobCancelled):
            await self._again(attempt)
        except MaquetteError as error:
            await self._gave_up(attempt, error)
        except Exception:
            log.exception("late.crashed", extra={"attempt": attempt.id})
            await self._again(attempt)

    @staticmethod
    def _collected(tx: Tx, attempt: Attempt, found: Harvest) -> None:
        """Store a late result; a job that waits for a person about this very attempt succeeds with it."""
        fresh = attempts.get(tx, attempt.id)
        if fresh.state in ("succeeded", "failed", "cancelled"):
            return
        settle.succeed_late(tx, attempt, found)
        job = jobs.get(tx, attempt.job)
        if job.state == "waiting" and job.waiting_for == "attention":
            settle.resolve_with(tx, job, attempt.id)

    async def _again(self, attempt: Attempt) -> None:
        """Look again later, with doubling gaps, for as long as providers keep results."""
        now = self._engine.tools.now()
        age = now - (attempt.accepted_at or attempt.created_at)
        if age > _RETENTION_MS:
            await self._failed(attempt, DeadlinePassed("It came to no end for days, and may have been billed"))
        else:
            gap = max(_LATE_GAP_MS, min(age, _LONGEST_GAP_MS))
            await self._engine.tools.store.write(attempt.workspace, lambda tx: _put_off(tx, attempt.id, now + gap))

    async def _gave_up(self, attempt: Attempt, error: MaquetteError) -> None:
        """Take the provider's word that there will be nothing, or try again on passing faults and odd answers."""
        if attempt.state == "unknown" and isinstance(error, OutcomeUnknown):
            self._in_vain.add(attempt.id)
            await self._engine.tools.store.write(attempt.workspace, lambda tx: _doubtful_again(tx, attempt))
        elif error.recovery == "wait" or says_nothing(error) or attempt.state == "unknown":
            await self._again(attempt)
        else:
            await self._failed(attempt, error)

    async def _failed(self, attempt: Attempt, error: MaquetteError) -> None:
        told = forfeited(attempt, error) | {"error": error.problem(), "ended_at": self._engine.tools.now()}
        await self._change(attempt, state="failed", sweep_at=None, **told)

    # -- small pictures ---------------------------------------------------------------------------------------------

    async def _small_pictures(self) -> None:
        """Make thumbnails of what was stored without them; on Postgres each process those of its own work first."""
        me, serves = self._engine.process, self._engine.kind == "server"
        whose = None if self._engine.tools.store.sqlite else me
        for asset in await self._read(lambda tx: assets.bare(tx, 8, whose, serves=serves)):
            if asset.id not in self._bare:
                self._bare.add(asset.id)
                self._engine.spawn(self._shrink(asset))

    async def _shrink(self, asset: Asset) -> None:
        tools = self._engine.tools
        try:
            small = await tools.ingest.small(asset)
            thumbs, thumbhash = dict(small.thumbs), small.thumbhash
        except MaquetteError as error:
            log.warning("asset.no_poster", extra={"asset": asset.id, "error": error.message})
            thumbs, thumbhash = {}, ""

        def unit(tx: Tx) -> None:
            done = assets.update(tx, asset.id, thumbs=thumbs, thumbhash=thumbhash)
            tx.emit("asset.ready", asset.job, {"asset": asset_event(done)})

        try:
            await tools.store.write(asset.workspace, unit)
        finally:
            self._bare.discard(asset.id)

    async def _write(self, unit: Callable[[Tx], T]) -> T:
        return await self._engine.tools.store.write("", unit)

    async def _read(self, unit: Callable[[Tx], T]) -> T:
        return await self._engine.tools.store.read("", unit)


def _put_off(tx: Tx, attempt: str, until: int) -> None:
    """Look again later; what may still be taken up from the spool is not left to the looks at accepted work."""
    if attempts.get(tx, attempt).state != "sending":
        attempts.change(tx, attempt, sweep_at=until)


def _clear(previews: Path) -> None:
    """Remove unfinished pictures that nobody has drawn anew for an hour."""
    for path in previews.iterdir():
        if path.stat().st_mtime < time.time() - _PREVIEWED_S:
            path.unlink(missing_ok=True)


def _doubtful_again(tx: Tx, attempt: Attempt) -> None:
    """Give an attempt that was taken up in vain back to the person who is asked about it; nobody has decided yet."""
    job, fresh = jobs.get(tx, attempt.job), attempts.get(tx, attempt.id)
    if job.waiting_for == "attention" and fresh.state == "accepted":
        attempts.change(tx, attempt.id, state="unknown", ended_at=tx.now, sweep_at=None)


def _again(tx: Tx, job: Job) -> Job | None:
    """Queue an orphan; one that saw many processes die waits longer each time, so that it runs apart from others."""
    count = job.takeovers + 1
    if count <= _CALM:
        return jobs.queue(tx, job.id, takeovers=count)
    wake = tx.now + 1000 * 2 ** min(count - _CALM, 6)
    return jobs.shelve(tx, job.id, takeovers=count, waiting_for="retry", wake_at=wake)
