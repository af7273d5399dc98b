"""The tables of keeping house: what a person keeps, which requests can be answered again, and when was tidied last."""

from __future__ import annotations

import sqlalchemy as sa

from maquette.store.table import Stamp, metadata

__all__ = ["keeps", "metadata", "requests", "tidied"]

keeps = sa.Table(
    "keeps",
    metadata,
    sa.Column("asset", sa.String(64), primary_key=True),
    sa.Column("workspace", sa.String(64), nullable=False, index=True),
    sa.Column("created_by", sa.String(64)),
    sa.Column("created_at", Stamp, nullable=False),
)

requests = sa.Table(
    "requests",
    metadata,
    sa.Column("workspace", sa.String(64), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("job", sa.String(64), nullable=False),
    sa.PrimaryKeyConstraint("workspace", "digest", "job"),
)

tidied = sa.Table(
    "tidied",
    metadata,
    sa.Column("workspace", sa.String(64), primary_key=True),
    sa.Column("at", Stamp, nullable=False),
)
