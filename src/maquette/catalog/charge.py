"""Charge by the sheets: what a request will cost, what it did cost, and whether its model is still served."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from maquette.core.action import Cost, Price
from maquette.core.errors import ModelRetired

from . import Model, Rates, model, price

NOTICE = timedelta(days=60)
"""How long before its end a model is used with a warning."""
WORDS = (Decimal("0.5"), Decimal(1), Decimal(2))
"""Nobody outside a model counts its words: from half to twice what is usual."""
_PLAIN = {
    **dict.fromkeys(("cached_input", "image_input", "audio_input", "video_input"), "input"),
    **dict.fromkeys(("image_output", "audio_output", "video_output"), "output"),
    "cached_image_input": "image_input",
}
"""The rate that holds where a finer one was not published."""


def rates_of(provider: str, name: str, *needed: str) -> Rates | None:
    """Return the rates of a model today, None where one that is needed is not among them."""
    found = price(provider, name)
    return found if found is not None and all(word in found for word in needed) else None


def settled(provider: str, name: str, usage: Mapping[str, int]) -> Cost | None:
    """Compute the cost of `usage`, units by the name of their rate; None where the model has no known rates."""
    rates = price(provider, name)
    if rates is None or not any(usage.values()):
        return None
    total = Decimal(0)
    for word, units in usage.items():
        total += units * rates.get(word, rates.get(_PLAIN.get(word, ""), Decimal(0)))
    return Cost(whole(total), "computed", f"{sum(usage.values())} {_unit(usage)}")


def _unit(usage: Mapping[str, int]) -> str:
    return next(iter(usage)) if usage.keys() <= {"characters", "seconds", "images"} else "tokens"


def text_price(provider: str, name: str, text: str, most: int | None) -> Price | None:
    """Estimate an answer in text of at most `most` tokens to a text."""
    rates = rates_of(provider, name, "input", "output")
    if rates is None:
        return None
    words, ceiling = text_tokens(text), most or 16_000
    low, likely, high = (
        whole(words * share * rates["input"] + tokens * rates["output"])
        for share, tokens in zip(WORDS, (1, min(1_000, ceiling), ceiling), strict=True)
    )
    return Price(low, likely, high, source(provider, name))


def text_tokens(text: str) -> int:
    """Estimate the tokens of a text: four characters each."""
    return len(text) // 4 + 1


def whole(micro: Decimal) -> int:
    """Round an amount to whole micro-USD."""
    return int(micro.to_integral_value(ROUND_HALF_UP))


def source(provider: str, name: str) -> str:
    """Tell where the rates of a model are from, and as of when."""
    known = model(provider, name)
    return f"{known.source}, checked on {known.checked_on}" if known else ""


def refuse_retired(provider: str, name: str) -> None:
    """Refuse a model that is known to be gone, before anything is sent; raises `ModelRetired`."""
    known = model(provider, name)
    if known is not None and known.retired(datetime.now(UTC).date()):
        raise gone(known)


def gone(known: Model) -> ModelRetired:
    """Return the error for a model that is no longer served, with what takes its place."""
    advice = f"Use {known.replaced_by!r} instead." if known.replaced_by else "The vendor named no replacement."
    return ModelRetired(
        f"The model {known.id!r} was retired on {known.retires_on}",
        hint=advice,
        model=known.id,
        replaced_by=known.replaced_by,
        retired_on=str(known.retires_on),
    )


def leaving(provider: str, name: str, on: date) -> str | None:
    """Tell of a model that goes within sixty days when that is, and what follows it; None for any other."""
    known = model(provider, name)
    if known is None or known.retires_on is None or not on < known.retires_on <= on + NOTICE:
        return None
    follows = f"{known.replaced_by!r} takes its place" if known.replaced_by else "the vendor named no replacement"
    return f"the vendor ends this model on {known.retires_on}; {follows}"
