"""The tables of articles and of their pictures."""

from __future__ import annotations

import sqlalchemy as sa

from maquette.store.table import Json, Stamp, metadata

contents = sa.Table(
    "contents",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("workspace", sa.String(64), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("meta_title", sa.Text),
    sa.Column("format", sa.String(16), nullable=False),
    sa.Column("source", sa.String(64), nullable=False),
    sa.Column("settings", Json, nullable=False),
    sa.Column("created_at", Stamp, nullable=False),
    sa.Column("updated_at", Stamp),
    sa.Column("deleted_at", Stamp),
    sa.Column("legacy_id", sa.BigInteger),
    sa.Index("contents_newest", "workspace", "id"),
    sa.UniqueConstraint("workspace", "legacy_id", name="contents_legacy"),
)

content_images = sa.Table(
    "content_images",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("workspace", sa.String(64), nullable=False),
    sa.Column("content", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("anchor", sa.Integer),
    sa.Column("prompt", sa.Text, nullable=False),
    sa.Column("alt", sa.Text, nullable=False),
    sa.Column("caption", sa.Text, nullable=False),
    sa.Column("edited", sa.Boolean, nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("error", Json),
    sa.Column("asset", sa.String(64)),
    sa.Column("job", sa.String(64)),
    sa.Column("cost_micro_usd", sa.BigInteger, nullable=False),
    sa.Column("updated_at", Stamp),
    sa.Column("legacy_id", sa.BigInteger),
    sa.UniqueConstraint("content", "kind", "position", name="content_images_place"),
    sa.UniqueConstraint("workspace", "legacy_id", name="content_images_legacy"),
)
