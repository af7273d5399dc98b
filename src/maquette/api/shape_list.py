"""Lists as they are shown."""

from __future__ import annotations

from typing import Any

from maquette.api.shape import AssetShape, JobShape, Shape
from maquette.core.sheet import Row
from maquette.services.sheet import Column, ListView, Preview, RowView

SHOWN_ROWS = 50
"""How many rows a preview shows."""


class ColumnShape(Shape):
    """A column of a list."""

    name: str
    field: str | None
    """The parameter that it fills in; null for one that the shared parameters speak of."""

    @classmethod
    def of(cls, column: Column) -> ColumnShape:
        """Return a column as it is shown."""
        return cls(name=column.name, field=column.field)


class PlannedRowShape(Shape):
    """What a row would do."""

    row: int
    state: str
    """`ready`, `skipped` or `failed`."""
    params: dict[str, Any]
    why: str | None

    @classmethod
    def of(cls, row: Row) -> PlannedRowShape:
        """Return a row as it is shown."""
        state = "skipped" if row.skipped else "failed" if row.fault else "ready"
        return cls(row=row.number, state=state, params=dict(row.params), why=row.skipped or row.fault)


class PreviewShape(Shape):
    """What a list would do."""

    columns: list[ColumnShape]
    total: int
    ready: int
    rows: list[PlannedRowShape]
    """The first rows, and the first of those that would not run."""

    @classmethod
    def of(cls, preview: Preview) -> PreviewShape:
        """Return a preview as it is shown."""
        odd = [row for row in preview.rows[SHOWN_ROWS:] if row.skipped or row.fault][:SHOWN_ROWS]
        return cls(
            columns=[ColumnShape.of(column) for column in preview.columns],
            total=len(preview.rows),
            ready=preview.ready,
            rows=[PlannedRowShape.of(row) for row in (*preview.rows[:SHOWN_ROWS], *odd)],
        )


class RowShape(Shape):
    """How a row goes."""

    row: int
    state: str
    params: dict[str, Any]
    job: str | None
    assets: list[AssetShape]
    cost_micro_usd: int
    error: dict[str, Any] | None

    @classmethod
    def of(cls, row: RowView) -> RowShape:
        """Return a row as it is shown."""
        error = {name: row.error.get(name) for name in ("code", "detail", "hint")} if row.error else None
        return cls(
            row=row.number,
            state=row.state,
            params=dict(row.params),
            job=row.job,
            assets=[AssetShape.of(asset) for asset in row.assets],
            cost_micro_usd=row.cost,
            error=error,
        )


class ListShape(Shape):
    """A list with its rows."""

    job: JobShape
    rows: list[RowShape]

    @classmethod
    def of(cls, view: ListView) -> ListShape:
        """Return a list as it is shown."""
        return cls(job=JobShape.of(view.view), rows=[RowShape.of(row) for row in view.rows])
