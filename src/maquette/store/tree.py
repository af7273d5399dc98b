"""The tree that parents and children make."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from maquette.core.model import Job
from maquette.store.database import Tx
from maquette.store.job import as_job
from maquette.store.table import jobs

_DEEPEST = 32
_LOCKED = sa.select(jobs).where(jobs.c.id == sa.bindparam("this")).with_for_update()
_PARENT = sa.select(jobs.c.parent).where(jobs.c.id == sa.bindparam("this"))
_BORN = sa.select(jobs).where(jobs.c.parent == sa.bindparam("of"), jobs.c.interaction.is_(None)).order_by(jobs.c.id)


def locked(tx: Tx, job: str) -> Job | None:
    """Return a job, locked until the commit, so that parking and waking cannot miss each other; None if it is gone."""
    row = tx.run(_LOCKED, {"this": job}).first()
    return as_job(row) if row else None


def ancestors(tx: Tx, job: str) -> list[str]:
    """Return the ids of the jobs above a job, nearest first; a parent that is no job is a label, and left out."""
    found = list[str]()
    parent = tx.run(_PARENT, {"this": job}).scalar()
    while parent is not None and len(found) < _DEEPEST and (row := tx.run(_PARENT, {"this": parent}).first()):
        found.append(parent)
        parent = row.parent
    return found


def woken(tx: Tx, child: str) -> str | None:
    """Return the parent of a job if it is queued to go on; None if it is not, or there is none."""
    parent = sa.select(jobs.c.parent).where(jobs.c.id == child).scalar_subquery()
    found: str | None = tx.run(sa.select(jobs.c.id).where(jobs.c.id == parent, jobs.c.state == "queued")).scalar()
    return found


def steps(tx: Tx, parent: str) -> list[Job]:
    """Return the children that a job began itself, without the tries of its interactions, oldest first."""
    return [as_job(row) for row in tx.run(_BORN, {"of": parent})]


def steps_of(tx: Tx, parents: Sequence[str]) -> dict[str, list[Job]]:
    """Return the children that several jobs began themselves, in one query."""
    found: dict[str, list[Job]] = {parent: [] for parent in parents}
    mine = (jobs.c.parent.in_(parents), jobs.c.interaction.is_(None))
    for row in tx.run(sa.select(jobs).where(*mine).order_by(jobs.c.id)):
        found[row.parent].append(as_job(row))
    return found


def spent(tx: Tx, roots: Sequence[str]) -> dict[str, int]:
    """Return what each of these jobs and all below it have cost, in micro-USD, in one query."""
    if not roots:
        return {}
    top = sa.select(jobs.c.id.label("root"), jobs.c.id, jobs.c.cost).where(jobs.c.id.in_(roots)).cte(recursive=True)
    below = sa.select(top.c.root, jobs.c.id, jobs.c.cost).join(top, jobs.c.parent == top.c.id)
    tree = top.union_all(below)
    total = sa.func.sum(tree.c.cost).label("total")
    return {row.root: int(row.total) for row in tx.run(sa.select(tree.c.root, total).group_by(tree.c.root))}


def tries(tx: Tx, interaction: str) -> list[str]:
    """Return the ids of the jobs that were tried within an interaction, oldest first."""
    mine = (jobs.c.workspace == tx.workspace, jobs.c.interaction == interaction)
    return list(tx.run(sa.select(jobs.c.id).where(*mine).order_by(jobs.c.id)).scalars())


def several(tx: Tx, ids: Sequence[str]) -> dict[str, Job]:
    """Return jobs of the workspace by their ids; one that is not there is left out."""
    mine = (jobs.c.workspace == tx.workspace, jobs.c.id.in_(list(ids)))
    return {row.id: as_job(row) for row in tx.run(sa.select(jobs).where(*mine))}
