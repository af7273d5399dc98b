"""The vocabulary in which data says how it wants to be shown, and the check that finds a typo in it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

DISPLAYS = (
    "sections", "cards", "tabs", "fields", "list", "table", "prose", "markdown", "code", "json", "media", "compare",
    "badge", "money", "date", "link", "hidden",
)  # fmt: skip
"""The values of `x-display`."""
HINTS = ("x-display", "x-order", "x-emphasis", "x-columns", "x-clamp", "x-actions", "x-widget", "x-unit", "x-layout")
"""The hints that a display schema may have."""
_EMPHASES = ("strong", "muted", "normal")
_WORDS = (
    "$schema", "$id", "$defs", "$ref", "title", "description", "type", "properties", "additionalProperties", "required",
    "patternProperties", "items", "prefixItems", "enum", "const", "default", "examples", "format", "pattern", "oneOf",
    "anyOf", "allOf", "not", "if", "then", "else", "minimum", "maximum", "minLength", "maxLength", "minItems",
    "maxItems", "uniqueItems", "contentMediaType", "contentEncoding", "readOnly", "writeOnly", "multipleOf",
    "exclusiveMinimum", "exclusiveMaximum", "minProperties", "maxProperties", "propertyNames", "deprecated",
)  # fmt: skip
_TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")

Fault = dict[str, str]
META: Mapping[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "urn:maquette:display:1",
    "title": "Hints of a display schema",
    "type": "object",
    "properties": {
        "x-display": {"enum": list(DISPLAYS)},
        "x-order": {"type": "array", "items": {"type": "string"}},
        "x-emphasis": {"enum": list(_EMPHASES)},
        "x-columns": {"type": ["integer", "array"], "minimum": 1, "items": {"type": "string"}},
        "x-clamp": {"type": "integer", "minimum": 1},
        "x-actions": {"type": "array", "items": {"type": "string"}},
    },
}
"""What each hint may be, as a schema of the schema."""


def faults(schema: Any, where: str = "") -> Iterator[Fault]:
    """Yield what is wrong in a display schema, each with its path, what was found and what was probably meant.

    A hint or keyword that is like nothing known is left alone: readers ignore it, as JSON Schema says.
    """
    if isinstance(schema, bool):
        return
    if not isinstance(schema, Mapping):
        yield _fault(where, f"a schema is an object, not {type(schema).__name__}")
        return
    for word, value in schema.items():
        yield from _word(str(word), f"{where}/{word}")
        yield from _value(str(word), value, f"{where}/{word}")
    yield from _inner(schema, where)


def _inner(schema: Mapping[str, Any], where: str) -> Iterator[Fault]:
    for word in ("properties", "patternProperties", "$defs"):
        if isinstance(members := schema.get(word), Mapping):
            yield from _each(members.items(), f"{where}/{word}")
    for word in ("oneOf", "anyOf", "allOf", "prefixItems"):
        if isinstance(members := schema.get(word), list):
            yield from _each(enumerate(members), f"{where}/{word}")
    single = ("items", "additionalProperties", "not", "if", "then", "else")
    yield from _each(((word, schema[word]) for word in single if word in schema), where)


def _each(members: Iterable[tuple[object, Any]], where: str) -> Iterator[Fault]:
    for name, inner in members:
        yield from faults(inner, f"{where}/{name}")


def _word(word: str, where: str) -> Iterator[Fault]:
    known = HINTS if word.startswith("x-") else _WORDS
    if word not in known and (near := difflib.get_close_matches(word, known, 1, 0.75)):
        yield _fault(where, f"{word!r} is not known; did you mean {near[0]!r}?")


def _value(word: str, value: Any, where: str) -> Iterator[Fault]:
    allowed = {"x-display": DISPLAYS, "x-emphasis": _EMPHASES}.get(word)
    if allowed is not None and value not in allowed:
        near = difflib.get_close_matches(str(value), allowed, 1)
        meant = f"did you mean {near[0]!r}?" if near else f"it is one of {', '.join(allowed)}"
        yield _fault(where, f"{value!r} is no {word}; {meant}")
    if word == "type":
        for each in value if isinstance(value, list) else [value]:
            if each not in _TYPES:
                near = difflib.get_close_matches(str(each), _TYPES, 1)
                yield _fault(where, f"{each!r} is no type" + (f"; did you mean {near[0]!r}?" if near else ""))
    if word in ("x-order", "x-actions") and not isinstance(value, list):
        yield _fault(where, f"{word} is a list of names")
    if word == "x-clamp" and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
        yield _fault(where, "x-clamp is a number of lines")


def _fault(where: str, message: str) -> Fault:
    return {"path": where, "message": message}
