"""What the ledger comes to by day: sums that are written in the commit that changes an attempt or a job.

A tally is the sum of what each of its attempts contributes, so it can be made anew from them at any time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from maquette.core.model import FINAL, Attempt, Job
from maquette.store.database import Tx
from maquette.store.table import attempts, jobs
from maquette.store.table_money import job_tallies, tallies

DAY_MS = 86_400_000
"""A day, in ms; days begin at midnight UTC."""
STEP = 1.1
"""By how much a class of spans is longer than the one before."""

_FAULTS = ("failed", "refused", "not_sent")
"""States of an attempt by which its job was struck."""
_ENDS = ("succeeded", "failed", "refused", "not_sent", "cancelled")
_SOURCES = {"reported": "reported", "computed": "computed", "estimated": "guessed"}
_FIGURES = tuple(c.name for c in tallies.columns if isinstance(c.type, sa.BigInteger))
_JOB_FIGURES = tuple(c.name for c in job_tallies.columns if isinstance(c.type, sa.BigInteger))
_KEY = ("workspace", "day", "provider", "account", "action", "model", "preset")
_JOB_KEY = ("workspace", "day", "preset")
_SPANS = sa.update(tallies).where(*(tallies.c[name] == sa.bindparam(f"at_{name}") for name in _KEY))
_STRUCK = (
    sa.select(attempts.c.job)
    .where(attempts.c.job.in_(sa.bindparam("of", expanding=True)), attempts.c.state.in_(_FAULTS))
    .distinct()
)
_TALLIED = [
    attempts.c[name]
    for name in (
        "workspace", "provider", "account", "action", "model", "preset", "state", "created_at", "sent_at", "ended_at",
        "cost", "cost_source", "estimate", "estimate_low", "estimate_high", "waited_ms",
    )
]  # fmt: skip
Figures = dict[str, Any]


def class_of(span_ms: int) -> int:
    """Return the class of a span: each ends a tenth above the one before."""
    return max(0, math.ceil(math.log(span_ms, STEP) - 1e-9)) if span_ms > 1 else 0


def longest(class_: int) -> int:
    """Return the longest span of a class, in ms."""
    return round(STEP**class_)


def contribution(attempt: Attempt) -> Figures:
    """Return what an attempt adds to the tally of its day; one of which nobody knows the end adds no end."""
    found: Figures = {"attempts": 1}
    if attempt.state in _ENDS:
        found[attempt.state] = 1
    if attempt.cost is not None:
        found |= {"settled": 1, "spend": attempt.cost, "estimated": attempt.estimate}
        found[_SOURCES.get(attempt.cost_source or "estimated", "guessed")] = 1
        found["outside"] = int(_is_outside(attempt))
    if attempt.waited_ms is not None:
        found |= {"waited": 1, "waited_ms": attempt.waited_ms}
    if attempt.state == "succeeded" and attempt.ended_at is not None:
        span = attempt.ended_at - (attempt.sent_at or attempt.created_at)
        found |= {"spans": {str(class_of(span)): 1}, "span_ms": span}
    return found


def _is_outside(attempt: Attempt) -> bool:
    if attempt.estimate_low is None or attempt.estimate_high is None or attempt.cost is None:
        return False
    return not attempt.estimate_low <= attempt.cost <= attempt.estimate_high


def key_of(attempt: Attempt) -> tuple[Any, ...]:
    """Return which tally an attempt belongs to."""
    day = attempt.created_at // DAY_MS
    return (
        attempt.workspace, day, attempt.provider, attempt.account, attempt.action, attempt.model or "",
        attempt.preset or "",
    )  # fmt: skip


def attempt(tx: Tx, before: Attempt | None, after: Attempt) -> None:
    """Let the tally of an attempt's day follow a change."""
    gathered = tx.gather(_close_attempts).setdefault(key_of(after), {})
    if before is not None:
        add(gathered, contribution(before), -1)
    add(gathered, contribution(after))
    if after.number == 1 and after.state == "succeeded":
        tx.gather(_close_first)[after.job] = True


def add(to: Figures, more: Mapping[str, Any], times: int = 1) -> None:
    """Add figures to others."""
    for name, value in more.items():
        if name == "spans":
            add(to.setdefault("spans", {}), value, times)
        else:
            to[name] = to.get(name, 0) + times * value


