"""The sheets of models and prices are dated, sourced and consistent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from maquette import catalog
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
