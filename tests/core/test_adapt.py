"""One request for many providers: what cannot be taken is translated, told, or refused by name."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maquette.core.adapt import COMMON, adapt, validate
from maquette.core.errors import ParamsInvalid
from maquette.core.params import OpenParams, Params
from maquette.core.registry import Registry
from tests.core.form import (
    FORMS,
    Blocks,
    Coded,
    Film,
    FreeSize,
    Listed,
    Ratio,
    Sides,
    Spoken,
    Tiles,
    Worded,
    action_of,
    open_action,
)

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.lists(st.integers(), max_size=2),
    st.from_regex(r"\A\d{1,5}x\d{1,5}\Z"),
    st.from_regex(r"\A\d{1,3}(\.\d)?:\d{1,3}\Z"),
    st.sampled_from(["auto", "1024x1024", "16:9", "9:16", "720p", "1080p", "4K", "0x0", "0:1", "1:0", "-1:1"]),
    st.sampled_from([-1, 0, 1, 63, 64, 1000, 1024, 2049, 10**9, 2**63, 0.5, float("inf"), float("-inf")]),
)


def used(form: type[Params], values: dict[str, Any]) -> dict[str, Any]:
    made, _ = adapt(action_of(form), {"prompt": "a heron"} | values)
    return {word: getattr(made, word) for word in form.model_fields if word != "prompt"}


@pytest.mark.accepts("S0.64")
@settings(max_examples=400, deadline=None)
@given(form=st.sampled_from(FORMS), values=st.dictionaries(st.sampled_from(sorted(COMMON)), ODD))
def test_any_mix_of_common_words_either_fits_or_is_refused_with_a_path(
    form: type[Params], values: dict[str, Any]
) -> None:
    action = action_of(form)
    asked = {"prompt": "a heron", "text": "a heron"} if form is Spoken else {"prompt": "a heron"}
    asked |= values
    try:
        made, warnings = adapt(action, asked)
    except ParamsInvalid as error:
        refusal = error
    else:
        kept = made.model_dump(mode="json")
        assert validate(action, kept) == made, "what is stored must pass again"
        told = {warning["field"] for warning in warnings}
        assert told <= asked.keys()
        lost = {w for w in asked.keys() - told if asked[w] not in (None, "") and w not in kept}
        assert lost == set(), "nothing is lost in silence"
        return
    assert refusal.details["errors"]
    assert all(fault["path"] and fault["message"] for fault in refusal.details["errors"])


@pytest.mark.accepts("S0.64")
@pytest.mark.parametrize(
    ("form", "asked", "expected"),
    [
        (Sides, {"size": "512x768"}, {"width": 512, "height": 768}),
        (Sides, {"size": "512\u00d7768"}, {"width": 512, "height": 768}),
        (Sides, {"size": "4000x101"}, {"width": 2048, "height": 104}),
        (Sides, {"width": 1001, "height": 500}, {"width": 1000, "height": 496}),
        (Sides, {"aspect_ratio": "16:9"}, {"width": 1368, "height": 768}),
        (Sides, {"aspect_ratio": "1:1"}, {"width": 1024, "height": 1024}),
        (Sides, {"resolution": "720p"}, {"width": 1280, "height": 720}),
        (Sides, {"resolution": "720p", "aspect_ratio": "9:16"}, {"width": 720, "height": 1280}),
        (Sides, {"n": 9}, {"n": 4}),
        (Listed, {"width": 1000, "height": 1000}, {"size": "1024x1024"}),
        (Listed, {"aspect_ratio": "16:9"}, {"size": "1536x1024"}),
        (Listed, {"aspect_ratio": "9:16"}, {"size": "1024x1536"}),
        (Listed, {"size": "auto"}, {"size": "auto"}),
        (FreeSize, {"width": 640, "height": 480}, {"size": "640x480"}),
        (FreeSize, {"aspect_ratio": "16:9"}, {"size": "1360x768"}),
        (FreeSize, {"resolution": "1080p"}, {"size": "1920x1080"}),
        (Ratio, {"size": "1920x1080"}, {"aspect_ratio": "16:9"}),
        (Ratio, {"width": 600, "height": 800}, {"aspect_ratio": "1:1"}),
        (Ratio, {"width": 600, "height": 1000}, {"aspect_ratio": "9:16"}),
        (Film, {"size": "1920x1080"}, {"aspect_ratio": "16:9", "resolution": "1080p"}),
        (Film, {"width": 480, "height": 854}, {"aspect_ratio": "9:16", "resolution": "480p"}),
        (Film, {"duration": 7}, {"duration": 8}),
        (Film, {"duration": 300.5}, {"duration": 12}),
        (Film, {"fps": 29.97}, {"fps": 30}),
        (Film, {"fps": 4}, {"fps": 8}),
        (Film, {"aspect_ratio": "5:4"}, {"aspect_ratio": "1:1"}),
        (Listed, {"size": "1000x1000"}, {"size": "1024x1024"}),
        (Tiles, {"size": "1000x1000"}, {"size": "1008x1008"}),
        (Tiles, {"width": 4000, "height": 10}, {"size": "1968x96"}),
        (Blocks, {"width": 1000, "height": 1}, {"width": 960, "height": 144}),
        (Blocks, {"aspect_ratio": "1:1"}, {"width": 480, "height": 480}),
        (Worded, {"size": "1920x1080"}, {"aspect_ratio": "landscape"}),
        (Worded, {"width": 100, "height": 300}, {"aspect_ratio": "portrait"}),
        (Coded, {"size": "1920x1080"}, {"aspect_ratio": "A"}),
    ],
)
def test_sizes_and_numbers_move_to_the_nearest_that_an_action_has(
    form: type[Params], asked: dict[str, Any], expected: dict[str, Any]
) -> None:
    found = used(form, asked)
    assert {word: found[word] for word in expected} == expected


@settings(max_examples=200, deadline=None)
@given(
    asked=st.one_of(
        st.fixed_dictionaries({"size": st.from_regex(r"\A[1-9]\d{0,4}x[1-9]\d{0,4}\Z")}),
        st.fixed_dictionaries({"width": st.integers(1, 99_999), "height": st.integers(1, 99_999)}),
        st.fixed_dictionaries({"aspect_ratio": st.from_regex(r"\A[1-9]\d{0,2}:[1-9]\d{0,2}\Z")}),
        st.fixed_dictionaries({"resolution": st.sampled_from(["144p", "720p", "1080p", "2160p"])}),
    ),
    form=st.sampled_from([Tiles, Blocks]),
)
def test_every_side_is_a_whole_number_of_the_steps_of_an_action_and_within_its_bounds(
    form: type[Params], asked: dict[str, Any]
) -> None:
    found = used(form, asked)
    sides = [found["width"], found["height"]] if form is Blocks else [int(s) for s in found["size"].split("x")]
    most = 1000 if form is Blocks else 2000
    assert all(side % 48 == 0 and 96 <= side <= most for side in sides)


def test_a_size_that_an_action_cannot_name_is_dropped_and_told() -> None:
    _, warnings = adapt(action_of(Coded), {"prompt": "a heron", "size": "1920x1080"})
    assert [(warning["field"], warning["used"]) for warning in warnings] == [("size", None)]


def test_what_an_action_can_take_is_left_alone_and_nothing_is_told() -> None:
    asked = {"prompt": "a heron", "width": 512, "height": 512, "steps": 9, "seed": 7}
    made, warnings = adapt(action_of(Sides), asked)
    assert isinstance(made, Sides)
    assert (made.width, made.height, made.steps, made.seed) == (512, 512, 9, 7)
    assert warnings == []


def test_every_change_is_told_with_what_was_asked_and_what_is_used() -> None:
    _, warnings = adapt(
        action_of(Film), {"prompt": "a heron", "duration": 5, "seed": 3, "size": "1000x1000", "mask": ""}
    )
    told = {warning["field"]: (warning["asked"], warning["used"]) for warning in warnings}
    assert told == {
        "duration": (5, 4),
        "seed": (3, None),
        "size": ("1000x1000", {"aspect_ratio": "1:1", "resolution": "1080p"}),
    }
    assert all(warning["why"] for warning in warnings)


def test_strictness_turns_every_change_into_a_refusal_that_names_it() -> None:
    asked = {"prompt": "a heron", "duration": 5, "seed": 3}
    with pytest.raises(ParamsInvalid) as caught:
        adapt(action_of(Film), asked, strict=True)
    faults = {fault["path"]: (fault["asked"], fault["used"]) for fault in caught.value.details["errors"]}
    assert faults == {"duration": (5, 4), "seed": (3, None)}
    assert "strict" in caught.value.advice
    made, _ = adapt(action_of(Film), {"prompt": "a heron", "duration": 8}, strict=True)
    assert isinstance(made, Film)
    assert made.duration == 8


@pytest.mark.parametrize(("word", "said"), [("stepz", "did you mean 'steps'"), ("zzz", "it has guidance")])
def test_a_word_that_no_action_has_is_refused_and_the_nearest_named(word: str, said: str) -> None:
    with pytest.raises(ParamsInvalid, match=word) as caught:
        adapt(action_of(Sides), {"prompt": "a heron", word: 1})
    [fault] = caught.value.details["errors"]
    assert fault["path"] == word
    assert said in fault["message"]


@pytest.mark.accepts("S1.15")
def test_what_fits_no_way_is_refused_with_its_path_and_what_is_allowed() -> None:
    with pytest.raises(ParamsInvalid) as caught:
        adapt(action_of(Sides), {"prompt": "", "steps": 151, "width": -5, "height": "high"})
    faults = {fault["path"]: fault.get("allowed") for fault in caught.value.details["errors"]}
    assert faults.keys() == {"prompt", "steps", "width", "height"}
    assert faults["steps"] == {"minimum": 1, "maximum": 150, "type": "integer"}
    assert faults["width"] == {"minimum": 64, "maximum": 2048, "type": "integer"}
    assert caught.value.status == 422


@pytest.mark.accepts("S1.15")
def test_what_is_not_asked_has_the_default_that_the_schema_shows() -> None:
    shown = {k: v.get("default") for k, v in action_of(Sides).schema()["properties"].items()}
    found = used(Sides, {})
    for word in ("width", "height", "steps", "guidance", "n", "negative_prompt"):
        assert found[word] == shown[word]


@pytest.mark.accepts("S1.85")
def test_a_seed_of_minus_one_is_drawn_and_known_afterwards() -> None:
    drawn = {used(Sides, {"seed": asked})["seed"] for asked in (-1, None, -1.0) for _ in range(5)}
    drawn |= {used(Sides, {})["seed"] for _ in range(5)}
    assert len(drawn) == 20
    assert all(0 <= seed < 2**31 for seed in drawn)
    assert used(Sides, {"seed": 0})["seed"] == 0


@pytest.mark.accepts("S1.85")
def test_every_action_that_has_a_seed_takes_minus_one() -> None:
    seeded = [a for a in Registry().actions() if a.external is None and "seed" in a.params.model_fields]
    assert seeded
    for action in seeded:
        spec = action.schema()["properties"]["seed"]
        needed = {word: wanted(action.schema()["properties"][word]) for word in action.schema().get("required", [])}
        made, warnings = adapt(action, needed | {"seed": -1})
        assert warnings == []
        assert 0 <= made.model_dump()["seed"] <= spec.get("maximum", 2**32), action.name


def wanted(spec: dict[str, Any]) -> Any:
    if spec.get("type") == "array":
        return [wanted(spec["items"])] * spec.get("minItems", 1)
    return "asset_" + "0" * 32 if "asset_" in spec.get("pattern", "") else "a heron"


GRAPH = {
    "type": "object",
    "title": "portrait",
    "properties": {
        "prompt": {"type": "string"},
        "seed": {"type": "integer", "default": -1, "maximum": 1000},
        "steps": {"type": "integer", "minimum": 1, "maximum": 50},
    },
    "required": ["prompt"],
    "additionalProperties": False,
}


def test_a_schema_from_outside_is_the_very_one_that_checks() -> None:
    action = open_action(GRAPH)
    made, warnings = adapt(action, {"prompt": "a heron", "seed": -1, "voice": "low"})
    assert isinstance(made, OpenParams)
    assert 0 <= made.values["seed"] <= 1000
    assert [warning["field"] for warning in warnings] == ["voice"]
    with pytest.raises(ParamsInvalid) as caught:
        adapt(action, {"steps": 51})
    assert {fault["path"] for fault in caught.value.details["errors"]} == {"", "steps"}
    with pytest.raises(ParamsInvalid, match="did you mean 'steps'"):
        adapt(action, {"prompt": "a heron", "step": 5})


def test_an_action_that_takes_any_word_loses_none() -> None:
    action = open_action({"type": "object", "properties": {"prompt": {"type": "string"}}, "additionalProperties": True})
    asked = {"prompt": "a heron", "aspect_ratio": "16:9", "stylize": 100, "seed": 5}
    made, warnings = adapt(action, asked)
    assert isinstance(made, OpenParams)
    assert made.values == asked
    assert warnings == []
