"""Look models and prices up: dated data files, one a provider, read on first use.

Files of an installation's own are laid over those of the package. What a workspace set for itself goes before both,
wherever its requests are planned and its attempts are run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from maquette.catalog import overlay
from maquette.catalog.rule import Rule, Tariff, Unit
from maquette.core.action import Price
from maquette.core.narrow import Narrowing
from maquette.core.params import Media
from maquette.core.typed import decode

__all__ = [
    "Model",
    "Own",
    "Rates",
    "Spelling",
    "laid",
    "lay",
    "lenient",
    "listed",
    "model",
    "models",
    "narrowing",
    "price",
    "priced",
    "quote",
    "tariff",
    "with_own",
]

Rates = Mapping[str, Decimal]
"""USD per million of a unit, which is micro-USD for one of it: `input`, `output`, `image_input`, `characters` …"""


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a model's wire says what the parameters say, where it does so in other words than its provider's others."""

    words: Mapping[str, str] = field(default_factory=dict[str, str])
    """The wire's name by parameter, with a dot before a part of an object; several parameters may fill one list."""
    text: frozenset[str] = frozenset()
    """Parameters whose values go out as text."""
    lists: frozenset[str] = frozenset()
    """Parameters that go out as a list, a single value too."""


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
    spelling: Spelling | None = None
    later: Mapping[date, Rates] = field(default_factory=dict[date, Rates])
    """Rates that take the place of `rates` from a day on, in order."""

    by_operation: Mapping[str, Narrowing] = field(default_factory=dict[str, Narrowing])
    """The same where its operations differ; a model that has any of these serves no other operation."""
    rules: Sequence[Rule] = ()
    """What a picture, a second … costs, where the price list says so."""
    credit: Decimal | None = None
    """USD for one credit of the provider."""

    def rates_on(self, day: date) -> Rates:
        """Return the rates that hold on that day."""
        return next((rates for begins, rates in reversed(list(self.later.items())) if begins <= day), self.rates)

    def retired(self, on: date) -> bool:
        """Tell whether the model is no longer served on that day."""
        return self.retires_on is not None and self.retires_on <= on


@dataclass(frozen=True, slots=True)
class Own:
    """What a workspace set for a model: it takes the place of the rates and the rules of the file."""

    rates: Rates
    rules: Sequence[Rule]
    credit: Decimal | None
    source: str
    checked_on: date


_OWN: ContextVar[Mapping[tuple[str, str], Own]] = ContextVar("own_prices", default=MappingProxyType({}))


@contextmanager
def with_own(prices: Mapping[tuple[str, str], Own]) -> Iterator[None]:
    """Let the prices of a workspace, by provider and model, count within."""
    mark = _OWN.set(prices)
    try:
        yield
    finally:
        _OWN.reset(mark)


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


class _Spelling(msgspec.Struct, forbid_unknown_fields=True):
    words: dict[str, str] = {}
    text: list[str] = []
    lists: list[str] = []


class _Rule(msgspec.Struct, forbid_unknown_fields=True):
    per: Unit
    usd: Decimal | None = None
    credits: Decimal | None = None
    when: dict[str, Any] = {}


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    media: Media
    title: str
    source: str
    prices: dict[str, Decimal] = {}
    later_prices: dict[date, dict[str, Decimal]] = {}
    retires_on: date | None = None
    replaced_by: str | None = None
    narrowing: str | None = None
    spelling: str | None = None
    narrowings: dict[str, str] = {}
    rules: list[_Rule] = []
    checked_on: date | None = None
    """Where it was looked at on another day than the rest."""


class _Sheet(msgspec.Struct, forbid_unknown_fields=True):
    provider: str
    checked_on: date
    unit: str
    models: list[_Row]
    narrowings: dict[str, _Narrowing] = {}
    spellings: dict[str, _Spelling] = {}
    credit: Decimal | None = None
    """USD for one credit."""


_LAID: list[Mapping[str, Mapping[str, Model]]] = [MappingProxyType({})]
"""The models by provider of which files of the installation's own tell: one item, put in place as a whole."""


def models(provider: str) -> Mapping[str, Model]:
    """Return the known models of `provider` by id, in the order of recommendation; empty where there is no sheet."""
    found = _LAID[0].get(provider)
    return _packaged(provider) if found is None else found


@cache
def _packaged(provider: str) -> Mapping[str, Model]:
    sheet = _sheet(provider)
    return MappingProxyType({}) if sheet is None else _read(decode(sheet, _Sheet))


def _sheet(provider: str) -> bytes | None:
    sheet = files(__name__).joinpath(f"{provider}.json")
    return sheet.read_bytes() if sheet.is_file() else None


def laid() -> Mapping[str, Mapping[str, Model]]:
    """Return the models of the providers of which files of the installation's own tell."""
    return _LAID[0]


