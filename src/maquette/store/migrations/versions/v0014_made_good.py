"""How long tries took in sum, and how many jobs were struck by a fault and made good: columns of the tallies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_NEW = {"tallies": ("span_ms",), "job_tallies": ("struck", "recovered")}
_SPANS = """
    select workspace as here, created_at / 86400000 as on_day, provider as by, account as with_account,
     action as did, coalesce(model, '') as of_model, coalesce(preset, '') as for_preset,
     sum(ended_at - coalesce(sent_at, created_at)) as span_ms
    from attempts where state = 'succeeded' and ended_at is not null group by 1, 2, 3, 4, 5, 6, 7"""
_SET_SPANS = """
    update tallies set span_ms = :span_ms
    where workspace = :here and day = :on_day and provider = :by and account = :with_account and action = :did
     and model = :of_model and preset = :for_preset"""
_STRUCK = """
    select j.workspace as here, j.created_at / 86400000 as on_day, coalesce(j.preset, '') as for_preset,
     count(*) as struck, sum(case when j.state = 'succeeded' then 1 else 0 end) as recovered
    from jobs j where j.state in ('succeeded', 'failed') and exists (
     select 1 from attempts a
     where a.job = j.id and a.state in ('failed', 'refused', 'not_sent') and a.ended_at <= j.ended_at)
    group by 1, 2, 3"""
_SET_STRUCK = """
    update job_tallies set struck = :struck, recovered = :recovered
    where workspace = :here and day = :on_day and preset = :for_preset"""


def upgrade() -> None:
    """Add the columns, and sum up what is in the ledger already."""
    for table, names in _NEW.items():
        with op.batch_alter_table(table) as batch:
            for name in names:
                batch.add_column(sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
    connection = op.get_bind()
    for read, write in ((_SPANS, _SET_SPANS), (_STRUCK, _SET_STRUCK)):
        found = [dict(row) for row in connection.execute(sa.text(read)).mappings()]
        if found:
            connection.execute(sa.text(write), found)
    for table, names in _NEW.items():
        with op.batch_alter_table(table) as batch:
            for name in names:
                batch.alter_column(name, server_default=None)
