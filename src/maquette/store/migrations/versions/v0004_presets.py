"""A job keeps the preset, its version and the strategy that it was made by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns and the index by which the jobs of a preset are found."""
    op.add_column("jobs", sa.Column("preset", sa.String(length=64), nullable=True))
    op.add_column("jobs", sa.Column("preset_version", sa.Integer(), nullable=True))
    op.add_column("jobs", sa.Column("strategy", sa.String(length=16), nullable=True))
    op.create_index("jobs_preset", "jobs", ["workspace", "preset", "id"], unique=False)
