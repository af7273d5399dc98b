"""What a model leaves of an action's parameters is what is shown and checked, and never more than the action has."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from maquette.core.action import Action
from maquette.core.adapt import adapt, validate
from maquette.core.errors import ParamsInvalid
from maquette.core.narrow import Narrowing, narrowed
from tests.core.form import Modelled, action_of

OLD = Narrowing(
    drop=frozenset({"effort"}),
    fields={"quality": {"enum": ["low", "ultra"]}, "steps": {"maximum": 20, "minimum": -5, "default": 8}},
)


def action() -> Action:
    return replace(action_of(Modelled), narrow=lambda model: OLD if model == "old" else None)


def test_a_model_leaves_less_of_the_schema_and_an_unknown_one_all_of_it() -> None:
    shown = action().schema("old")
    fields = shown["properties"]
    assert "effort" not in fields
    assert fields["quality"]["enum"] == ["low"], "data cannot add what the action does not have"
    assert (fields["steps"]["minimum"], fields["steps"]["maximum"], fields["steps"]["default"]) == (1, 20, 8)
    assert action().schema("mine") == action().schema() == Modelled.schema_of()


def test_a_narrowed_schema_is_a_copy_and_drops_a_required_word_too() -> None:
    whole = Modelled.schema_of()
    left = narrowed(whole, Narrowing(drop=frozenset({"prompt"})))
    assert "prompt" not in left["required"]
    assert whole == Modelled.schema_of()
    assert "prompt" in whole["required"]


@pytest.mark.parametrize(
    ("asked", "path", "said"),
    [
        ({"quality": "high"}, "quality", "high"),
        ({"effort": 3}, "effort", "'old'"),
        ({"steps": 21}, "steps", "20"),
    ],
)
def test_the_schema_of_the_model_is_what_validates(asked: dict[str, Any], path: str, said: str) -> None:
    with pytest.raises(ParamsInvalid) as caught:
        adapt(action(), {"prompt": "a heron", "model": "old"} | asked)
    [fault] = caught.value.details["errors"]
    assert fault["path"] == path
    assert said in fault["message"]
    made, warnings = adapt(action(), {"prompt": "a heron", "model": "new"} | asked)
    assert made.model_dump().items() >= asked.items()
    assert warnings == []


def test_a_default_of_the_model_is_used_where_nothing_is_said() -> None:
    made, warnings = adapt(action(), {"prompt": "a heron", "model": "old"})
    assert made.model_dump()["steps"] == 8
    assert warnings == []
    assert adapt(action(), {"prompt": "a heron", "model": "old", "steps": 9})[0].model_dump()["steps"] == 9
    assert adapt(action(), {"prompt": "a heron", "model": "new"})[0].model_dump()["steps"] == 30


def test_where_no_model_is_named_that_of_the_default_holds() -> None:
    with pytest.raises(ParamsInvalid, match="effort"):
        adapt(action(), {"prompt": "a heron", "effort": 3})


def test_what_is_stored_passes_again_though_the_model_dropped_a_word() -> None:
    made, _ = adapt(action(), {"prompt": "a heron", "model": "old"})
    kept = made.model_dump(mode="json")
    assert kept["effort"] == 1
    assert validate(action(), kept) == made
    assert adapt(action(), kept) == (made, [])