def lay(folder: Path) -> None:
    """Lay the files of a folder, `PROVIDER.json`, over those of the package, in place of what was laid before.

    Raises `ConfigInvalid`, naming file and place, and then changes nothing.
    """
    found = dict[str, Mapping[str, Model]]()
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        with overlay.named(path):
            whole = overlay.merged(_sheet(path.stem), path.read_bytes(), path.stem)
            for at, row in whole.given.items():
                overlay.check(row, _Row, at)
            for name, each in whole.sheet["narrowings"].items():
                overlay.check(each, _Narrowing, f"narrowings.{name}")
            for name, each in whole.sheet["spellings"].items():
                overlay.check(each, _Spelling, f"spellings.{name}")
            found[path.stem] = _read(overlay.check(whole.sheet, _Sheet, ""))
    _LAID[0] = MappingProxyType(found)


def _read(read: _Sheet) -> Mapping[str, Model]:
    left = {name: _narrowing(found) for name, found in read.narrowings.items()}
    spelt = {name: _spelling(found) for name, found in read.spellings.items()}
    return MappingProxyType({row.id: _model(row, read, left, spelt) for row in read.models})


def model(provider: str, name: str) -> Model | None:
    """Return what is known of one model, with the prices that count here, or None."""
    found, own = models(provider).get(name), _OWN.get().get((provider, name))
    if found is None or own is None:
        return found
    return replace(
        found,
        rates=own.rates,
        rules=own.rules,
        credit=own.credit,
        source=own.source,
        checked_on=own.checked_on,
    )


def price(provider: str, name: str) -> Rates | None:
    """Return the rates of one model today, or None where nobody published them."""
    if (own := _OWN.get().get((provider, name))) is not None:
        return own.rates or None
    found = model(provider, name)
    return found.rates_on(datetime.now(UTC).date()) if found and found.rates else None


def tariff(provider: str, name: str, *, own: bool = False) -> Tariff | None:
    """Return the rules of one model, or None where there are none; with `own`, only those that a workspace set."""
    mine = _OWN.get().get((provider, name))
    found = mine or (None if own else model(provider, name))
    if found is None or not found.rules:
        return None
    return Tariff(found.rules, found.credit, f"{found.source}, checked on {found.checked_on}")


def quote(provider: str, name: str, params: Mapping[str, Any]) -> Price | None:
    """Return what a request costs by the rules of its model, or None where they do not say."""
    found = tariff(provider, name)
    return found.quote(params) if found else None


def priced(provider: str) -> Callable[[Any], Price | None]:
    """Return a `price=` for `@operation` that reads the rules of whichever model is asked for."""

    def by_rules(params: Any) -> Price | None:
        words = params.model_dump(mode="json", exclude_none=True)
        return quote(provider, str(words.get("model", "")), words)

    return by_rules


def narrowing(provider: str, name: str, operation: str = "") -> Narrowing | None:
    """Return what one model leaves of an action's parameters, or None where nothing is known of it."""
    found = model(provider, name)
    return found.by_operation.get(operation, found.narrowing) if found else None


def lenient(provider: str, name: str, operation: str = "") -> Narrowing | None:
    """Return what a model leaves; one of which nothing is known has all words, and is told only those asked for."""
    return narrowing(provider, name, operation) if model(provider, name) else Narrowing(asked=True)


def listed(provider: str) -> list[dict[str, str]]:
    """Return the known models as a list of models shows them, each with the day on which it goes and its successor."""
    rows = (
        {
            "id": found.id,
            "title": found.title,
            "media": found.media,
            "retires_on": found.retires_on.isoformat() if found.retires_on else None,
            "replaced_by": found.replaced_by,
        }
        for found in models(provider).values()
    )
    return [{word: value for word, value in row.items() if value is not None} for row in rows]


def _spelling(found: _Spelling) -> Spelling:
    return Spelling(MappingProxyType(found.words), frozenset(found.text), frozenset(found.lists))


def _narrowing(found: _Narrowing) -> Narrowing:
    return Narrowing(frozenset(found.drop), {word: msgspec.to_builtins(cut) for word, cut in found.fields.items()})


def _model(row: _Row, sheet: _Sheet, left: Mapping[str, Narrowing], spelt: Mapping[str, Spelling]) -> Model:
    return Model(
        id=row.id,
        media=row.media,
        title=row.title,
        rates=MappingProxyType(row.prices),
        source=row.source,
        checked_on=row.checked_on or sheet.checked_on,
        retires_on=row.retires_on,
        replaced_by=row.replaced_by,
        narrowing=left[row.narrowing] if row.narrowing else None,
        spelling=spelt[row.spelling] if row.spelling else None,
        later={begins: MappingProxyType(rates) for begins, rates in sorted(row.later_prices.items())},
        by_operation=MappingProxyType({operation: left[name] for operation, name in row.narrowings.items()}),
        rules=tuple(Rule(rule.per, rule.usd, rule.credits, rule.when) for rule in row.rules),
        credit=sheet.credit,
    )
