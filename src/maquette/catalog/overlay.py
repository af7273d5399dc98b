"""Lay a file of an installation's own over a sheet of the package, and name its faults by file and place. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from maquette.core.errors import ConfigInvalid
from maquette.core.typed import decode

__all__ = ["Whole", "check", "merged", "named"]

_WORDS = frozenset({"provider", "checked_on", "unit", "models", "narrowings", "spellings", "credit"})
_MONEY = ("prices", "later_prices", "rules")
_DEAREST = 10**9
_Read = TypeVar("_Read")


class _Fault(Exception):
    """What is wrong, and where in the file."""

    def __init__(self, at: str, said: str) -> None:
        super().__init__(said)
        self.at = at


@dataclass(frozen=True, slots=True)
class Whole:
    """A sheet with a file laid over it."""

    sheet: Mapping[str, Any]
    given: Mapping[str, Mapping[str, Any]]
    """The rows of which the file tells, as they are now, by their place in it."""


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Turn what is wrong within a file into `ConfigInvalid`, naming both."""
    try:
        yield
    except (_Fault, OSError, msgspec.DecodeError) as error:
        at = f"{error.at}: " if isinstance(error, _Fault) and error.at else ""
        raise ConfigInvalid(
            f"The catalog file {str(path)!r} cannot be used: {at}{error}",
            hint="Mend what is named, or take the file away; what the package knows then counts.",
        ) from error


def merged(packaged: bytes | None, given: bytes, provider: str) -> Whole:
    """Return what a file makes of a sheet: what it says of a model takes the place of what was said, word by word."""
    file = check(msgspec.json.decode(given), dict[str, Any], "")
    if strange := sorted(file.keys() - _WORDS):
        raise _Fault(strange[0], f"is no word of a sheet; {', '.join(sorted(_WORDS))} are")
    if file.get("provider", provider) != provider:
        raise _Fault("provider", f"is not {provider!r}, as the file is called")
    day = {"checked_on": file["checked_on"]} if "checked_on" in file else {}
    for each in day.values():
        check(each, date, "checked_on")
    sheet: dict[str, Any] = msgspec.json.decode(packaged) if packaged else {"unit": "", "models": []} | day
    rows: dict[str, dict[str, Any]] = {row["id"]: row for row in sheet["models"]}
    told = dict[str, dict[str, Any]]()
    for number, row in enumerate(check(file.get("models", []), list[dict[str, Any]], "models")):
        at = f"models.{number}"
        if not isinstance(row.get("id"), str):
            raise _Fault(f"{at}.id", "a model is named by its id")
        told[at] = rows[row["id"]] = rows.get(row["id"], {}) | day | row
    for word in ("narrowings", "spellings"):
        sheet[word] = sheet.get(word, {}) | check(file.get(word, {}), dict[str, Any], word)
    plain = {word: file[word] for word in ("unit", "credit") if word in file}
    whole = sheet | plain | {"provider": provider, "models": [*rows.values()]}
    for at, row in told.items():
        _check_row(whole, row, at)
    return Whole(whole, told)


def check(value: Any, kind: type[_Read], at: str) -> _Read:
    """Return a value as what it must be; what does not fit is named by its place."""
    try:
        return decode(msgspec.json.encode(value), kind)
    except msgspec.ValidationError as error:
        said, _, place = str(error).partition(" - at `$")
        raise _Fault(_dotted(at, place.rstrip("`")), said) from error


def _dotted(at: str, place: str) -> str:
    return f"{at}{place.replace('[', '.').replace(']', '')}".strip(".")


def _check_row(sheet: Mapping[str, Any], row: Mapping[str, Any], at: str) -> None:
    """Refuse names of which the sheet does not tell, and prices that are none."""
    for word, kind in (("narrowing", "narrowings"), ("spelling", "spellings")):
        if row.get(word) is not None and row[word] not in sheet[kind]:
            raise _Fault(f"{at}.{word}", f"there is nothing called {row[word]!r} in `{kind}`")
    for operation, name in check(row.get("narrowings", {}), dict[str, str], f"{at}.narrowings").items():
        if name not in sheet["narrowings"]:
            raise _Fault(f"{at}.narrowings.{operation}", f"there is nothing called {name!r} in `narrowings`")
    for place, amount in _amounts({word: row.get(word) for word in _MONEY}, at):
        if isinstance(amount, bool) or not isinstance(amount, int | float) or not 0 <= amount < _DEAREST:
            raise _Fault(place, f"{amount!r} is no price")


def _amounts(value: Any, at: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in ("per", "when"):
                yield from _amounts(inner, f"{at}.{name}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _amounts(inner, f"{at}.{number}")
    elif value is not None:
        yield at, value
