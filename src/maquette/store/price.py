"""Prices that a workspace set for itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from maquette.catalog import Own
from maquette.catalog.rule import Rule
from maquette.core.errors import NotFound
from maquette.store.database import Tx
from maquette.store.table_money import prices

_HERE = sa.select(prices.c.provider, prices.c.model, prices.c.body).where(prices.c.workspace == sa.bindparam("here"))


def own(tx: Tx) -> Mapping[tuple[str, str], Own]:
    """Return the prices of the workspace by provider and model."""
    return {(row.provider, row.model): _own(row.body) for row in tx.run(_HERE, {"here": tx.workspace})}


def body_of(found: Own) -> dict[str, Any]:
    """Return prices as they are kept, with every number as text."""
    return {
        "rates": {unit: str(rate) for unit, rate in found.rates.items()},
        "rules": [rule_row(rule) for rule in found.rules],
        "credit": None if found.credit is None else str(found.credit),
        "source": found.source,
        "checked_on": found.checked_on.isoformat(),
    }


def rule_row(rule: Rule) -> dict[str, Any]:
    """Return a rule as it is kept and shown."""
    price = {"usd": str(rule.usd)} if rule.usd is not None else {"credits": str(rule.credits)}
    return {"per": rule.per, **price, "when": dict(rule.when)}


def _own(body: Mapping[str, Any]) -> Own:
    return Own(
        rates={unit: Decimal(rate) for unit, rate in body["rates"].items()},
        rules=tuple(_rule(row) for row in body["rules"]),
        credit=_number(body.get("credit")),
        source=body["source"],
        checked_on=date.fromisoformat(body["checked_on"]),
    )


def _rule(row: Mapping[str, Any]) -> Rule:
    return Rule(row["per"], _number(row.get("usd")), _number(row.get("credits")), row["when"])


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def put(tx: Tx, provider: str, model: str, found: Own) -> None:
    """Set the prices of a model, in place of those that were set."""
    mine = (prices.c.workspace == tx.workspace, prices.c.provider == provider, prices.c.model == model)
    values = {"body": body_of(found), "updated_at": tx.now}
    if not tx.run(sa.update(prices).where(*mine).values(**values)).rowcount:
        tx.run(sa.insert(prices), {"workspace": tx.workspace, "provider": provider, "model": model, **values})


def remove(tx: Tx, provider: str, model: str) -> None:
    """Forget the prices that were set for a model; raises `NotFound`."""
    mine = (prices.c.workspace == tx.workspace, prices.c.provider == provider, prices.c.model == model)
    if not tx.run(sa.delete(prices).where(*mine)).rowcount:
        raise NotFound(f"No price is set here for {model!r} of {provider!r}")
