"""What a composite that is tried again takes over from the one before: children that are done and fit as they are.

Final states never change, so a second try is a job of its own. Each child that it takes over becomes a row of it that
points at the one that did the work: nothing is sent, and nothing is paid, twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from maquette.core.ids import new_id
from maquette.core.model import Job
from maquette.engine.events import job_event
from maquette.store import job as jobs
from maquette.store import tree
from maquette.store.database import Tx

RETRY_OF = "retry_of"
"""Where a job's source names the one that it tries again."""
TALLY = "tally"
"""Where a composite that goes on after a failure says how many of its parts succeeded and failed."""
_TAKEN_FROM = "taken_from"
_MOST_TRIES = 100


def children_before(tx: Tx, job: Job) -> dict[str, Job]:
    """Return the children of the tries before this one by their keys; of the same key, that of the latest try."""
    found = dict[str, Job]()
    for before in _tries_before(tx, job):
        for child in tree.steps(tx, before.id):
            if child.child_key is not None:
                found.setdefault(child.child_key, child)
    return found


def _tries_before(tx: Tx, job: Job) -> Iterator[Job]:
    seen = {job.id}
    while isinstance(name := job.about.get(RETRY_OF), str) and name not in seen and len(seen) < _MOST_TRIES:
        seen.add(name)
        before = tree.several(tx, [name]).get(name)
        if before is None or before.action != job.action or not can_be_tried_again(before):
            return
        yield before
        job = before


def can_be_tried_again(job: Job) -> bool:
    """Tell whether something of a job is left to be done: it failed, was stopped, or a part of it failed."""
    tally = (job.result or {}).get(TALLY)
    partial = isinstance(tally, Mapping) and bool(tally.get("failed"))
    return job.state in ("failed", "cancelled") or (job.state == "succeeded" and partial)


def fits(before: Job, action: str, params: Mapping[str, Any]) -> bool:
    """Tell whether a child did just what is asked for now."""
    stood_in = (each.get("asked") for each in before.warnings if each.get("field") == "action")
    return next(stood_in, before.action) == action and before.params == params


def maker(job: Job) -> str:
    """Return the id of the job that did the work of this one: its own, unless it was taken over."""
    return str(job.about.get(_TAKEN_FROM) or job.id)


def taken_over(before: Job, parent: Job, value: Mapping[str, Any], now: int) -> Job:
    """Return the row of a child that is taken over with what it brought; it costs nothing."""
    title = before.about.get("title")
    source = {"title": title, _TAKEN_FROM: maker(before)}
    return replace(
        before,
        id=new_id("job"),
        plan=[],
        state="succeeded",
        created_at=now,
        started_at=now,
        ended_at=now,
        parent=parent.id,
        source={name: word for name, word in source.items() if word},
        created_by=parent.created_by,
        owner=None,
        cost=0,
        result=dict(value),
    )


def keep(tx: Tx, child: Job) -> None:
    """Insert the row of a child that was taken over, and tell of it."""
    jobs.insert(tx, child)
    tx.emit("job.succeeded", child.id, job_event(child))
