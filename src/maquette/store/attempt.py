"""Rows of attempts: the ledger from which limits, health and spend are derived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa

from maquette.core.errors import NotFound
from maquette.core.model import FINAL, OPEN_ATTEMPT, Attempt
from maquette.store import hold as holds
from maquette.store import tally
from maquette.store.database import Tx
from maquette.store.job import Claim, hold
from maquette.store.table import attempts, jobs, processes

_INSERT = sa.insert(attempts)
_OF_JOB = sa.select(attempts).where(attempts.c.job == sa.bindparam("of")).order_by(attempts.c.number)
_OF_JOBS = sa.select(attempts).where(attempts.c.job.in_(sa.bindparam("of", expanding=True))).order_by(attempts.c.number)
_COUNT = sa.select(sa.func.count()).where(attempts.c.job == sa.bindparam("of"))
_BEFORE = sa.select(attempts).where(attempts.c.id == sa.bindparam("this")).with_for_update()
_CHANGE = sa.update(attempts).where(attempts.c.id == sa.bindparam("this")).returning(attempts)
_ON = attempts.c.account == sa.bindparam("on")
# Not `in_`, which is spelled out anew at each execution.
_OPEN = sa.or_(*(attempts.c.state == state for state in sorted(OPEN_ATTEMPT)))
_RUNNING = sa.select(sa.func.count()).where(_ON, _OPEN)
_LONGEST_WAIT_MS = 3_600_000
"""So long an attempt may have been prepared before it is sent."""
_SENT = sa.func.coalesce(attempts.c.sent_at, attempts.c.created_at)
_WITHIN = (
    attempts.c.created_at > sa.bindparam("long_past"),
    # What the provider sees is when a call is sent, and what is only prepared may be sent at any moment.
    sa.or_(sa.bindparam("past") < _SENT, attempts.c.state == "prepared"),
)
_SINCE = sa.select(sa.func.count().label("n"), sa.func.min(_SENT).label("oldest")).where(_ON, *_WITHIN)

_AMONG = attempts.c.account.in_(sa.bindparam("among", expanding=True))
_COUNTED = sa.select(attempts.c.account, sa.func.count().label("n")).group_by(attempts.c.account)
_RUNNING_ON = _COUNTED.where(_AMONG, _OPEN)
_SINCE_ON = _COUNTED.where(_AMONG, *_WITHIN)
_PARTS = 100
"""So many accounts are asked after in one query: SQLite joins 500 at most."""


@dataclass(frozen=True, slots=True)
class Trace:
    """How one attempt ended."""

    state: str
    code: str | None
    """The code of its error."""
    at: int


def as_attempt(row: sa.Row[Any]) -> Attempt:
    """Return the row as an attempt."""
    return Attempt(**row._asdict())


def insert(tx: Tx, attempt: Attempt) -> None:
    """Insert an attempt."""
    tx.run(_INSERT, {name: getattr(attempt, name) for name in Attempt.__slots__})
    tally.attempt(tx, None, attempt)
    holds.touch(tx, attempt.job, strict=True)


def of_job(tx: Tx, job: str) -> list[Attempt]:
    """Return the attempts of a job, oldest first."""
    rows = tx.run(_OF_JOB, {"of": job})
    return [as_attempt(row) for row in rows]


def of_jobs(tx: Tx, jobs: Sequence[str]) -> dict[str, list[Attempt]]:
    """Return the attempts of several jobs in one query."""
    made: dict[str, list[Attempt]] = {job: [] for job in jobs}
    for row in tx.run(_OF_JOBS, {"of": list(jobs)}):
        made[row.job].append(as_attempt(row))
    return made


def count(tx: Tx, job: str) -> int:
    """Return how many attempts a job has had."""
    return int(tx.run(_COUNT, {"of": job}).scalar_one())


def get(tx: Tx, attempt: str) -> Attempt:
    """Return an attempt; raises `NotFound`."""
    row = tx.run(sa.select(attempts).where(attempts.c.id == attempt, attempts.c.workspace == tx.workspace)).first()
    if row is None:
        raise NotFound(f"No attempt {attempt!r}")
    return as_attempt(row)


def update(tx: Tx, claim: Claim, attempt: str, **values: Any) -> Attempt:
    """Change an attempt under the claim of its job and return it; raises `Fenced`."""
    hold(tx, claim)
    return change(tx, attempt, **values)


def change(tx: Tx, attempt: str, **values: Any) -> Attempt:
    """Change an attempt whose job nobody runs any more, and return it; figures and budgets follow."""
    told = "cost" in values or ("state" in values and values["state"] not in OPEN_ATTEMPT)
    before = as_attempt(tx.run(_BEFORE, {"this": attempt}).one()) if told else None
    changed = as_attempt(tx.run(_CHANGE, {"this": attempt, **values}).one())
    if before is not None:
        tally.attempt(tx, before, changed)
    if told or "sweep_at" in values:
        holds.touch(tx, changed.job)
    return changed


def several(tx: Tx, ids: Sequence[str]) -> list[Attempt]:
    """Return attempts of the workspace by their ids, oldest first."""
    mine = (attempts.c.workspace == tx.workspace, attempts.c.id.in_(list(ids)))
    return [as_attempt(row) for row in tx.run(sa.select(attempts).where(*mine).order_by(attempts.c.id))]


def vote(tx: Tx, ids: Sequence[str], *, chosen: bool) -> None:
    """Note of attempts whether a person chose what they made."""
    mine = (attempts.c.workspace == tx.workspace, attempts.c.id.in_(list(ids)))
    tx.run(sa.update(attempts).where(*mine).values(vote=chosen))


def running(tx: Tx, account: str) -> int:
    """Count the attempts that hold a slot of an account."""
    return int(tx.run(_RUNNING, {"on": account}).scalar_one())


def since(tx: Tx, account: str, at: int) -> tuple[int, int | None]:
    """Count the attempts of an account that were sent since a time or are to be, and return when the oldest was."""
    row = tx.run(_SINCE, {"on": account, "past": at, "long_past": at - _LONGEST_WAIT_MS}).one()
    return int(row.n), row.oldest


def turned_away(tx: Tx, account: str, limit: int) -> list[int]:
    """Return when an account was told of its rate since it last took something, the newest first, within a bound."""
    names = ("state", "error", "ended_at", "accepted_at")
    chosen = sa.select(*(attempts.c[name] for name in names)).where(attempts.c.account == account)
    found = list[int]()
    for row in tx.run(chosen.order_by(attempts.c.created_at.desc()).limit(limit)):
        if row.accepted_at is not None or row.state == "succeeded":
            break
        if (row.error or {}).get("code") == "rate_limited" and row.ended_at is not None:
            found.append(row.ended_at)
    return found


def running_on(tx: Tx, among: Sequence[str]) -> dict[str, int]:
    """Count the attempts that hold a slot of each of several accounts, in one query; an idle one is left out."""
    return {row.account: int(row.n) for row in tx.run(_RUNNING_ON, {"among": among})}


def since_on(tx: Tx, among: Sequence[str], at: int) -> dict[str, int]:
    """Count the attempts of each of several accounts since a time, in one query; one without any is left out."""
    span = {"past": at, "long_past": at - _LONGEST_WAIT_MS}
    return {row.account: int(row.n) for row in tx.run(_SINCE_ON, {"among": among, **span})}


def recent_on(tx: Tx, among: Sequence[str], limit: int) -> dict[str, list[Trace]]:
    """Return how the last attempts of each of several accounts ended, the newest first, in a query for many."""
    found: dict[str, list[Trace]] = {account: [] for account in among}
    for start in range(0, len(among), _PARTS):
        part = among[start : start + _PARTS]
        given = {f"on_{number}": account for number, account in enumerate(part)}
        rows = tx.run(_last_of(len(part)), {"most": limit, **given}).all()
        for row in sorted(rows, key=lambda row: -row.created_at):
            found[row.account].append(Trace(row.state, (row.error or {}).get("code"), row.ended_at))
    return found


@cache
def _last_of(count: int) -> sa.CompoundSelect[Any]:
    """Return the statement for so many accounts: to build it takes several times as long as to run it."""
    names = ("account", "created_at", "state", "error", "ended_at")
    chosen = sa.select(*(attempts.c[name] for name in names)).where(attempts.c.ended_at.is_not(None))
    newest = chosen.order_by(attempts.c.created_at.desc()).limit(sa.bindparam("most"))
    each = [newest.where(attempts.c.account == sa.bindparam(f"on_{number}")) for number in range(count)]
    return sa.union_all(*(sa.select(one.subquery()) for one in each))


def due(tx: Tx, limit: int = 50) -> list[Attempt]:
    """Return accepted attempts that outlived their jobs and are to be looked at again."""
    ripe = (attempts.c.state == "accepted", attempts.c.sweep_at <= tx.now)
    return [as_attempt(row) for row in tx.run(sa.select(attempts).where(*ripe).limit(limit))]


def left_behind(tx: Tx, limit: int = 50) -> list[Attempt]:
    """Return open attempts of final jobs whose process is gone, and that nobody looks after."""
    final = sa.exists().where(jobs.c.id == attempts.c.job, jobs.c.state.in_(FINAL))
    dead = sa.exists().where(
        processes.c.id == attempts.c.process,
        sa.or_(processes.c.fenced_at.is_not(None), processes.c.ended_at.is_not(None)),
    )
    where = (attempts.c.state.in_(OPEN_ATTEMPT), attempts.c.sweep_at.is_(None), final, dead)
    return [as_attempt(row) for row in tx.run(sa.select(attempts).where(*where).limit(limit))]


def in_doubt(tx: Tx, before: str | None, limit: int) -> list[Attempt]:
    """Return the attempts of the workspace of which nobody knows whether they were accepted, the newest first."""
    where = [attempts.c.workspace == tx.workspace, attempts.c.state == "unknown", attempts.c.resolution.is_(None)]
    if before is not None:
        where.append(attempts.c.id < before)
    return [
        as_attempt(row) for row in tx.run(sa.select(attempts).where(*where).order_by(attempts.c.id.desc()).limit(limit))
    ]


def settled(tx: Tx, among: Sequence[str]) -> list[str]:
    """Return those of the attempts that ended for good, or that the ledger never knew."""
    rows = {
        row.id: row.state for row in tx.run(sa.select(attempts.c.id, attempts.c.state).where(attempts.c.id.in_(among)))
    }
    return [name for name in among if rows.get(name, "") not in (*OPEN_ATTEMPT, "unknown")]


def open_on(tx: Tx, host: str) -> list[Attempt]:
    """Return attempts whose answer may lie in the spool of this host."""
    wanted = attempts.c.state.in_(("sending", "unknown"))
    return [as_attempt(row) for row in tx.run(sa.select(attempts).where(attempts.c.host == host, wanted))]


def health(tx: Tx, account: str, at: int) -> dict[str, Any]:
    """Derive an account's figures since a time: counts by outcome, latency and spend."""
    return health_of(tx, [account], at)[account]