def job(tx: Tx, before: str | None, after: Job) -> None:
    """Let the tally of a job's day follow its making, or its end; `before` is the state that it had."""
    key = (after.workspace, after.created_at // DAY_MS, after.preset or "")
    gathered = tx.gather(_close_jobs).setdefault(key, {})
    add(gathered, {"jobs": 1 if before is None else 0} | ({after.state: 1} if after.state in FINAL else {}))
    if before is not None and after.plan and after.state in ("succeeded", "failed"):
        gathered.setdefault("ended", {})[after.id] = after.state


def _close_first(tx: Tx, found: dict[Any, Any]) -> None:
    """Write nothing: a job whose first attempt succeeds in this commit is known to have met no fault."""


def _close_attempts(tx: Tx, found: dict[Any, Any]) -> None:
    for key in sorted(found):
        figures, spans = found[key], {n: count for n, count in found[key].get("spans", {}).items() if count}
        if not spans and not any(figures.get(name) for name in _FIGURES):
            continue
        named = dict(zip(_KEY, key, strict=True))
        row = named | {name: figures.get(name, 0) for name in _FIGURES} | {"spans": {}}
        known = tx.run(_upsert(tx.connection.dialect.name, "tallies"), row).scalar_one()
        if spans:
            summed = dict(known)
            add(summed, spans)
            tx.run(_SPANS, {f"at_{name}": value for name, value in named.items()} | {"spans": summed})


def _close_jobs(tx: Tx, found: dict[Any, Any]) -> None:
    _note_struck(tx, found)
    for key in sorted(found):
        row = dict(zip(_JOB_KEY, key, strict=True)) | {name: found[key].get(name, 0) for name in _JOB_FIGURES}
        tx.run(_upsert(tx.connection.dialect.name, "job_tallies"), row)


def _note_struck(tx: Tx, found: dict[Any, Any]) -> None:
    """Add which of the jobs that end in this commit were struck by a fault, and which of those were made good."""
    ended = {job: (key, state) for key in found for job, state in found[key].pop("ended", {}).items()}
    plain = tx.gather(_close_first)
    asked = [job for job, (_, state) in ended.items() if state == "failed" or job not in plain]
    for job in tx.run(_STRUCK, {"of": asked}).scalars() if asked else ():
        key, state = ended[job]
        add(found[key], {"struck": 1, "recovered": int(state == "succeeded")})


@cache
def _upsert(dialect: str, table: str) -> sa.Executable:
    """Return the statement that adds figures to a row, or makes it."""
    into, key, names = (tallies, _KEY, _FIGURES) if table == "tallies" else (job_tallies, _JOB_KEY, _JOB_FIGURES)
    insert: Any = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(into)
    summed = {name: into.c[name] + insert.excluded[name] for name in names}
    made = insert.on_conflict_do_update(index_elements=list(key), set_=summed)
    statement: sa.Executable = made.returning(tallies.c.spans) if into is tallies else made
    return statement


def expected(tx: Tx) -> dict[tuple[Any, ...], Figures]:
    """Return what the tallies of the workspace must be, from every attempt and every job of it."""
    summed: dict[tuple[Any, ...], Figures] = {}
    for one in _every_attempt(tx):
        add(summed.setdefault(("attempts", *key_of(one)), {}), contribution(one))
    day = (jobs.c.created_at // DAY_MS).label("day")
    preset = sa.func.coalesce(jobs.c.preset, "").label("preset")
    counted = sa.select(day, preset, jobs.c.state, sa.func.count().label("jobs")).where(
        jobs.c.workspace == tx.workspace
    )
    for row in tx.run(counted.group_by(day, preset, jobs.c.state)):
        figures = {"jobs": row.jobs} | ({row.state: row.jobs} if row.state in FINAL else {})
        add(summed.setdefault(("jobs", tx.workspace, int(row.day), row.preset), {}), figures)
    # What an attempt came to after its job had ended is no fault of that.
    in_time = (attempts.c.state.in_(_FAULTS), attempts.c.ended_at <= jobs.c.ended_at)
    struck = counted.where(
        jobs.c.state.in_(("succeeded", "failed")), sa.exists().where(attempts.c.job == jobs.c.id, *in_time)
    )
    for row in tx.run(struck.group_by(day, preset, jobs.c.state)):
        figures = {"struck": row.jobs, "recovered": row.jobs if row.state == "succeeded" else 0}
        add(summed.setdefault(("jobs", tx.workspace, int(row.day), row.preset), {}), figures)
    return summed


def _every_attempt(tx: Tx) -> Iterator[Any]:
    """Yield the attempts of the workspace, with no more of each than is summed up."""
    mine = sa.select(*_TALLIED).where(attempts.c.workspace == tx.workspace).order_by(attempts.c.id)
    yield from tx.run(mine.execution_options(yield_per=5000))


def stored(tx: Tx) -> dict[tuple[Any, ...], Figures]:
    """Return the tallies of the workspace as they are."""
    found: dict[tuple[Any, ...], Figures] = {}
    for kind, table, key, names in (
        ("attempts", tallies, _KEY, _FIGURES), ("jobs", job_tallies, _JOB_KEY, _JOB_FIGURES)
    ):  # fmt: skip
        for row in tx.run(sa.select(table).where(table.c.workspace == tx.workspace)).mappings():
            figures = {name: row[name] for name in names if row[name]}
            figures |= {"spans": row["spans"]} if row.get("spans") else {}
            found[(kind, *(row[name] for name in key))] = figures
    return found


def wrong(tx: Tx) -> list[tuple[Any, ...]]:
    """Return the tallies that do not agree with the ledger."""
    must, are = expected(tx), stored(tx)
    return sorted(key for key in must.keys() | are.keys() if _plain(must.get(key)) != _plain(are.get(key)))


def _plain(figures: Figures | None) -> Figures:
    return {name: value for name, value in (figures or {}).items() if value}


def rebuild(tx: Tx) -> None:
    """Make the tallies of the workspace anew from the ledger."""
    must = expected(tx)
    for table in (tallies, job_tallies):
        tx.run(sa.delete(table).where(table.c.workspace == tx.workspace))
    for key, figures in must.items():
        closing = _close_attempts if key[0] == "attempts" else _close_jobs
        closing(tx, {key[1:]: figures})


def absent(tx: Tx) -> bool:
    """Tell whether there is a ledger of an older version, which has no tallies yet."""
    none = tx.run(sa.select(job_tallies.c.day).limit(1)).first() is None
    return none and tx.run(sa.select(jobs.c.id).limit(1)).first() is not None
