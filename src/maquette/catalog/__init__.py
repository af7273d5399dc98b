"""Look models and prices up: dated data files, one a provider, read on first use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import msgspec

from maquette.core.params import Media

__all__ = ["Model", "model", "models", "price"]

Rates = Mapping[str, Decimal]
"""USD per million of a unit, which is micro-USD for one of it: `input`, `output`, `image_input`, `characters` …"""


@dataclass(frozen=True, slots=True)
class Model:
    """What is known of a model, from where, and since when."""

    id: str
    media: Media
    title: str
    rates: Rates
    source: str
    checked_on: date
    retires_on: date | None = None
    replaced_by: str | None = None

    def retired(self, on: date) -> bool:
        """Tell whether the model is no longer served on that day."""
        return self.retires_on is not None and self.retires_on <= on


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    media: Media
    title: str
    source: str
    prices: dict[str, Decimal] = {}
    retires_on: date | None = None
    replaced_by: str | None = None


class _Sheet(msgspec.Struct, forbid_unknown_fields=True):
    provider: str
    checked_on: date
    unit: str
    models: list[_Row]


@cache
def models(provider: str) -> Mapping[str, Model]:
    """Return the known models of `provider` by id, in the order of recommendation; empty where there is no sheet."""
    sheet = files(__name__).joinpath(f"{provider}.json")
    if not sheet.is_file():
        return MappingProxyType({})
    read = msgspec.json.decode(sheet.read_bytes(), type=_Sheet)
    return MappingProxyType({row.id: _model(row, read.checked_on) for row in read.models})


def model(provider: str, name: str) -> Model | None:
    """Return what is known of one model, or None."""
    return models(provider).get(name)


def price(provider: str, name: str) -> Rates | None:
    """Return the rates of one model, or None where nobody published them."""
    found = model(provider, name)
    return found.rates if found and found.rates else None


def _model(row: _Row, checked_on: date) -> Model:
    return Model(
        id=row.id,
        media=row.media,
        title=row.title,
        rates=MappingProxyType(row.prices),
        source=row.source,
        checked_on=checked_on,
        retires_on=row.retires_on,
        replaced_by=row.replaced_by,
    )
