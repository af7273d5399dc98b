"""Rows of interactions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from maquette.core.errors import NotFound
from maquette.core.interaction import Interaction
from maquette.store.database import Tx
from maquette.store.table import interactions as table

_INSERT = sa.insert(table)
_ONE = sa.select(table).where(table.c.id == sa.bindparam("this"), table.c.workspace == sa.bindparam("here"))
_OF_JOB = sa.select(table).where(table.c.job == sa.bindparam("of")).order_by(table.c.id)

FILTERS = ("state", "run", "job")
"""Names by which a page of interactions can be filtered; several values are separated by commas."""


def as_interaction(row: sa.Row[Any]) -> Interaction:
    """Return the row as an interaction."""
    return Interaction(**row._asdict())


def insert(tx: Tx, interaction: Interaction) -> None:
    """Insert an interaction."""
    tx.run(_INSERT, {name: getattr(interaction, name) for name in Interaction.__slots__})


def find(tx: Tx, interaction: str) -> Interaction | None:
    """Return an interaction of the workspace; None if there is none of that id."""
    row = tx.run(_ONE, {"this": interaction, "here": tx.workspace}).first()
    return as_interaction(row) if row else None


def get(tx: Tx, interaction: str) -> Interaction:
    """Return an interaction of the workspace; raises `NotFound`."""
    if (found := find(tx, interaction)) is None:
        raise NotFound(f"No interaction {interaction!r}")
    return found


def of_job(tx: Tx, job: str) -> list[Interaction]:
    """Return the interactions of a job, oldest first."""
    return [as_interaction(row) for row in tx.run(_OF_JOB, {"of": job})]


def of_runs(tx: Tx, runs: Sequence[str]) -> dict[str, list[Interaction]]:
    """Return the interactions of several runs in one query, oldest first."""
    found: dict[str, list[Interaction]] = {run: [] for run in runs}
    for row in tx.run(sa.select(table).where(table.c.run.in_(runs)).order_by(table.c.id)):
        found[row.run].append(as_interaction(row))
    return found


def asks(tx: Tx, runs: Sequence[str]) -> set[str]:
    """Return those of some runs in which a person is asked."""
    mine = (table.c.run.in_(runs), table.c.state == "open")
    return set(tx.run(sa.select(table.c.run).where(*mine)).scalars())


def page(tx: Tx, filters: Mapping[str, str], before: str | None, limit: int) -> list[Interaction]:
    """Return a page of interactions, newest first, older than the id `before`."""
    where = [table.c.workspace == tx.workspace]
    where += [table.c[name].in_(value.split(",")) for name, value in filters.items()]
    if before:
        where.append(table.c.id < before)
    rows = tx.run(sa.select(table).where(*where).order_by(table.c.id.desc()).limit(limit))
    return [as_interaction(row) for row in rows]


def change_open(tx: Tx, interaction: str, **values: Any) -> Interaction | None:
    """Change an interaction that is still open; None if it no longer is."""
    mine = (table.c.id == interaction, table.c.state == "open")
    row = tx.run(sa.update(table).where(*mine).values(**values).returning(table)).first()
    return as_interaction(row) if row else None


def cancel_of(tx: Tx, job: str) -> list[Interaction]:
    """Cancel the open interactions of a job and return them."""
    mine = (table.c.job == job, table.c.state == "open")
    return [
        as_interaction(row)
        for row in tx.run(sa.update(table).where(*mine).values(state="cancelled").returning(table)).all()
    ]
