"""The sheets of models and prices are dated, sourced and consistent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from maquette import catalog
from maquette.catalog.retirement import admit, gone
from maquette.core.errors import ModelRetired
from maquette.core.registry import Registry


def test_a_model_is_told_with_its_end_its_successor_and_its_source() -> None:
    found = catalog.model("openai", "dall-e-3")
    assert found is not None
    assert (found.media, found.retires_on, found.replaced_by) == ("image", date(2026, 5, 12), "gpt-image-2.5-flare")
    assert found.source
    assert found.checked_on == date(2026, 11, 20)


def test_a_model_is_retired_from_its_day_on() -> None:
    found = catalog.model("openai", "tts-1")
    assert found is not None
    assert not found.retired(date(2027, 1, 5))
    assert found.retired(date(2027, 1, 6))


def test_a_price_is_a_decimal_by_unit_and_none_where_nobody_published_one() -> None:
    rates = catalog.price("openai", "gpt-image-2.5-flare")
    assert rates is not None
    assert (rates["input"], rates["image_input"], rates["output"]) == (Decimal(5), Decimal(8), Decimal(30))
    assert catalog.price("openai", "dall-e-2") is None
    assert catalog.price("openai", "unheard-of") is None


def test_a_provider_without_a_sheet_has_no_models() -> None:
    assert catalog.models("comfyui") == {}
    assert catalog.model("comfyui", "anything") is None


@pytest.mark.parametrize("provider", ["anthropic", "cohere", "google", "google_speech", "openai"])
def test_every_successor_is_served_when_its_predecessor_goes(provider: str) -> None:
    known = catalog.models(provider)
    assert known
    for found in known.values():
        if found.replaced_by:
            assert found.retires_on is not None
            assert not known[found.replaced_by].retired(found.retires_on)
            assert known[found.replaced_by].media == found.media


@pytest.mark.parametrize("action", ["txt2txt", "txt2img", "img2img", "speech", "txt2vid", "img2vid", "transcribe"])
@pytest.mark.parametrize("provider", ["anthropic", "cohere", "google", "google_speech", "openai"])
def test_a_model_of_another_medium_has_no_price_and_breaks_nothing(provider: str, action: str) -> None:
    found = Registry().of(provider).get(f"media.{provider}.{action}")
    if found is None or found.price is None:
        return
    given = {word: f"asset_{'0' * 32}" for word, spec in found.schema()["properties"].items() if "x-accept" in spec}
    given = {word: name for word, name in given.items() if word in found.schema()["required"]}
    for known in catalog.models(provider).values():
        params = found.params.model_validate({"prompt": "p", "model": known.id, **given})
        price = found.price(params)
        assert price is None or price.low <= price.likely <= price.high


def test_a_sheet_is_read_once_and_cannot_be_changed() -> None:
    assert catalog.models("openai") is catalog.models("openai")
    with pytest.raises(TypeError):
        catalog.models("openai")["new"] = None  # type: ignore[index]


def test_a_model_may_leave_other_parameters_to_each_operation_that_it_serves() -> None:
    words, picture = (catalog.narrowing("runway", "gen4.5", way) for way in ("txt2vid", "img2vid"))
    assert words is not None
    assert picture is not None
    assert len(words.fields["size"]["enum"]) < len(picture.fields["size"]["enum"])
    assert catalog.narrowing("runway", "gen4.5") is None
    same = catalog.narrowing("runware", "bfl:5@1")
    assert same is not None
    assert catalog.narrowing("runware", "bfl:5@1", "txt2img") is same


def test_a_retired_model_is_refused_with_its_successor_and_any_other_passes() -> None:
    with pytest.raises(ModelRetired, match="retired on 2026-05-12") as caught:
        admit("openai", "dall-e-3")
    assert caught.value.details["replaced_by"] == "gpt-image-2.5-flare"
    admit("openai", "unheard-of")
    admit("runware", "runware:97@1")
    said = gone("runware", "some:1@1", "it is off")
    assert (said.code, said.message) == ("model_retired", "The model 'some:1@1' is no longer served: it is off")


@pytest.mark.parametrize("provider", ["leonardo", "openai", "runware", "runway"])
def test_every_row_of_a_sheet_has_a_title_and_says_where_it_is_from(provider: str) -> None:
    rows = catalog.models(provider)
    assert rows
    assert all(row.source and row.title for row in rows.values())
