"""Rows of accounts and of the definitions that give them actions."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from maquette.core.action import Definition
from maquette.core.errors import NotFound
from maquette.core.model import Account
from maquette.store.database import Tx
from maquette.store.table import accounts, definitions

_ANYWHERE = sa.select(accounts).where(accounts.c.id == sa.bindparam("this"))
_LOCKED = _ANYWHERE.with_for_update()
_HERE = sa.select(accounts).where(accounts.c.workspace == sa.bindparam("here")).order_by(accounts.c.id)
_HERE_OF = _HERE.where(accounts.c.provider == sa.bindparam("of"))
_ONE = sa.select(accounts).where(accounts.c.id == sa.bindparam("this"), accounts.c.workspace == sa.bindparam("here"))


def as_account(row: sa.Row[Any]) -> Account:
    """Return the row as an account."""
    return Account(**row._asdict())


def insert(tx: Tx, account: Account) -> None:
    """Insert an account; raises an integrity error if the provider has one of that name."""
    tx.run(sa.insert(accounts), asdict(account))


def get(tx: Tx, account: str) -> Account:
    """Return an account of the workspace; raises `NotFound`."""
    row = tx.run(_ONE, {"this": account, "here": tx.workspace}).first()
    if row is None:
        raise NotFound(f"No account {account!r}")
    return as_account(row)


def anywhere(tx: Tx, account: str) -> Account | None:
    """Return an account of whatever workspace; None if it is gone."""
    row = tx.run(_ANYWHERE, {"this": account}).first()
    return as_account(row) if row else None


def lock(tx: Tx, account: str) -> Account | None:
    """Return an account, locked until the commit; None if it is gone."""
    row = tx.run(_LOCKED, {"this": account}).first()
    return as_account(row) if row else None


def listed(tx: Tx, provider: str | None = None) -> list[Account]:
    """Return the accounts of the workspace, oldest first."""
    given = {"here": tx.workspace}
    rows = tx.run(_HERE_OF, given | {"of": provider}) if provider else tx.run(_HERE, given)
    return [as_account(row) for row in rows]


def update(tx: Tx, account: str, **values: Any) -> Account:
    """Change an account and return it; raises `NotFound`."""
    mine = (accounts.c.id == account, accounts.c.workspace == tx.workspace)
    row = tx.run(sa.update(accounts).where(*mine).values(updated_at=tx.now, **values).returning(accounts)).first()
    if row is None:
        raise NotFound(f"No account {account!r}")
    return as_account(row)


def cool(tx: Tx, account: str, until: int) -> None:
    """Let an account rest until a time, never shorter than it already must."""
    later = sa.or_(accounts.c.cooldown_until.is_(None), accounts.c.cooldown_until < until)
    tx.run(sa.update(accounts).where(accounts.c.id == account, later).values(cooldown_until=until))


def delete(tx: Tx, account: str) -> None:
    """Delete an account; raises `NotFound`."""
    get(tx, account)
    tx.run(sa.delete(accounts).where(accounts.c.id == account))


def define(tx: Tx, definition: Definition, provider: str | None) -> None:
    """Insert one version of a definition."""
    values = {
        "id": definition.id,
        "version": definition.version,
        "workspace": tx.workspace,
        "kind": definition.kind,
        "provider": provider,
        "name": definition.name,
        "body": dict(definition.body),
        "created_at": tx.now,
        "deleted_at": None,
    }
    tx.run(sa.insert(definitions), values)


def defined(tx: Tx, kind: str) -> list[tuple[str | None, Definition]]:
    """Return the newest version of each definition of a kind that is not deleted, with its provider."""
    newest: dict[str, sa.Row[Any]] = {}
    where = (definitions.c.workspace == tx.workspace, definitions.c.kind == kind)
    for row in tx.run(sa.select(definitions).where(*where).order_by(definitions.c.id, definitions.c.version)):
        newest[row.id] = row
    return [
        (row.provider, Definition(row.id, row.kind, row.name, row.version, row.body))
        for row in newest.values()
        if row.deleted_at is None
    ]


def marks(tx: Tx, kind: str) -> list[tuple[object, ...]]:
    """Return what changes whenever a definition of a kind is added, renewed or deleted, without any body."""
    c = definitions.c
    chosen = sa.select(c.id, c.version, c.deleted_at).where(c.workspace == tx.workspace, c.kind == kind)
    return [tuple(row) for row in tx.run(chosen.order_by(c.id, c.version))]


def undefine(tx: Tx, definition: str) -> None:
    """Mark every version of a definition as deleted; raises `NotFound`."""
    mine = (definitions.c.workspace == tx.workspace, definitions.c.id == definition, definitions.c.deleted_at.is_(None))
    if not tx.run(sa.update(definitions).where(*mine).values(deleted_at=tx.now)).rowcount:
        raise NotFound(f"No definition {definition!r}")
