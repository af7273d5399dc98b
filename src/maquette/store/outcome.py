"""How recent attempts ended and what people chose of them, for whoever has to choose among accounts and models."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

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
        attempts.c.model,
        attempts.c.state,
        attempts.c.cost,
        attempts.c.created_at,
        attempts.c.sent_at,
        attempts.c.ended_at,
        attempts.c.error["code"].as_string().label("code"),
        attempts.c.vote,
    )
    .where(attempts.c.account == sa.bindparam("of"))
    .order_by(attempts.c.created_at.desc())
    .limit(sa.bindparam("most"))
)


def recent(tx: Tx, accounts: Iterable[str], limit: int) -> list[Outcome]:
    """Return how the newest attempts of each account ended, by the index of its rates.

    A person's choice is an outcome of its own: what was chosen went well once more, what it was chosen over did not.
    """
    found = list[Outcome]()
    for account in accounts:
        for action, model, state, cost, created, sent, ended, code, vote in _rows(tx, account, limit):
            if state in _ENDED and code not in _NOBODYS_FAULT:
                took = ended and ended - (sent or created)
                found.append(Outcome(action, account, model, state == "succeeded", cost, took, created))
            if vote is not None:
                found.append(Outcome(action, account, model, bool(vote), None, None, created))
    return found


def _rows(tx: Tx, account: str, limit: int) -> Sequence[Sequence[Any]]:
    return tx.run(_RECENT, {"of": account, "most": limit}).all()
