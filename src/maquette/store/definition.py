"""Rows of definitions, version by version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from maquette.core.action import Definition
from maquette.store.database import Tx
from maquette.store.table import definitions as table


@dataclass(frozen=True, slots=True)
class Written:
    """A definition with when this version of it was written."""

    definition: Definition
    created_at: int


def _written(row: sa.Row[Any]) -> Written:
    return Written(Definition(row.id, row.kind, row.name, row.version, row.body), row.created_at)


def newest(tx: Tx, kind: str) -> list[Written]:
    """Return the newest version of each definition of a kind that is not deleted, by name."""
    last = _newest(tx, kind, table.c.deleted_at.is_(None))
    return [_written(row) for row in tx.run(last.order_by(table.c.name, table.c.id))]


def named(tx: Tx, kind: str, name: str, *, at: int | None = None) -> Definition | None:
    """Return the newest version of a definition by id or name; with `at`, as it was at that time."""
    found = _newest(tx, kind, _there(at)).where(_called(name)).order_by((table.c.id == name).desc(), table.c.id)
    row = tx.run(found.limit(1)).first()
    return _written(row).definition if row else None


def _there(at: int | None) -> sa.ColumnElement[bool]:
    kept = table.c.deleted_at.is_(None)
    return kept if at is None else sa.and_(table.c.created_at <= at, sa.or_(kept, table.c.deleted_at > at))


def _newest(tx: Tx, kind: str, there: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Select the newest version of each definition of a kind among those that are `there`."""
    last = (
        sa.select(table.c.id, sa.func.max(table.c.version).label("version"))
        .where(table.c.workspace == tx.workspace, table.c.kind == kind, there)
        .group_by(table.c.id)
        .subquery()
    )
    same = sa.and_(table.c.id == last.c.id, table.c.version == last.c.version)
    return sa.select(table).join(last, same)


def version(tx: Tx, kind: str, name: str, number: int) -> Definition | None:
    """Return one version of a definition by id or name, deleted or not: what began with it goes on with it."""
    where = (table.c.workspace == tx.workspace, table.c.kind == kind, _called(name), table.c.version == number)
    order = ((table.c.id == name).desc(), table.c.deleted_at.is_(None).desc(), table.c.created_at.desc())
    row = tx.run(sa.select(table).where(*where).order_by(*order).limit(1)).first()
    return _written(row).definition if row else None


def versions(tx: Tx, wanted: Sequence[tuple[str, int]]) -> dict[tuple[str, int], Definition]:
    """Return several (id, version) in one query, deleted or not; what is not there is left out."""
    if not wanted:
        return {}
    pairs = sa.tuple_(table.c.id, table.c.version).in_(list(wanted))
    rows = tx.run(sa.select(table).where(table.c.workspace == tx.workspace, pairs))
    return {(row.id, row.version): _written(row).definition for row in rows}


def insert(tx: Tx, definition: Definition) -> None:
    """Insert one version of a definition."""
    values = {
        "id": definition.id,
        "version": definition.version,
        "workspace": tx.workspace,
        "kind": definition.kind,
        "provider": None,
        "name": definition.name,
        "body": dict(definition.body),
        "created_at": tx.now,
        "deleted_at": None,
    }
    tx.run(sa.insert(table), values)


def _called(name: str) -> sa.ColumnElement[bool]:
    return sa.or_(table.c.id == name, table.c.name == name)
