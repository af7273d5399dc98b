"""Rows of jobs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from maquette.core.errors import NotFound
from maquette.core.model import FINAL, Job
from maquette.store import hold as holds
from maquette.store import tally
from maquette.store.database import Tx
from maquette.store.table import idempotency, inputs, jobs

# Built once: to build a statement anew costs four times as much as to run it.
_INSERT = sa.insert(jobs)
_GIVEN = sa.insert(inputs)
_ASSET = re.compile(r"asset_[0-9a-f]{32}")
_ONE = sa.select(jobs).where(jobs.c.id == sa.bindparam("this"), jobs.c.workspace == sa.bindparam("here"))
_HELD = (jobs.c.id == sa.bindparam("this"), jobs.c.owner == sa.bindparam("by"), jobs.c.epoch == sa.bindparam("since"))
_HOLD = sa.select(jobs).where(*_HELD).with_for_update()
_CHANGE = sa.update(jobs).where(*_HELD).returning(jobs)
_CLAIM = (
    sa.update(jobs)
    .where(jobs.c.id == sa.bindparam("this"), jobs.c.state == "queued")
    .values(
        state="running",
        owner=sa.bindparam("by"),
        epoch=jobs.c.epoch + 1,
        waiting_for=None,
        wake_at=None,
        started_at=sa.func.coalesce(jobs.c.started_at, sa.bindparam("at")),
    )
    .returning(jobs)
)
_IN_LINES = (
    sa.select(jobs.c.waiting_for, sa.func.count().label("n"))
    .where(
        jobs.c.waiting_for.in_(sa.bindparam("things", expanding=True)),
        sa.or_(jobs.c.state == "waiting", jobs.c.state == "queued"),
        jobs.c.wake_at.is_(None),
    )
    .group_by(jobs.c.waiting_for)
)
_CALLED = sa.select(sa.func.count()).where(jobs.c.waiting_for == sa.bindparam("thing"), jobs.c.state == "queued")
_OWNED = sa.select(jobs.c.id, jobs.c.cancel_asked).where(jobs.c.owner == sa.bindparam("by"), jobs.c.state == "running")
_KEY = (idempotency.c.workspace == sa.bindparam("here"), idempotency.c.key == sa.bindparam("name"))
_BOUND = sa.select(idempotency).where(*_KEY)


class Fenced(Exception):
    """This process no longer owns the job: another one took it over, and nothing more may be written."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to write for a job: valid while owner and epoch stand in its row."""

    job: str
    owner: str
    epoch: int


def as_job(row: sa.Row[Any]) -> Job:
    """Return the row as a job."""
    return Job(**row._asdict())


def insert(tx: Tx, job: Job) -> None:
    """Insert a job, and link it to the assets that it is given."""
    tx.run(_INSERT, {name: getattr(job, name) for name in Job.__slots__})
    tally.job(tx, None, job)
    holds.touch(tx, job.id, strict=True)
    given = dict.fromkeys(_ASSET.findall(msgspec.json.encode(job.params, enc_hook=str).decode()))
    if given:
        tx.run(_GIVEN, [{"asset": asset, "job": job.id, "workspace": job.workspace} for asset in given])


def get(tx: Tx, job: str) -> Job:
    """Return a job of the workspace; raises `NotFound`."""
    row = tx.run(_ONE, {"this": job, "here": tx.workspace}).first()
    if row is None:
        raise NotFound(f"No job {job!r}")
    return as_job(row)


def anywhere(tx: Tx, job: str) -> Job | None:
    """Return a job of whatever workspace, for the engine, which is handed ids only."""
    row = tx.run(sa.select(jobs).where(jobs.c.id == job)).first()
    return as_job(row) if row else None


def claim(tx: Tx, job: str, process: str) -> Job | None:
    """Take a queued job for a process; None if it is no longer queued."""
    row = tx.run(_CLAIM, {"this": job, "by": process, "at": tx.now}).first()
    return as_job(row) if row else None


