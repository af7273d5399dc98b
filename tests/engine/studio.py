"""Studios for the tests of the engine: real but for the queue, the catalog and the clock, and mortal at any commit."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Never, TypeVar

import pytest
import sqlalchemy as sa
from typing_extensions import override

from maquette.core.clock import SystemClock
from maquette.core.config import Config
from maquette.core.ids import new_id
from maquette.core.model import FINAL, Account, Asset, Attempt, AttemptState, Event, Job
from maquette.core.registry import Registry
from maquette.engine import choice
from maquette.engine.definition import Definitions
from maquette.engine.engine import Engine
from maquette.engine.lease import Lease
from maquette.engine.plan import Wanted, insert, plan
from maquette.engine.runner import DbosRunner
from maquette.engine.studio import Studio, build
from maquette.store import account as accounts
from maquette.store import asset as assets
from maquette.store import attempt as attempts
from maquette.store import event as events
from maquette.store import job as jobs
from maquette.store import key
from maquette.store.database import Store, Unit
from maquette.store.table import jobs as job_table
from tests import compiled
from tests.engine.upstream import Upstream, serving

compiled.share()
T = TypeVar("T")
PATIENCE_S = 30.0
QUICK: Mapping[str, Any] = {"lease_s": 10, "find_settle_s": 0.3, "offload_processes": 1, "answer_timeout_s": 20}


class ShiftedClock(SystemClock):
    """The real clock, moved ahead by a test instead of waiting."""

    ahead_ms = 0

    @override
    def now(self) -> int:
        return super().now() + self.ahead_ms


class MortalLease(Lease):
    """A lease whose process can end without a word, or be late with its beat."""

    killed = False
    stale = False

    def __init__(self, store: Store, instead: Lease, *, ttl_s: float) -> None:
        super().__init__(store, kind="server", ttl_s=ttl_s)
        self.process = self.executor = instead.process  # its scratch folder bears that name

    @override
    def fresh(self) -> bool:
        return not self.stale and super().fresh()

    @override
    async def stop(self) -> None:
        if self.killed:
            self._ended.set()
            self.lost.set()
            await asyncio.to_thread(self._thread.join, 5)
        else:
            await super().stop()


class Deaf(Definitions):
    """The definitions of a process that no news reaches: it knows only what it asks for by itself."""

    @override
    async def follow(self, changed: asyncio.Event) -> None:
        await _never()


class TableRunner:
    """`core.ports.Runner` over the table of jobs alone: what is queued there is run."""

    def __init__(self, studio: Studio) -> None:
        self._tools = studio.engine.tools
        self._taken: dict[str, asyncio.Task[None]] = {}
        self._loop: asyncio.Task[None] | None = None

    async def prepare(self) -> None:
        """Need nothing."""

    def enqueue(self, connection: sa.Connection, job: str, epoch: int, priority: int) -> None:
        """Do nothing: the commit that marks the job as queued is the queue."""

    async def start(self, work: Callable[[str], Awaitable[None]]) -> None:
        """Begin to run what is queued."""
        self._loop = asyncio.create_task(self._forever(work))

    async def _forever(self, work: Callable[[str], Awaitable[None]]) -> None:
        queued = sa.select(job_table.c.id).where(job_table.c.state == "queued")
        ordered = queued.order_by(job_table.c.priority.desc(), job_table.c.id)
        while True:
            for job in await self._tools.store.read("", lambda tx: list(tx.run(ordered).scalars())):
                if job not in self._taken:
                    self._taken[job] = task = asyncio.ensure_future(work(job))
                    task.add_done_callback(lambda _, job=job: self._taken.pop(job))
            await asyncio.sleep(0.05)  # as a queue is looked at, again and again

    async def stop(self) -> None:
        """Take no more."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.wait([self._loop])

    async def holders(self, queued: Sequence[tuple[str, int]]) -> dict[str, str | None]:
        """Say that all of them are in the queue: nothing is taken but by the claim."""
        return {job: "" for job, _ in queued}

    async def tidy(self, _live: Set[str]) -> int:
        """Forget nothing."""
        return 0


