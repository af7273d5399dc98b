"""The tables of money: budgets with their counters, prices of one's own, and what the ledger comes to by day."""

from __future__ import annotations

import sqlalchemy as sa

from maquette.store.table import Json, Ordered, Stamp, metadata

__all__ = ["budgets", "counters", "holds", "job_tallies", "metadata", "prices", "tallies"]


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


budgets = sa.Table(
    "budgets",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("workspace", sa.String(64), nullable=False),
    sa.Column("name", sa.String(128), nullable=False),
    sa.Column("scope", sa.String(16), nullable=False),
    sa.Column("subject", sa.String(200)),
    sa.Column("period", sa.String(16), nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("mode", sa.String(16), nullable=False),
    sa.Column("unpriced", sa.String(16), nullable=False),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("created_at", Stamp, nullable=False),
    sa.Column("updated_at", Stamp),
    sa.UniqueConstraint("workspace", "name"),
)

counters = sa.Table(
    "counters",
    metadata,
    sa.Column("budget", sa.String(64), nullable=False),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column("period", sa.String(16), nullable=False),
    sa.Column("workspace", sa.String(64), nullable=False),
    _count("reserved"),
    _count("spent"),
    sa.PrimaryKeyConstraint("budget", "subject", "period"),
)

holds = sa.Table(
    "holds",
    metadata,
    sa.Column("job", sa.String(64), nullable=False),
    sa.Column("budget", sa.String(64), nullable=False),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column("period", sa.String(16), nullable=False),
    sa.Column("workspace", sa.String(64), nullable=False),
    _count("reserved"),
    _count("spent"),
    sa.PrimaryKeyConstraint("job", "budget", "subject", "period"),
    sa.Index("holds_counter", "budget", "subject", "period"),
)

prices = sa.Table(
    "prices",
    metadata,
    sa.Column("workspace", sa.String(64), nullable=False),
    sa.Column("provider", sa.String(64), nullable=False),
    sa.Column("model", sa.String(200), nullable=False),
    sa.Column("body", Ordered, nullable=False),
    sa.Column("updated_at", Stamp, nullable=False),
    sa.PrimaryKeyConstraint("workspace", "provider", "model"),
)

tallies = sa.Table(
    "tallies",
    metadata,
    sa.Column("workspace", sa.String(64), nullable=False),
    sa.Column("day", sa.Integer, nullable=False),
    sa.Column("provider", sa.String(64), nullable=False),
    sa.Column("account", sa.String(64), nullable=False),
    sa.Column("action", sa.String(200), nullable=False),
    sa.Column("model", sa.String(200), nullable=False),
    sa.Column("preset", sa.String(64), nullable=False),
    *(
        _count(name)
        for name in (
            "attempts", "succeeded", "failed", "refused", "not_sent", "cancelled", "settled", "spend", "estimated",
            "reported", "computed", "guessed", "outside", "waited", "waited_ms", "span_ms",
        )
    ),
    sa.Column("spans", Json, nullable=False),
    sa.PrimaryKeyConstraint("workspace", "day", "provider", "account", "action", "model", "preset"),
)  # fmt: skip

job_tallies = sa.Table(
    "job_tallies",
    metadata,
    sa.Column("workspace", sa.String(64), nullable=False),
    sa.Column("day", sa.Integer, nullable=False),
    sa.Column("preset", sa.String(64), nullable=False),
    *(_count(name) for name in ("jobs", "succeeded", "failed", "cancelled", "struck", "recovered")),
    sa.PrimaryKeyConstraint("workspace", "day", "preset"),
)
