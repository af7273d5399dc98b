"""The Store: a unit of work is one synchronous function over a connection.

On SQLite all writes go through one thread, each under a savepoint, many to a commit, so that `synchronous=FULL` is
affordable. On Postgres they run in a thread pool, events last and under the workspace's lock, so that the order of
sequence numbers is the order of commits.
"""

from __future__ import annotations

import asyncio
import math
import queue
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy import event as sa_event
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, OperationalError

from maquette.core.errors import StorageFull, StoreUnavailable
from maquette.core.ports import Clock
from maquette.store.table import events

T = TypeVar("T")
Enqueue = Callable[[sa.Connection, str, int, int], None]
CHANNEL = "maquette_events"
"""Postgres channel that tells followers of new events."""
CANCELS = "maquette_cancels"
"""Postgres channel that tells processes of jobs to be cancelled."""
CATALOG = "maquette_catalog"
"""Postgres channel that tells processes that the catalog changed."""

_APPEND = sa.insert(events)
_APPEND_POSTGRES = sa.text("""
    WITH locked AS MATERIALIZED (
        SELECT count(pg_advisory_xact_lock(hashtextextended(workspace, 0)))
        FROM unnest(CAST(:workspaces AS text[])) AS workspace
    ), appended AS (
        INSERT INTO events (workspace, job, type, data, at)
        SELECT row.workspace, row.job, row.type, row.data, row.at
        FROM locked, ROWS FROM (
            jsonb_to_recordset(CAST(:rows AS jsonb)) AS (workspace text, job text, type text, data jsonb, at bigint)
        ) WITH ORDINALITY AS row (workspace, job, type, data, at, place)
        ORDER BY row.place
        RETURNING seq
    )
    SELECT pg_notify(:channel, max(seq)::text) FROM appended
""")
"""In one way there and back: from the lock to the commit, nobody else's events of the workspace can be written."""
_BATCH = 64
_THREADS = 8
_AGAIN = 5
_RESTED_S = 1.0


@dataclass(slots=True)
class Tx:
    """One unit of work: its connection, its workspace, and the events it appends when it commits."""

    connection: sa.Connection
    workspace: str
    now: int
    enqueue: Enqueue
    emitted: list[dict[str, Any]] = field(default_factory=list)
    cancels: list[str] = field(default_factory=list)
    gathered: dict[Closing, dict[Any, Any]] = field(default_factory=dict)
    woken: list[str] = field(default_factory=list)
    """Jobs that this commit queues and that this process may begin without a look at the queue."""

    def run(self, statement: sa.Executable, values: Any = None) -> sa.CursorResult[Any]:
        """Execute one statement."""
        return self.connection.execute(statement, values)

    def emit(self, type_: str, job: str | None, data: Mapping[str, Any]) -> None:
        """Append an event to the log in this commit."""
        row = {"workspace": self.workspace, "job": job, "type": type_, "data": dict(data), "at": self.now}
        self.emitted.append(row)

    def queue(self, job: str, epoch: int, priority: int) -> None:
        """Queue a job in this commit; on SQLite no other process could take it, so this one begins it at once."""
        self.enqueue(self.connection, job, epoch, priority)
        if self.connection.dialect.name == "sqlite":
            self.woken.append(job)

    def gather(self, closing: Closing) -> dict[Any, Any]:
        """Return what is gathered for `closing`, which is called with it last in this commit.

        Rows that many units contend for are written there, so that they are locked in one order, and shortly.
        """
        return self.gathered.setdefault(closing, {})

    def close(self) -> None:
        """Write what was gathered; may raise, and then nothing of the unit is kept."""
        for closing in sorted(self.gathered, key=lambda each: (each.__module__, each.__qualname__)):
            closing(self, self.gathered[closing])

    def forget(self) -> None:
        """Drop what was to be told of this unit of work, since it came to nothing."""
        self.emitted.clear()
        self.cancels.clear()
        self.woken.clear()
        self.gathered.clear()

    def elsewhere(self, workspace: str) -> Tx:
        """Return this unit of work in another workspace, for the engine's own sweeps."""
        shared = (self.emitted, self.cancels, self.gathered, self.woken)
        return Tx(self.connection, workspace, self.now, self.enqueue, *shared)


Closing = Callable[[Tx, dict[Any, Any]], None]
"""What writes at the end of a commit what was gathered in it."""
Unit = Callable[[Tx], T]


def _plain(connection: sa.Connection, job: str, epoch: int, priority: int) -> None:
    """Queue nothing: the store stands without a runner (in tests of the store, in commands that only read)."""


