"""Rows of articles and of their pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import sqlalchemy as sa

from maquette.core.errors import NotFound
from maquette.core.illustration import Content, Slot
from maquette.core.model import Job
from maquette.store.database import Tx
from maquette.store.job import as_job
from maquette.store.table import events, jobs
from maquette.store.table_content import content_images, contents

_MOST_RETRIES = 50
_CONTENT = [field.name for field in fields(Content)]
_SLOT = [field.name for field in fields(Slot)]


def _as_content(row: sa.Row[Any]) -> Content:
    return Content(**{name: getattr(row, name) for name in _CONTENT})


def _as_slot(row: sa.Row[Any]) -> Slot:
    return Slot(**{name: getattr(row, "cost_micro_usd" if name == "cost" else name) for name in _SLOT})


def _values(slot: Slot) -> dict[str, Any]:
    values = {name: getattr(slot, name) for name in _SLOT}
    return values | {"cost_micro_usd": values.pop("cost")}


def insert(tx: Tx, content: Content, slots: Sequence[Slot]) -> None:
    """Insert an article with its slots."""
    tx.run(sa.insert(contents), {name: getattr(content, name) for name in _CONTENT})
    if slots:
        tx.run(sa.insert(content_images), [_values(slot) for slot in slots])


def get(tx: Tx, content: str) -> Content:
    """Return an article of the workspace; raises `NotFound`."""
    where = (contents.c.id == content, contents.c.workspace == tx.workspace, contents.c.deleted_at.is_(None))
    if (row := tx.run(sa.select(contents).where(*where)).first()) is None:
        raise NotFound(f"No article {content!r}", hint="GET /api/v1/contents lists them.")
    return _as_content(row)


def page(tx: Tx, before: str | None, limit: int) -> list[Content]:
    """Return a page of articles, newest first."""
    where = [contents.c.workspace == tx.workspace, contents.c.deleted_at.is_(None)]
    if before:
        where.append(contents.c.id < before)
    return [
        _as_content(row)
        for row in tx.run(sa.select(contents).where(*where).order_by(contents.c.id.desc()).limit(limit))
    ]


def several(tx: Tx, ids: Sequence[str]) -> dict[str, Content]:
    """Return articles of the workspace by their ids; one that is not there is left out."""
    where = (contents.c.id.in_(list(ids)), contents.c.workspace == tx.workspace, contents.c.deleted_at.is_(None))
    return {row.id: _as_content(row) for row in tx.run(sa.select(contents).where(*where))}


def update(tx: Tx, content: str, **values: Any) -> None:
    """Change an article; raises `NotFound`."""
    get(tx, content)
    tx.run(sa.update(contents).where(contents.c.id == content).values(updated_at=tx.now, **values))


def slots_of(tx: Tx, ids: Sequence[str]) -> list[Slot]:
    """Return the slots of several articles, in the order of their places."""
    where = (content_images.c.content.in_(list(ids)), content_images.c.workspace == tx.workspace)
    order = (content_images.c.content, content_images.c.position, content_images.c.id)
    return [_as_slot(row) for row in tx.run(sa.select(content_images).where(*where).order_by(*order))]


def slots(tx: Tx, ids: Sequence[str], *, lock: bool = False) -> dict[str, Slot]:
    """Return slots of the workspace by their ids, locked until the commit where that is asked for."""
    where = (content_images.c.id.in_(list(ids)), content_images.c.workspace == tx.workspace)
    asked = sa.select(content_images).where(*where).order_by(content_images.c.id)
    return {row.id: _as_slot(row) for row in tx.run(asked.with_for_update() if lock else asked)}


def legacy(tx: Tx, numbers: Sequence[int]) -> tuple[dict[int, str], dict[int, str]]:
    """Return the slots, and the articles, that had these numbers before they were imported."""
    found = list[dict[int, str]]()
    for table in (content_images, contents):
        where = (table.c.workspace == tx.workspace, table.c.legacy_id.in_(list(numbers)))
        found.append({row.legacy_id: row.id for row in tx.run(sa.select(table.c.legacy_id, table.c.id).where(*where))})
    return found[0], found[1]


def keep(tx: Tx, slot: Slot) -> None:
    """Write a slot as it is now."""
    values = _values(slot) | {"updated_at": tx.now}
    tx.run(
        sa.update(content_images)
        .where(content_images.c.id == slot.id, content_images.c.workspace == tx.workspace)
        .values(values)
    )


def successors(tx: Tx, action: str, ids: Sequence[str]) -> dict[str, Job]:
    """Return, for each job, the one that last tried it again, or itself."""
    found = {row.id: as_job(row) for row in tx.run(sa.select(jobs).where(jobs.c.id.in_(list(ids)), _here(tx)))}
    newest, wanted = dict(found), {job: job for job in found}
    for _ in range(_MOST_RETRIES):
        again = jobs.c.source["retry_of"].as_string()
        asked = sa.select(jobs).where(_here(tx), jobs.c.action == action, again.in_(list(wanted))).order_by(jobs.c.id)
        later = [as_job(row) for row in tx.run(asked)] if wanted else []
        if not later:
            break
        step = dict[str, str]()
        for job in later:
            first = wanted[str(job.about["retry_of"])]
            newest[first] = job
            step[job.id] = first
        wanted = step
    return newest


def _here(tx: Tx) -> sa.ColumnElement[bool]:
    return jobs.c.workspace == tx.workspace


def progress(tx: Tx, ids: Sequence[str]) -> dict[str, float]:
    """Return how far running jobs were when they last told, 0 to 1."""
    if not ids:
        return {}
    last = (
        sa.select(sa.func.max(events.c.seq))
        .where(events.c.job.in_(list(ids)), events.c.type == "attempt.progressed")
        .group_by(events.c.job)
    )
    rows = tx.run(sa.select(events.c.job, events.c.data).where(events.c.seq.in_(last)))
    return {row.job: float(row.data.get("fraction") or 0.0) for row in rows}
