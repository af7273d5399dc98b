"""Documents in YAML: read to what JSON can hold, refused with their place, and written so that they read the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from maquette.core.errors import ParamsInvalid
from maquette.core.notation import MOST, read, write

TEXT = """\
# A comment
name: heron
on: yes
steps:
  - id: first
    inputs: {ratio: 16:9, day: 2026-11-21, code: 007, hex: 0x1f, big: 1_000, none: ~, empty: , yes: no}
    if: {path: state.again, equals: true}
  - id: second
    numbers: [1, -2.5, 1e3, 0]
    said: |
      two
      lines
    quoted: ["true", '1', !!str 2, !!float 3]
"""


def fault(text: str) -> dict[str, Any]:
    with pytest.raises(ParamsInvalid) as refused:
        read(text)
    (only,) = refused.value.details["errors"]
    return dict(only)


def test_yaml_is_read_as_json_would_hold_it_and_nothing_is_guessed() -> None:
    found = read(TEXT).value
    assert found["on"] == "yes"
    first, second = found["steps"]
    assert first["inputs"] == {
        "ratio": "16:9", "day": "2026-11-21", "code": "007", "hex": "0x1f", "big": "1_000", "none": None,
        "empty": None, "yes": "no",
    }  # fmt: skip
    assert first["if"]["equals"] is True
    assert second["numbers"] == [1, -2.5, 1000.0, 0]
    assert second["said"] == "two\nlines\n"
    assert second["quoted"] == ["true", "1", "2", 3]
    json.dumps(found, allow_nan=False)


def test_json_is_yaml_too() -> None:
    document = {"name": "a", "steps": [{"id": "x", "inputs": {"prompt": "{{ state.a }}", "n": 2, "no": None}}]}
    assert read(json.dumps(document)).value == document
    assert read(json.dumps(document, indent=2)).value == document


def test_an_alias_repeats_what_its_anchor_holds() -> None:
    found = read("a: &size {width: 64}\nb: *size\nc: [*size, *size]").value
    assert found == {"a": {"width": 64}, "b": {"width": 64}, "c": [{"width": 64}] * 2}


def test_each_part_of_a_document_has_its_place_and_what_is_missing_that_of_its_parent() -> None:
    written = read(TEXT)
    placed = written.placed([{"path": "/steps/1/said"}, {"path": "/steps/0/title"}, {"path": ""}, {"path": "/x"}])
    assert [(each["line"], each["column"]) for each in placed] == [(10, 5), (5, 5), (2, 1), (2, 1)]
    with pytest.raises(ParamsInvalid, match="Line 8: no") as refused, written.placing():
        raise ParamsInvalid("no", errors=[{"path": "/steps/1/id", "message": "no"}])
    assert refused.value.details["errors"] == [{"path": "/steps/1/id", "message": "no", "line": 8, "column": 5}]


@pytest.mark.parametrize(
    ("text", "path", "line", "column", "said"),
    [
        ("a: 1\na: 2", "", 2, 1, "twice"),
        ("s:\n  - id: x\n    id: y", "/s/0", 3, 5, "twice"),
        ('{"a": {"b": 1, "b": 2}}', "/a", 1, 16, "twice"),
        ("a: [1, 2", "/a/1", 2, 1, "expected"),
        ("a: b: c", "/a", 1, 5, "mapping values"),
        ("a:\n\t- b", "/a", 2, 1, "token"),
        ("a: !!python/object:os.system {}", "/a", 1, 4, "tag"),
        ("a: !!python/name:os.system", "/a", 1, 4, "tag"),
        ("a: !thing 5", "/a", 1, 4, "tag"),
        ("a: !!int yes", "/a", 1, 4, "no int"),
        ("a: !!int true", "/a", 1, 4, "no int"),
        ("a: *b", "/a", 1, 4, "no anchor"),
        ("a: &a [*a]", "/a/0", 1, 8, "holds itself"),
        ("a: &b {x: 1}\nc:\n  <<: *b", "/c", 3, 3, "merge"),
        ("? [1, 2]\n: 3", "", 1, 3, "key"),
        ("a: 1\n---\nb: 2", "/a", 2, 1, "more than one"),
        ("", "", 1, 1, "no document"),
        ("a: 99999999999999999999", "/a", 1, 4, "64 bits"),
        ("a: 1e999", "/a", 1, 4, "64 bits"),
        ('a: "\\0"', "/a", 1, 4, "NUL"),
        ('a: "\\ud800"', "/a", 1, 7, "escape"),
        ("a: \x07", "", 1, 1, ""),
        ("[" * 100, "/0" * 61, 1, 62, "deeper"),
        ("a: " + "x" * MOST, "", 1, 1, "at most"),
    ],
)
def test_a_fault_has_its_line_its_column_and_its_path(text: str, path: str, line: int, column: int, said: str) -> None:
    found = fault(text)
    assert said in found["message"]
    assert (found["path"], found["line"], found["column"]) == (path, line, column), found


def test_aliases_of_aliases_are_refused_before_they_grow() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        bomb += f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    assert "aliases" in fault(bomb)["message"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    .filter(lambda number: abs(number) < 2**63)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="\0")), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(st.text("abc", min_size=1), VALUES, min_size=1, max_size=4))
def test_what_is_written_reads_the_same_here_and_elsewhere(document: dict[str, Any]) -> None:
    text = write(document)
    assert read(text).value == document
    assert yaml.safe_load(text).keys() == document.keys()


def test_what_others_would_guess_is_written_in_quotes() -> None:
    document = {"a": "yes", "b": "2026-11-21", "c": "16:9", "d": "1e3", "e": "null", "f": "", "g": "{{ x }}"}
    document |= {"on": "Off"}
    text = write(document)
    assert yaml.safe_load(text) == document
    assert text.startswith('a: "yes"\nb: "2026-11-21"\n')
    assert list(read(write({"z": 1, "a": {"n": 1, "b": 2}})).value) == ["z", "a"]
