"""Rows of API keys and browser sessions; only digests of secrets are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from maquette.core.errors import NotFound
from maquette.core.model import Role
from maquette.store.database import Tx
from maquette.store.table import keys, sessions, workspaces

_VALID = sa.select(keys).where(
    keys.c.revoked_at.is_(None), sa.or_(keys.c.expires_at.is_(None), keys.c.expires_at > sa.bindparam("now"))
)
_BY_DIGEST = _VALID.where(keys.c.digest == sa.bindparam("is"))
_BY_ID = _VALID.where(keys.c.id == sa.bindparam("is"))


@dataclass(frozen=True, slots=True)
class Key:
    """One API key."""

    id: str
    workspace: str
    name: str
    role: Role
    digest: str
    created_at: int
    expires_at: int | None = None
    revoked_at: int | None = None
    scopes: Sequence[str] | None = None
    """What it may use beside what its role allows; None is all of that."""
    per_minute: int | None = None
    """How many jobs it may start a minute; None is the bound that holds for everybody."""
    created_by: str | None = None
    """The key that made it."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """A room of its own: whoever has a key of it sees nothing of another."""

    id: str
    name: str
    created_at: int


def _as_key(row: sa.Row[Any]) -> Key:
    return Key(**row._asdict())


def insert(tx: Tx, key: Key) -> None:
    """Insert a key."""
    tx.run(sa.insert(keys), {name: getattr(key, name) for name in Key.__slots__})


def by_digest(tx: Tx, digest: str) -> Key | None:
    """Return the key with that digest, if it is valid now."""
    row = tx.run(_BY_DIGEST, {"is": digest, "now": tx.now}).first()
    return _as_key(row) if row else None


def once(tx: Tx, digest: str) -> Key | None:
    """Return the key with that digest, also one that ended or was revoked."""
    row = tx.run(sa.select(keys).where(keys.c.digest == digest)).first()
    return _as_key(row) if row else None


def by_id(tx: Tx, key: str) -> Key | None:
    """Return a key by its id, if it is valid now."""
    row = tx.run(_BY_ID, {"is": key, "now": tx.now}).first()
    return _as_key(row) if row else None


def listed(tx: Tx) -> list[Key]:
    """Return the keys of the workspace that are not revoked."""
    where = (keys.c.workspace == tx.workspace, keys.c.revoked_at.is_(None))
    return [_as_key(row) for row in tx.run(sa.select(keys).where(*where).order_by(keys.c.id))]


def revoke(tx: Tx, key: str) -> None:
    """Revoke a key and end its sessions; raises `NotFound`."""
    mine = (keys.c.id == key, keys.c.workspace == tx.workspace, keys.c.revoked_at.is_(None))
    if not tx.run(sa.update(keys).where(*mine).values(revoked_at=tx.now)).rowcount:
        raise NotFound(f"No key {key!r}")
    tx.run(sa.delete(sessions).where(sessions.c.key == key))


def open_session(tx: Tx, digest: str, key: str, kind: str, expires_at: int) -> None:
    """Keep a sign-in link or a cookie by its digest, and forget those that ran out."""
    tx.run(sa.delete(sessions).where(sessions.c.expires_at < tx.now))
    row = {"digest": digest, "workspace": tx.workspace, "key": key, "kind": kind}
    tx.run(sa.insert(sessions), row | {"created_at": tx.now, "expires_at": expires_at})


def session(tx: Tx, digest: str, kind: str) -> str | None:
    """Return the key id of a session that is still valid."""
    mine = (sessions.c.digest == digest, sessions.c.kind == kind, sessions.c.expires_at > tx.now)
    return tx.run(sa.select(sessions.c.key).where(*mine)).scalar()


def close_session(tx: Tx, digest: str) -> bool:
    """Forget a session; True for exactly one caller."""
    return bool(tx.run(sa.delete(sessions).where(sessions.c.digest == digest)).rowcount)


def ensure_workspace(tx: Tx, name: str) -> None:
    """Make the workspace if it is not there."""
    if tx.run(sa.select(workspaces.c.id).where(workspaces.c.id == tx.workspace)).first() is None:
        tx.run(sa.insert(workspaces), {"id": tx.workspace, "name": name, "created_at": tx.now})


def all_workspaces(tx: Tx) -> list[Workspace]:
    """Return every workspace, oldest first."""
    rows = tx.run(sa.select(workspaces).order_by(workspaces.c.created_at, workspaces.c.id))
    return [Workspace(row.id, row.name, row.created_at) for row in rows]
