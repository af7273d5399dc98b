"""`list.run`: one action for each row of a list, where a row that fails stops no other."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Annotated, Any

from pydantic import Field, model_validator

from maquette.core.action import Action, Result
from maquette.core.errors import AccountUnknown, MaquetteError, ParamsInvalid
from maquette.core.module import Stage, module
from maquette.core.params import Params, asset
from maquette.core.sheet import MOST_ROWS, Row, checked, planned, read

_LONGEST_FILE = 4 * 2**20


class ListRun(Params):
    """What to run for each row, and the rows."""

    action: Annotated[str, Field(min_length=3, max_length=200)]
    """The name of the action that each row runs."""
    rows: Annotated[list[dict[str, Any]], Field(max_length=MOST_ROWS)] = Field(default_factory=list)
    """The rows: parameters of the action by their names. Or give a file."""
    file: Annotated[str, asset("text")] | None = None
    """A CSV whose first line names the parameters, or a JSON list of objects."""
    params: dict[str, Any] = Field(default_factory=dict)
    """Parameters that all rows share; `{{ name }}` in them stands for the column of that name."""
    account: str | None = None
    """The account to use; without one, whichever serves the action."""
    at_once: Annotated[int, Field(ge=1, le=20)] = 1
    """How many rows run at a time."""

    @model_validator(mode="after")
    def _one_source(self) -> ListRun:
        if bool(self.rows) == (self.file is not None):
            raise ValueError("give either `rows` or `file`")
        return self


@module("list.run", title="Run a list")
async def run(params: ListRun, call: Stage) -> Result:
    """Run an action for each row of a list; what came of each row is told, and only failed ones are tried again."""
    action = await call.action(params.action)
    if not action.composite and action.provider not in await call.providers():
        raise AccountUnknown(f"Provider {action.provider!r} has no enabled account")
    rows = planned(await _rows(params, call), action.schema(), params.params)
    works = [partial(_row, row, params, action, call) for row in rows]
    told = _Told(len(rows))
    done = await call.together(*(partial(_counted, work, told, call) for work in works), at_once=params.at_once)
    tally = Counter(str(row["state"]) for row in done)
    made = [each for row in done for each in row.get("assets", ())]
    return Result(
        value={
            "tally": {state: tally[state] for state in ("succeeded", "failed", "skipped")} | {"total": len(done)},
            "rows": done,
            "assets": made,
        }
    )


async def _rows(params: ListRun, call: Stage) -> list[dict[str, Any]]:
    if params.file is None:
        return checked(params.rows)
    (file,) = await call.assets([params.file])
    if file.size > _LONGEST_FILE:
        message = f"the file has {file.size:,} bytes, and {_LONGEST_FILE:,} are the most"
        raise ParamsInvalid(f"The list cannot be taken: {message}", errors=[{"path": "file", "message": message}])
    return read(await call.text(params.file))


class _Told:
    """How many rows are done, as far as this start from the top has come."""

    def __init__(self, total: int) -> None:
        self.total, self.done = total, 0


async def _counted(work: Any, told: _Told, call: Stage) -> dict[str, Any]:
    done: dict[str, Any] = await work()
    told.done += 1
    await call.progress(told.done / told.total, f"{told.done} of {told.total}", phase="rows")
    return done


async def _row(row: Row, params: ListRun, action: Action, call: Stage) -> dict[str, Any]:
    told: dict[str, Any] = {"row": row.number}
    if row.skipped is not None:
        return told | {"state": "skipped", "warning": row.skipped}
    if row.fault is not None:
        return told | {"state": "failed", "error": {"code": "params_invalid", "detail": row.fault}}
    try:
        title = f"{action.title} {row.number}"
        made = await call.child(str(row.number), action.name, row.params, account=params.account, title=title)
    except MaquetteError as error:
        problem = error.problem()
        cause = {name: problem[name] for name in ("code", "detail", "hint") if problem.get(name)}
        return told | {"state": "failed", "job": problem.get("child"), "error": cause}
    named = made.value.get("assets")
    ids = [each.id for each in made.assets] or (list(named) if isinstance(named, list) else [])
    return told | {"state": "succeeded", "job": made.job, "assets": ids}


MODULE = run
