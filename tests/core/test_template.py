"""Templates: typed, sandboxed, and never at a loss to say what is missing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from maquette.core.errors import TemplateInvalid
from maquette.core.template import holds, needed, partly, paths, render

JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=20),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
SCOPE: dict[str, Any] = {
    "state": {"prompts": {"midjourney": {"a": {"subject": "fox"}}}, "list": [1, {"x": 2}], "n": 3, "with space": "y"},
    "step": {"schemas": {"midjourney": {"type": "object"}}},
    "provider": "midjourney",
}


@pytest.mark.accepts("S0.12", "S0.16", "S0.18")
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ state.n }}", 3),
        ("  {{state.n}} ", 3),
        ("{{ state.prompts }}", SCOPE["state"]["prompts"]),
        ("{{ step.schemas[provider] }}", {"type": "object"}),
        ("{{ state.list[1].x }}", 2),
        ("{{ state['with space'] }}", "y"),
        ('{{ state["n"] }}', 3),
        ("media.{{ provider }}.txt2img", "media.midjourney.txt2img"),
        ("{{ state.n }} of {{ state.list[0] }}", "3 of 1"),
        ("data: {{ state.list }}", 'data: [1,{"x":2}]'),
        ("no template } here {", "no template } here {"),
    ],
)
def test_a_path_keeps_its_type_and_a_longer_text_is_a_text(text: str, value: Any) -> None:
    assert render(text, SCOPE) == value
    assert render({"k": [text]}, SCOPE) == {"k": [value]}


@pytest.mark.accepts("S0.18")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ stat.n }}", "did you mean 'state'"),
        ("{{ state.prompt }}", "did you mean 'prompts'"),
        ("{{ step.schemas[proVider] }}", "did you mean 'provider'"),
        ("{{ state.list[7] }}", "only 2 items"),
        ("{{ state.n.x }}", "no object"),
        ("{{ state.n | upper }}", "not understood"),
        ("{{ state.n() }}", "not understood"),
        ("{{ 1 + 1 }}", "must begin with a name"),
        ("{{ }}", "must begin with a name"),
        ("{{ state.n", "never closed"),
        ("{{ state.__class__ }}", "no '__class__'"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, said: str) -> None:
    with pytest.raises(TemplateInvalid) as caught:
        render({"steps": [{"inputs": text}]}, SCOPE)
    assert said in caught.value.message
    assert caught.value.details["errors"][0]["path"] == "/steps/0/inputs"


@given(JSON)
def test_a_document_without_templates_stays_as_it_is(document: Any) -> None:
    if "{{" not in json.dumps(document):
        assert render(document, {}) == document


@given(JSON)
def test_what_a_value_contains_is_never_looked_at_again(value: Any) -> None:
    assert render("{{ it }}", {"it": value}) == value
    assert render("{{ it }}", {"it": "{{ secret }}"}) == "{{ secret }}"


@given(some.text(max_size=60))
def test_no_text_brings_anything_but_a_value_or_a_named_fault(text: str) -> None:
    for read in (lambda: render("{{ " + text + " }}", SCOPE), lambda: list(paths("{{ " + text))):
        try:
            read()
        except TemplateInvalid as error:
            told = error.details["errors"]
        else:
            continue
        assert told


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        ({"path": "state.n", "equals": 3}, True),
        ({"path": "state.n", "not": 3}, False),
        ({"path": "state.n", "in": [1, 3]}, True),
        ({"path": "state.n", "exists": True}, True),
        ({"path": "state.gone", "exists": False}, True),
        ({"path": "state.gone", "equals": None}, False),
        ({"path": "state.gone", "not": 3}, True),
    ],
)
def test_a_condition_is_data(condition: dict[str, Any], value: bool) -> None:
    assert holds(condition, SCOPE) is value


@pytest.mark.parametrize(
    "condition", [{}, {"path": "state.n"}, {"path": "state.n", "over": 2}, {"path": "state.n", "in": 3}, "state.n"]
)
def test_what_is_no_condition_is_refused(condition: Any) -> None:
    with pytest.raises(TemplateInvalid):
        holds(condition, SCOPE)


def test_only_what_late_templates_may_read_goes_along() -> None:
    wanted = {"schema": "{{ step.schemas[provider] }}", "title": "{{ state.list[0] }}"}
    assert needed(wanted, {"state": SCOPE["state"], "step": SCOPE["step"]}) == {
        "step": SCOPE["step"],
        "state": {"list": SCOPE["state"]["list"]},
    }


def test_what_is_known_is_filled_in_and_the_rest_stays() -> None:
    assert partly("{{ state.n }}.{{ provider }}", {"state": SCOPE["state"]}) == "3.{{ provider }}"
