"""`prompt.grid`: run an action for every combination of some values, and put what it makes on one sheet."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any

from pydantic import Field

from maquette.core.action import Result
from maquette.core.errors import ParamsInvalid
from maquette.core.module import Stage, module
from maquette.core.params import Params
from maquette.core.prompt import fill, variables, worded
from maquette.core.spread import list_of, spared, summed
from maquette.core.wildcard import every, gathered, read

MOST_CELLS = 64
"""Most combinations of one grid."""
_SHEET = "media.converter.contact_sheet"


class Axis(Params):
    """One thing that changes."""

    name: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
    """A variable `{{ name }}` of the prompt, else a parameter of the action."""
    values: Annotated[list[Any], Field(max_length=MOST_CELLS)] = Field(default_factory=list)
    """What it takes, one after the other."""
    vary: Annotated[str, Field(max_length=2_000)] = ""
    """In place of values: a varied text such as `__animal__` or `{red|blue}`, of which every combination is taken."""


class Grid(Params):
    """What is run, and what changes."""

    action: Annotated[str, Field(min_length=3, max_length=200)]
    """The action that is run for each cell."""
    params: dict[str, Any] = Field(default_factory=dict)
    """Its parameters; the prompt may have variables, as `{{ name }}`, that are axes."""
    axes: Annotated[list[Axis], Field(min_length=1, max_length=3)]
    """What changes: the first from column to column, the second from row to row, the third from sheet to sheet."""
    account: Annotated[str, Field(max_length=128)] | None = None
    """The account to use; without one, whichever serves the action."""
    title: Annotated[str, Field(max_length=200)] = ""
    """What stands above the sheet."""


@module("prompt.grid", title="Grid of values")
async def grid(params: Grid, call: Stage) -> Result:
    """Run every combination of the axes and compose a contact sheet; a cell that fails does not stop the others."""
    axes = [await _values(axis, number, call) for number, axis in enumerate(params.axes)]
    count = 1
    for values in axes:
        count *= len(values)
    if count > MOST_CELLS:
        raise _fault("axes", f"these are {count} combinations; a grid has at most {MOST_CELLS}")
    # The first axis turns fastest, so that it runs along the rows of the sheet.
    cells = [tuple(reversed(cell)) for cell in itertools.product(*reversed(axes))]
    names = [axis.name for axis in params.axes]
    asked = [_filled(params, dict(zip(names, cell, strict=True))) for cell in cells]
    works = [
        partial(
            spared, call, f"cell-{number}", params.action, given, params.account, {"values": values, **_prompt(given)}
        )
        for number, (values, given) in enumerate(asked)
    ]
    value = summed(await call.together(*works))
    sheet = await _sheet(params, value["items"], len(axes[0]), call)
    return Result(value={**value, "sheets": sheet, "assets": [*sheet, *value["assets"]]})


async def _values(axis: Axis, number: int, call: Stage) -> list[Any]:
    if bool(axis.values) is bool(axis.vary):
        raise _fault(f"axes.{number}", "an axis has either `values` or a text to `vary`")
    if axis.values:
        return list(axis.values)
    return list(every(read(axis.vary, await gathered(axis.vary, partial(list_of, call)))))


def _filled(params: Grid, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the values of a cell and its parameters: axes that the prompt names are written into it."""
    prompt = params.params.get("prompt")
    named = set(variables(prompt)) if isinstance(prompt, str) else set[str]()
    given = params.params | {name: value for name, value in values.items() if name not in named}
    if isinstance(prompt, str) and named:
        given["prompt"] = fill(prompt, values, where="params.prompt")
    return dict(values), given


def _prompt(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"prompt": given["prompt"]} if "prompt" in given else {}


async def _sheet(params: Grid, items: Sequence[Mapping[str, Any]], columns: int, call: Stage) -> list[str]:
    """Return the ids of the sheets, one for each value of the third axis; none where what was made is no picture."""
    each = columns * (len(items) // columns if len(params.axes) < 3 else _rows(params, items))
    made = list[str]()
    for number in range(0, len(items), each):
        part = [item for item in items[number : number + each] if item["assets"]]
        found = await call.assets([item["assets"][0] for item in part])
        if not part or any(asset.media != "image" for asset in found):
            continue
        asked = {
            "images": [asset.id for asset in found],
            "captions": [_caption(item["values"]) for item in part],
            "columns": min(columns, 16),
            "title": params.title,
        }
        sheet = await call.child(f"sheet-{number // each}", _SHEET, asked, title="Contact sheet")
        made += [asset.id for asset in sheet.assets]
    return made


def _rows(params: Grid, items: Sequence[Mapping[str, Any]]) -> int:
    """Return how many rows a sheet has: the number of values of the second axis."""
    second = params.axes[1].name
    return len(dict.fromkeys(worded(item["values"][second]) for item in items))


def _caption(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {worded(value)}" for name, value in values.items())[:300]


def _fault(path: str, message: str) -> ParamsInvalid:
    return ParamsInvalid(message, errors=[{"path": path, "message": message}])


MODULE = grid
