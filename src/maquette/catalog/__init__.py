"""Look models and prices up: dated data files, one a provider, read on first use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import msgspec

from maquette.core.narrow import Narrowing
from maquette.core.params import Media

__all__ = ["Model", "model", "models", "narrowing", "price"]

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
    narrowing: Narrowing | None = None
    """What the model leaves of the parameters of the actions that run it."""
    by_operation: Mapping[str, Narrowing] = field(default_factory=dict[str, Narrowing])
    """The same where its operations differ; a model that has any of these serves no other operation."""

    def retired(self, on: date) -> bool:
        """Tell whether the model is no longer served on that day."""
        return self.retires_on is not None and self.retires_on <= on


class _Cut(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, rename="camel"):
    enum: list[str | int | float] | msgspec.UnsetType = msgspec.UNSET
    minimum: int | float | msgspec.UnsetType = msgspec.UNSET
    maximum: int | float | msgspec.UnsetType = msgspec.UNSET
    multiple_of: int | msgspec.UnsetType = msgspec.UNSET
    max_length: int | msgspec.UnsetType = msgspec.UNSET
    max_items: int | msgspec.UnsetType = msgspec.UNSET
    default: str | int | float | bool | msgspec.UnsetType = msgspec.UNSET


class _Narrowing(msgspec.Struct, forbid_unknown_fields=True):
    drop: list[str] = []
    fields: dict[str, _Cut] = {}


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    media: Media
    title: str
    source: str
    prices: dict[str, Decimal] = {}
    retires_on: date | None = None
    replaced_by: str | None = None
    narrowing: str | None = None
    narrowings: dict[str, str] = {}


class _Sheet(msgspec.Struct, forbid_unknown_fields=True):
    provider: str
    checked_on: date
    unit: str
    models: list[_Row]
    narrowings: dict[str, _Narrowing] = {}


@cache
def models(provider: str) -> Mapping[str, Model]:
    """Return the known models of `provider` by id, in the order of recommendation; empty where there is no sheet."""
    sheet = files(__name__).joinpath(f"{provider}.json")
    if not sheet.is_file():
        return MappingProxyType({})
    read = msgspec.json.decode(sheet.read_bytes(), type=_Sheet)
    known = {name: _narrowing(found) for name, found in read.narrowings.items()}
    return MappingProxyType({row.id: _model(row, read.checked_on, known) for row in read.models})


def model(provider: str, name: str) -> Model | None:
    """Return what is known of one model, or None."""
    return models(provider).get(name)


def price(provider: str, name: str) -> Rates | None:
    """Return the rates of one model, or None where nobody published them."""
    found = model(provider, name)
    return found.rates if found and found.rates else None


def narrowing(provider: str, name: str, operation: str = "") -> Narrowing | None:
    """Return what one model leaves of an action's parameters, or None where nothing is known of it."""
    found = model(provider, name)
    return found.by_operation.get(operation, found.narrowing) if found else None


def _narrowing(found: _Narrowing) -> Narrowing:
    return Narrowing(frozenset(found.drop), {word: msgspec.to_builtins(cut) for word, cut in found.fields.items()})


def _model(row: _Row, checked_on: date, known: Mapping[str, Narrowing]) -> Model:
    return Model(
        id=row.id,
        media=row.media,
        title=row.title,
        rates=MappingProxyType(row.prices),
        source=row.source,
        checked_on=checked_on,
        retires_on=row.retires_on,
        replaced_by=row.replaced_by,
        narrowing=known[row.narrowing] if row.narrowing else None,
        by_operation=MappingProxyType({operation: known[name] for operation, name in row.narrowings.items()}),
    )
