"""Conversations are found by the number that they had before they were imported."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the index."""
    op.create_index("conversations_legacy", "conversations", ["workspace", "legacy_id"], unique=False)
