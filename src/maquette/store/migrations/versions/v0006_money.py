"""Budgets and their counters, prices of one's own, what the ledger comes to by day, and shares of cost."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
_PLACE = ("budget", 64), ("subject", 200), ("period", 16), ("workspace", 64)
_FIGURES = (
    "attempts", "succeeded", "failed", "refused", "not_sent", "cancelled", "settled", "spend", "estimated",
    "reported", "computed", "guessed", "outside", "waited", "waited_ms",
)  # fmt: skip
_TALLIED = ("provider", 64), ("account", 64), ("action", 200), ("model", 200), ("preset", 64)


def _texts(columns: tuple[tuple[str, int], ...]) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(length=length), nullable=False) for name, length in columns]


def _counts(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def upgrade() -> None:
    """Add the tables and the columns; `maquette doctor --mend` sums up what is in the ledger already."""
    for name in ("estimate_low", "estimate_high", "waited_ms"):
        op.add_column("attempts", sa.Column(name, sa.BigInteger(), nullable=True))
    op.add_column("attempts", sa.Column("preset", sa.String(length=64), nullable=True))
    op.add_column("assets", sa.Column("cost", sa.BigInteger(), nullable=True))
    op.create_table(
        "budgets",
        *_texts((("id", 64), ("workspace", 64), ("name", 128), ("scope", 16))),
        sa.Column("subject", sa.String(length=200), nullable=True),
        sa.Column("period", sa.String(length=16), nullable=False),
        *_counts("amount"),
        *_texts((("mode", 16), ("unpriced", 16))),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        *_counts("created_at"),
        sa.Column("updated_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("workspace", "name"),
    )
    op.create_table(
        "counters",
        *_texts(_PLACE),
        *_counts("reserved", "spent"),
        sa.PrimaryKeyConstraint("budget", "subject", "period"),
    )
    op.create_table(
        "holds",
        *_texts((("job", 64), *_PLACE)),
        *_counts("reserved", "spent"),
        sa.PrimaryKeyConstraint("job", "budget", "subject", "period"),
    )
    op.create_index("holds_counter", "holds", ["budget", "subject", "period"], unique=False)
    _sums()


def _sums() -> None:
    op.create_table(
        "prices",
        *_texts((("workspace", 64), ("provider", 64), ("model", 200))),
        sa.Column("body", sa.JSON(none_as_null=True), nullable=False),
        *_counts("updated_at"),
        sa.PrimaryKeyConstraint("workspace", "provider", "model"),
    )
    op.create_table(
        "tallies",
        *_texts((("workspace", 64),)),
        sa.Column("day", sa.Integer(), nullable=False),
        *_texts(_TALLIED),
        *_counts(*_FIGURES),
        sa.Column("spans", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "day", "provider", "account", "action", "model", "preset"),
    )
    op.create_table(
        "job_tallies",
        *_texts((("workspace", 64),)),
        sa.Column("day", sa.Integer(), nullable=False),
        *_texts((("preset", 64),)),
        *_counts("jobs", "succeeded", "failed", "cancelled"),
        sa.PrimaryKeyConstraint("workspace", "day", "preset"),
    )
