"""How recent attempts ended, for whoever has to choose among accounts and models."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from maquette.core.preset import Outcome
from maquette.store.database import Tx
from maquette.store.table import attempts

_ENDED = ("failed", "not_sent", "refused", "succeeded", "unknown")
_NOBODYS_FAULT = frozenset({"cancelled", "content_rejected", "rate_limited"})
"""Codes that say nothing of how well a candidate works: the caller's own doing, or a limit that passes."""
_RECENT = (
    sa.select(
        attempts.c.action,
        attempts.c.account,
        attempts.c.model,
        attempts.c.state,
        attempts.c.cost,
        attempts.c.created_at,
        attempts.c.sent_at,
        attempts.c.ended_at,
        attempts.c.error["code"].as_string().label("code"),
    )
    .where(attempts.c.account == sa.bindparam("of"))
    .order_by(attempts.c.created_at.desc())
    .limit(sa.bindparam("most"))
)


def recent(tx: Tx, accounts: Iterable[str], limit: int) -> list[Outcome]:
    """Return how the newest attempts of each account ended, by the index of its rates."""
    return [
        Outcome(
            action=row.action,
            account=row.account,
            model=row.model,
            good=row.state == "succeeded",
            cost=row.cost,
            latency_ms=None if row.ended_at is None else row.ended_at - (row.sent_at or row.created_at),
            at=row.created_at,
        )
        for account in accounts
        for row in tx.run(_RECENT, {"of": account, "most": limit})
        if row.state in _ENDED and row.code not in _NOBODYS_FAULT
    ]
