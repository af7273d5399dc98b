"""Bring a JSON Schema into the one form that readers draw: no references, a widget and a title for every field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

WIDGETS = (
    "text", "textarea", "prompt", "password", "number", "slider", "seed", "segmented", "select", "combobox", "switch",
    "tags", "count", "color", "size", "asset", "assets", "mask", "json", "code", "date", "url", "money",
)  # fmt: skip
"""Every widget of the vocabulary; a schema says what a field is, and each reader draws it in its own way."""
LEADING = ("prompt", "text", "title", "question")
"""Words that stand above the others, each in a row of its own."""
COMMON = (
    "model", "aspect_ratio", "size", "resolution", "width", "height", "duration", "n", "quality", "voice", "language",
    "format", "strength", "image",
)  # fmt: skip
"""Words that stand together in the first row, in this order."""
MORE = "More"
"""The title of the group in which the rest lies folded."""
_FILES = ("asset", "assets", "mask")
_FEW = 4
_LONG = 200
_WIDE = 2_000
"""A range that is too wide for a slider."""
_SENTENCE = re.compile(r"[A-Z][^.;:\n]{1,38}(?=[.;:\n]|$)")
"""What a description begins with, where it is short enough for a title."""
_CAPITALS = {"api": "API", "url": "URL", "id": "ID", "fps": "FPS"}
_BY_NAME = {"seed": "seed", "n": "count", "size": "size", "prompt": "prompt", "negative_prompt": "textarea"}
_BY_FORMAT = {"uri": "url", "url": "url", "date": "date", "color": "color", "password": "password"}
_BY_TYPE = {"boolean": "switch", "integer": "number", "number": "number", "string": "text", "object": "json"}


def normalise(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema that says the same in the profile of `ui.md`; a hint that is there stays.

    Local references are inlined, `anyOf [T, null]` becomes T, every property gets an `x-widget` and a title, and the
    top level an `x-layout` and an `x-summary`.
    """
    made: dict[str, Any] = msgspec.json.decode(_normalised(msgspec.json.encode(schema)))
    return made


@lru_cache(maxsize=512)
def _normalised(text: bytes) -> bytes:
    schema: dict[str, Any] = msgspec.json.decode(text)
    plain = _plain(schema, schema.get("$defs", {}), ())
    plain.pop("$defs", None)
    if plain.get("type", "object") == "object" and isinstance(plain.get("properties", {}), dict):
        _dress(plain)
        plain.setdefault("x-layout", _layout(plain))
        plain.setdefault("x-summary", _summary(plain))
    return msgspec.json.encode(plain)


# -- one shape ----------------------------------------------------------------------------------------------------


def _plain(value: Any, definitions: Mapping[str, Any], inside: tuple[str, ...]) -> Any:
    """Return a copy without references and null alternatives."""
    if isinstance(value, list):
        return [_plain(inner, definitions, inside) for inner in value]
    if not isinstance(value, dict):
        return value
    reference = value.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/$defs/"):
        return _followed(value, reference.removeprefix("#/$defs/"), definitions, inside)
    made = {key: _plain(inner, definitions, inside) for key, inner in value.items() if key != "$defs"}
    return _without_null(_merged(made))


def _followed(
    value: Mapping[str, Any], name: str, definitions: Mapping[str, Any], inside: tuple[str, ...]
) -> dict[str, Any]:
    beside = {key: _plain(inner, definitions, inside) for key, inner in value.items() if key != "$ref"}
    if name in inside or not isinstance(definitions.get(name), dict):
        return {
            "type": "object",
            "x-widget": "json",
            **beside,
        }  # it holds itself: its own JSON is all that can be shown
    found: dict[str, Any] = _plain(definitions[name], definitions, (*inside, name))
    return found | beside


def _merged(made: dict[str, Any]) -> dict[str, Any]:
    parts = made.get("allOf")
    if isinstance(parts, list) and len(parts) == 1 and isinstance(parts[0], dict):
        return parts[0] | {key: value for key, value in made.items() if key != "allOf"}
    return made


def _without_null(made: dict[str, Any]) -> dict[str, Any]:
    kind = made.get("type")
    if isinstance(kind, list) and "null" in kind and len(kind) == 2:
        made["type"] = next(each for each in kind if each != "null")
    for word in ("anyOf", "oneOf"):
        found = made.get(word)
        if isinstance(found, list) and (rest := _real(found)) is not None and len(rest) < len(found):
            made = {key: value for key, value in made.items() if key != word}
            made = rest[0] | made if len(rest) == 1 else made | {word: rest}
    if made.get("default", ...) is None:
        del made["default"]
    return made


def _real(alternatives: list[Any]) -> list[dict[str, Any]] | None:
    if not all(isinstance(each, dict) for each in alternatives):
        return None
    return [each for each in alternatives if each.get("type") != "null"] or None