def hold(tx: Tx, claim: Claim) -> Job:
    """Make sure that the claim still stands until this commit, and return the job; raises `Fenced`."""
    row = tx.run(_HOLD, _claimed(claim)).first()
    if row is None:
        raise Fenced(claim.job)
    return as_job(row)


def update(tx: Tx, claim: Claim, **values: Any) -> Job:
    """Change a job under its claim and return it; raises `Fenced`."""
    row = tx.run(_CHANGE, _claimed(claim) | values).first()
    if row is None:
        raise Fenced(claim.job)
    return _followed(tx, as_job(row), values)


def finish(tx: Tx, job: str, **values: Any) -> Job:
    """End a job that no process runs, and return it."""
    row = tx.run(sa.update(jobs).where(jobs.c.id == job).values(**values).returning(jobs)).one()
    return _followed(tx, as_job(row), values)


def charge(tx: Tx, job: str, cost: int) -> None:
    """Add what one of its attempts cost to a job, final or not."""
    tx.run(sa.update(jobs).where(jobs.c.id == job).values(cost=jobs.c.cost + cost))


def _followed(tx: Tx, job: Job, values: Mapping[str, Any]) -> Job:
    """Let figures and budgets follow a change of a job; one becomes final once."""
    if values.get("state") in FINAL:
        tally.job(tx, "running", job)
    if values.get("state") in FINAL or "position" in values or "plan" in values:
        holds.touch(tx, job.id)
    return job


def _claimed(claim: Claim) -> dict[str, Any]:
    return {"this": claim.job, "by": claim.owner, "since": claim.epoch}


def queue(tx: Tx, job: str, **values: Any) -> Job | None:
    """Put a job that is not final back into the queue, in this commit; None if it is final."""
    row = tx.run(
        sa.update(jobs)
        .where(jobs.c.id == job, jobs.c.state.not_in(FINAL))
        .values(
            {
                "state": "queued",
                "owner": None,
                "epoch": jobs.c.epoch + 1,
                "wake_at": None,
                "waiting_for": None,
                **values,
            }
        )
        .returning(jobs)
    ).first()
    if row is None:
        return None
    queued = as_job(row)
    tx.queue(queued.id, queued.epoch, queued.priority)
    return queued


def shelve(tx: Tx, job: str, **values: Any) -> Job | None:
    """Let a job that is not final wait without an owner; None if it is final."""
    values = {"state": "waiting", "owner": None, "epoch": jobs.c.epoch + 1, **values}
    row = tx.run(
        sa.update(jobs).where(jobs.c.id == job, jobs.c.state.not_in(FINAL)).values(**values).returning(jobs)
    ).first()
    return as_job(row) if row else None


def queued(tx: Tx, limit: int) -> list[tuple[str, int]]:
    """Return id and epoch of the oldest queued jobs of every workspace."""
    rows = tx.run(sa.select(jobs.c.id, jobs.c.epoch).where(jobs.c.state == "queued").order_by(jobs.c.id).limit(limit))
    return [(row.id, row.epoch) for row in rows]


def in_lines(tx: Tx, waiting_for: Sequence[str]) -> dict[str, int]:
    """Count the jobs that wait for each of several things or were called for it and have not begun, in one query.

    What none waits for is left out.
    """
    return {row.waiting_for: int(row.n) for row in tx.run(_IN_LINES, {"things": waiting_for})}


def called(tx: Tx, waiting_for: str) -> int:
    """Count the jobs that were called out of a line and have not begun."""
    return int(tx.run(_CALLED, {"thing": waiting_for}).scalar_one())