class DoomedStore:
    """A store whose process ends at an edge, and writes nothing from then on.

    The edge is before or after the n-th commit for a workspace, or after the commit that brought an attempt into a
    state.
    """

    def __init__(self, store: Store, edge: int | AttemptState, when: Literal["before", "after"] = "after") -> None:
        self._store = store
        self._edge, self._when = edge, when
        self._count = 0
        self.dead = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def write(self, workspace: str, unit: Unit[T]) -> T:
        """Write, or die."""
        self._count += bool(workspace)
        due = bool(workspace) and self._count == self._edge
        if self.dead.is_set() or (due and self._when == "before"):
            return await self._die()
        made = await self._store.write(workspace, unit)
        if due or (isinstance(made, Attempt) and made.state == self._edge):
            return await self._die()
        return made

    async def _die(self) -> Never:
        self.dead.set()
        return await _never()


async def _never() -> Never:
    """Stand still as a dead process does, until what is left of it is cancelled."""
    await asyncio.get_running_loop().create_future()
    raise AssertionError


@dataclass
class Stage:
    """One installation under test: its processes come and go, its home, database and clock stay."""

    home: Path
    database_url: str = ""
    clock: ShiftedClock = field(default_factory=ShiftedClock)
    studios: list[Studio] = field(default_factory=list)
    packages: tuple[str, str] = ("tests.engine.plugins", "tests.engine.scenes")
    """Where its providers and its modules are."""

    async def open(self, *, alone: bool = True, dbos: bool = False, deaf: bool = False, **settings: Any) -> Studio:
        """Start a process of this installation; with `dbos`, on the real queue; a `deaf` one hears of no import."""
        config = Config.model_validate({"home": self.home, "database_url": self.database_url, **QUICK, **settings})
        studio = await build(config)
        tools = studio.engine.tools
        studio.registry = tools.registry = Registry(*self.packages)
        studio.store.clock = self.clock
        tools.lease = MortalLease(studio.store, tools.lease, ttl_s=config.lease_s)
        runner = DbosRunner(config, tools.lease.executor) if dbos else TableRunner(studio)
        studio.engine = Engine(tools, runner, kind="server")  # type: ignore[arg-type]
        if deaf:
            studio.engine.definitions = Deaf(tools)
        self.studios.append(studio)
        await studio.store.write("default", lambda tx: key.ensure_workspace(tx, "Default"))
        await studio.engine.start(alone=alone)
        return studio

    async def close(self, studio: Studio) -> None:
        """Stop a process in good order."""
        self.studios.remove(studio)
        await studio.close()

    async def kill(self, studio: Studio) -> None:
        """End a process without a word: its calls are cut off, and it writes nothing more."""
        tools = studio.engine.tools
        tools.store = DoomedStore(studio.store, 0)  # type: ignore[assignment]
        tools.store.dead.set()
        assert isinstance(tools.lease, MortalLease)
        tools.lease.killed = True
        tools.paying.clear()
        async with asyncio.timeout(8):
            await self.close(studio)

    def ahead(self, seconds: float) -> None:
        """Move the database's clock ahead, as far as waiting and resting go."""
        self.clock.ahead_ms += round(seconds * 1000)


async def account(studio: Studio, provider: str, url: str | None = None, **values: Any) -> Account:
    """Add an account of a provider on a server."""
    settings = {"base_url": url} if url else {}
    name = values.pop("name", f"{provider}-{new_id('x')[-6:]}")
    made = Account(new_id("acc"), "default", provider, name, settings, studio.store.clock.now(), **values)
    await studio.store.write("default", lambda tx: accounts.insert(tx, made))
    return made


