"""Prompts: texts filled from variables. Nothing is ever run; a value is looked up by its name and written as it is.

Two ways to write a variable are known: `{{ name }}`, and `{name}` in texts that say so. What a value contains is never
looked at again, so neither a value nor a template can bring a template of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from .errors import TemplateInvalid

Format = Literal["double", "brace"]
"""How a text writes its variables: `{{ name }}`, or `{name}` with `{{` and `}}` for plain braces."""
LONGEST = 32_000
"""Most characters of a prompt."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_DOUBLE = re.compile(r"\{\{([^{}]*)\}\}")
_BRACE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a text where the value of a variable goes."""

    name: str


Piece = str | Slot


def pieces(text: str, form: Format = "double", where: str = "") -> list[Piece]:
    """Return a text cut at its variables; raises `TemplateInvalid` for a brace that holds no name."""
    return _double(text, where) if form == "double" else _brace(text, where)


def variables(*texts: str, form: Format = "double") -> list[str]:
    """Return the names of the variables of some texts, each once, in order; raises `TemplateInvalid`."""
    return list(dict.fromkeys(p.name for text in texts for p in pieces(text, form) if isinstance(p, Slot)))


def fill(text: str, values: Mapping[str, Any], form: Format = "double", where: str = "") -> str:
    """Return a text with the value of each variable in its place.

    Raises:
        TemplateInvalid: A variable has no value (each is named), or the text would become too long.
    """
    cut = pieces(text, form, where)
    names = dict.fromkeys(piece.name for piece in cut if isinstance(piece, Slot))
    if missing := [name for name in names if name not in values]:
        raise undefined(missing)
    written = {name: worded(values[name]) for name in names}
    if sum(len(written[p.name] if isinstance(p, Slot) else p) for p in cut) > LONGEST:
        raise invalid(where, f"filled in, the text has more than {LONGEST} characters; shorten it or its values")
    return "".join(written[piece.name] if isinstance(piece, Slot) else piece for piece in cut)


def worded(value: Any) -> str:
    """Return a value as it stands in a prompt: a list of texts becomes an enumeration, other data JSON."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list | tuple) and all(isinstance(each, str | int | float) for each in value):
        return ", ".join(worded(each) for each in value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def is_blank(value: Any) -> bool:
    """Tell whether a value says nothing, so that writing it would leave a hole."""
    return value is None or (isinstance(value, str | list | tuple | dict) and not (worded(value) if value else ""))


def undefined(names: Sequence[str]) -> TemplateInvalid:
    """Return the error that names the variables that have no value."""
    errors = [{"path": f"values.{name}", "message": f"a value for {name!r} is needed"} for name in names]
    shown = ", ".join(map(repr, names))
    return TemplateInvalid(
        f"The template needs a value for {shown}",
        hint="Give each under `values`; nothing is filled in blank.",
        errors=errors,
        missing=list(names),
    )


def invalid(where: str, message: str, **details: Any) -> TemplateInvalid:
    """Return the error of a text that is no template."""
    place = f"{where}: " if where else ""
    return TemplateInvalid(place + message, errors=[{"path": where, "message": message}], **details)


def joined(parts: Iterable[str]) -> str:
    """Return parts of a prompt as one, with a comma between those that say something."""
    return ", ".join(part.strip().rstrip(",.; ") if last else part.strip() for part, last in _flagged(parts))


def _flagged(parts: Iterable[str]) -> list[tuple[str, bool]]:
    said = [part for part in parts if part.strip()]
    return [(part, number < len(said) - 1) for number, part in enumerate(said)]


def _double(text: str, where: str) -> list[Piece]:
    made, end = list[Piece](), 0
    for found in _DOUBLE.finditer(text):
        made += [_plain(text[end : found.start()], where), Slot(_name(found[1], where))]
        end = found.end()
    return [*made, _plain(text[end:], where)]


def _plain(text: str, where: str) -> str:
    if "{{" in text:
        begun = text[text.index("{{") :][:_SHOWN]
        raise invalid(where, f"{begun!r}: `{{{{` is followed by a variable's name and `}}}}`")
    return text


def _brace(text: str, where: str) -> list[Piece]:
    made, end = list[Piece](), 0
    for found in _BRACE.finditer(text):
        made.append(text[end : found.start()])
        end = found.end()
        if found[0] in ("{{", "}}"):
            made.append(found[0][0])
        elif found[1] is None:
            raise invalid(where, f"a {found[0]!r} stands alone; write {found[0] * 2!r} for a plain brace")
        else:
            made.append(Slot(_name(found[1], where)))
    return [*made, text[end:]]


def _name(text: str, where: str) -> str:
    name = text.strip()
    if not _NAME.fullmatch(name):
        rule = "a name is a letter, then letters, digits and _; a template holds names alone"
        raise invalid(where, f"{name[:_SHOWN]!r} is no variable: {rule}")
    return name
