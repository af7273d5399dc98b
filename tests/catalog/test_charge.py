"""Units become money, what is retired is refused, and what is asked is said in a model's own words."""

from __future__ import annotations

from pathlib import Path

import pytest

from maquette import catalog
from maquette.catalog import charge, retirement
from maquette.catalog.spell import known_words, spelled
from maquette.core.errors import ModelRetired, RequestRejected
from maquette.core.params import Prompted, Seeded

SHEETS = sorted(path.stem for path in Path(catalog.__file__).parent.glob("*.json"))
USUAL = {"seed": "start", "image": "image_url"}


class Asked(Seeded, Prompted):
    """Parameters of a test."""

    resolution: str = "auto"
    """How large."""


def test_units_become_micro_usd_and_what_has_no_rate_becomes_nothing() -> None:
    found = charge.cost("stability", "sd3.5-large", {"result": 2})
    assert found is not None
    assert (found.micro_usd, found.source, found.amount) == (130_000, "computed", "2 result")
    assert charge.cost("stability", "sd3.5-large", {"second": 2}) is None
    assert charge.cost("stability", "unheard-of", {"result": 2}) is None


def test_tokens_without_a_rate_of_their_own_are_charged_as_the_plain_ones_and_told_together() -> None:
    found = charge.cost("anthropic", "claude-haiku-5-5", {"input": 100, "cached_input": 40, "output": 10})
    rates = catalog.price("anthropic", "claude-haiku-5-5")
    assert found is not None
    assert rates is not None
    assert found.micro_usd == charge.whole(140 * rates["input"] + 10 * rates["output"])
    assert found.amount == "150 tokens"
    assert charge.cost("anthropic", "claude-haiku-5-5", {"input": 0}) is None


def test_what_nobody_can_count_is_estimated_around_what_is_likely() -> None:
    found = charge.around("elevenlabs", "music_v2", {"second": 60})
    assert found is not None
    assert (found.low, found.likely, found.high) == (375_000, 750_000, 1_500_000)


def test_an_estimate_goes_from_the_least_to_the_most_and_says_where_it_is_from() -> None:
    found = charge.expected("elevenlabs", "music_v2", {"second": 30}, {"second": 60}, {"second": 120})
    assert found is not None
    assert (found.low, found.likely, found.high) == (375_000, 750_000, 1_500_000)
    assert "checked on 2026-11-20" in found.source
    assert charge.expected("elevenlabs", "music_v2", {"image": 1}) is None


def test_a_retired_model_is_refused_with_what_replaces_it_and_any_other_passes() -> None:
    with pytest.raises(ModelRetired) as caught:
        retirement.admit("stability", "sd3-large")
    assert caught.value.details["replaced_by"] == "sd3.5-large"
    retirement.admit("stability", "sd3.5-large")
    retirement.admit("stability", "unheard-of")


def test_a_model_that_a_provider_does_not_have_is_retired_where_that_is_known_and_unheard_of_elsewhere() -> None:
    gone = retirement.unserved("stability", "sd3-large", "no such model")
    assert (type(gone), gone.details["replaced_by"]) == (ModelRetired, "sd3.5-large")
    never = retirement.unserved("stability", "unheard-of", "no such model", provider_code="m1")
    assert (type(never), never.message, never.details["provider_code"]) == (RequestRejected, "no such model", "m1")
    assert "list of models" in never.advice


def test_a_known_model_is_told_what_it_takes_and_an_unknown_one_what_was_changed() -> None:
    asked = Asked(prompt="p", seed=4)
    none: frozenset[str] = frozenset()
    assert known_words("elevenlabs", "gpt-image-2", asked, skip=none) == {"prompt": "p"}
    assert known_words("elevenlabs", "bytedance-seedream-5-lite", asked, skip=none) == {"prompt": "p", "seed": 4}
    assert known_words("elevenlabs", "unheard-of", Asked(prompt="p"), skip=none) == {"prompt": "p"}
    assert known_words("elevenlabs", "unheard-of", asked, skip=frozenset({"seed"})) == {"prompt": "p"}


def test_words_are_renamed_nested_listed_and_turned_into_text() -> None:
    said = {"seed": 4, "image": "a", "duration": 5, "width": 8, "height": 9}
    usual = USUAL | {"width": "size.width", "height": "size.height"}
    assert spelled("fal", "unheard-of", said, usual) == {
        "start": 4,
        "image_url": "a",
        "duration": 5,
        "size": {"width": 8, "height": 9},
    }
    kling = spelled("fal", "fal-ai/kling-video/v3/pro/image-to-video", said, usual)
    assert (kling["start_image_url"], kling["duration"]) == ("a", "5")


@pytest.mark.parametrize("provider", SHEETS)
def test_every_sheet_is_dated_sourced_and_names_successors_that_are_served(provider: str) -> None:
    known = catalog.models(provider)
    assert known
    for found in known.values():
        assert found.source and found.checked_on
        if found.replaced_by:
            assert found.retires_on is not None
            assert known[found.replaced_by].media == found.media
            assert not known[found.replaced_by].retired(found.retires_on)
