"""Reckon with the sheets: refuse what is retired, and turn units into money."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

from maquette.core.action import Cost, Price
from maquette.core.errors import ModelRetired

from . import Model, model

__all__ = ["admit", "cost", "expected", "gone", "whole"]

Units = Mapping[str, int | float | Decimal]
"""How much of each unit that has a rate: `{"second": 5}`."""


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


def admit(provider: str, name: str) -> None:
    """Refuse a model that is known to be gone, before anything is sent; raises `ModelRetired`."""
    known = model(provider, name)
    if known is not None and known.retired(datetime.now(UTC).date()):
        raise gone(known)


def cost(provider: str, name: str, units: Units) -> Cost | None:
    """Compute what `units` of a model cost; None where any of them has no known rate."""
    total = _total(provider, name, units)
    told = ", ".join(f"{amount:g} {unit}" for unit, amount in units.items())
    return None if total is None else Cost(whole(total), "computed", told)


def expected(
    provider: str, name: str, low: Units, likely: Units | None = None, high: Units | None = None
) -> Price | None:
    """Estimate a request, from the least to the most that it may take; None where a unit has no known rate."""
    most = high or likely or low
    totals = [_total(provider, name, units) for units in (low, likely or low, most)]
    known = model(provider, name)
    if known is None or any(total is None for total in totals):
        return None
    first, middle, last = (whole(total) for total in totals if total is not None)
    return Price(first, middle, last, f"{known.source}, checked on {known.checked_on}")


def whole(micro: Decimal) -> int:
    """Return whole micro-USD."""
    return int(micro.to_integral_value(ROUND_HALF_UP))


def _total(provider: str, name: str, units: Units) -> Decimal | None:
    known = model(provider, name)
    if known is None or any(unit not in known.rates for unit in units):
        return None
    return sum((Decimal(str(amount)) * known.rates[unit] for unit, amount in units.items()), Decimal(0))