class Store:
    """Reads and writes of one database."""

    def __init__(self, url: str, clock: Clock, *, pool: int = _THREADS, idle_s: float = 15) -> None:
        """Open a database.

        Args:
            url: SQLAlchemy URL.
            clock: Where times come from.
            pool: Threads that read, and on Postgres that write.
            idle_s: Seconds after which Postgres ends a transaction whose process fell silent, with its locks.
        """
        self.sqlite = url.startswith("sqlite")
        self.url = url
        self.clock = clock
        self.enqueue: Enqueue = _plain
        self.engine = _engine(url, pool, idle_s)
        self._readers = ThreadPoolExecutor(pool, thread_name_prefix="store-read")
        self._writers = None if self.sqlite else ThreadPoolExecutor(pool, thread_name_prefix="store-write")
        self._work: queue.SimpleQueue[tuple[str, Unit[Any], Future[Any]] | None] = queue.SimpleQueue()
        self._listeners: list[Callable[[list[str]], None]] = []
        self._wakers: list[Callable[[list[str]], None]] = []
        self._writer: threading.Thread | None = None
        if self.sqlite:
            self._writer = threading.Thread(target=self._write_loop, name="store-write", daemon=True)
            self._writer.start()

    def on_commit(self, listener: Callable[[list[str]], None]) -> None:
        """Call `listener(cancelled jobs)`, in a thread of the store, after commits with events or cancels."""
        self._listeners.append(listener)

    def on_woken(self, waker: Callable[[list[str]], None]) -> None:
        """Call `waker(jobs)`, in a thread of the store, after commits that queued jobs that may begin here."""
        self._wakers.append(waker)

    async def write(self, workspace: str, unit: Unit[T]) -> T:
        """Run `unit` in one commit of its own fate; raises what it raises, or `StoreUnavailable`."""
        return await asyncio.wrap_future(self.submit(workspace, unit))

    def submit(self, workspace: str, unit: Unit[T]) -> Future[T]:
        """Run `unit` like `write`, for callers in threads."""
        done: Future[T] = Future()
        if self._writers is None:
            self._work.put((workspace, unit, done))
        else:
            self._writers.submit(self._write_postgres, workspace, unit, done)
        return done

    def write_here(self, unit: Unit[T]) -> T:
        """Run `unit` in the calling thread, on Postgres past the queue of other writes; it may append no events."""
        if self._writers is None:
            return self.submit("", unit).result()
        try:
            with self.engine.begin() as connection:
                return unit(Tx(connection, "", self.clock.now(), self.enqueue))
        except DBAPIError as error:
            raise _translated(error) from error

    async def read(self, workspace: str, unit: Unit[T]) -> T:
        """Run `unit` on a connection that sees the last commit."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self._read, workspace, unit)

    def _read(self, workspace: str, unit: Unit[T]) -> T:
        try:
            with self.engine.connect() as connection:
                return unit(Tx(connection, workspace, self.clock.now(), self.enqueue))
        except DBAPIError as error:
            raise _translated(error) from error

    def close(self) -> None:
        """Finish the writes under way and close every connection."""
        if self._writer is not None:
            self._work.put(None)
            self._writer.join(timeout=30)
        for pool in (self._readers, self._writers):
            if pool is not None:
                pool.shutdown(wait=True)
        self.engine.dispose()

    # -- Postgres ---------------------------------------------------------------------------------------------------

    def _write_postgres(self, workspace: str, unit: Unit[T], done: Future[T]) -> None:
        if not done.set_running_or_notify_cancel():
            return
        for left in range(_AGAIN, -1, -1):
            try:
                result, tx = self._commit_postgres(workspace, unit)
            except DBAPIError as error:
                if left and getattr(error.orig, "sqlstate", None) in {"40001", "40P01"}:
                    time.sleep(random.uniform(0.005, 0.05))  # noqa: S311 - apart, so that the two do not meet again
                    continue
                done.set_exception(_translated(error))
            except BaseException as error:  # noqa: BLE001 - handed to the waiting caller
                done.set_exception(error)
            else:
                self._tell([tx])
                done.set_result(result)
            return

    def _commit_postgres(self, workspace: str, unit: Unit[T]) -> tuple[T, Tx]:
        with self.engine.begin() as connection:
            tx = Tx(connection, workspace, self.clock.now(), self.enqueue)
            result = unit(tx)
            tx.close()
            if tx.emitted:
                self._append_postgres(tx)
            for job in tx.cancels:
                connection.execute(sa.select(sa.func.pg_notify(CANCELS, job)))
        return result, tx

    @staticmethod
    def _append_postgres(tx: Tx) -> None:
        workspaces = sorted({row["workspace"] for row in tx.emitted})
        rows = msgspec.json.encode(tx.emitted).decode()
        tx.run(_APPEND_POSTGRES, {"workspaces": workspaces, "rows": rows, "channel": CHANNEL})
        if any(row["type"] == "catalog.changed" for row in tx.emitted):
            tx.run(sa.select(sa.func.pg_notify(CATALOG, "")))

    # -- SQLite -----------------------------------------------------------------------------------------------------

    def _write_loop(self) -> None:
        while (item := self._work.get()) is not None:
            batch = [item]
            while len(batch) < _BATCH:
                try:
                    more = self._work.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    self._work.put(None)
                    break
                batch.append(more)
            self._commit_sqlite(batch)

    def _commit_sqlite(self, batch: list[tuple[str, Unit[Any], Future[Any]]]) -> None:
        live = [entry for entry in batch if entry[2].set_running_or_notify_cancel()]
        outcomes: list[tuple[Future[Any], Any, BaseException | None]] = []
        done_with = list[Tx]()
        try:
            with self.engine.connect() as connection, connection.begin():
                for workspace, unit, done in live:
                    tx = Tx(connection, workspace, self.clock.now(), self.enqueue)
                    outcomes.append((done, *self._one_sqlite(tx, unit, alone=len(live) == 1)))
                    done_with.append(tx)
        except BaseException as error:  # noqa: BLE001 - the commit failed: every unit in it failed
            fault = _translated(error) if isinstance(error, DBAPIError) else error
            outcomes = [(done, None, fault) for _, _, done in live]
            done_with.clear()
        self._tell(done_with)
        for done, result, failure in outcomes:
            if failure is None:
                done.set_result(result)
            else:
                done.set_exception(failure)

    @staticmethod
    def _one_sqlite(tx: Tx, unit: Unit[Any], *, alone: bool) -> tuple[Any, BaseException | None]:
        if alone:
            return _appended(tx, unit), None  # its failure is the commit's: there is nobody to shield from it
        try:
            with tx.connection.begin_nested():
                result = _appended(tx, unit)
        except DBAPIError as error:
            if isinstance(error, OperationalError):
                raise  # the database itself is in trouble: the whole commit fails
            tx.forget()
            return None, error
        except BaseException as error:  # noqa: BLE001 - handed to the waiting caller
            tx.forget()
            return None, error
        return result, None

    def _tell(self, committed: Sequence[Tx]) -> None:
        if any(tx.emitted or tx.cancels for tx in committed):
            cancels = [job for tx in committed for job in tx.cancels]
            for listener in self._listeners:
                listener(cancels)
        if woken := [job for tx in committed for job in tx.woken]:
            for waker in self._wakers:
                waker(woken)


def _appended(tx: Tx, unit: Unit[T]) -> T:
    result = unit(tx)
    tx.close()
    if tx.emitted:
        tx.run(_APPEND, tx.emitted)
    return result


def _translated(error: DBAPIError) -> BaseException:
    if "no such savepoint" in str(error.orig):
        error = _first(error)  # a full disk ends the transaction by itself, and its savepoint then seems to be at fault
    text = str(error.orig)
    if "disk is full" in text or "No space left" in text:
        return StorageFull(f"The database cannot be written: {text}")
    if isinstance(error, OperationalError) or error.connection_invalidated:
        return StoreUnavailable(f"The database does not take this: {text}")
    return error


def _first(error: DBAPIError) -> DBAPIError:
    first, earlier = error, error.__context__
    while earlier is not None:
        first, earlier = earlier if isinstance(earlier, DBAPIError) else first, earlier.__context__
    return first


def _ask_rested(engine: sa.Engine) -> None:
    """Ask a connection that rested whether it still stands; one in steady use would be asked before every unit."""

    @sa_event.listens_for(engine, "checkin")
    def _rests(_connection: Any, record: Any) -> None:
        record.info["rests"] = time.monotonic()

    @sa_event.listens_for(engine, "checkout")
    def _wakes(connection: Any, record: Any, _fairy: Any) -> None:
        if time.monotonic() - record.info.get("rests", math.inf) < _RESTED_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error


def _engine(url: str, pool: int, idle_s: float) -> sa.Engine:
    def dump(value: Any) -> str:
        return msgspec.json.encode(value).decode()

    options: dict[str, Any] = {"json_serializer": dump, "json_deserializer": msgspec.json.decode}
    if not url.startswith("sqlite"):
        address = sa.make_url(url)
        if address.drivername in {"postgres", "postgresql"}:
            address = address.set(drivername="postgresql+psycopg")
        ended = {"options": f"-c idle_in_transaction_session_timeout={round(idle_s * 1000)}"}
        engine = sa.create_engine(address, pool_size=2 * pool, max_overflow=4, connect_args=ended, **options)
        _ask_rested(engine)
        return engine
    engine = sa.create_engine(
        url, pool_size=pool + 2, connect_args={"timeout": 30, "check_same_thread": False}, **options
    )

    @sa_event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions by itself
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa_event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        if threading.current_thread().name == "store-write":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.connection.cursor().execute("BEGIN")  # takes no lock, so it cannot fail; the way round is short

    return engine
