"""A job keeps what a caller calls the run of its own that it was made for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the column."""
    op.add_column("jobs", sa.Column("run", sa.String(length=64), nullable=True))
