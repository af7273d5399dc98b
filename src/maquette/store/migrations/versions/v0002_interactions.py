"""Questions to people, values of composite jobs, and a bin for assets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

Json = sa.JSON(none_as_null=True)
_ORDERED = (("definitions", "body"), ("jobs", "params"), ("jobs", "source"))
"""Columns whose keys are people's own and stay in their order, which JSONB does not keep."""


def upgrade() -> None:
    """Make the table of interactions and the new columns."""
    if op.get_context().dialect.name == "postgresql":
        for table, column in _ORDERED:
            op.execute(f"alter table {table} alter column {column} type json using {column}::json")
    op.add_column("jobs", sa.Column("result", Json, nullable=True))
    op.add_column("assets", sa.Column("deleted_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "interactions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("job", sa.String(length=64), nullable=False),
        sa.Column("run", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("question", Json, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("response", Json, nullable=True),
        sa.Column("answered_by", sa.String(length=64), nullable=True),
        sa.Column("deadline_at", sa.BigInteger(), nullable=True),
        sa.Column("reminded_at", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("job", "key"),
    )
    op.create_index("interactions_state", "interactions", ["workspace", "state", "id"], unique=False)
    op.create_index("interactions_run", "interactions", ["run"], unique=False)
