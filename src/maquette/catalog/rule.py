"""What one unit of something costs: a price list's own words, worked out for the parameters of a request. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal, get_args

from maquette.core.action import Price

Unit = Literal["request", "image", "second", "character", "token", "megapixel"]
UNITS: tuple[Unit, ...] = get_args(Unit)
_TEXTS = ("prompt", "text", "input", "instructions")
_MILLION = Decimal(1_000_000)
_CHARACTERS_A_TOKEN = 4
_UNDECIDED = (None, "auto")


@dataclass(frozen=True, slots=True)
class Rule:
    """The price of one unit, in USD or in credits, where parameters have certain values."""

    per: Unit
    usd: Decimal | None = None
    credits: Decimal | None = None
    when: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Parameters with the value, or the values, for which it holds; all of them must fit."""

    def fits(self, params: Mapping[str, Any]) -> bool | None:
        """Tell whether the rule holds; None where the parameters leave that open."""
        answers = [_fits(params.get(word), allowed) for word, allowed in self.when.items()]
        if False in answers:
            return False
        return None if None in answers else True


def _fits(value: Any, allowed: Any) -> bool | None:
    values = allowed if isinstance(allowed, list | tuple) else (allowed,)
    if value in values:
        return True
    return None if value in _UNDECIDED else False


@dataclass(frozen=True, slots=True)
class Tariff:
    """All rules of one model."""

    rules: Sequence[Rule]
    credit: Decimal | None = None
    """USD for one credit."""
    source: str = ""

    def quote(self, params: Mapping[str, Any], made: int | None = None) -> Price | None:
        """Return what a request costs; None where the parameters do not say how much of a unit it needs.

        The first rule of a unit that fits counts. Where a parameter is left open, the range spans all that may fit.
        `made` is the number of outputs, once that is known.
        """
        low = likely = high = Decimal(0)
        native = Decimal(0)
        fitting = list(self._fitting(params))
        for rules in fitting:
            amounts = [_amount(rules[0].per, params, made)] if rules else [None]
            if amounts[0] is None:
                return None
            least, most = amounts[0]
            prices = [self._usd(rule) for rule in rules]
            low, high = low + min(prices) * least, high + max(prices) * most
            likely += prices[0] * (least + most) / 2
            native += (rules[0].credits or Decimal(0)) * (least + most) / 2
        if not fitting:
            return None
        amount = f"{_short(native)} credits" if native else f"{_short(likely)} USD"
        return Price(_micro(low), _micro(likely), _micro(high), self.source, amount, self._rate(fitting))

    def _fitting(self, params: Mapping[str, Any]) -> Iterator[list[Rule]]:
        """Yield for each unit the rules that may hold, up to the first that surely does."""
        for per in UNITS:
            found = list[Rule]()
            for rule in self.rules:
                if rule.per == per and (fits := rule.fits(params)) is not False:
                    found.append(rule)
                    if fits:
                        break
            if found:
                yield found

    def _usd(self, rule: Rule) -> Decimal:
        if rule.usd is not None:
            return rule.usd
        return (rule.credits or Decimal(0)) * (self.credit or Decimal(0))

    def _rate(self, fitting: Sequence[Sequence[Rule]]) -> str:
        said = []
        for rules in fitting:
            first = rules[0]
            price = (
                f"${_short(first.usd)}" if first.usd is not None else f"{_short(first.credits or Decimal(0))} credits"
            )
            said.append(f"{price} per {first.per}")
        if self.credit is not None and any(rule.credits is not None for rules in fitting for rule in rules):
            said.append(f"${_short(self.credit)} per credit")
        return ", ".join(said)


def _amount(per: Unit, params: Mapping[str, Any], made: int | None) -> tuple[Decimal, Decimal] | None:
    """Return the least and the most of a unit that a request needs."""
    several = Decimal(made if made is not None else _number(params.get("n")) or 1)
    if per == "request":
        return Decimal(1), Decimal(1)
    if per == "image":
        return several, several
    if per in ("character", "token"):
        length = Decimal(sum(len(text) for word in _TEXTS if isinstance(text := params.get(word), str)))
        # Nobody outside the model counts its tokens: from half to twice what is usual.
        usual = length / _CHARACTERS_A_TOKEN
        return (length, length) if per == "character" else (usual / 2, usual * 2)
    each = _number(params.get("duration")) if per == "second" else _megapixels(params)
    return (each * several, each * several) if each is not None else None


def _megapixels(params: Mapping[str, Any]) -> Decimal | None:
    width, height = _number(params.get("width")), _number(params.get("height"))
    if (sized := re.fullmatch(r"(\d+)x(\d+)", str(params.get("size", "")))) is not None:
        width, height = Decimal(sized[1]), Decimal(sized[2])
    return width * height / _MILLION if width is not None and height is not None else None


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    return Decimal(str(value)) if re.fullmatch(r"\d+(\.\d+)?", str(value)) else None


def _micro(usd: Decimal) -> int:
    return whole(usd * _MILLION)


def whole(micro: Decimal) -> int:
    """Round an amount to whole micro-USD."""
    return int(micro.to_integral_value(ROUND_HALF_UP))


def _short(number: Decimal) -> str:
    text = f"{number:.6f}".rstrip("0").rstrip(".")
    return text or "0"