def health_of(tx: Tx, among: Sequence[str], at: int) -> dict[str, dict[str, Any]]:
    """Derive the figures of several accounts since a time, in one query."""
    statement = (
        sa.select(
            attempts.c.account,
            attempts.c.state,
            sa.func.count(),
            sa.func.avg(attempts.c.ended_at - attempts.c.sent_at),
            sa.func.coalesce(sa.func.sum(attempts.c.cost), 0),
        )
        .where(attempts.c.account.in_(among), attempts.c.created_at > at)
        .group_by(attempts.c.account, attempts.c.state)
    )
    rows: dict[str, list[tuple[str, int, Any, Any]]] = {account: [] for account in among}
    for row in tx.run(statement):
        values: Sequence[Any] = row
        rows[values[0]].append((values[1], values[2], values[3], values[4]))
    return {account: _figures(found) for account, found in rows.items()}


def _figures(rows: Sequence[tuple[str, int, Any, Any]]) -> dict[str, Any]:
    counts = {state: count for state, count, _, _ in rows}
    tried = sum(counts.get(state, 0) for state in ("succeeded", "failed", "refused", "not_sent"))
    latency = next((mean for state, _, mean, _ in rows if state == "succeeded" and mean is not None), None)
    return {
        "attempts": counts,
        "success_rate": counts.get("succeeded", 0) / tried if tried else None,
        "latency_ms": round(float(latency)) if latency is not None else None,
        "spend": sum(int(spent) for *_, spent in rows),
    }
