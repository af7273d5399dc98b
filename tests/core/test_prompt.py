"""Prompts are filled by name and nothing else; whatever is written, it is quick and small."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maquette.core.errors import ParamsInvalid, TemplateInvalid
from maquette.core.pattern import Template, chosen, faults, names, read, schema
from maquette.core.prompt import Format, fill, joined, variables
from maquette.core.wildcard import LINE, MOST, counted, drawn, every, from_lists
from maquette.core.wildcard import read as varied
from tests.core.payload import payloads

SLOW_S = 0.1
PLAIN = {"name": "a-one", "title": "One", "category": "Mine", "base_prompt": "A {{ thing }} in {{ place }}"}
_LISTS = {"colour": ["red", "blue"], "nested": ["__colour__ hat", "{big|small} __colour__ shoe"], "one": ["a", "b"]}


@pytest.mark.accepts("S1.30")
def test_each_variable_without_a_value_is_named_and_none_is_left_blank() -> None:
    with pytest.raises(TemplateInvalid, match="'place', 'thing'") as caught:
        fill("{{ place }}: a {{ thing }} for {{name}}", {"name": "Ida"})
    assert [fault["path"] for fault in caught.value.details["errors"]] == ["values.place", "values.thing"]
    template = read(PLAIN)
    with pytest.raises(TemplateInvalid, match="'place'"):
        chosen(template, {"thing": "cat", "place": "  "}, {})
    with pytest.raises(TemplateInvalid, match="no variable 'plaze'"):
        chosen(template, {"thing": "cat", "plaze": "x"}, {})
    optional = read(PLAIN | {"variables": {"place": {"default": ""}, "thing": {"default": "dog"}}})
    assert chosen(optional, {}, {}) == {"place": "", "thing": "dog"}


@pytest.mark.accepts("S4.12", "C6")
def test_both_ways_to_write_a_variable_are_known() -> None:
    values = {"post_title": "Rain", "image_prompt": "a roof {x}", "image_type": "realistic"}
    assert fill("{{ post_title }} / {image_type}", values) == "Rain / {image_type}"
    assert (
        fill("{post_title}: {image_prompt} ({image_type}) {{x}}", values, "brace") == "Rain: a roof {x} (realistic) {x}"
    )
    assert variables("{a} {{b}} {c} {a}", form="brace") == ["a", "c"]
    assert read(PLAIN | {"format": "brace", "base_prompt": "{a}", "negative_prompt": "{b}"}).format == "brace"


@pytest.mark.accepts("S1.20")
def test_the_context_of_a_conversation_fills_what_is_mapped_to_it() -> None:
    template = read(PLAIN | {"context_mappings": {"thing": "character.name", "place": "setting"}})
    context = {"character": {"name": "Mara"}, "setting": ["a mill", "a river"]}
    values = chosen(template, {}, context)
    assert fill(template.base_prompt, values) == "A Mara in a mill, a river"
    assert chosen(template, {"place": "a tower"}, context)["place"] == "a tower"
    with pytest.raises(TemplateInvalid, match="'thing'"):
        chosen(template, {}, {"setting": "x", "character": "no object"})


def test_what_a_value_contains_is_never_filled_again() -> None:
    text = "A {{ thing }}"
    assert fill(text, {"thing": text}) == "A A {{ thing }}"
    assert fill("{thing}", {"thing": "{thing} {{thing}}"}, "brace") == "{thing} {{thing}}"


def timed(step: Callable[[], str]) -> tuple[str, float]:
    """Return what a step makes or why it refuses, and the processor time that it took."""
    started = time.process_time()
    try:
        made = step()
    except TemplateInvalid as refusal:
        made = refusal.message
    return made, time.process_time() - started


@pytest.mark.parametrize(("text", "form"), [*payloads()], ids=lambda value: repr(value)[:24])
def test_no_text_reads_anything_but_its_values_nor_grows_nor_takes_long(text: str, form: Format) -> None:
    values = dict.fromkeys(("x", "y", "a", "_", "config", "self", "__class__"), "HARMLESS")
    lists = from_lists(_LISTS)
    for step in (
        lambda: fill(text, values, form),
        lambda: "".join(drawn(varied(text, lists), 1)),
        lambda: "".join(every(varied(text, lists))),
    ):
        made, took = timed(step)
        assert min(took, timed(step)[1] if took >= SLOW_S else took) < SLOW_S
        assert len(made.encode()) < 1_000_000
        assert not any(sign in made.replace(text, "") for sign in ("<class", "root:", "49", "<function", "<module"))


@given(st.text(max_size=300), st.sampled_from(["double", "brace"]))
def test_any_text_is_filled_or_refused(text: str, form: Format) -> None:
    try:
        found = variables(text, form=form)
    except TemplateInvalid:
        return
    made = fill(text, dict.fromkeys(found, "v"), form)
    assert isinstance(made, str)


def test_a_filled_text_is_bounded() -> None:
    with pytest.raises(TemplateInvalid, match="more than"):
        fill("{{ a }}" * 1000, {"a": "x" * 8000})


def test_a_choice_a_range_and_a_list_vary_a_prompt_and_all_of_them_are_written_out() -> None:
    tree = varied("{a|b} of {1-3}, __colour__ {kept}", from_lists(_LISTS))
    found = every(tree)
    assert len(found) == 12 == counted(tree)
    assert found[0] == "a of 1, red {kept}"
    assert len(set(found)) == 12
    assert drawn(tree, 7, 5) == drawn(tree, 7, 5)
    assert set(drawn(tree, 7, 100)) == set(found)
    assert every(varied("__nested__", from_lists(_LISTS))) == [
        "red hat", "blue hat", "big red shoe", "big blue shoe", "small red shoe", "small blue shoe",
    ]  # fmt: skip
    assert every(varied("a{, red|}", from_lists({}))) == ["a, red", "a"]


def test_too_many_combinations_endless_lists_and_growing_ones_are_refused() -> None:
    with pytest.raises(TemplateInvalid, match=f"more than {MOST}"):
        every(varied("{1-20} {1-20}", from_lists({})))
    with pytest.raises(TemplateInvalid, match="contains itself: a → b → a"):
        varied("__a__", from_lists({"a": ["__b__"], "b": ["__a__"]}))
    doubling = {f"l{n}": [f"__l{n + 1}__ __l{n + 1}__"] for n in range(10)} | {"l10": ["x" * LINE]}
    with pytest.raises(TemplateInvalid):
        every(varied("__l0__", from_lists(doubling)))
    with pytest.raises(TemplateInvalid):
        drawn(varied("__l0__", from_lists(doubling)), 1)
    with pytest.raises(TemplateInvalid, match="empty"):
        every(varied("{|a}", from_lists({})))


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"base_prompt": "{{ 7*7 }}"}, "base_prompt"),
        ({"negative_prompt": "{{ x"}, "negative_prompt"),
        ({"values": {"thingy": "x"}}, "values.thingy"),
        ({"context_mappings": {"thing": "a b"}}, "context_mappings.thing"),
        ({"default_params": {"prompt": "x"}}, "default_params.prompt"),
        ({"format": "brace", "dynamic": True, "base_prompt": "{a}"}, "dynamic"),
        ({"base_promt": "x"}, "base_promt"),
        ({"name": "Not A Name"}, "name"),
    ],
)
def test_every_fault_of_a_template_is_named_by_its_path(change: dict[str, Any], path: str) -> None:
    with pytest.raises(ParamsInvalid) as caught:
        read(PLAIN | change)
    assert path in [fault["path"] for fault in caught.value.details["errors"]]


@pytest.mark.accepts("S1.19")
def test_a_template_has_the_fields_of_the_document() -> None:
    fields = set(Template.model_fields)
    assert {"name", "category", "base_prompt", "negative_prompt", "default_params", "context_mappings"} <= fields


def test_the_form_of_a_template_follows_its_variables() -> None:
    template = read(
        PLAIN | {"variables": {"place": {"title": "Where", "default": "a room"}}, "values": {"thing": "cat"}}
    )
    made = schema(template)
    assert made["required"] == ["thing"]
    assert made["properties"]["place"]["title"] == "Where"
    assert made["properties"]["thing"]["x-placeholder"] == "cat"
    assert names(template) == ["thing", "place"]
    assert list(faults(template)) == []


def test_parts_of_a_prompt_are_joined_by_one_comma() -> None:
    assert joined(["a hill.", "", "watercolour"]) == "a hill, watercolour"
    assert joined(["", "x"]) == "x"
    assert joined([]) == ""
