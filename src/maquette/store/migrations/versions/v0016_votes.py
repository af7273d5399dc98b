"""An attempt keeps whether a person chose what it made among what others had made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add the column."""
    op.add_column("attempts", sa.Column("vote", sa.Boolean(), nullable=True))
