"""Rows of the log."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from maquette.core.model import Event
from maquette.store.database import Tx
from maquette.store.table import events

_HERE = events.c.workspace == sa.bindparam("here")
_LAST = sa.select(sa.func.max(events.c.seq)).where(_HERE)
_AFTER = (
    sa.select(events)
    .where(_HERE, events.c.seq > sa.bindparam("past"))
    .order_by(events.c.seq)
    .limit(sa.bindparam("most"))
)
_AFTER_OF_JOB = _AFTER.where(events.c.job == sa.bindparam("of"))
# Not `in_`, which is spelled out anew at each execution.
_STEP = sa.or_(events.c.type == "attempt.progressed", events.c.type == "job.progressed")
_STEPS = (_HERE, events.c.job == sa.bindparam("of"), _STEP)
_NEWEST = sa.select(sa.func.max(events.c.seq)).where(*_STEPS).group_by(events.c.type).scalar_subquery()
_PRUNE = sa.delete(events).where(*_STEPS, events.c.seq.not_in(_NEWEST))


def as_event(row: sa.Row[Any]) -> Event:
    """Return the row as an event."""
    return Event(**row._asdict())


def after(tx: Tx, seq: int, *, job: str | None = None, limit: int = 500) -> list[Event]:
    """Return events of the workspace, or of one job of it, with a higher sequence number, in order."""
    given = {"here": tx.workspace, "past": seq, "most": limit}
    rows = tx.run(_AFTER, given) if job is None else tx.run(_AFTER_OF_JOB, given | {"of": job})
    return [as_event(row) for row in rows]


def last(tx: Tx) -> int:
    """Return the highest sequence number of the workspace, 0 if it has none."""
    found = tx.run(_LAST, {"here": tx.workspace}).scalar()
    return found or 0


def first(tx: Tx) -> int:
    """Return the lowest sequence number that is kept in the workspace, 0 if there is none."""
    found = tx.run(sa.select(sa.func.min(events.c.seq)).where(events.c.workspace == tx.workspace)).scalar()
    return found or 0


def prune_progress(tx: Tx, job: str) -> None:
    """Keep only the last progress event of a job whose attempt ended."""
    tx.run(_PRUNE, {"here": tx.workspace, "of": job})
