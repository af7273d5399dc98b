"""Every schema in one form: no references, a widget for each field, and a place for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pydantic import BaseModel

from maquette.core.form import WIDGETS, normalise
from maquette.core.registry import Registry
from tests.core.form import FORMS


class Inner(BaseModel):
    depth: int = 1
    again: Inner | None = None


class Outer(BaseModel):
    inner: Inner
    note: str | None = None
    kinds: list[Inner] = []


def placed(layout: list[Any]) -> Iterator[str]:
    for row in layout:
        if isinstance(row, dict):
            yield from placed(row["rows"])
        else:
            yield from row


@pytest.mark.accepts("S0.67", "S1.75")
def test_every_schema_of_the_catalog_has_a_widget_a_title_and_a_place_for_each_field() -> None:
    registry = Registry()
    shown = [action.schema() for action in registry.actions()]
    shown += [registry.provider(name).settings.schema_of() for name in registry.names()]
    shown += [form.schema_of() for form in FORMS]
    for schema in shown:
        made = normalise(schema)
        fields = made.get("properties", {})
        assert sorted(placed(made["x-layout"])) == sorted(fields)
        assert set(made["x-summary"]) <= fields.keys()
        assert {spec["x-widget"] for spec in fields.values()} <= set(WIDGETS)
        assert all(spec["title"] for spec in fields.values())
        assert "$ref" not in str(made)


def test_it_says_the_same_when_it_is_said_again() -> None:
    for form in FORMS:
        once = normalise(form.schema_of())
        assert normalise(once) == once


def test_a_hint_that_is_there_stays() -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string", "x-widget": "code", "title": "My code"}, "b": {"type": "integer"}},
        "x-layout": [["b"], ["a"]],
        "x-summary": [],
    }
    made = normalise(schema)
    assert (made["properties"]["a"]["x-widget"], made["properties"]["a"]["title"]) == ("code", "My code")
    assert (made["x-layout"], made["x-summary"]) == ([["b"], ["a"]], [])


def test_references_are_inlined_and_what_holds_itself_becomes_json() -> None:
    made = normalise(Outer.model_json_schema())
    assert made["properties"]["note"]["type"] == "string"
    assert made["properties"]["inner"]["properties"]["depth"]["x-widget"] == "number"
    assert made["properties"]["inner"]["properties"]["again"]["x-widget"] == "json"


@pytest.mark.parametrize(
    ("name", "spec", "widget"),
    [
        ("prompt", {"type": "string", "x-widget": "textarea"}, "prompt"),
        ("seed", {"type": "integer"}, "seed"),
        ("key", {"type": "string", "writeOnly": True}, "password"),
        ("mode", {"type": "string", "enum": ["a", "b"]}, "segmented"),
        ("mode", {"type": "string", "enum": ["a", "b", "c", "d", "e"]}, "select"),
        ("style", {"oneOf": [{"const": 1, "title": "One"}, {"const": 2, "title": "Two"}]}, "segmented"),
        ("on", {"type": "boolean"}, "switch"),
        ("far", {"type": "integer", "minimum": 0, "maximum": 100_000}, "number"),
        ("near", {"type": "number", "minimum": 0, "maximum": 1}, "slider"),
        ("words", {"type": "array", "items": {"type": "string"}}, "tags"),
        ("place", {"type": "string", "format": "uri"}, "url"),
        ("day", {"type": ["string", "null"], "format": "date"}, "date"),
        ("pictures", {"type": "array", "items": {"type": "string", "x-accept": ["image"]}}, "assets"),
        ("anything", {}, "json"),
        ("long", {"type": "string", "maxLength": 5000}, "textarea"),
    ],
)
def test_a_field_gets_the_widget_of_its_kind(name: str, spec: dict[str, Any], widget: str) -> None:
    made = normalise({"type": "object", "properties": {name: spec}})
    assert made["properties"][name]["x-widget"] == widget


@given(some.dictionaries(some.sampled_from(["a", "prompt", "n", "width"]), some.just({"type": "integer"})))
def test_no_field_is_ever_lost(fields: dict[str, Any]) -> None:
    made = normalise({"type": "object", "properties": fields})
    assert sorted(placed(made["x-layout"])) == sorted(fields)
