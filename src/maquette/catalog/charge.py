"""Charge by the sheets: what a request will cost, and what it did cost, from how much it takes of each unit."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from maquette.core.action import Cost, Price

from . import model, price
from .rule import whole

__all__ = ["WORDS", "Units", "around", "cost", "expected", "text_price", "text_tokens", "whole"]

Units = Mapping[str, int | float | Decimal]
"""How much of each unit that has a rate: `{"second": 5}`, `{"input": 90, "output": 400}`."""

WORDS = (Decimal("0.5"), Decimal(1), Decimal(2))
"""Nobody outside a model counts its words: from half to twice what is usual."""
_PLAIN = {
    **dict.fromkeys(("cached_input", "image_input", "audio_input", "video_input"), "input"),
    **dict.fromkeys(("image_output", "audio_output", "video_output"), "output"),
    "cached_image_input": "image_input",
}
"""The rate that holds where a finer one was not published."""
_TOKENS = {"input", "output", *_PLAIN}
"""The units that are tokens."""


def cost(provider: str, name: str, units: Units) -> Cost | None:
    """Compute what `units` of a model cost; None where any of them has no known rate."""
    rates = price(provider, name)
    used = {unit: amount for unit, amount in units.items() if amount}
    if rates is None or not used:
        return None
    total = Decimal(0)
    for unit, amount in used.items():
        if (rate := _rate(rates, unit)) is None:
            return None
        total += Decimal(str(amount)) * rate
    return Cost(whole(total), "computed", _told(used))


def _rate(rates: Mapping[str, Decimal], unit: str) -> Decimal | None:
    while unit not in rates and unit in _PLAIN:
        unit = _PLAIN[unit]
    return rates.get(unit)


def _told(units: Units) -> str:
    if _TOKENS & units.keys():
        return f"{sum(units.values())} tokens"
    shown = ((f"{amount:g}" if isinstance(amount, float) else str(amount), unit) for unit, amount in units.items())
    return ", ".join(f"{amount} {unit}" for amount, unit in shown)


def expected(
    provider: str, name: str, low: Units, likely: Units | None = None, high: Units | None = None
) -> Price | None:
    """Estimate a request, from the least to the most that it may take; None where a unit has no known rate."""
    rates = price(provider, name) or {}
    likely = likely or low
    rungs = (low, likely, high or likely)
    if any(unit not in rates for rung in rungs for unit in rung):
        return None
    sums = (sum(Decimal(str(amount)) * rates[unit] for unit, amount in rung.items()) for rung in rungs)
    first, middle, last = (whole(Decimal(total)) for total in sums)
    return Price(first, middle, last, _source(provider, name))


def around(
    provider: str, name: str, units: Units, *, low: Decimal = WORDS[0], high: Decimal = WORDS[2]
) -> Price | None:
    """Estimate a request whose units nobody can count before, from `low` to `high` times what is likely."""
    least, most = ({unit: Decimal(str(amount)) * share for unit, amount in units.items()} for share in (low, high))
    return expected(provider, name, least, units, most)


def text_price(provider: str, name: str, text: str, most: int | None) -> Price | None:
    """Estimate an answer in text of at most `most` tokens to a text."""
    words, ceiling = text_tokens(text), most or 16_000
    answers = (1, min(1_000, ceiling), ceiling)
    rungs: list[Units] = [{"input": words * share, "output": n} for share, n in zip(WORDS, answers, strict=True)]
    return expected(provider, name, *rungs)


def text_tokens(text: str) -> int:
    """Estimate the tokens of a text: four characters each."""
    return len(text) // 4 + 1


def _source(provider: str, name: str) -> str:
    """Tell where the rates of a model are from, and as of when."""
    known = model(provider, name)
    return f"{known.source}, checked on {known.checked_on}" if known else ""
