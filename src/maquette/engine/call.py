"""The call that is lent to one attempt: the one paid call, polls, progress, children and offloaded work."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from maquette import catalog
from maquette.core.action import Action, Material, Provider, Settings
from maquette.core.errors import (
    AccountRejected,
    DeadlinePassed,
    GenerationFailed,
    JobCancelled,
    MaquetteError,
    NotFound,
    OutcomeUnknown,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
    RequestRejected,
)
from maquette.core.model import Account, Attempt, Job
from maquette.engine import choice, gist, material
from maquette.engine.handle import is_plain
from maquette.engine.lease import Lease
from maquette.engine.patience import UNREADABLE, Patience, insist, named
from maquette.engine.plan import Wanted, insert, plan
from maquette.engine.transport import PAID, AccountHttp, Paid
from maquette.store import asset as assets
from maquette.store import attempt as attempts
from maquette.store import job as jobs
from maquette.store import price as prices
from maquette.store.database import Tx
from maquette.store.job import Claim, Fenced

if TYPE_CHECKING:
    from maquette.engine.engine import Tools

T = TypeVar("T")

_HANDLE_BYTES = 64 * 1024
_PROGRESS_S = 0.25
_PREVIEW_BYTES = 8 * 2**20
_TEXT_BYTES, _TEXT_PACE = 32_000, 8_000  # of an unfinished text: the most that is told, and bytes a second
_REFUSALS = (RateLimited, RequestRejected, AccountRejected)
"""What a provider raises of a success by its status whose body refuses: nothing was taken."""


class Parked(BaseException):
    """The job has nothing to do until a child ends; not an error, so no `except Exception` may hold it up."""

    def __init__(self, *children: str) -> None:
        super().__init__()
        self.children = children
        """The ids of those that were not final when it was decided to wait."""


class StillRunning(BaseException):
    """A late look at an attempt found it unfinished."""


@dataclass(slots=True)
class Ground:
    """What a lent call stands on."""

    tools: Tools
    job: Job
    claim: Claim | None
    """None for a late look: then nobody owns the job any more."""
    action: Action | None
    """None outside any job."""
    provider: Provider
    account: Account
    settings: Settings
    secrets: Sequence[str]
    folder: Path
    lease: Lease
    """The lease under which the job was claimed; once lost, nothing more is sent in its name."""
    cancelled: asyncio.Event
    """Set when somebody asks for the job to be cancelled."""
    fresh: bool = False
    """Whether the attempt has begun just now, so that nothing can be stored of it yet."""


class Lent:
    """`core.action.Call` for one attempt."""

    def __init__(self, ground: Ground, attempt: Attempt, *, late: bool = False) -> None:
        self._on = ground
        self.attempt = attempt
        self.late = late
        self.http = AccountHttp(ground.tools.wires, ground.settings, ground.provider, ground.secrets)
        self.settings: Any = ground.settings
        self.token = attempt.token
        self.verdict: str | None = None
        """`not_sent`, `refused` or `unknown`, once the paid call failed."""
        self.answer: Mapping[str, Any] | None = None
        """What the provider answered to the paid call, without its long strings; None before, or if it was no JSON."""
        self.cancelled = ground.cancelled
        self._untold: Mapping[str, Any] | None = None
        """The acceptance that the ledger does not have yet."""
        self._told = self._pictured = 0.0
        self._shown: tuple[float | None, str] = (None, "")
        self._phase = "running"
        self._news = False
        """Whether what was shown last is still to be told; a poll that repeats it tells it then."""
        self._moved = self._monotonic()
        self._started = self._monotonic()

    # -- the paid call ----------------------------------------------------------------------------------------------

    async def once(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run the one paid call of this attempt at most once, over every crash."""
        handle = self.attempt.handle
        if handle is not None and "value" in handle:
            self.answer = await gist.of(await asyncio.to_thread(self._on.tools.spool.read, self.attempt.id))
            kept: T = handle["value"]
            return kept
        spool = self._on.tools.spool
        replay = spool.has(self.attempt.id)
        if handle is not None and not replay:
            raise OutcomeUnknown("The provider answered, but its answer is no longer in the spool of this host")
        if not replay:
            await self._write(state="sending", sent_at=self._on.tools.now(), process=self._on.lease.process)
        paid = Paid(self.attempt.id, spool, self._may_send, replay)
        value = await self._pay(work, paid)
        self.answer = await gist.of(paid.answer)
        if self.attempt.state != "accepted":
            await self._accept(await self._handle(value, paid.digest))
        self._moved = self._monotonic()
        return value

    async def _pay(self, work: Callable[[], Awaitable[T]], paid: Paid) -> T:
        """Run the work and turn whatever goes wrong into a verdict."""
        mark = PAID.set(paid)
        self._on.tools.paying.add(paid.attempt)
        try:
            return await work()
        except ProviderError as error:
            raise self._judged(error, paid) from error
        except UNREADABLE as error:
            self.verdict = "unknown"
            raise OutcomeUnknown(f"The provider's answer cannot be read: {named(error)}") from error
        except MaquetteError as error:
            if not paid.sent:
                raise
            self.verdict = "unknown"  # it was taken perhaps, and its answer could not be kept
            raise OutcomeUnknown(f"The provider's answer is lost: {error.message}") from error
        finally:
            self._on.tools.paying.discard(paid.attempt)
            PAID.reset(mark)

    def _judged(self, error: ProviderError, paid: Paid) -> ProviderError:
        if isinstance(error, OutcomeUnknown):
            self.verdict = "unknown"
        elif paid.refused or isinstance(error, _REFUSALS):
            self.verdict = "refused"
        elif not paid.sent:
            self.verdict = "not_sent"
        elif not paid.answered:
            self.verdict = "unknown"
            return OutcomeUnknown(error.message)
        else:
            self.verdict = "answered"  # a success by its status whose body says that the work failed: it may be billed
        return error

    def _may_send(self) -> None:
        """Refuse the first byte where another process may already have taken the job over."""
        if self._on.lease.lost.is_set():
            raise Fenced(self._on.job.id)
        if not self._on.lease.fresh():
            raise ProviderUnavailable("Nothing was sent: this process could not renew its lease in time")

    async def _handle(self, value: object, digest: str) -> dict[str, Any]:
        if is_plain(value) and len(msgspec.json.encode(value)) <= _HANDLE_BYTES:
            return {"value": value}
        if not self._on.tools.spool.has(self.attempt.id):
            raise TypeError("`once` must return small JSON, or make its value from the answer of `call.http`")
        return {"spool": digest or await asyncio.to_thread(self._on.tools.spool.digest, self.attempt.id)}

    def _deadline(self) -> int:
        return self._on.tools.now() + self._on.account.timeout_s * 1000

    async def _write(self, **values: Any) -> None:
        claim, attempt = self._on.claim, self.attempt.id
        if claim is None:
            self.attempt = await self._commit(lambda tx: attempts.change(tx, attempt, **values))
        else:
            self.attempt = await self._commit(lambda tx: attempts.update(tx, claim, attempt, **values))

    async def _accept(self, handle: Mapping[str, Any]) -> None:
        """Note that the provider has it: in the ledger at once, or with the end of the attempt.

        An answer that is its own result lies complete in the spool, and `sending` with a complete spool is taken up
        again from there just as `accepted` is. Where the provider can be asked, the ledger is told at once: a host
        without that spool would else ask it for work that it may have finished and forgotten.
        """
        now, deadline = self._on.tools.now(), self._deadline()
        self._untold = {"state": "accepted", "handle": dict(handle), "accepted_at": now, "deadline_at": deadline}
        self.attempt = replace(self.attempt, state="accepted", handle=handle, accepted_at=now, deadline_at=deadline)
        if "spool" not in handle or self.late or self._on.provider.offers("find"):
            await self.tell()

    async def tell(self) -> None:
        """Bring the ledger up to date with what was accepted; waits for a disk or a database that passes.

        Raises:
            StorageFull: There was no room for ten minutes.
            StoreUnavailable: The database did not answer for ten minutes.
            Fenced: Another process has the job.
        """
        if (untold := self._untold) is not None:
            self.attempt = await insist(lambda: self._commit(self._acceptance(untold)))
            self._untold = None

    def _acceptance(self, values: Mapping[str, Any]) -> Callable[[Tx], Attempt]:
        claim, attempt = self._on.claim, self.attempt.id

        def unit(tx: Tx) -> Attempt:
            if claim is not None:
                jobs.update(tx, claim, takeovers=0)
            return attempts.change(tx, attempt, **values)

        return unit

    async def _commit(self, unit: Callable[[Tx], T]) -> T:
        return await self._on.tools.store.write(self._on.job.workspace, unit)

    # -- free work --------------------------------------------------------------------------------------------------

    async def memo(self, key: str, work: Callable[[], Awaitable[T]]) -> T:
        """Run repeatable, free work and remember its small JSON result for this attempt."""
        if key in self.attempt.memo:
            kept: T = self.attempt.memo[key]
            return kept
        await self.tell()
        value = await work()
        await self._write(memo={**self.attempt.memo, key: value})
        return value

    async def poll(self, check: Callable[[], Awaitable[T | None]], *, every: float | Callable[[], float] = 2.0) -> T:
        """Call `check` every so many seconds until it returns a value."""
        patience = Patience(self._monotonic)
        await self.tell()
        while True:
            if self.cancelled.is_set() and not self.late:
                raise JobCancelled("The job was cancelled")
            try:
                if (value := await check()) is not None:
                    return value
                patience.renew()
            except RateLimited as limit:
                await self._rest(limit.retry_after or _seconds(every))
            except (ProviderError, *UNREADABLE) as error:
                patience.bear(error)
            if self.late:
                raise StillRunning
            await self._overdue()
            # Polls that were held up together would stay together for ever: a burst every so many seconds.
            await self._rest(_seconds(every) * random.uniform(0.95, 1.05))  # noqa: S311 - jitter, no secret

    def _monotonic(self) -> float:
        return self._on.tools.store.clock.monotonic()

    async def _rest(self, seconds: float) -> None:
        """Sleep between polls, woken by a cancel, ticking the elapsed time at least once a second."""
        until = self._monotonic() + seconds
        while (left := until - self._monotonic()) > 0 and not self.cancelled.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, 60.0)):
                    await self.cancelled.wait()

    async def _overdue(self) -> None:
        if self._monotonic() - self._moved > self._on.account.timeout_s:
            raise DeadlinePassed(f"No progress for {self._on.account.timeout_s} s; a late result is still collected")

    async def progress(self, fraction: float | None, message: str = "", *, phase: str = "running") -> None:
        """Tell how far the attempt is; at most four events a second, but always that a phase begins."""
        now = self._monotonic()
        if (fraction, message) != self._shown or phase != self._phase:
            self._shown, self._moved, self._news = (fraction, message), now, True
        if self._news and (now - self._told >= _PROGRESS_S or phase != self._phase):
            self._told, self._phase, self._news = now, phase, False
            await self._tell(fraction, message)

    async def _tell(self, fraction: float | None, message: str, **more: Any) -> None:
        elapsed = round((self._monotonic() - self._started) * 1000)
        data = {"attempt": self.attempt.id, "phase": self._phase, "fraction": fraction, "message": message[:500]}
        told = data | {"elapsed_ms": elapsed} | more
        await self._commit(lambda tx: tx.emit("attempt.progressed", self._on.job.id, told))

    async def preview(self, content: bytes) -> None:
        """Show an unfinished picture, or text, which its event carries too; only the newest is kept."""
        now, writes = self._monotonic(), self._on.job.produces == "text"
        if now - self._pictured < max(_PROGRESS_S, writes * len(content) / _TEXT_PACE) or len(content) > _PREVIEW_BYTES:
            return
        self._pictured = now
        await asyncio.to_thread(self._on.tools.preview(self._on.job.id).write_bytes, content)
        text = content[:_TEXT_BYTES].decode("utf-8", "ignore") if writes else None
        await self._tell(*self._shown, preview=True, text=text)

    async def material(self, asset_id: str) -> Material:
        """Return the bytes of an input asset; raises `NotFound`."""
        return await material.lend(self._on.tools, self._on.job.workspace, asset_id)

    async def link(self, asset_id: str) -> str:
        """Return an address where anybody can read an input asset for a day; raises `Unsupported`."""
        return await material.link(self._on.tools, self._on.job.workspace, asset_id)

    # -- children and offloaded work --------------------------------------------------------------------------------

    async def child(self, key: str, action: str, params: Mapping[str, Any]) -> Sequence[str]:
        """Run another action as a child job and return the ids of its assets; parks this job until it ended."""
        await self.tell()
        job = self._on.job
        name = f"{self.attempt.number}:{key}"
        found = await self._on.tools.store.read(job.workspace, lambda tx: jobs.child(tx, job.id, name))
        if found is None:
            raise Parked(await self._begin_child(name, action, params))
        if found.state == "succeeded":
            made = await self._on.tools.store.read(job.workspace, lambda tx: assets.of_jobs(tx, [found.id]))
            return [asset.id for asset in made[found.id]]
        if found.state in ("failed", "cancelled"):
            reason = (found.error or {}).get("detail", found.state)
            raise GenerationFailed(
                f"The child job {found.id!r} ({action}) ended as {found.state}: {reason}", child=found.id
            )
        raise Parked(found.id)

    async def _begin_child(self, name: str, action: str, params: Mapping[str, Any]) -> str:
        tools, job, claim = self._on.tools, self._on.job, self._on.claim
        known, own = await tools.store.read(job.workspace, lambda tx: (choice.listed(tx), prices.own(tx)))
        wanted = Wanted(
            action=action,
            params=params,
            subject=job.subject,
            priority=job.priority,
            parent=job.id,
            child_key=name,
            created_by=job.created_by,
            workspace=job.workspace,
        )
        with catalog.with_own(own):
            made = plan(tools.registry, tools.config, known, wanted)

        def unit(tx: Tx) -> None:
            if claim is not None:
                jobs.hold(tx, claim)
            insert(tx, made)

        await self._commit(unit)
        return made.id

    async def offload(self, function: str, **arguments: Any) -> dict[str, Any]:
        """Run `package.module:function` in a limited child process, in the private folder of this attempt."""
        await self.tell()
        tools = self._on.tools
        self._on.folder.mkdir(parents=True, exist_ok=True)
        return await tools.offload.run(
            function, arguments, folder=self._on.folder, timeout_s=self._on.account.timeout_s
        )

    def file(self, name: str, content: bytes) -> str:
        """Write an input for `offload` to the private folder and return its name there."""
        if not name or Path(name).name != name or name.startswith("."):
            raise NotFound(f"{name!r} is no plain file name")
        self._on.folder.mkdir(parents=True, exist_ok=True)
        (self._on.folder / name).write_bytes(content)
        return name


def _seconds(every: float | Callable[[], float]) -> float:
    return every() if callable(every) else every
