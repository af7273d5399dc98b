"""Where a sub-action hangs, what stands there, and how that becomes a prompt."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from maquette.core.interaction import Question, Select, SubAction, as_pointer, composed, content_at, match, places

DATA = {"midjourney": {"a": {"subject": "a fox", "environment": "snow"}, "a_prose": "A fox."}, "sora": {"s/1": "x"}}


@pytest.mark.accepts("S0.4", "S0.5", "S0.7")
def test_a_target_finds_its_places_in_order_whatever_the_ids_are() -> None:
    found = list(places("/{provider}/{prompt_id}", DATA))
    assert [path for path, _, _ in found] == ["/midjourney/a", "/midjourney/a_prose", "/sora/s~11"]
    assert found[2][1:] == ({"provider": "sora", "prompt_id": "s/1"}, "x")
    for path, variables, content in found:
        assert match("/{provider}/{prompt_id}", path) == variables
        assert content_at(DATA, path) == content


def test_a_path_of_another_form_is_no_match() -> None:
    assert match("/{a}/{b}", "/x") is None
    assert match("/{a}/fixed", "/x/other") is None
    assert match("/{a}/fixed", "/x/fixed") == {"a": "x"}
    assert match("/{a}", "x") is None
    with pytest.raises(KeyError):
        content_at(DATA, "/midjourney/nothing")


@given(some.lists(some.text(min_size=1, max_size=6), min_size=1, max_size=4))
def test_a_pointer_leads_back_to_its_keys(keys: list[str]) -> None:
    data: Any = "here"
    for key in reversed(keys):
        data = {key: data}
    assert content_at(data, as_pointer(keys)) == "here"


@pytest.mark.accepts("S0.6")
def test_segments_become_one_text_in_their_order_and_missing_ones_are_fine() -> None:
    compose = {"order": ["subject", "environment", "motion"], "separator": ", "}
    content = {"extra": ["mist", "rain"], "environment": "snow.", "subject": "a fox"}
    assert composed(content, compose) == "a fox, snow, mist, rain"
    assert composed("as it is", compose) == "as it is"
    assert composed({"subject": {"who": "a fox", "where": "here"}}, {}) == "a fox, here"


def test_a_question_is_read_back_as_it_was_kept() -> None:
    asked = Question("T", sub_actions={"go": SubAction("Go", "/{a}", "media.{{ a }}.x", "a")}, select=Select(max=2))
    assert Question.read(asked.row()) == asked
