"""Rows of the audit log: who changed what, with what it was before and after; never a secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from maquette.core.ids import new_id
from maquette.store.database import Tx
from maquette.store.table import audit as table


@dataclass(frozen=True, slots=True)
class Entry:
    """One change."""

    id: str
    workspace: str
    at: int
    key: str | None
    """The key that made it; None where authentication is off, or for the machine's own user."""
    action: str
    """Noun and past verb, as events have: `account.created`."""
    subject: str
    """The id of what was changed."""
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


def note(
    tx: Tx,
    key: str | None,
    action: str,
    subject: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Append a change in the commit that makes it; what did not change is left out of `before` and `after`."""
    if before is not None and after is not None:
        kept = {name for name in before if name in after and before[name] == after[name]}
        before = {name: value for name, value in before.items() if name not in kept}
        after = {name: value for name, value in after.items() if name not in kept}
    row = Entry(new_id("audit"), tx.workspace, tx.now, key, action, subject, before, after)
    tx.run(sa.insert(table), {name: getattr(row, name) for name in Entry.__slots__})


def page(tx: Tx, filters: Mapping[str, str], before: str | None, limit: int) -> list[Entry]:
    """Return changes, newest first; `action` may be a noun alone, which stands for all that happened to such things."""
    where = [table.c.workspace == tx.workspace]
    if before is not None:
        where.append(table.c.id < before)
    if action := filters.get("action"):
        where.append(sa.or_(table.c.action == action, table.c.action.startswith(f"{action}.", autoescape=True)))
    where += [table.c[name] == filters[name] for name in ("key", "subject") if name in filters]
    rows = tx.run(sa.select(table).where(*where).order_by(table.c.id.desc()).limit(limit))
    return [Entry(**row._asdict()) for row in rows]
