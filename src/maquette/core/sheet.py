"""Lists of requests: read from CSV or JSON, held to the parameters of an action, written so that no cell can run. Pure.

A cell is text and is never evaluated. A column is a parameter of the action, or a variable of one that all rows share,
such as the prompt `a {{ animal }} in the snow`.
"""

from __future__ import annotations

import csv
import difflib
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import MaquetteError, ParamsInvalid
from .template import render

MOST_ROWS = 1_000
"""Most rows of one list."""
MOST_COLUMNS = 100
MOST_CELL = 20_000
"""Most characters of one cell."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""
_VARIABLE = re.compile(r"\{\{\s*([\w-]+)")
_TRUE, _FALSE = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})
_SHOWN_FAULTS = 20

Cells = Mapping[str, Any]
"""One row, by the name of the column."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one row asks for."""

    number: int
    """Counted from 1, without the line of headings."""
    params: Mapping[str, Any]
    skipped: str | None = None
    """Why there is nothing to be done."""
    fault: str | None = None
    """Why it cannot be done."""


def read(text: str) -> list[dict[str, Any]]:
    """Return the rows of a CSV with headings, of a JSON list of objects, or of one JSON object a line.

    Raises `ParamsInvalid` that names the line and what to do.
    """
    plain = text.lstrip("\ufeff").strip()
    if not plain:
        raise _unreadable("it is empty")
    if "\0" in plain or "\\u0000" in plain:
        raise _unreadable("it holds a NUL character")
    rows = _from_json(plain) if plain[0] in "[{" else _from_csv(plain)
    return checked(rows)


def checked(rows: Sequence[Cells]) -> list[dict[str, Any]]:
    """Return rows within the bounds of a list; raises `ParamsInvalid`."""
    if not rows:
        raise _unreadable("it has no rows")
    if len(rows) > MOST_ROWS:
        raise _unreadable(f"it has {len(rows):,} rows, and a list may have {MOST_ROWS:,}", "Split it into several.")
    for number, row in enumerate(rows, 1):
        if len(row) > MOST_COLUMNS:
            raise _unreadable(f"row {number} has {len(row)} columns, and {MOST_COLUMNS} are the most")
        long = next((name for name, cell in row.items() if isinstance(cell, str) and len(cell) > MOST_CELL), None)
        if long is not None:
            raise _unreadable(f"row {number} has more than {MOST_CELL:,} characters in {long!r}")
    return [dict(row) for row in rows]


