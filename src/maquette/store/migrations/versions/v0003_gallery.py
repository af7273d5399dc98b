"""What the gallery shows and looks for stands in the asset's own row, and what a job was given is linked to it."""

from __future__ import annotations

import json
import re

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ASSET = re.compile(r"asset_[0-9a-f]{32}")
_HERE = sa.text("deleted_at is null")
_GONE = sa.text("deleted_at is not null")
_MOST = 2000
_BATCH = 500


def upgrade() -> None:
    """Add the columns and the links, fill both from the jobs, and make the indexes."""
    op.add_column("assets", sa.Column("action", sa.String(length=200), nullable=True))
    op.add_column("assets", sa.Column("provider", sa.String(length=64), nullable=True))
    op.add_column("assets", sa.Column("prompt", sa.Text(), nullable=True))
    op.create_table(
        "inputs",
        sa.Column("asset", sa.String(length=64), nullable=False),
        sa.Column("job", sa.String(length=64), nullable=False),
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("asset", "job"),
    )
    _fill()
    op.create_index("inputs_job", "inputs", ["job"], unique=False)
    op.drop_index("assets_newest", "assets")
    op.drop_index("assets_media", "assets")
    _partial("assets_gallery", ["workspace", "id", "media", "provider", "action", "deleted_at"], _HERE)
    _partial("assets_media", ["workspace", "media", "id", "deleted_at"], _HERE)
    _partial("assets_bin", ["deleted_at"], _GONE)


def _partial(name: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, "assets", columns, unique=False, sqlite_where=where, postgresql_where=where)


def _fill() -> None:
    connection = op.get_bind()
    connection.execute(
        sa.text(
            "update assets set action = (select a.action from attempts a where a.id = assets.attempt),"
            " provider = (select a.provider from attempts a where a.id = assets.attempt)"
        )
    )
    rows = connection.execute(sa.text("select id, workspace, params from jobs")).yield_per(_BATCH)
    for part in rows.partitions(_BATCH):
        _fill_from(connection, [(row[0], row[1], _decoded(row[2])) for row in part])


def _fill_from(connection: sa.Connection, jobs: list[tuple[str, str, dict[str, object]]]) -> None:
    prompts = [{"job": job, "prompt": str(params["prompt"])[:_MOST]} for job, _, params in jobs if params.get("prompt")]
    links = [
        {"asset": asset, "job": job, "workspace": workspace}
        for job, workspace, params in jobs
        for asset in dict.fromkeys(_ASSET.findall(json.dumps(params)))
    ]
    if prompts:
        connection.execute(sa.text("update assets set prompt = :prompt where job = :job"), prompts)
    if links:
        connection.execute(
            sa.text("insert into inputs (asset, job, workspace) values (:asset, :job, :workspace)"), links
        )


def _decoded(params: str | dict[str, object]) -> dict[str, object]:
    found: dict[str, object] = json.loads(params) if isinstance(params, str) else params
    return found
