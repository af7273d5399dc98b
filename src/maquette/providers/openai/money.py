"""Tell what a request will cost before it runs, and what it did cost from the tokens that were used."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from maquette import catalog
from maquette.catalog import charge
from maquette.core.action import Cost, Price

_PROVIDER = "openai"
_EFFORT = {"low": 16, "medium": 48, "high": 96}
# The vendor publishes no figures for the two highest qualities: "high" is their floor, four times it our ceiling.
_UNPUBLISHED = ("xhigh", "max")
_PARTIAL_TOKENS = 100
_INPUT_IMAGE_TOKENS = (250, 1_500, 6_500)
"""Of a picture that is sent along, which depends on its size and on how closely the model looks."""
_SQUARE = (1024, 1024)
_WORDS = (Decimal("0.5"), Decimal(1), Decimal(2))


def picture_tokens(width: int, height: int, quality: str) -> int:
    """Return the output tokens of one picture, by a formula that fits the vendor's published figures."""
    effort = _EFFORT[quality]
    long, short = max(width, height), min(width, height)
    return math.ceil(effort * round(effort * short / long) * (2_000_000 + width * height) / 4_000_000)


def picture_price(
    model: str, prompt: str, *, size: str, quality: str, n: int, extra: tuple[int, int] = (0, 0)
) -> Price | None:
    """Estimate `n` pictures; `extra` counts the previews shown and the pictures sent along."""
    rates = charge.rates_of(_PROVIDER, model, "input", "image_input", "output")
    if rates is None:
        return None
    previews, inputs = extra
    found = re.fullmatch(r"(\d+)x(\d+)", size)
    width, height = (int(found[1]), int(found[2])) if found else _SQUARE
    low, likely, high = (_picture(width, height, quality, rung) for rung in range(3))
    words = charge.text_tokens(prompt)

    def total(tokens: int, rung: int) -> int:
        # Nobody outside the model counts its words: from half to twice what is usual.
        read = words * charge.WORDS[rung] * rates["input"] + inputs * _INPUT_IMAGE_TOKENS[rung] * rates["image_input"]
        # A preview that is asked for may not come.
        shown = previews * _PARTIAL_TOKENS if rung else 0
        return charge.whole(read + (n * tokens + shown) * rates["output"])

    return Price(total(low, 0), total(likely, 1), total(high, 2), charge.source(_PROVIDER, model))


def _picture(width: int, height: int, quality: str, rung: int) -> int:
    if quality in _UNPUBLISHED:
        return picture_tokens(width, height, "high") * (1, 2, 4)[rung]
    return picture_tokens(width, height, ("low", "medium", "high")[rung] if quality == "auto" else quality)


def speech_price(model: str, text: str) -> Price | None:
    """Estimate a text read aloud."""
    rates = catalog.price(_PROVIDER, model)
    if rates is None:
        return None
    if "characters" in rates:
        exact = charge.whole(len(text) * rates["characters"])
        return Price(exact, exact, exact, charge.source(_PROVIDER, model))
    if not {"input", "output"} <= rates.keys():
        return None
    # A minute is some 900 characters and, at the vendor's $0.015 a minute, 1,250 tokens of sound.
    likely = charge.whole(charge.text_tokens(text) * rates["input"] + Decimal(len(text)) * 1250 / 900 * rates["output"])
    return Price(likely // 2, likely, likely * 2, charge.source(_PROVIDER, model))


def text_price(model: str, prompt: str, most: int | None) -> Price | None:
    """Estimate an answer in text of at most `most` tokens."""
    return charge.text_price(_PROVIDER, model, prompt, most)


def settled(model: str, usage: Mapping[str, int]) -> Cost | None:
    """Compute the cost of `usage`, tokens by the name of their rate; None where the model has no known rates."""
    return charge.settled(_PROVIDER, model, usage)


def reported(told: object) -> Cost | None:
    """Return the cost that a server tells in USD, None where it tells none."""
    try:
        amount = Decimal(str(told))
    except InvalidOperation:
        return None
    return Cost(charge.whole(amount * 1_000_000), "reported", f"${amount}") if amount.is_finite() else None
