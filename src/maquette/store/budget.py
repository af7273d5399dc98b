"""Rows of budgets, and the one counter of each of their periods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from maquette.core.budget import Budget
from maquette.core.errors import NotFound
from maquette.store.database import Tx
from maquette.store.table_money import budgets, counters, holds

_HERE = sa.select(budgets).where(budgets.c.workspace == sa.bindparam("here")).order_by(budgets.c.id)
_IN_FORCE = _HERE.where(budgets.c.enabled.is_(True))
_FULLEST = 100


@dataclass(frozen=True, slots=True)
class Counter:
    """What one subject has taken up of a budget in one period."""

    budget: str
    subject: str
    period: str
    reserved: int
    spent: int


def _as_budget(row: sa.Row[Any]) -> Budget:
    return Budget(**row._asdict())


def listed(tx: Tx) -> list[Budget]:
    """Return the budgets of the workspace, oldest first."""
    return [_as_budget(row) for row in tx.run(_HERE, {"here": tx.workspace})]


def in_force(tx: Tx) -> list[Budget]:
    """Return those that are switched on, in the order in which their counters are locked."""
    return [_as_budget(row) for row in tx.run(_IN_FORCE, {"here": tx.workspace})]


def get(tx: Tx, budget: str) -> Budget:
    """Return a budget by id or name; raises `NotFound`."""
    mine = (budgets.c.workspace == tx.workspace, sa.or_(budgets.c.id == budget, budgets.c.name == budget))
    row = tx.run(sa.select(budgets).where(*mine).order_by((budgets.c.id == budget).desc()).limit(1)).first()
    if row is None:
        raise NotFound(f"No budget {budget!r}", hint="GET /api/v1/budgets lists them.")
    return _as_budget(row)


def insert(tx: Tx, budget: Budget) -> None:
    """Insert a budget; raises an integrity error if its name is taken."""
    tx.run(sa.insert(budgets), asdict(budget))


def update(tx: Tx, budget: str, values: Mapping[str, Any]) -> Budget:
    """Change a budget and return it; raises `NotFound`, or an integrity error if its new name is taken."""
    mine = (budgets.c.id == budget, budgets.c.workspace == tx.workspace)
    row = tx.run(sa.update(budgets).where(*mine).values(updated_at=tx.now, **values).returning(budgets)).first()
    if row is None:
        raise NotFound(f"No budget {budget!r}")
    return _as_budget(row)


def delete(tx: Tx, budget: str) -> None:
    """Forget a budget and what was counted for it."""
    mine = (budgets.c.id == budget, budgets.c.workspace == tx.workspace)
    if not tx.run(sa.delete(budgets).where(*mine)).rowcount:
        raise NotFound(f"No budget {budget!r}")
    for table in (counters, holds):
        tx.run(sa.delete(table).where(table.c.budget == budget))


def counted(tx: Tx, found: Sequence[Budget]) -> dict[str, list[Counter]]:
    """Return the counters of the present period of these budgets, the fullest first; at most a hundred of each."""
    result: dict[str, list[Counter]] = {budget.id: [] for budget in found}
    for budget in found:
        mine = (counters.c.budget == budget.id, counters.c.period == budget.span(tx.now))
        fullest = (counters.c.reserved + counters.c.spent).desc()
        rows = tx.run(sa.select(counters).where(*mine).order_by(fullest, counters.c.subject).limit(_FULLEST))
        result[budget.id] = [Counter(r.budget, r.subject, r.period, r.reserved, r.spent) for r in rows]
    return result
