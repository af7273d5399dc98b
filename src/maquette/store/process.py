"""Rows of processes: who is alive, by the clock of the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from maquette.store.database import Tx
from maquette.store.table import jobs, processes


@dataclass(frozen=True, slots=True)
class Process:
    """One run of a server or a worker; its id is unique, so that no other run can write in its name."""

    id: str
    host: str
    pid: int
    born: str
    kind: str
    executor: str
    """The name under which this run takes jobs from the queue; outlives a lost lease."""
    beat: int
    fenced_at: int | None = None
    ended_at: int | None = None


def _clock(tx: Tx) -> sa.ColumnElement[int]:
    if tx.connection.dialect.name == "postgresql":
        return sa.literal_column("(extract(epoch from clock_timestamp()) * 1000)::bigint")
    return sa.literal_column("cast((julianday('now') - 2440587.5) * 86400000.0 as integer)")


def register(tx: Tx, process: Process) -> None:
    """Insert a process with a fresh beat."""
    row = {name: getattr(process, name) for name in Process.__slots__ if name != "beat"}
    tx.run(sa.insert(processes).values(**row, beat=_clock(tx)))


def beat(tx: Tx, process: str) -> bool:
    """Renew a lease; False if it was taken away, which is final."""
    live = (processes.c.id == process, processes.c.ended_at.is_(None), processes.c.fenced_at.is_(None))
    return bool(tx.run(sa.update(processes).where(*live).values(beat=_clock(tx))).rowcount)


def end(tx: Tx, process: str) -> None:
    """Note that a process will never send or write again."""
    tx.run(sa.update(processes).where(processes.c.id == process).values(ended_at=tx.now, beat=_clock(tx)))


def fence(tx: Tx, ttl_ms: int, but: str) -> list[Process]:
    """Take the lease of every process that was silent for longer; from then on it can renew nothing."""
    silent = (processes.c.beat < _clock(tx) - ttl_ms, processes.c.ended_at.is_(None), processes.c.fenced_at.is_(None))
    statement = sa.update(processes).where(*silent, processes.c.id != but).values(fenced_at=tx.now).returning(processes)
    return [_as_process(row) for row in tx.run(statement)]


def fence_all(tx: Tx, but: str) -> list[Process]:
    """Take every other lease, where it is known that no other process can be alive; they count as ended."""
    others = (processes.c.ended_at.is_(None), processes.c.id != but)
    statement = sa.update(processes).where(*others).values(fenced_at=tx.now, ended_at=tx.now).returning(processes)
    return [_as_process(row) for row in tx.run(statement)]


def gone(tx: Tx) -> list[str]:
    """Return the fenced or ended processes that still own running jobs."""
    out = sa.or_(processes.c.fenced_at.is_not(None), processes.c.ended_at.is_not(None))
    owning = sa.exists().where(jobs.c.owner == processes.c.id, jobs.c.state == "running")
    return list(tx.run(sa.select(processes.c.id).where(out, owning)).scalars())


def get(tx: Tx, process: str) -> Process | None:
    """Return a process, None if it is not known."""
    row = tx.run(sa.select(processes).where(processes.c.id == process)).first()
    return _as_process(row) if row else None


def live_executors(tx: Tx) -> set[str]:
    """Return the names under which processes with a lease take jobs from the queue."""
    held = (processes.c.ended_at.is_(None), processes.c.fenced_at.is_(None))
    return set(tx.run(sa.select(processes.c.executor).where(*held)).scalars())


def listed(tx: Tx) -> Sequence[Process]:
    """Return all processes that have not ended."""
    return [_as_process(row) for row in tx.run(sa.select(processes).where(processes.c.ended_at.is_(None)))]


def _as_process(row: sa.Row[Any]) -> Process:
    return Process(**row._asdict())
