"""The tables. Times are ms since 1970, UTC; money is integer micro-USD; every row has a workspace."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
Ordered = sa.JSON(none_as_null=True)
"""JSON whose keys stay in the order in which people wrote them, which JSONB does not keep."""
Stamp = sa.BigInteger
Sequence = sa.BigInteger().with_variant(sa.Integer, "sqlite")

metadata = sa.MetaData()


def _where(condition: str) -> dict[str, Any]:
    """Limit an index to some rows, on both databases."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


workspaces = sa.Table(
    "workspaces",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created_at", Stamp, nullable=False),
)

keys = sa.Table(
    "keys",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("workspace", sa.String(64), nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False, unique=True),
    sa.Column("created_at", Stamp, nullable=False),
    sa.Column("expires_at", Stamp),
    sa.Column("revoked_at", Stamp),
    sa.Column("scopes", Json),
    sa.Column("per_minute", sa.Integer),
    sa.Column("created_by", sa.String(64)),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("workspace", sa.String(64), nullable=False),
    sa.Column("key", sa.String(64), nullable=False, index=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("created_at", Stamp, nullable=False),
    sa.Column("expires_at", Stamp, nullable=False),
)

processes = sa.Table(
    "processes",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("host", sa.String(128), nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("born", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("executor", sa.String(64), nullable=False),
    sa.Column("beat", Stamp, nullable=False, index=True),
    sa.Column("fenced_at", Stamp),
    sa.Column("ended_at", Stamp),
)

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("workspace", sa.String(64), nullable=False),
    sa.Column("provider", sa.String(64), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("settings", Json, nullable=False),
    sa.Column("sealed", Json, nullable=False),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("concurrency", sa.Integer, nullable=False),
    sa.Column("per_minute", sa.Integer),
    sa.Column("per_day", sa.Integer),
    sa.Column("timeout_s", sa.Integer, nullable=False),
    sa.Column("cooldown_until", Stamp),
    sa.Column("origin", sa.String(16), nullable=False),
    sa.Column("created_at", Stamp, nullable=False),
    sa.Column("updated_at", Stamp),
    sa.Column("models", Json),
    sa.UniqueConstraint("workspace", "provider", "name"),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("workspace", sa.String(64), nullable=False),
    sa.Column("at", Stamp, nullable=False),
    sa.Column("key", sa.String(64)),
    sa.Column("action", sa.String(64), nullable=False),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column("before", Json),
    sa.Column("after", Json),
    sa.Index("audit_newest", "workspace", "id"),
)

definitions = sa.Table(
    "definitions",
    metadata,
    sa.Column("id", sa.String(64), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("workspace", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("provider", sa.String(64)),
    sa.Column("name", sa.String(128), nullable=False),
    sa.Column("body", Ordered, nullable=False),
    sa.Column("created_at", Stamp, nullable=False),
    sa.Column("deleted_at", Stamp),
    sa.PrimaryKeyConstraint("id", "version"),
    sa.Index("definitions_kind", "workspace", "kind", "name"),
)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("workspace", sa.String(64), nullable=False),
    sa.Column("action", sa.String(200), nullable=False),
    sa.Column("produces", sa.String(16), nullable=False),
    sa.Column("params", Ordered, nullable=False),
    sa.Column("plan", Json, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("created_at", Stamp, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("parent", sa.String(64)),
    sa.Column("child_key", sa.String(200)),
    sa.Column("interaction", sa.String(200)),
    sa.Column("subject", sa.Text),
    sa.Column("source", Ordered),
    sa.Column("warnings", Json, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("max_attempts", sa.Integer, nullable=False),
    sa.Column("takeovers", sa.Integer, nullable=False),
    sa.Column("owner", sa.String(64)),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("cancel_asked", sa.Boolean, nullable=False),
    sa.Column("waiting_for", sa.String(128)),
    sa.Column("wake_at", Stamp),
    sa.Column("error", Json),
    sa.Column("cost", sa.BigInteger, nullable=False),
    sa.Column("reserved", sa.BigInteger, nullable=False),
    sa.Column("created_by", sa.String(64)),
    sa.Column("started_at", Stamp),
    sa.Column("ended_at", Stamp),
    sa.Column("result", Ordered),
    sa.Column("preset", sa.String(64)),
    sa.Column("preset_version", sa.Integer),
    sa.Column("strategy", sa.String(16)),
    sa.Column("run", sa.String(64)),
    sa.UniqueConstraint("parent", "child_key"),
    sa.Index("jobs_newest", "workspace", "id"),
    sa.Index("jobs_state", "workspace", "state", "id"),
    sa.Index("jobs_action", "workspace", "action", "id"),
    sa.Index("jobs_interaction", "workspace", "interaction", "id"),
    sa.Index("jobs_preset", "workspace", "preset", "id"),
    sa.Index("jobs_due", "state", "wake_at"),
    sa.Index("jobs_waiting", "waiting_for", "priority", "id"),
    sa.Index("jobs_owner", "owner"),
)

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("workspace", sa.String(64), nullable=False),
    sa.Column("job", sa.String(64), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("action", sa.String(200), nullable=False),
    sa.Column("account", sa.String(64), nullable=False),
    sa.Column("provider", sa.String(64), nullable=False),
    sa.Column("base_url", sa.Text),
    sa.Column("token", sa.String(64), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("created_at", Stamp, nullable=False),
    sa.Column("model", sa.String(200)),
    sa.Column("host", sa.String(128)),
    sa.Column("process", sa.String(64)),
    sa.Column("handle", Json),
    sa.Column("memo", Json, nullable=False),
    sa.Column("response", Json),
    sa.Column("error", Json),
    sa.Column("estimate", sa.BigInteger, nullable=False),
    sa.Column("cost", sa.BigInteger),
    sa.Column("cost_source", sa.String(16)),
    sa.Column("cost_amount", sa.Text),
    sa.Column("sent_at", Stamp),
    sa.Column("accepted_at", Stamp),
    sa.Column("deadline_at", Stamp),
    sa.Column("sweep_at", Stamp),
    sa.Column("ended_at", Stamp),
    sa.Column("late", sa.Boolean, nullable=False),
    sa.Column("estimate_low", sa.BigInteger),
    sa.Column("estimate_high", sa.BigInteger),
    sa.Column("preset", sa.String(64)),
    sa.Column("waited_ms", sa.BigInteger),
    sa.Column("resolution", Json),
    sa.Column("vote", sa.Boolean),
    sa.UniqueConstraint("job", "number"),
    sa.Index("attempts_account", "account", "state"),
    sa.Index("attempts_rate", "account", "created_at"),
    sa.Index("attempts_sweep", "state", "sweep_at"),
    sa.Index("attempts_doubt", "workspace", "id", **_where("state = 'unknown'")),
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("seq", Sequence, primary_key=True, autoincrement=True),
    sa.Column("workspace", sa.String(64), nullable=False),
    sa.Column("job", sa.String(64)),
    sa.Column("type", sa.String(32), nullable=False),
    sa.Column("data", Json, nullable=False),
    sa.Column("at", Stamp, nullable=False),
    sa.Index("events_workspace", "workspace", "seq"),
    sa.Index("events_job", "job", "seq"),
    sqlite_autoincrement=True,
)

assets = sa.Table(
    "assets",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("workspace", sa.String(64), nullable=False),
    sa.Column("media", sa.String(16), nullable=False),
    sa.Column("mime", sa.String(128), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("blob", sa.Text, nullable=False),
    sa.Column("created_at", Stamp, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("source", sa.String(16), nullable=False),
    sa.Column("width", sa.Integer),
    sa.Column("height", sa.Integer),
    sa.Column("duration_ms", sa.BigInteger),
    sa.Column("pages", sa.Integer),
    sa.Column("thumbhash", sa.String(64)),
    sa.Column("thumbs", Json, nullable=False),
    sa.Column("seed", sa.BigInteger),
    sa.Column("job", sa.String(64)),
    sa.Column("attempt", sa.String(64)),
    sa.Column("index", sa.Integer, nullable=False),
    sa.Column("provider_url", sa.Text),
    sa.Column("provider_digest", sa.String(64)),
    sa.Column("notes", Json, nullable=False),
    sa.Column("created_by", sa.String(64)),
    sa.Column("deleted_at", Stamp),
    sa.Column("action", sa.String(200)),
    sa.Column("provider", sa.String(64)),
    sa.Column("prompt", sa.Text),
    sa.Column("cost", sa.BigInteger),
    sa.UniqueConstraint("attempt", "index"),
    # With `deleted_at` in them, which is always null here, SQLite answers from the index without a look at the row.
    sa.Index(
        "assets_gallery", "workspace", "id", "media", "provider", "action", "deleted_at", **_where("deleted_at is null")
    ),
    sa.Index("assets_media", "workspace", "media", "id", "deleted_at", **_where("deleted_at is null")),
    sa.Index("assets_bin", "deleted_at", **_where("deleted_at is not null")),
    sa.Index("assets_job", "job"),
    sa.Index("assets_digest", "workspace", "digest"),
)

interactions = sa.Table(
    "interactions",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("workspace", sa.String(64), nullable=False),
    sa.Column("job", sa.String(64), nullable=False),
    sa.Column("run", sa.String(64), nullable=False),
    sa.Column("key", sa.String(200), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("question", Ordered, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("created_at", Stamp, nullable=False),
    sa.Column("response", Ordered),
    sa.Column("answered_by", sa.String(64)),
    sa.Column("deadline_at", Stamp),
    sa.Column("reminded_at", Stamp),
    sa.Column("answered_at", Stamp),
    sa.UniqueConstraint("job", "key"),
    sa.Index("interactions_state", "workspace", "state", "id"),
    sa.Index("interactions_run", "run"),
)

inputs = sa.Table(
    "inputs",
    metadata,
    sa.Column("asset", sa.String(64), nullable=False),
    sa.Column("job", sa.String(64), nullable=False),
    sa.Column("workspace", sa.String(64), nullable=False),
    sa.PrimaryKeyConstraint("asset", "job"),
    sa.Index("inputs_job", "job"),
)

idempotency = sa.Table(
    "idempotency",
    metadata,
    sa.Column("workspace", sa.String(64), nullable=False),
    sa.Column("key", sa.String(255), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("job", sa.String(64), nullable=False),
    sa.Column("created_at", Stamp, nullable=False),
    sa.PrimaryKeyConstraint("workspace", "key"),
)
