"""The tables of conversations."""

from __future__ import annotations

import sqlalchemy as sa

from maquette.store.table import Stamp, metadata

conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("workspace", sa.String(64), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("created_at", Stamp, nullable=False),
    sa.Column("updated_at", Stamp, nullable=False),
    sa.Column("deleted_at", Stamp),
    sa.Column("legacy_id", sa.String(200)),
    sa.Index("conversations_newest", "workspace", "id"),
    sa.Index("conversations_legacy", "workspace", "legacy_id"),
)

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("workspace", sa.String(64), nullable=False),
    sa.Column("conversation", sa.String(64), nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("job", sa.String(64)),
    sa.Column("created_at", Stamp, nullable=False),
    sa.Index("messages_newest", "workspace", "conversation", "id"),
    sa.Index("messages_job", "job"),
)
