"""Price lists are worked out to the last micro-USD, and what they leave open becomes a range."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from maquette import catalog
from maquette.catalog import Own
from maquette.catalog.rule import Rule, Tariff

BY_SIZE = (
    Rule("image", Decimal("0.04"), when={"size": "1024x1024", "quality": ["low", "medium"]}),
    Rule("image", Decimal("0.08"), when={"size": "1024x1024", "quality": "high"}),
    Rule("image", Decimal("0.12")),
)


@pytest.mark.parametrize(
    ("rules", "params", "range_"),
    [
        (BY_SIZE, {"size": "1024x1024", "quality": "low", "n": 3}, (120_000, 120_000, 120_000)),
        (BY_SIZE, {"size": "1024x1024", "quality": "high"}, (80_000, 80_000, 80_000)),
        (BY_SIZE, {"size": "512x512"}, (120_000, 120_000, 120_000)),
        (BY_SIZE, {"size": "1024x1024", "quality": "auto"}, (40_000, 40_000, 120_000)),
        ([Rule("second", Decimal("0.1"))], {"duration": 8}, (800_000, 800_000, 800_000)),
        ([Rule("second", Decimal("0.1"), when={"resolution": "720p"})], {"duration": 8, "resolution": "1080p"}, None),
        ([Rule("second", Decimal("0.1"))], {}, None),
        ([Rule("megapixel", Decimal("0.02"))], {"width": 2000, "height": 1000}, (40_000, 40_000, 40_000)),
        ([Rule("megapixel", Decimal("0.02"))], {"size": "1000x1000", "n": 2}, (40_000, 40_000, 40_000)),
        ([Rule("character", Decimal("0.000015"))], {"prompt": "x" * 1000}, (15_000, 15_000, 15_000)),
        ([Rule("token", Decimal("0.00001"))], {"prompt": "x" * 400}, (500, 1250, 2000)),
        ([Rule("request", Decimal("0.01")), Rule("image", Decimal("0.02"))], {"n": 2}, (50_000, 50_000, 50_000)),
        ([], {"n": 2}, None),
    ],
)
def test_a_request_costs_what_the_list_says(rules: Any, params: dict[str, Any], range_: Any) -> None:
    found = Tariff(rules, source="a page").quote(params)
    assert (None if found is None else (found.low, found.likely, found.high)) == range_


def test_credits_are_told_beside_the_dollars() -> None:
    found = Tariff([Rule("image", credits=Decimal(8))], Decimal("0.005")).quote({"n": 2})
    assert found is not None
    assert (found.likely, found.amount, found.rate) == (80_000, "16 credits", "8 credits per image, $0.005 per credit")


def test_what_came_is_billed_and_not_what_was_asked_for() -> None:
    found = Tariff([Rule("image", Decimal("0.04"))]).quote({"n": 4}, 3)
    assert found is not None
    assert found.likely == 120_000


def test_prices_of_ones_own_count_within_and_nowhere_else() -> None:
    own = Own({"input": Decimal(1)}, (Rule("image", Decimal("0.5")),), None, "a contract", date(2026, 11, 1))
    before = catalog.price("openai", "gpt-image-2")
    with catalog.with_own({("openai", "gpt-image-2"): own, ("openai", "unheard-of"): own}):
        assert catalog.price("openai", "gpt-image-2") == own.rates
        assert catalog.quote("openai", "unheard-of", {}) is not None
        known = catalog.model("openai", "gpt-image-2")
        assert known is not None
        assert (known.source, known.checked_on, known.narrowing is not None) == ("a contract", own.checked_on, True)
    assert catalog.price("openai", "gpt-image-2") == before
    assert catalog.quote("openai", "gpt-image-2", {}) is None