def _from_json(text: str) -> list[Cells]:
    try:
        found = json.loads(text, parse_constant=_refuse_constant)
    except ValueError as error:
        if text[0] == "{" and "\n" in text:
            return [_object(line, number) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
        raise _unreadable(f"it is no JSON: {error}") from error
    except RecursionError as error:
        raise _unreadable("it is nested too deeply") from error
    rows = found.get("rows", [found]) if isinstance(found, dict) else found
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise _unreadable("it is no list of objects", "Write [{\u0022prompt\u0022: \u0022a fox\u0022}, \u2026].")
    return rows


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is no number of JSON")


def _object(line: str, number: int) -> Cells:
    try:
        found = json.loads(line, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise _unreadable(f"line {number} is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise _unreadable(f"line {number} is no JSON object")
    return found


def _from_csv(text: str) -> list[Cells]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text.splitlines()[0]), strict=True)
    try:
        lines = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise _unreadable(f"line {reader.line_num} is no CSV: {error}") from error
    names = _headings(lines[0][1])
    return [_row(names, cells, line) for line, cells in lines[1:]]


def _delimiter(first: str) -> str:
    return max(",;\t", key=first.count)


def _headings(cells: Sequence[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    if blank := [number for number, name in enumerate(names, 1) if not name]:
        raise _unreadable(f"column {blank[0]} has no heading", "The first line names the parameters.")
    doubled = next((name for name in names if names.count(name) > 1), None)
    if doubled is not None:
        raise _unreadable(f"the heading {doubled!r} stands there twice")
    return names


def _row(names: Sequence[str], cells: Sequence[str], line: int) -> Cells:
    if any(cell.strip() for cell in cells[len(names) :]):
        hint = 'Put a cell that holds the separator into quotes: "a fox, running".'
        raise _unreadable(f"line {line} has {len(cells)} cells under {len(names)} headings", hint)
    padded = [*cells, *[""] * (len(names) - len(cells))]
    return dict(zip(names, padded, strict=False))


def _unreadable(message: str, hint: str | None = None) -> ParamsInvalid:
    return ParamsInvalid(
        f"The list cannot be taken: {message}", hint=hint, errors=[{"path": "rows", "message": message}]
    )


# -- against an action ----------------------------------------------------------------------------------------------


def planned(rows: Sequence[Cells], schema: Mapping[str, Any], shared: Mapping[str, Any]) -> list[Row]:
    """Return what each row asks of an action with this schema; `shared` holds for all rows that say nothing else.

    Raises `ParamsInvalid` that names each column, and each shared parameter, that the action does not have.
    """
    fields = schema.get("properties", {})
    unknown = [name for name in shared if not _has(name, schema)]
    names = matched(rows, schema, shared)
    faults = [_unknown(name, fields, "params") for name in unknown]
    faults += [_unknown(name, fields, "rows") for name, field in names.items() if field is None]
    if faults:
        first = faults[0]
        raise ParamsInvalid(f"The list cannot be taken: {first['message']}", errors=faults[:_SHOWN_FAULTS])
    return [_planned(number, row, names, schema, shared) for number, row in enumerate(rows, 1)]


def matched(rows: Sequence[Cells], schema: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, str | None]:
    """Return, for each column, the parameter or `$variable` that it is; None for one that is neither."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    wanted = set(variables(shared))
    plain = {_plain(name): name for name in schema.get("properties", {})}
    return {
        name: f"${name}" if name in wanted else plain.get(_plain(name)) or (name if _has(name, schema) else None)
        for name in columns
    }


def variables(shared: Any) -> Iterator[str]:
    """Yield the names of the columns that the shared parameters speak of."""
    if isinstance(shared, str):
        yield from _VARIABLE.findall(shared)
    elif isinstance(shared, Mapping | list):
        for inner in shared.values() if isinstance(shared, Mapping) else shared:
            yield from variables(inner)


def _plain(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def _has(name: str, schema: Mapping[str, Any]) -> bool:
    return name in schema.get("properties", {}) or bool(schema.get("additionalProperties", False))


def _unknown(name: str, fields: Mapping[str, Any], where: str) -> dict[str, Any]:
    near = difflib.get_close_matches(_plain(name), list(fields), 3, 0.5)
    hint = f"did you mean {' or '.join(repr(each) for each in near)}?" if near else f"there are {', '.join(fields)}"
    what = "column" if where == "rows" else "parameter"
    return {"path": f"{where}/{name}", "message": f"the action has no parameter for the {what} {name!r}: {hint}"}


def _planned(
    number: int, row: Cells, names: Mapping[str, str | None], schema: Mapping[str, Any], shared: Mapping[str, Any]
) -> Row:
    given = {field: row[name] for name, field in names.items() if field is not None and name in row}
    if all(_is_blank(value) for value in given.values()):
        return Row(number, {}, skipped="the row is empty")
    scope = {field[1:]: value for field, value in given.items() if field.startswith("$")}
    try:
        params = {name: render(value, scope, f"params/{name}") for name, value in shared.items()}
    except MaquetteError as error:
        return Row(number, {}, fault=error.message)
    fields = schema.get("properties", {})
    for field, value in given.items():
        if not field.startswith("$") and not _is_blank(value):
            params[field] = cell(value, fields.get(field, {}))
    lacking = [name for name in schema.get("required", ()) if _is_blank(params.get(name))]
    if lacking:
        return Row(number, params, skipped=f"{' and '.join(repr(each) for each in lacking)} is missing")
    return Row(number, params)


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def cell(value: Any, spec: Mapping[str, Any]) -> Any:
    """Return the value that a cell of text stands for under a schema; one that fits nothing stays text."""
    if not isinstance(value, str):
        return value
    kind, text = spec.get("type", "string"), value.strip()
    if kind in ("integer", "number"):
        return _number(text, kind)
    if kind == "boolean":
        return True if text.lower() in _TRUE else False if text.lower() in _FALSE else value
    if kind in ("array", "object") or "type" not in spec:
        return _structured(text, kind)
    return value


def _number(text: str, kind: str) -> Any:
    try:
        found = float(text)
        return int(found) if kind == "integer" and found == int(found) else found
    except (ValueError, OverflowError):
        return text


def _structured(text: str, kind: str) -> Any:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return [part.strip() for part in text.split(",") if part.strip()] if kind == "array" else text
    return found if isinstance(found, list | dict) or kind != "array" else [found]


# -- out again ------------------------------------------------------------------------------------------------------


def written(names: Sequence[str], rows: Sequence[Cells]) -> str:
    """Return rows as a CSV in which no spreadsheet finds a formula: such a cell begins with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([neutral(name) for name in names])
    writer.writerows([neutral(row.get(name)) for name in names] for row in rows)
    return out.getvalue()


def neutral(value: Any) -> str:
    """Return a value as the text of a cell that no spreadsheet runs."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return f"'{value}" if value.lstrip(" ").startswith(_FORMULA) else value
