"""One job: claim, attempts, recovery, assets, end. The only state machine, and re-entrant at every line.

Whatever happened before, `run` reads the ledger and goes on from there: an open attempt is continued, a closed one is
judged by its error's `recovery`, and nothing that was accepted is ever submitted again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from maquette import catalog
from maquette.core.action import Result
from maquette.core.errors import (
    BudgetExceeded,
    DeadlinePassed,
    JobCancelled,
    MaquetteError,
    OutcomeUnknown,
    StorageFull,
    StoreUnavailable,
)
from maquette.core.model import OPEN_ATTEMPT, Account, Attempt, AttemptState, Job
from maquette.core.params import Warned
from maquette.engine import rehearsal, settle
from maquette.engine.admit import Admitted, Refused, await_children, park
from maquette.engine.call import Ground, Lent, Parked
from maquette.engine.choice import take
from maquette.engine.compose import compose
from maquette.engine.events import job_event
from maquette.engine.harvest import Harvest, forfeited, harvest
from maquette.engine.log import JOB
from maquette.engine.lost import Verdict, look_up
from maquette.engine.patience import FIRST_WAIT_MS, doubting, insist, says_nothing, unsent, wait_ms
from maquette.engine.plan import candidate_of, params_of
from maquette.engine.recover import counted, may_pay_again, next_step, stopped
from maquette.engine.scene import end
from maquette.store import account as accounts
from maquette.store import attempt as attempts
from maquette.store import job as jobs
from maquette.store.database import Tx
from maquette.store.job import Claim, Fenced

if TYPE_CHECKING:
    from maquette.engine.engine import Tools

log = logging.getLogger("maquette.run")
T = TypeVar("T")

POISON = 10
"""Take-overs without progress after which a job is believed to kill its processes, and is stopped."""
_LOOK_AGAIN_S = 2.0
_PATIENCE_MS = 86_400_000  # for so long a job waits with accepted work that it cannot go on with


class Run:
    """One claim of one job by this process."""

    def __init__(self, tools: Tools, job: Job, first: Admitted | None = None) -> None:
        self.tools = tools
        self.first = first
        self.job = job
        self.claim = Claim(job.id, tools.process, job.epoch)
        self.cancelled = tools.hub.watch(job.id)

    async def go(self) -> None:
        """Run the job until it ends or has to wait."""
        JOB.set(self.job.id)  # of this task alone
        try:
            await self._go()
        except Fenced:
            log.info("job.fenced", extra={"job": self.job.id})
        except Parked as parked:
            born = parked.children
            await self._last(lambda tx: await_children(tx, self.claim, born))
        except (StorageFull, StoreUnavailable) as error:
            log.warning("job.stepped_back", extra={"job": self.job.id, "error": error.message})
            wake = self.tools.now() + round(_LOOK_AGAIN_S * 1000)
            await self._last(lambda tx: settle.await_retry(tx, self.claim, wake))  # the ledger knows where it stood
        except MaquetteError as error:
            await self._fail(error)
        except Exception as error:
            log.exception("job.crashed", extra={"job": self.job.id})
            await self._fail(MaquetteError(f"{type(error).__name__}: {error}"[:500]))
        finally:
            self.tools.hub.unwatch(self.job.id)

    async def _go(self) -> None:
        current = self.first.attempt if self.first else await self._known()
        if self.job.takeovers > POISON:
            raise MaquetteError(f"The job was taken over {self.job.takeovers} times in a row: it ends its processes")
        if not self.job.plan:
            return await compose(self.tools, self.job, self.claim, self.cancelled)
        while True:
            if current is None and self.cancelled.is_set():
                return await self._cancel("before anything was sent")
            attempt = current or await self._admit()
            if attempt is None or not await self._try(attempt):
                return None
            current = None

    async def _known(self) -> Attempt | None:
        """Return the attempt that is to be gone on with, if there is one.

        Read after the watch began: what asked for a cancel in between is seen here, and what asks later rings there.
        """
        self.job, known = await self._read(lambda tx: (jobs.get(tx, self.job.id), attempts.of_job(tx, self.job.id)))
        if self.job.cancel_asked:
            self.cancelled.set()
        # One that the sweep looks after was left behind for the next candidate.
        return known[-1] if known and known[-1].state in OPEN_ATTEMPT and known[-1].sweep_at is None else None

    async def _admit(self) -> Attempt | None:
        """Return a fresh attempt of the present candidate, or None if the job was parked."""
        wanted = self.job.plan[self.job.position]["account"]
        if self.tools.disk_is_full():
            wake = self.tools.now() + 15_000
            log.warning("disk.full: no new call is started")
            await self._write(lambda tx: park(tx, self.claim, Refused("disk", wake)))
            return None
        await self.tools.screens.admit(self.job.workspace, self.job.plan[self.job.position]["params"])
        account = await self.tools.vault.warm(await self._read(lambda tx: accounts.get(tx, wanted)))
        frozen = self.tools.frozen(account)
        try:
            admitted = await self._write(lambda tx: take(tx, self.claim, self.job, frozen))
        except BudgetExceeded as refusal:
            self.job = await self._pass_over(refusal)
            return await self._admit()
        if isinstance(admitted, Job):
            self.job = admitted  # another account of the provider has room
            return await self._admit()
        self.first = Admitted(admitted, account) if isinstance(admitted, Attempt) else None
        return self.first.attempt if self.first else None

    async def _pass_over(self, refusal: BudgetExceeded) -> Job:
        """Go on to the next candidate where a budget has no room for this one; raises the refusal at the last."""
        here = self.job.position
        if here + 1 >= len(self.job.plan):
            raise refusal
        told = Warned(field="account", asked=self.job.plan[here]["account"], used=None, why=refusal.message)
        warnings = [*self.job.warnings, told]
        return await self._write(lambda tx: jobs.update(tx, self.claim, position=here + 1, tries=0, warnings=warnings))

    # -- one attempt ------------------------------------------------------------------------------------------------

    async def _try(self, attempt: Attempt) -> bool:
        """Run one attempt; True if the job is to go on with another one at once."""
        try:
            ground = await self.tools.ground(self.job, attempt, self.claim, self._account_of(attempt))
        except MaquetteError as error:
            if attempt.state == "prepared":
                return await self._judge(attempt, error, "prepared")
            return await self._come_back(attempt, error)
        if attempt.state == "sending" and not self.tools.spool.has(attempt.id):
            return await self._lost(ground, attempt)
        lent = Lent(ground, attempt)
        try:
            found = await self._watched(lent, ground)
            await self._write(lambda tx: settle.succeed(tx, self.claim, lent.attempt, found))
        except MaquetteError as error:
            return await self._after(ground, lent, error)
        await asyncio.to_thread(self.tools.done_with, attempt)
        return False

    def _account_of(self, attempt: Attempt) -> Account | None:
        """Return the account as it was when the attempt began just now; None for one that is gone on with."""
        return self.first.account if self.first and self.first.attempt.id == attempt.id else None

    async def _watched(self, lent: Lent, ground: Ground) -> Harvest:
        """Run the action and store its outputs; a cancel stops it, but for a paid answer that is on its way."""
        work = asyncio.create_task(self._work(lent, ground))
        bell = asyncio.create_task(self.cancelled.wait())
        try:
            await asyncio.wait({work, bell}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done() and lent.attempt.state == "sending":
                await self._cancel("while its answer was on its way; it may still be billed, and a late result is kept")
            elif not work.done() and lent.attempt.state == "prepared":
                work.cancel()
            return await work
        except asyncio.CancelledError:
            if not self.cancelled.is_set():
                raise  # the process is stopping: the job is taken up again from the ledger
            raise JobCancelled("The job was cancelled before anything was sent") from None
        finally:
            bell.cancel()
            if not work.done():
                work.cancel()

    async def _work(self, lent: Lent, ground: Ground) -> Harvest:
        candidate = candidate_of(self.job, lent.attempt)
        action = self.tools.registry.action(lent.attempt.action)
        testing = self.tools.config.testing
        await rehearsal.before(testing, action.provider)
        with catalog.with_own(await self.tools.prices(self.job.workspace, action)), doubting(lent):
            result: Result = await action.run(params_of(action, candidate), lent)
            made = rehearsal.after(testing, action.provider, result)
            return await harvest(ground, lent.attempt, made, lent.answer)

    # -- what follows from an error ---------------------------------------------------------------------------------

    async def _after(self, ground: Ground, lent: Lent, error: MaquetteError) -> bool:
        await lent.tell()
        attempt = lent.attempt
        told = {"attempt": attempt.id, "account": attempt.account, "code": error.code, "error": error.message}
        log.info("attempt.failed", extra=told)
        if attempt.state == "prepared":
            return await self._judge(attempt, error, "prepared")
        if attempt.state == "sending":
            if lent.verdict == "unknown" or isinstance(error, OutcomeUnknown):
                return await self._lost(ground, attempt, error)
            return await self._judge(attempt, error, {"answered": "failed"}.get(lent.verdict or "", lent.verdict or ""))
        return await self._after_acceptance(ground, lent, error)

    async def _after_acceptance(self, ground: Ground, lent: Lent, error: MaquetteError) -> bool:
        """Stop it at the provider, wait for it, or take its failure as final; nothing is submitted again.

        Only a preset that says `aggressive` has its next candidate tried then. Returns whether to go on at once.
        """
        attempt = lent.attempt
        if isinstance(error, JobCancelled):
            await self._stop(ground, lent, error)
        elif isinstance(error, DeadlinePassed):
            return await self._step(lambda tx: self._outlive(tx, attempt, error))
        elif says_nothing(error):
            return await self._come_back(attempt, error)
        elif error.recovery == "wait":
            return await self._step(lambda tx: self._doubt(tx, attempt, error))
        else:
            cost = forfeited(attempt, error)
            return await self._step(lambda tx: self._failed(tx, attempt, error, cost))
        return False

    async def _step(self, unit: Callable[[Tx], Job | None]) -> bool:
        """Write what may lead to the next candidate; whether to go on at once. A unit may run twice, this once."""
        moved = await self._write(unit)
        self.job = moved or self.job
        return moved is not None

    def _outlive(self, tx: Tx, attempt: Attempt, error: MaquetteError) -> Job | None:
        settle.outlive(tx, self.claim, attempt, error)
        return self._gone_on(tx, error)

    def _doubt(self, tx: Tx, attempt: Attempt, error: MaquetteError) -> Job | None:
        if not self._may_pay_again(error):
            settle.doubt(tx, self.claim, attempt, error)
            return None
        settle.close(tx, self.claim, attempt, "unknown", error)
        return self._gone_on(tx, error)

    def _failed(self, tx: Tx, attempt: Attempt, error: MaquetteError, values: Mapping[str, Any]) -> Job | None:
        settle.close(tx, self.claim, attempt, "failed", error, **values)
        return self._gone_on(tx, error)

    def _gone_on(self, tx: Tx, error: MaquetteError) -> Job | None:
        """Let the next candidate try what may be paid already, where the preset says so; else the job fails."""
        if not self._may_pay_again(error):
            settle.fail(tx, self.claim, error)
            return None
        return self._moved_on(tx)

    def _moved_on(self, tx: Tx) -> Job:
        return jobs.update(tx, self.claim, position=self.job.position + 1, tries=0)

    def _may_pay_again(self, error: MaquetteError) -> bool:
        return may_pay_again(self.job, error, cancelled=self.cancelled.is_set())

    async def _come_back(self, attempt: Attempt, error: MaquetteError) -> bool:
        """Wait with what was or may have been accepted until the provider, its files, our key or disk can be had again.

        After a day the job ends, and what it was promised is looked after on. Returns whether to go on at once.
        """
        now = self.tools.now()
        waited = now - (attempt.accepted_at or attempt.sent_at or now)
        if self.cancelled.is_set() or waited > _PATIENCE_MS:
            return await self._let_go(attempt, error)
        wake = now + max(FIRST_WAIT_MS, min(waited // 4, 600_000))
        log.warning("attempt.comes_back", extra={"attempt": attempt.id, "error": error.message})
        await self._write(lambda tx: settle.come_back(tx, self.claim, attempt, wake, error))
        return False

    async def _let_go(self, attempt: Attempt, error: MaquetteError) -> bool:
        """End the job over an attempt that cannot be gone on with, and that may still bring a result."""
        if self.cancelled.is_set():
            why = JobCancelled("The job was cancelled, and its provider cannot be asked to stop; it may bill it")
            end = self._left if attempt.state == "accepted" else self._in_doubt
            await self._write(lambda tx: end(tx, attempt, why))
            return False
        judged = self._outlive if attempt.state == "accepted" else self._doubt
        return await self._step(lambda tx: judged(tx, attempt, error))

    def _in_doubt(self, tx: Tx, attempt: Attempt, error: MaquetteError) -> None:
        settle.cancel(tx, self.claim, error)
        settle.doubt(tx, self.claim, attempt, error)

    async def _stop(self, ground: Ground, lent: Lent, error: JobCancelled) -> None:
        """Ask the provider to stop, and say honestly whether it did."""
        attempt = lent.attempt
        if await stopped(ground, lent):
            why = JobCancelled("The job was cancelled, and the provider stopped", hint="What was done may be billed.")
            await self._write(lambda tx: self._stopped(tx, attempt, why))
        else:
            why = JobCancelled("The job was cancelled; the provider does not stop, and may bill it")
            await self._write(lambda tx: self._left(tx, attempt, why))

    def _stopped(self, tx: Tx, attempt: Attempt, error: MaquetteError) -> None:
        settle.close(tx, self.claim, attempt, "cancelled", error)
        settle.cancel(tx, self.claim, error)

    def _left(self, tx: Tx, attempt: Attempt, error: MaquetteError) -> None:
        settle.outlive(tx, self.claim, attempt, error)
        settle.cancel(tx, self.claim, error)

    async def _cancel(self, when: str) -> None:
        error = JobCancelled(f"The job was cancelled {when}")
        await self._write(lambda tx: settle.cancel(tx, self.claim, error))

    async def _lost(self, ground: Ground, attempt: Attempt, error: MaquetteError | None = None) -> bool:
        """Decide about a submit whose answer is lost: found, proven unsent, not to be told yet, or in doubt."""
        error = error or OutcomeUnknown("The process ended while a paid call was under way, and its answer is lost")
        verdict, handle = await look_up(ground, attempt, error)
        while verdict is Verdict.LATER and self.cancelled.is_set():
            await asyncio.sleep(_LOOK_AGAIN_S)  # a cancelled job has nothing to park: whoever owns it goes on asking
            verdict, handle = await look_up(ground, attempt, error)
        if verdict is Verdict.ACCEPTED:
            accepted = await self._accept(attempt, handle)
            return await self._try(accepted)
        if verdict is Verdict.NOT_SENT:
            return await self._judge(attempt, unsent(error), "not_sent")
        if verdict is Verdict.LATER:
            wake = self.tools.now() + round(_LOOK_AGAIN_S * 1000)
            await self._write(lambda tx: settle.await_retry(tx, self.claim, wake))
        else:
            return await self._step(lambda tx: self._doubt(tx, attempt, error))
        return False

    async def _accept(self, attempt: Attempt, handle: Any) -> Attempt:
        now = self.tools.now()
        values = {"state": "accepted", "handle": {"value": handle}, "accepted_at": now}
        return await self._write(lambda tx: attempts.update(tx, self.claim, attempt.id, **values))

    async def _judge(self, attempt: Attempt, error: MaquetteError, stage: str) -> bool:
        """End an attempt that was not accepted, and go on as its error's `recovery` says."""
        state: AttemptState = {"refused": "refused", "failed": "failed"}.get(stage, "not_sent")  # type: ignore[assignment]
        cost = forfeited(attempt, error) if state == "failed" else {}
        if isinstance(error, JobCancelled):
            await self._write(lambda tx: self._stopped(tx, attempt, error))
            return False
        step = next_step(self.job, attempt, error, state, cancelled=self.cancelled.is_set())
        gone_on = await self._step(lambda tx: self._stepped(tx, attempt, error, state, step, cost))
        await asyncio.to_thread(self.tools.done_with, attempt)
        return gone_on

    def _stepped(
        self, tx: Tx, attempt: Attempt, error: MaquetteError, state: AttemptState, step: str, cost: Mapping[str, Any]
    ) -> Job | None:
        settle.close(tx, self.claim, attempt, state, error, **cost)
        if step == "next":
            return self._moved_on(tx)
        if step == "stop":
            settle.fail(tx, self.claim, error)
        else:
            tries = counted(self.job, error)
            settle.await_retry(tx, self.claim, tx.now + wait_ms(error, tries), tries=tries)
        return None

    # -- small things -----------------------------------------------------------------------------------------------

    async def _fail(self, error: MaquetteError) -> None:
        close = settle.crash if self.job.plan else end
        await self._last(lambda tx: close(tx, self.claim, error))

    async def _last(self, unit: Callable[[Tx], object]) -> None:
        """Write what this claim ends with; a database that passes is waited for."""
        with suppress(Fenced):
            await insist(lambda: self._write(unit))

    async def _write(self, unit: Callable[[Tx], T]) -> T:
        return await self.tools.store.write(self.job.workspace, unit)

    async def _read(self, unit: Callable[[Tx], T]) -> T:
        return await self.tools.store.read(self.job.workspace, unit)


async def run(tools: Tools, job: str) -> bool:
    """Claim a queued job and run it; False, and nothing happens, if another process has it or it is not queued."""

    def unit(tx: Tx) -> Job | None:
        taken = jobs.claim(tx, job, tools.process)
        if taken is not None:
            tx.elsewhere(taken.workspace).emit("job.started", taken.id, job_event(taken))
        return taken

    claimed = await tools.store.write("", unit)
    if claimed is not None:
        await Run(tools, claimed).go()
    return claimed is not None