# -- widgets and titles ---------------------------------------------------------------------------------------------


def _dress(schema: dict[str, Any]) -> None:
    """Give every property below an object its title and its widget, in place."""
    for name, spec in schema.get("properties", {}).items():
        if not isinstance(spec, dict):
            continue
        spec["title"] = _title(name, spec.get("title"), spec.get("description"))
        spec["x-widget"] = _widget(name, spec)
        for inner in (spec, spec.get("items")):
            if isinstance(inner, dict) and isinstance(inner.get("properties"), dict):
                _dress(inner)


def _title(name: str, given: Any, described: Any = None) -> str:
    """Return the title for people: the given one, unless it is only the name in capitals; a letter is none."""
    plain = re.sub(r"[_\s]+", " ", name).strip()
    if isinstance(given, str) and given and given.lower() != plain.lower():
        return given
    if len(plain) == 1 and isinstance(described, str) and (first := _SENTENCE.match(described)):
        return first[0]
    words = [_CAPITALS.get(word, word) for word in plain.split(" ")]
    return " ".join(words)[:1].upper() + " ".join(words)[1:]


def _widget(name: str, spec: Mapping[str, Any]) -> str:
    given = spec.get("x-widget")
    if given == "textarea" and name == "prompt":
        return "prompt"
    if isinstance(given, str):
        return "assets" if given == "asset" and spec.get("type") == "array" else given
    if _media(spec):
        return "assets" if spec.get("type") == "array" else "asset"
    return _choice(spec) or _listed(spec) or _by_word(name, spec) or _by_type(spec)


def _media(spec: Mapping[str, Any]) -> bool:
    items = spec.get("items")
    return "x-accept" in spec or (isinstance(items, Mapping) and "x-accept" in items)


def _choice(spec: Mapping[str, Any]) -> str | None:
    constants = [each for each in spec.get("oneOf", ()) if isinstance(each, Mapping) and "const" in each]
    choices = spec.get("enum") or constants
    if not choices:
        return None
    short = all(len(str(each)) <= 16 for each in spec.get("enum", ()))
    return "segmented" if len(choices) <= _FEW and short else "select"


def _listed(spec: Mapping[str, Any]) -> str | None:
    if spec.get("type") != "array":
        return None
    items = spec.get("items", {})
    return "tags" if isinstance(items, Mapping) and items.get("type", "string") in ("string", "integer") else "json"


def _by_word(name: str, spec: Mapping[str, Any]) -> str | None:
    if spec.get("writeOnly"):
        return "password"
    if name in _BY_NAME and spec.get("type") in ("string", "integer"):
        return _BY_NAME[name]
    if spec.get("format") in _BY_FORMAT:
        return _BY_FORMAT[spec["format"]]
    return "combobox" if spec.get("type") == "string" and ("examples" in spec or "x-options" in spec) else None


def _by_type(spec: Mapping[str, Any]) -> str:
    kind = spec.get("type")
    if kind == "string" and spec.get("maxLength", 0) > _LONG:
        return "textarea"
    if kind in ("integer", "number") and spec.get("maximum", _WIDE) - spec.get("minimum", 0) < _WIDE:
        return "slider" if "minimum" in spec else "number"
    return _BY_TYPE.get(kind, "json") if isinstance(kind, str) else "json"


# -- where everything stands ----------------------------------------------------------------------------------------


def _layout(schema: Mapping[str, Any]) -> list[Any]:
    fields: Mapping[str, Any] = schema.get("properties", {})
    required = set(schema.get("required", ()))
    first = [name for name in fields if name in LEADING or fields[name]["x-widget"] in ("prompt", *_FILES)]
    leading = [name for name in first if name in required or name in LEADING]
    plain = [name for name in fields if name not in leading and not fields[name].get("x-advanced")]
    row = [name for name in COMMON if name in plain or (name in fields and fields[name].get("x-common"))]
    row = [name for name in row if name not in leading]
    own = [name for name in fields if name in required and name not in leading and name not in row]
    rest = [name for name in fields if name not in (*leading, *row, *own)]
    rows: list[Any] = [[name] for name in [*leading, *own]] + ([row] if row else [])
    folded = bool(row) or len(rest) > _FEW or any(fields[name].get("x-advanced") for name in rest)
    if not rows or not folded:
        return [*rows, *([name] for name in rest)]
    more: list[Any] = [{"group": MORE, "collapsed": True, "rows": [[name] for name in rest]}] if rest else []
    return rows + more


def _summary(schema: Mapping[str, Any]) -> list[str]:
    fields: Mapping[str, Any] = schema.get("properties", {})
    shown = [name for name in COMMON if name in fields and fields[name]["x-widget"] not in _FILES]
    return shown[:4]
