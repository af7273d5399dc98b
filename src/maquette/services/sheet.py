"""Lists: what one would do before it runs, and how each of its rows goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from maquette.core import sheet
from maquette.core.errors import MaquetteError, NotFound, ParamsInvalid
from maquette.core.model import Asset, Job
from maquette.core.sheet import Cells, Row
from maquette.core.workflow import unfit
from maquette.engine import heritage
from maquette.engine.plan import Wanted
from maquette.engine.studio import Studio
from maquette.services import asset as assets
from maquette.services import catalog
from maquette.services import job as jobs
from maquette.services.caller import Caller
from maquette.services.job import JobView, Submission, Submitted
from maquette.store import asset as asset_rows
from maquette.store import tree
from maquette.store.database import Tx

ACTION = "list.run"
"""The action that runs a list."""
FILE_BYTES = 4 * 2**20
"""Most bytes of a list in a file."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column and what it is."""

    name: str
    field: str | None
    """The parameter; None for one that the shared parameters speak of."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a list would do."""

    columns: Sequence[Column]
    rows: Sequence[Row]

    @property
    def ready(self) -> int:
        """How many rows would run."""
        return sum(row.skipped is None and row.fault is None for row in self.rows)


@dataclass(frozen=True, slots=True)
class RowView:
    """How one row goes."""

    number: int
    state: str
    params: Mapping[str, Any]
    job: str | None = None
    assets: Sequence[Asset] = ()
    cost: int = 0
    """Micro-USD."""
    error: Mapping[str, Any] | None = None
    """The cause, where it failed or was passed over."""


@dataclass(frozen=True, slots=True)
class ListView:
    """A list with all of its rows."""

    view: JobView
    rows: Sequence[RowView]


async def preview(studio: Studio, caller: Caller, asked: Mapping[str, Any]) -> Preview:
    """Return what a list would do, given by the parameters of `list.run` or a `text`; raises what running it would."""
    action = await catalog.action(studio, str(asked["action"]))
    cells = await _cells(studio, caller, asked)
    shared, schema = asked.get("params") or {}, action.schema()
    rows = [_checked(row, schema) for row in sheet.planned(cells, schema, shared)]
    names = sheet.matched(cells, schema, shared)
    columns = [Column(name, None if field is None or field[0] == "$" else field) for name, field in names.items()]
    return Preview(columns, rows)


def _checked(row: Row, schema: Mapping[str, Any]) -> Row:
    if row.skipped is not None or row.fault is not None:
        return row
    fault = next(unfit(schema, dict(row.params), ""), None)
    if fault is None:
        return row
    return Row(row.number, row.params, fault=f"{fault['path'].strip('/') or 'the row'}: {fault['message']}")


async def _cells(studio: Studio, caller: Caller, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    if asked.get("text") is not None:
        return sheet.read(str(asked["text"]))
    if asked.get("file") is None:
        return sheet.checked(asked.get("rows") or [])
    file = await assets.get(studio, caller, str(asked["file"]))
    if file.media != "text" or file.size > FILE_BYTES:
        message = f"it is {file.mime} of {file.size:,} bytes, and a list is a text of {FILE_BYTES:,} at most"
        raise ParamsInvalid(f"The list cannot be taken: {message}", errors=[{"path": "file", "message": message}])
    pieces = [piece async for piece in assets.content(studio, file, 0, file.size)]
    return sheet.read(b"".join(pieces).decode("utf-8", "replace"))


async def start(studio: Studio, caller: Caller, asked: Mapping[str, Any], key: str | None) -> Submitted:
    """Run a list once it is known that its columns fit; raises what `preview` and submitting raise."""
    seen = await preview(studio, caller, asked)
    if not seen.ready:
        odd = next(row.fault or row.skipped for row in seen.rows)
        raise ParamsInvalid(f"No row of the list can run: row 1: {odd}", errors=[{"path": "rows", "message": str(odd)}])
    wanted = {name: value for name, value in asked.items() if value not in (None, [])}
    if (text := wanted.pop("text", None)) is not None:
        wanted["rows"] = sheet.read(str(text))
    submission = Submission(Wanted(ACTION, wanted), {"list": wanted}, key, at_once=True)
    return await jobs.submit(studio, caller, submission)


async def get(studio: Studio, caller: Caller, job: str) -> ListView:
    """Return a list with how each row goes; raises `NotFound` for a job that is none."""
    view, _ = await jobs.get(studio, caller, job)
    if view.job.action != ACTION:
        raise NotFound(f"Job {job!r} is no list", hint=f"A list is a job of {ACTION!r}.")
    planned = await _planned(studio, caller, view.job)
    done = await studio.store.read(caller.workspace, lambda tx: _done(tx, view.job))
    told = {int(row["row"]): row for row in (view.job.result or {}).get("rows", ())}
    numbers = sorted({*planned, *done, *told})
    return ListView(view, [_row(number, view.job, planned, done, told) for number in numbers])


async def _planned(studio: Studio, caller: Caller, job: Job) -> dict[int, Row]:
    """Return what the rows ask for; nothing where the file or the action is gone, and the children say what was."""
    try:
        action = await catalog.action(studio, str(job.params.get("action")))
        cells: Sequence[Cells] = await _cells(studio, caller, job.params)
        rows = sheet.planned(cells, action.schema(), job.params.get("params") or {})
    except MaquetteError:
        return {}
    return {row.number: row for row in rows}


def _done(tx: Tx, job: Job) -> dict[int, tuple[Job, Sequence[Asset]]]:
    children = tree.steps(tx, job.id)
    makers = {child.id: heritage.maker(child) for child in children}
    made = asset_rows.of_jobs(tx, list(makers.values()))
    return {int(child.child_key or 0): (child, made[makers[child.id]]) for child in children}


def _row(
    number: int,
    job: Job,
    planned: Mapping[int, Row],
    done: Mapping[int, tuple[Job, Sequence[Asset]]],
    told: Mapping[int, Mapping[str, Any]],
) -> RowView:
    if number in done:
        child, made = done[number]
        return RowView(number, child.state, child.params, child.id, made, child.cost, child.error)
    row, said = planned.get(number, Row(number, {})), told.get(number, {})
    if row.skipped is not None or said.get("state") == "skipped":
        why = row.skipped or said.get("warning")
        return RowView(number, "skipped", row.params, error={"code": "skipped", "detail": why})
    if said:
        return RowView(number, str(said["state"]), row.params, error=said.get("error"))
    if row.fault is not None:
        return RowView(number, "failed", row.params, error={"code": "params_invalid", "detail": row.fault})
    over = job.state in ("failed", "cancelled")
    return RowView(number, "cancelled" if over else "pending", row.params)
