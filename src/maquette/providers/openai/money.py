"""Tell what a request will cost before it runs, and what it did cost from the tokens that were used."""

from __future__ import annotations

import math
import re
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


def picture_tokens(width: int, height: int, quality: str) -> int:
    """Return the output tokens of one picture, by a formula that fits the vendor's published figures."""
    effort = _EFFORT[quality]
    long, short = max(width, height), min(width, height)
    return math.ceil(effort * round(effort * short / long) * (2_000_000 + width * height) / 4_000_000)


def picture_price(
    model: str, prompt: str, *, size: str, quality: str, n: int, extra: tuple[int, int] = (0, 0)
) -> Price | None:
    """Estimate `n` pictures; `extra` counts the previews shown and the pictures sent along."""
    previews, inputs = extra
    found = re.fullmatch(r"(\d+)x(\d+)", size)
    width, height = (int(found[1]), int(found[2])) if found else _SQUARE
    words = charge.text_tokens(prompt)

    def units(rung: int) -> charge.Units:
        # A preview that is asked for may not come.
        shown = previews * _PARTIAL_TOKENS if rung else 0
        return {
            "input": words * charge.WORDS[rung],
            "image_input": inputs * _INPUT_IMAGE_TOKENS[rung],
            "output": n * _picture(width, height, quality, rung) + shown,
        }

    return charge.expected(_PROVIDER, model, units(0), units(1), units(2))


def _picture(width: int, height: int, quality: str, rung: int) -> int:
    if quality in _UNPUBLISHED:
        return picture_tokens(width, height, "high") * (1, 2, 4)[rung]
    return picture_tokens(width, height, ("low", "medium", "high")[rung] if quality == "auto" else quality)


def speech_price(model: str, text: str) -> Price | None:
    """Estimate a text read aloud."""
    if "characters" in (catalog.price(_PROVIDER, model) or {}):
        return charge.expected(_PROVIDER, model, {"characters": len(text)})
    # A minute is some 900 characters and, at the vendor's $0.015 a minute, 1,250 tokens of sound.
    units = {"input": Decimal(charge.text_tokens(text)), "output": Decimal(len(text)) * 1250 / 900}
    return charge.around(_PROVIDER, model, units)


def reported(told: object) -> Cost | None:
    """Return the cost that a server tells in USD, None where it tells none."""
    try:
        amount = Decimal(str(told))
    except InvalidOperation:
        return None
    return Cost(charge.whole(amount * 1_000_000), "reported", f"${amount}") if amount.is_finite() else None