def wake(tx: Tx, condition: sa.ColumnElement[bool], limit: int, called: str | None = None) -> list[Job]:
    """Queue waiting jobs that fulfil a condition, first by priority, then by age.

    With `called`, they are noted as called for that until one takes them up, so that nobody else is called in between.
    """
    statement = (
        sa.select(jobs.c.id)
        .where(jobs.c.state == "waiting", condition)
        .order_by(jobs.c.priority.desc(), jobs.c.id)
        .limit(limit)
    )
    if tx.connection.dialect.name == "postgresql":
        statement = statement.with_for_update(skip_locked=True)
    found = tx.run(statement).scalars().all()
    return [woken for job in found if (woken := queue(tx, job, waiting_for=called)) is not None]


def ask_cancel(tx: Tx, job: str) -> Job:
    """Note that a job is to be cancelled, and tell its process; raises `NotFound`."""
    get(tx, job)
    tx.run(sa.update(jobs).where(jobs.c.id == job).values(cancel_asked=True))
    tx.cancels.append(job)
    return get(tx, job)


def children(tx: Tx, parent: str) -> list[Job]:
    """Return the children of a job, oldest first."""
    rows = tx.run(sa.select(jobs).where(jobs.c.parent == parent).order_by(jobs.c.id))
    return [as_job(row) for row in rows]


def child(tx: Tx, parent: str, key: str) -> Job | None:
    """Return the child that a parent calls `key`."""
    row = tx.run(sa.select(jobs).where(jobs.c.parent == parent, jobs.c.child_key == key)).first()
    return as_job(row) if row else None


def owned(tx: Tx, process: str) -> dict[str, bool]:
    """Return the jobs that run in a process, each with whether it is to be cancelled."""
    return {row.id: row.cancel_asked for row in tx.run(_OWNED, {"by": process})}


def orphans(tx: Tx, dead: Sequence[str]) -> list[Job]:
    """Return the running jobs of dead processes, locked."""
    statement = sa.select(jobs).where(jobs.c.owner.in_(dead), jobs.c.state == "running").order_by(jobs.c.id).limit(500)
    if tx.connection.dialect.name == "postgresql":
        statement = statement.with_for_update(skip_locked=True)
    return [as_job(row) for row in tx.run(statement)]


FILTERS = (
    "state",
    "action",
    "produces",
    "parent",
    "interaction",
    "subject",
    "provider",
    "preset",
    "workflow",
    "nested",
)
"""Names by which a page of jobs can be filtered; several values are separated by commas; `nested` is true or false."""


def page(tx: Tx, filters: Mapping[str, str], before: str | None, limit: int) -> list[Job]:
    """Return a page of jobs, newest first, older than the id `before`."""
    where = [jobs.c.workspace == tx.workspace]
    for name, value in filters.items():
        if name == "provider":
            where.append(jobs.c.action.startswith(f"media.{value}.", autoescape=True))
        elif name == "nested":
            where += [jobs.c.child_key.is_(None)] if value == "false" else []
        elif name == "workflow":
            where.append(jobs.c.params["workflow"].as_string().in_(value.split(",")))
        else:
            where.append(jobs.c[name].in_(value.split(",")))
    if before:
        where.append(jobs.c.id < before)
    rows = tx.run(sa.select(jobs).where(*where).order_by(jobs.c.id.desc()).limit(limit))
    return [as_job(row) for row in rows]


def remember(tx: Tx, key: str, digest: str, job: str) -> None:
    """Bind an idempotency key to a job; raises an integrity error if it is bound."""
    tx.run(
        sa.insert(idempotency),
        {"workspace": tx.workspace, "key": key, "digest": digest, "job": job, "created_at": tx.now},
    )


def remembered(tx: Tx, key: str, since: int) -> tuple[str, str] | None:
    """Return (digest, job) of an idempotency key that is younger than `since`, forgetting an older one."""
    mine = {"here": tx.workspace, "name": key}
    row = tx.run(_BOUND, mine).first()
    if row is None:
        return None
    if row.created_at < since:
        tx.run(sa.delete(idempotency).where(*_KEY), mine)
        return None
    return row.digest, row.job
