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


def _newest(there: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Select the newest version of each definition of a kind among those that are `there`."""
    last = (
        sa.select(table.c.id, sa.func.max(table.c.version).label("version"))
        .where(*_OF_KIND, there)
        .group_by(table.c.id)
        .subquery()
    )
    same = sa.and_(table.c.id == last.c.id, table.c.version == last.c.version)
    return sa.select(table).join(last, same)


_NAME: sa.BindParameter[str] = sa.bindparam("name", type_=sa.String)
_AT: sa.BindParameter[int] = sa.bindparam("at", type_=sa.BigInteger)
_OF_KIND = (table.c.workspace == sa.bindparam("here"), table.c.kind == sa.bindparam("kind"))
_KEPT = table.c.deleted_at.is_(None)
_CALLED = sa.or_(table.c.id == _NAME, table.c.name == _NAME)
_BY_ID = (table.c.id == _NAME).desc()
_LISTED = _newest(_KEPT).order_by(table.c.name, table.c.id)
_NAMED = _newest(_KEPT).where(_CALLED).order_by(_BY_ID, table.c.id).limit(1)
_WAS = sa.and_(table.c.created_at <= _AT, sa.or_(_KEPT, table.c.deleted_at > _AT))
_NAMED_AT = _newest(_WAS).where(_CALLED).order_by(_BY_ID, table.c.id).limit(1)
_VERSION = (
    sa.select(table)
    .where(*_OF_KIND, _CALLED, table.c.version == sa.bindparam("number"))
    .order_by(_BY_ID, _KEPT.desc(), table.c.created_at.desc())
    .limit(1)
)


def _written(row: sa.Row[Any]) -> Written:
    return Written(Definition(row.id, row.kind, row.name, row.version, row.body), row.created_at)


def newest(tx: Tx, kind: str) -> list[Written]:
    """Return the newest version of each definition of a kind that is not deleted, by name."""
    return [_written(row) for row in tx.run(_LISTED, {"here": tx.workspace, "kind": kind})]


def named(tx: Tx, kind: str, name: str, *, at: int | None = None) -> Definition | None:
    """Return the newest version of a definition by id or name; with `at`, as it was at that time."""
    given = {"here": tx.workspace, "kind": kind, "name": name}
    row = (tx.run(_NAMED, given) if at is None else tx.run(_NAMED_AT, given | {"at": at})).first()
    return _written(row).definition if row else None


def version(tx: Tx, kind: str, name: str, number: int) -> Definition | None:
    """Return one version of a definition by id or name, deleted or not: what began with it goes on with it."""
    row = tx.run(_VERSION, {"here": tx.workspace, "kind": kind, "name": name, "number": number}).first()
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
