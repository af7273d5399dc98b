"""Display schemas: a typo is found and what was meant is named; what is merely unknown is left alone."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema_rs import validator_for

from maquette.core.display import DISPLAYS, META, faults
from maquette.core.registry import Registry


@pytest.mark.accepts("S0.67")
@pytest.mark.parametrize(
    ("schema", "path", "said"),
    [
        ({"x-dispaly": "cards"}, "/x-dispaly", "'x-display'"),
        ({"x-display": "card"}, "/x-display", "'cards'"),
        ({"properties": {"a": {"x-display": "tabel"}}}, "/properties/a/x-display", "'table'"),
        ({"propertes": {}}, "/propertes", "'properties'"),
        ({"oneOf": [{"type": "strnig"}]}, "/oneOf/0/type", "'string'"),
        ({"additionalProperties": {"items": {"x-clamp": "3"}}}, "/additionalProperties/items/x-clamp", "lines"),
        ({"x-order": "a"}, "/x-order", "list"),
        ({"items": 3}, "/items", "int"),
    ],
)
def test_a_typo_is_told_with_its_path_and_what_was_meant(schema: Any, path: str, said: str) -> None:
    (fault,) = faults(schema)
    assert fault["path"] == path
    assert said in fault["message"]


@pytest.mark.parametrize("schema", [{}, True, {"x-vendor-thing": 1}, {"deprecated": True, "x-display": "media"}])
def test_what_is_only_unknown_is_left_alone(schema: Any) -> None:
    assert list(faults(schema)) == []


def test_the_schema_of_the_schema_takes_every_word() -> None:
    check = validator_for(dict(META))
    assert all(check.is_valid({"x-display": word}) for word in DISPLAYS)
    assert not check.is_valid({"x-display": "card"})


def test_the_shipped_workflows_have_no_typo() -> None:
    for example in Registry().shipped("workflow"):
        for step in example.body["steps"]:
            assert list(faults(step.get("prompt_display_schema", {}))) == []
