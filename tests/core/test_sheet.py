"""Lists of requests: what is read, what is refused and why, and what is written so that no cell runs."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from maquette.core import sheet
from maquette.core.errors import ParamsInvalid

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "prompt": {"type": "string"},
        "negative_prompt": {"type": "string"},
        "width": {"type": "integer"},
        "strength": {"type": "number"},
        "tiled": {"type": "boolean"},
        "images": {"type": "array"},
    },
    "required": ["prompt"],
    "additionalProperties": False,
}


def fault(text: str) -> str:
    with pytest.raises(ParamsInvalid) as caught:
        sheet.read(text)
    return caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        'prompt,width\na fox,64\n"a hen, running",128\n',
        '\ufeffprompt;width\r\na fox;64\r\n"a hen, running";128\r\n\r\n',
        "prompt\twidth\na fox\t64\na hen, running\t128",
        '[{"prompt": "a fox", "width": "64"}, {"prompt": "a hen, running", "width": "128"}]',
        '{"rows": [{"prompt": "a fox", "width": "64"}, {"prompt": "a hen, running", "width": "128"}]}',
        '{"prompt": "a fox", "width": "64"}\n{"prompt": "a hen, running", "width": "128"}\n',
    ],
    ids=["commas", "semicolons", "tabs", "list", "rows", "lines"],
)
def test_a_list_is_read_from_every_usual_form(text: str) -> None:
    assert sheet.read(text) == [
        {"prompt": "a fox", "width": "64"},
        {"prompt": "a hen, running", "width": "128"},
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("  ", "it is empty"),
        ("prompt\n", "it has no rows"),
        ("prompt,,width\na,b,c", "column 2 has no heading"),
        ("prompt,prompt\na,b", "'prompt' stands there twice"),
        ("prompt,width\na fox, running,64", "line 2 has 3 cells under 2 headings"),
        ('prompt\n"a fox', "is no CSV"),
        ("[1, 2]", "it is no list of objects"),
        ('[{"prompt": NaN}]', "it is no JSON"),
        ("[" * 5000, "it is no"),
        ('{"prompt": "a"}\n[1]', "line 2 is no JSON object"),
        ("prompt\n" + "a fox\n" * 100_000, "it has 100,000 rows, and a list may have 1,000"),
        ("prompt\n" + "a" * 20_001, "more than 20,000 characters in 'prompt'"),
        ("prompt\na\0b", "NUL"),
        ('[{"prompt": "a\\u0000b"}]', "NUL"),
    ],
)
def test_what_is_no_list_is_refused_with_the_place(text: str, says: str) -> None:
    assert says in fault(text) or (text.startswith("[[") and "nested too deeply" in fault(text))


def test_cells_become_what_the_schema_says_and_are_never_evaluated() -> None:
    rows = sheet.read(
        'Prompt,width,strength,tiled,images\n=1+1,64,0.5,yes,"a, b"\n"=cmd|\' /C calc\'!A0",x,,,"[""c""]"\n'
    )
    first, second = sheet.planned(rows, SCHEMA, {})
    assert first.params == {"prompt": "=1+1", "width": 64, "strength": 0.5, "tiled": True, "images": ["a", "b"]}
    assert second.params == {"prompt": "=cmd|' /C calc'!A0", "width": "x", "images": ["c"]}


def test_a_column_that_the_action_has_not_is_named_with_near_ones() -> None:
    with pytest.raises(ParamsInvalid) as caught:
        sheet.planned([{"promt": "a fox", "colour": "red"}], SCHEMA, {"widht": 3})
    faults = {each["path"]: each["message"] for each in caught.value.details["errors"]}
    assert set(faults) == {"rows/promt", "rows/colour", "params/widht"}
    assert "did you mean 'prompt'" in faults["rows/promt"]
    assert "did you mean 'width'" in faults["params/widht"]


@pytest.mark.accepts("S4.22")
def test_a_row_without_a_prompt_is_skipped_with_the_reason() -> None:
    rows = sheet.planned([{"prompt": "a"}, {"prompt": " ", "width": "64"}, {"prompt": "", "width": ""}], SCHEMA, {})
    assert [row.skipped for row in rows] == [None, "'prompt' is missing", "the row is empty"]


def test_shared_parameters_speak_of_columns_and_give_way_to_them() -> None:
    shared = {"prompt": "a {{ animal }} in {{ place }}", "width": 64}
    rows = [{"animal": "fox", "place": "snow", "width": "128"}, {"animal": "hen", "place": "a barn", "width": ""}]
    made = sheet.planned(rows, SCHEMA, shared)
    assert [row.params for row in made] == [
        {"prompt": "a fox in snow", "width": 128},
        {"prompt": "a hen in a barn", "width": 64},
    ]
    (lacking,) = sheet.planned([{"animal": "fox"}], SCHEMA, shared)
    assert lacking.fault is not None and "place" in lacking.fault


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "  =1"])
def test_no_spreadsheet_finds_a_formula_in_what_is_written(cell: str) -> None:
    text = sheet.written(["prompt", "=row"], [{"prompt": cell, "=row": -3}])
    heading, row = list(csv.reader(io.StringIO(text, newline="")))
    assert (heading, row) == (["prompt", "'=row"], [f"'{cell}", "-3"])
