"""Every value that a schema allows can be written as flags, and comes back as it was."""

from __future__ import annotations

import json
from typing import Any

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maquette.cli.flag import common_schema, flags_of, params_of
from maquette.core.registry import Registry
from tests.cli.conftest import SCHEMA

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=12).filter(
    lambda text: not text.startswith("-")
)


def whole(spec: dict[str, Any]) -> st.SearchStrategy[int]:
    return st.integers(spec["minimum"], spec["maximum"])


@st.composite
def fields(draw: st.DrawFn) -> tuple[dict[str, Any], Any]:
    """Draw the schema of one parameter and a value for it."""
    low = draw(st.integers(-1000, 1000))
    bounds = {"minimum": low, "maximum": low + draw(st.integers(0, 1000))}
    choices = draw(st.lists(TEXT, min_size=1, max_size=4, unique_by=str.casefold))
    kinds: list[tuple[dict[str, Any], st.SearchStrategy[Any]]] = [
        ({"type": "string"}, TEXT),
        ({"type": "string", "enum": choices}, st.sampled_from(choices)),
        ({"type": "integer", **bounds}, whole(bounds)),
        ({"type": "number", **bounds}, st.floats(**{f"{k[:3]}_value": v for k, v in bounds.items()})),
        ({"type": "boolean", "default": True}, st.booleans()),
        ({"type": "integer", "enum": [1, 2, 4]}, st.sampled_from([1, 2, 4])),
        ({"type": "array", "items": {"type": "string"}}, st.lists(TEXT, min_size=1, max_size=3)),
        ({"type": "array", "items": {"$ref": "#/$defs/Side"}}, st.lists(st.integers(1, 8), min_size=1, max_size=3)),
        ({"$ref": "#/$defs/Side", "description": "How long."}, st.integers(1, 8)),
        ({"type": "object"}, st.dictionaries(TEXT, st.integers(), max_size=2)),
        ({"anyOf": [{"type": "integer"}, {"type": "array"}]}, st.lists(st.integers(), max_size=2)),
    ]
    spec, values = draw(st.sampled_from(kinds))
    return spec, draw(values)


def written(word: str, spec: dict[str, Any], value: Any) -> list[str]:
    if isinstance(value, bool):
        return [f"--{word}" if value else f"--no-{word}"]
    if spec.get("type") == "array":
        return [part for item in value for part in (f"--{word}", str(item))]
    simple = isinstance(value, str) or ("enum" not in spec and spec.get("type") in ("integer", "number", None))
    plain = str(value) if simple and not isinstance(value, list | dict) else json.dumps(value)
    return [f"--{word}", plain]


NAMES = st.sampled_from(["size", "aspect_ratio", "output", "json", "seed", "wait", "Odd.Name 2", "account", "no_one"])


@given(st.dictionaries(NAMES, fields(), max_size=5))
@settings(max_examples=150, deadline=None)
def test_what_a_schema_allows_can_be_said_by_flags(drawn: dict[str, tuple[dict[str, Any], Any]]) -> None:
    schema = {
        "properties": {name: spec for name, (spec, _) in drawn.items()},
        "$defs": {"Side": {"type": "integer", "minimum": 1, "maximum": 8}},
    }
    flags = flags_of(schema)
    line = [part for flag in flags for part in written(flag.word, drawn[flag.field][0], drawn[flag.field][1])]
    found: dict[str, Any] = {}
    command = click.Command(
        "x", params=[flag.option() for flag in flags], callback=lambda **values: found.update(values)
    )
    command.main(line, standalone_mode=False)
    assert params_of(flags, found) == {name: value for name, (_, value) in drawn.items()}


def refused(*line: str) -> str:
    command = click.Command("x", params=[flag.option() for flag in flags_of(SCHEMA)])
    with pytest.raises(click.UsageError) as caught:
        command.main(list(line), standalone_mode=False)
    return caught.value.format_message()


def test_a_value_out_of_range_names_the_range() -> None:
    assert "64<=x<=2048" in refused("--width", "10")


def test_a_wrong_choice_names_the_right_ones() -> None:
    assert "'plain', 'rich'" in refused("--style", "loud")


def test_what_is_not_given_is_not_sent() -> None:
    flags = flags_of(SCHEMA)
    found: dict[str, Any] = {}
    command = click.Command(
        "x", params=[flag.option() for flag in flags], callback=lambda **values: found.update(values)
    )
    command.main([], standalone_mode=False)
    assert params_of(flags, found) == {}


def test_help_shows_meaning_range_choices_and_default(capsys: pytest.CaptureFixture[str]) -> None:
    command = click.Command("x", params=[flag.option() for flag in flags_of(SCHEMA)])
    command.main(["--help"], standalone_mode=False)
    shown = " ".join(capsys.readouterr().out.split())
    assert "Width in pixels. [default: 1024]" in shown
    assert "64<=x<=2048" in shown
    assert "[plain|rich]" in shown
    assert "--tiled / --no-tiled" in shown
    assert "-n, --n" in shown
    assert "--param-output" in shown


def test_every_action_of_the_catalog_has_working_flags() -> None:
    for action in Registry().actions():
        flags = flags_of(action.schema())
        assert {flag.field for flag in flags} == set(action.schema().get("properties", {})), action.name
        assert len({flag.word for flag in flags}) == len(flags), action.name
        command = click.Command("x", params=[flag.option() for flag in flags])
        assert command.get_help(click.Context(command))


def test_several_schemas_join_into_their_words_without_their_bounds() -> None:
    other = {
        "properties": {"prompt": {"type": "string"}, "steps": {"type": "integer", "maximum": 9}},
        "required": ["prompt"],
    }
    joined = common_schema([SCHEMA, other])
    assert joined["required"] == ["prompt"]
    assert joined["properties"]["steps"] == {"type": "integer"}
    assert joined["properties"]["width"] == {"type": "integer", "description": "Width in pixels."}
