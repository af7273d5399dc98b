"""What a person keeps, which requests can be answered again, and when each workspace was tidied last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the three tables."""
    op.create_table(
        "keeps",
        sa.Column("asset", sa.String(length=64), nullable=False),
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("asset"),
    )
    op.create_index("ix_keeps_workspace", "keeps", ["workspace"], unique=False)
    op.create_table(
        "requests",
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("job", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "digest", "job"),
    )
    op.create_table(
        "tidied",
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace"),
    )
