"""How a person settled an attempt in doubt, and an index of those that nobody has settled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
_DOUBT = sa.text("state = 'unknown'")


def upgrade() -> None:
    """Add the column and the index."""
    op.add_column("attempts", sa.Column("resolution", _JSON, nullable=True))
    op.create_index(
        "attempts_doubt",
        "attempts",
        ["workspace", "id"],
        unique=False,
        sqlite_where=_DOUBT,
        postgresql_where=_DOUBT,
    )
