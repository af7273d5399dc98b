"""Lists stay fast as they grow: the planner itself says that it walks an index and sorts nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from maquette.store import attempt as attempts
from maquette.store import event as events
from maquette.store import job as jobs
from maquette.store.database import Store, Tx
from maquette.store.table import attempts as attempt_table
from maquette.store.table import jobs as job_table
from tests.store.row import AT, MINE, OTHER, a_job, an_attempt

ROWS = 6000
WORKSPACES = 30
"""One row in so many is ours."""

LISTS: list[tuple[str, Callable[[Tx], Any]]] = [
    ("jobs_newest", lambda tx: jobs.page(tx, {}, None, 50)),
    ("jobs_newest", lambda tx: jobs.page(tx, {}, "job_zz", 50)),
    ("jobs_state", lambda tx: jobs.page(tx, {"state": "running"}, None, 50)),
    ("jobs_interaction", lambda tx: jobs.page(tx, {"interaction": "ask_7"}, None, 50)),
    ("jobs_action", lambda tx: jobs.page(tx, {"action": "media.painter.rare"}, None, 50)),
    ("jobs_preset", lambda tx: jobs.page(tx, {"preset": "preset_7"}, None, 50)),
    ("attempts_account", lambda tx: attempts.running(tx, "account_1")),
    ("attempts_rate", lambda tx: attempts.since(tx, "account_1", AT + ROWS - 20 + 3_600_000)),
    ("events_workspace", lambda tx: events.after(tx, ROWS - 20, limit=50)),
    ("events_job", lambda tx: events.after(tx, 0, job="job_7")),
]


def fill(tx: Tx) -> None:
    def rows(table: sa.Table, made: Any) -> None:
        names = {column.name for column in table.columns}
        tx.run(sa.insert(table), [{n: getattr(row, n) for n in names} for row in made])

    rows(
        job_table,
        (
            a_job(
                workspace=MINE if number % WORKSPACES == 0 else OTHER,
                state="running" if number % 40 == 0 else "succeeded",
                action="media.painter.rare" if number % 50 == 0 else "media.painter.txt2img",
                interaction=f"ask_{number % 100}",
                owner=f"process_{number % 200}",
                preset=f"preset_{number % 100}",
            )
            for number in range(ROWS)
        ),
    )
    rows(
        attempt_table,
        (
            an_attempt(
                f"job_{number}",
                account=f"account_{number % 40}",
                state="accepted" if number % 30 == 0 else "succeeded",
                created_at=AT + number,
            )
            for number in range(ROWS)
        ),
    )
    for number in range(ROWS):
        tx.elsewhere(MINE if number % WORKSPACES == 0 else OTHER).emit("job.queued", f"job_{number % 300}", {})


def plan_of(store: Store, unit: Callable[[Tx], Any]) -> str:
    """Return what the planner says of the very statement that `unit` sends."""
    sent: list[tuple[str, Any]] = []

    def note(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.append((statement, parameters))

    with store.engine.connect() as connection:
        if not store.sqlite:
            connection.exec_driver_sql("set local enable_sort = off")  # sorting the few rows of a test is cheap
        sa.event.listen(connection, "before_cursor_execute", note)
        unit(Tx(connection, MINE, AT, store.enqueue))
        sa.event.remove(connection, "before_cursor_execute", note)
        statement, parameters = sent[-1]
        explain = "EXPLAIN QUERY PLAN " if store.sqlite else "EXPLAIN "
        return "\n".join(str(row) for row in connection.exec_driver_sql(explain + statement, parameters))


@pytest.mark.accepts("S1.33")
async def test_every_list_is_served_by_its_index(store: Store) -> None:
    await store.write(MINE, fill)
    await store.write(MINE, lambda tx: tx.run(sa.text("ANALYZE")) and None)
    for index, unit in LISTS:
        plan = plan_of(store, unit)
        assert index in plan, plan
        assert "TEMP B-TREE" not in plan, plan
        assert "Sort" not in plan, plan


@pytest.mark.accepts("S1.33")
async def test_without_its_index_a_list_would_be_seen_to_walk_the_table(store: Store) -> None:
    await store.write(MINE, fill)
    await store.write(MINE, lambda tx: tx.run(sa.text("drop index jobs_interaction")) and None)
    await store.write(MINE, lambda tx: tx.run(sa.text("ANALYZE")) and None)
    assert "jobs_interaction" not in plan_of(store, dict(LISTS)["jobs_interaction"])