async def submit(studio: Studio, action: str | None, *, now: bool = False, **wanted: Any) -> Job:
    """Submit a job of an action to the queue, or to this very process with `now`."""
    params = wanted.pop("params", None) or {"prompt": wanted.pop("prompt", "a fox")}
    known = await studio.store.read("default", choice.listed)
    job = plan(studio.registry, studio.config, known, Wanted(action, params, **wanted))
    return await submit_planned(studio, job, now=now)


async def submit_planned(studio: Studio, job: Job, *, now: bool = False) -> Job:
    """Insert a planned job, and begin it in this very process with `now`."""
    claimed_by = studio.engine.process if now else None
    made = await studio.store.write("default", lambda tx: insert(tx, job, claimed_by=claimed_by))
    if now:
        studio.engine.begin(made)
    return made


async def until(condition: Callable[[], Awaitable[T | None] | bool], patience: float = PATIENCE_S) -> T:
    """Wait until a condition holds and return what it found."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        found = condition()
        value = found if isinstance(found, bool) else await found
        if value:
            return value  # type: ignore[return-value]
        await asyncio.sleep(0.02)
    raise AssertionError("what was waited for did not come")


async def job_of(studio: Studio, job: Job) -> Job:
    """Read a job as it is now."""
    return await studio.store.read("default", lambda tx: jobs.get(tx, job.id))


async def reached(studio: Studio, job: Job, *marks: str) -> Job:
    """Wait until a job is in one of these states or waits for one of these; by default, until it has ended."""
    wanted = set(marks) or FINAL

    async def look() -> Job | None:
        found = await job_of(studio, job)
        return found if wanted & {found.state, (found.waiting_for or "").partition(":")[0]} else None

    try:
        return await until(look)
    except AssertionError as error:
        raise AssertionError(f"{await job_of(studio, job)} {await ledger(studio, job)}") from error


async def ledger(studio: Studio, job: Job) -> list[Attempt]:
    """Read the attempts of a job."""
    return await studio.store.read("default", lambda tx: attempts.of_job(tx, job.id))


async def log_of(studio: Studio, job: Job | None = None) -> list[Event]:
    """Read the events of a job, or of the workspace."""
    return await studio.store.read("default", lambda tx: events.after(tx, 0, job=job.id if job else None, limit=10_000))


async def assets_of(studio: Studio, job: Job) -> list[Asset]:
    """Read the assets of a job."""
    return (await studio.store.read("default", lambda tx: assets.of_jobs(tx, [job.id])))[job.id]


async def texts_of(studio: Studio, job: Job) -> list[str]:
    """Read the stored bytes of a job's assets."""
    return [
        b"".join([chunk async for chunk in studio.blobs.read(asset.blob)]).decode()
        for asset in await assets_of(studio, job)
    ]


async def _staged(home: Path, url: str) -> AsyncIterator[Stage]:
    stage = Stage(home, url)
    try:
        yield stage
    finally:
        for studio in reversed(list(stage.studios)):
            await stage.close(studio)


@pytest.fixture
def settled(home: Path, sqlite_template: Path) -> Path:
    """A home whose database is migrated already."""
    shutil.copyfile(sqlite_template, home / "maquette.db")
    return home


@pytest.fixture
async def stage(settled: Path) -> AsyncIterator[Stage]:
    """An installation on SQLite; its processes end with the test."""
    async for made in _staged(settled, ""):
        yield made


@pytest.fixture
async def postgres_stage(home: Path, postgres_database: str) -> AsyncIterator[Stage]:
    """An installation on Postgres; its processes end with the test."""
    async for made in _staged(home, postgres_database):
        yield made


@pytest.fixture(params=["stage", "postgres_stage"], ids=["sqlite", "postgres"])
def any_stage(request: pytest.FixtureRequest) -> Stage:
    """An installation, once on SQLite and once on Postgres."""
    made: Stage = request.getfixturevalue(request.param)
    return made


@pytest.fixture
async def studio(stage: Stage) -> Studio:
    """One process on SQLite, started."""
    return await stage.open()


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    """A provider's server."""
    async with serving() as made:
        yield made
