"""The engine of one process: what its jobs stand on, and the loops that keep the ledger honest."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from maquette.catalog import Own
from maquette.core.action import Action
from maquette.core.config import Config
from maquette.core.model import Account, Attempt, Job
from maquette.core.ports import Blobs
from maquette.core.registry import Registry
from maquette.engine import lease as leases
from maquette.engine.account import lend
from maquette.engine.admit import Admitted, Frozen
from maquette.engine.call import Ground, Lent
from maquette.engine.definition import Definitions
from maquette.engine.disposal import Disposal
from maquette.engine.events import Hub
from maquette.engine.fetch import Fetcher
from maquette.engine.ingest import Ingest
from maquette.engine.lease import Lease
from maquette.engine.offload import Offload
from maquette.engine.patience import insist
from maquette.engine.resolve import request_cancel
from maquette.engine.run import Run, run
from maquette.engine.runner import DbosRunner
from maquette.engine.screen import Screens
from maquette.engine.spool import Spool
from maquette.engine.transport import Wires
from maquette.store import account as accounts
from maquette.store import price as prices
from maquette.store import tree
from maquette.store.database import Store
from maquette.store.job import Claim
from maquette.store.vault import Vault

log = logging.getLogger("maquette.engine")

DRAIN_S = 20.0
"""Seconds for which a stop waits for paid answers that are on their way."""


@dataclass(slots=True)
class Tools:
    """What every job of this process shares."""

    config: Config
    store: Store
    blobs: Blobs
    registry: Registry
    vault: Vault
    offload: Offload
    ingest: Ingest
    spool: Spool
    hub: Hub
    wires: Wires
    fetcher: Fetcher
    lease: Lease
    scratch: Path
    previews: Path
    disposal: Disposal
    screens: Screens
    paying: set[str] = field(default_factory=set)
    """Attempts whose paid answer is on its way; a stop waits for them."""

    @property
    def process(self) -> str:
        """The name under which this process owns jobs now."""
        return self.lease.process

    def now(self) -> int:
        """Return the wall time in ms since 1970, UTC."""
        return self.store.clock.now()

    def folder(self, attempt: Attempt) -> Path:
        """Return the private folder of an attempt; it is made when it is first needed."""
        return self.scratch / attempt.id

    def frozen(self, account: Account) -> Frozen:
        """Return what a new attempt on the account freezes; raises `ConfigInvalid` or `MasterKeyMissing`."""
        settings, _ = lend(self.registry.provider(account.provider), account, self.vault)
        return Frozen(settings.base(), self.spool.host)

    def disk_is_full(self) -> bool:
        """Tell whether there is no room any more to begin a call whose answer must be kept."""
        return shutil.disk_usage(self.config.home).free < self.config.limits.disk_reserve_bytes

    async def prices(self, workspace: str, action: Action) -> Mapping[tuple[str, str], Own]:
        """Return what a workspace set for models itself; nothing is read for what is free."""
        return {} if action.free else await self.store.read(workspace, prices.own)

    async def ground(self, job: Job, attempt: Attempt, claim: Claim | None, account: Account | None = None) -> Ground:
        """Return what a call of this attempt stands on; `account` is given where the attempt has begun just now."""
        fresh = account is not None
        if account is None:
            account = await self.store.read(job.workspace, lambda tx: accounts.get(tx, attempt.account))
        provider = self.registry.provider(attempt.provider)
        settings, secrets = lend(provider, await self.vault.warm(account), self.vault, attempt.base_url)
        return Ground(
            tools=self,
            job=job,
            claim=claim,
            action=self.registry.action(attempt.action),
            provider=provider,
            account=account,
            settings=settings,
            secrets=secrets,
            folder=self.folder(attempt),
            lease=self.lease,
            cancelled=self.hub.watch(job.id) if claim is not None else asyncio.Event(),
            fresh=fresh,
        )

    async def cannot_send(self, process: str | None) -> bool:
        """Tell whether the process that may have sent a lost submit can send nothing more.

        This process itself counts: its own call has ended and its connection is closed.
        """
        return process == self.process or await leases.cannot_send(self.store, process)

    def done_with(self, attempt: Attempt) -> None:
        """Remove what an attempt left on this machine, now that the ledger has it."""
        self.spool.forget(attempt.id)
        self.preview(attempt.job).unlink(missing_ok=True)
        shutil.rmtree(self.folder(attempt), ignore_errors=True)

    def preview(self, job: str) -> Path:
        """Return where the newest unfinished picture of a job lies while it is made."""
        return self.previews / f"{job}.preview"


class Engine:
    """Runs jobs in this process: those from the queue, and interactive ones at once."""

    def __init__(self, tools: Tools, runner: DbosRunner, *, kind: str) -> None:
        from maquette.engine.sweep import Sweep  # noqa: PLC0415 - the sweep needs the engine's types

        self.tools = tools
        self.hub = tools.hub
        self.runner = runner
        self.kind = kind
        self.sweep = Sweep(self)
        self.definitions = Definitions(tools)
        self._room = asyncio.Semaphore(tools.config.worker_concurrency)
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False

    @property
    def process(self) -> str:
        """The name under which this process owns jobs now."""
        return self.tools.process

    async def start(self, *, alone: bool = False) -> None:
        """Register this process, take over what the dead left, and begin to run jobs.

        With `alone`, no other process can be alive on this database, so that nothing has to be waited for.
        """
        await self.tools.lease.start()
        await self.hub.start()
        await self.runner.prepare()
        self.tools.store.enqueue = self.runner.enqueue
        # It may take long where many died, and a process that was halted meanwhile finds its connection cut.
        await insist(lambda: self.sweep.first(alone=alone))
        if self.tools.config.runs_jobs or self.kind == "worker":
            await self.runner.start(self._run)
            loop = asyncio.get_running_loop()
            self.tools.store.on_woken(lambda jobs: self._woken(loop, jobs))
        self.spawn(self.sweep.forever())
        if not self.tools.store.sqlite:  # on SQLite this is the only process
            self.spawn(self.definitions.follow(self.hub.catalog))

    def _woken(self, loop: asyncio.AbstractEventLoop, jobs: Sequence[str]) -> None:
        """Hear in a thread of the store which jobs it queued that may begin here, and begin them."""
        with contextlib.suppress(RuntimeError):  # the loop may close at any moment; the queue holds them all the same
            for job in jobs:
                loop.call_soon_threadsafe(self.hurry, job)

    async def _run(self, job: str) -> None:
        """Run a job from the queue as a task of ours, so that stopping reaches it."""
        if self._stopping:
            return
        if not self.tools.store.sqlite:
            await self.definitions.refresh()
        await self.spawn(self._go(job))

    async def _go(self, job: str) -> None:
        """Run a job, and then at once the composite that goes on with its end."""
        async with self._room:
            if not await run(self.tools, job):
                return
        parent = await self.tools.store.read("", lambda tx: tree.woken(tx, job))
        if parent is not None:
            self.hurry(parent)

    def hurry(self, job: str) -> None:
        """Run a job that was queued just now without a look at the queue, which holds it all the same."""
        if not self._stopping and not self._room.locked() and (self.tools.config.runs_jobs or self.kind == "worker"):
            self.spawn(self._go(job))

    def begin(self, job: Job, first: Admitted | None = None) -> None:
        """Run a job that was inserted as claimed by this process, at once; its first attempt may have begun with it.

        Where it has, `hub.watch` must have been called before that commit, so that no cancel is missed.
        """
        self.spawn(Run(self.tools, job, first).go())

    def spawn(self, work: Any) -> asyncio.Task[None]:
        """Run a coroutine until it ends or the engine stops."""
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("engine.task_failed", exc_info=error)

    async def renew(self) -> None:
        """Take a new name after another process took this one's jobs over, and say that the old one is silent."""
        old = self.tools.lease
        self.tools.lease = Lease(
            self.tools.store, kind=self.kind, ttl_s=self.tools.config.lease_s, executor=old.executor
        )
        await self.tools.lease.start()
        self.spawn(self._bury(old, set(self.tools.paying)))

    async def _bury(self, old: Lease, sending: set[str]) -> None:
        """Say that a former name is silent, once every call that began under it has ended: a body may still flow."""
        while sending & self.tools.paying:  # noqa: ASYNC110 - each of them ends in a task of its own
            await asyncio.sleep(0.2)
        await old.stop()

    async def stop(self) -> None:
        """Stop running jobs; whatever was under way is taken up again from the ledger by the next start."""
        self._stopping = True
        await self.runner.stop()
        await self._drain()
        for task in list(self._tasks):
            task.cancel()
        for task in list(self._tasks):
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task
        await self.hub.stop()
        await self.tools.lease.stop()

    async def _drain(self) -> None:
        """Let paid answers that are on their way arrive, so that stopping leaves nothing in doubt."""
        for _ in range(round(DRAIN_S / 0.05)):
            if not self.tools.paying:
                return
            await asyncio.sleep(0.05)
        log.warning("engine.not_drained: %d paid calls are cut off", len(self.tools.paying))

    # -- what doors ask of accounts ----------------------------------------------------------------------------------

    async def check(self, account: Account) -> None:
        """Prove, for free, that an account works; raises a `ProviderError` or `ConfigInvalid`."""
        lent = self._lent(await self.tools.vault.warm(account))
        await self.tools.registry.provider(account.provider).check(lent)

    async def models(self, account: Account) -> list[Mapping[str, Any]]:
        """List the models that an account can use; raises `Unsupported` where the provider has no list."""
        lent = self._lent(await self.tools.vault.warm(account))
        found: Sequence[Mapping[str, Any]] = await self.tools.registry.provider(account.provider).models(lent)
        return list(found)

    def lend(self, account: Account) -> Lent:
        """Return a call for free requests on an account, outside any job."""
        return self._lent(account)

    def _lent(self, account: Account) -> Lent:
        provider = self.tools.registry.provider(account.provider)
        settings, secrets = lend(provider, account, self.tools.vault)
        name = f"check-{account.id}"
        job = Job(name, account.workspace, "", "image", {}, (), "running", 0)
        attempt = Attempt(
            name, account.workspace, name, 0, "", account.id, account.provider, settings.base(), "", "prepared", 0
        )
        action = next(iter(self.tools.registry.of(account.provider).values()), None)
        ground = Ground(
            tools=self.tools,
            job=job,
            claim=None,
            action=action,
            provider=provider,
            account=account,
            settings=settings,
            secrets=secrets,
            folder=self.tools.scratch / name,
            lease=self.tools.lease,
            cancelled=asyncio.Event(),
        )
        return Lent(ground, attempt, late=True)

    async def cancel(self, workspace: str, job: str) -> Job:
        """Ask for a job to be cancelled; one that nobody runs is ended at once. Raises `NotFound`."""
        return await self.tools.store.write(workspace, lambda tx: request_cancel(tx, job))

    async def preview(self, job: str) -> bytes | None:
        """Return the newest unfinished picture of a job that runs or ran on this machine."""
        path = self.tools.preview(Path(job).name)
        return await asyncio.to_thread(lambda: path.read_bytes() if path.exists() else None)
