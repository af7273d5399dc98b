"""Check fields as the vendor does: unknown ones, types, choices and ranges, each with its own code."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from tests.twins.openai.dialect import refuse
from tests.twins.wire import Json


def known(fields: Json, names: Collection[str]) -> None:
    """Refuse a field that the endpoint does not have."""
    for name in fields:
        if name not in names:
            refuse(f"Unknown parameter: '{name}'.", name, "unknown_parameter")


def required(fields: Json, *names: str) -> None:
    """Refuse a request without a field that it needs."""
    for name in names:
        if fields.get(name) in (None, "", []):
            refuse(f"Missing required parameter: '{name}'.", name, "missing_required_parameter")


def choice(fields: Json, name: str, allowed: Collection[str], default: str | None = None) -> str | None:
    """Return a field that must be one of several words."""
    value = fields.get(name, default)
    if value is not None and value not in allowed:
        words = ", ".join(f"'{word}'" for word in sorted(allowed))
        refuse(f"Invalid value: '{value}'. Supported values are: {words}.", name)
    return value


def whole(fields: Json, name: str, low: int, high: int, default: int) -> int:
    """Return a field that must be a whole number in a range; a form carries it as text."""
    value: Any = fields.get(name)
    if value is None:
        return default
    try:
        number = int(value)
    except (TypeError, ValueError):
        refuse(f"Invalid type for '{name}': expected an integer.", name, "invalid_type")
    if isinstance(value, bool) or number != float(value):
        refuse(f"Invalid type for '{name}': expected an integer.", name, "invalid_type")
    if number < low:
        refuse(f"Invalid '{name}': expected a value >= {low}, but got {number}.", name, "integer_below_min_value")
    if number > high:
        refuse(f"Invalid '{name}': expected a value <= {high}, but got {number}.", name, "integer_above_max_value")
    return number


def flag(fields: Json, name: str) -> bool:
    """Return a field that must be true or false; a form carries it as text."""
    value = fields.get(name, False)
    if value in (True, "true"):
        return True
    if value in (False, None, "false"):
        return False
    return refuse(f"Invalid type for '{name}': expected a boolean.", name, "invalid_type")


def text(fields: Json, name: str, longest: int) -> str:
    """Return a text that must be there and not be too long."""
    required(fields, name)
    value = fields[name]
    if not isinstance(value, str):
        refuse(f"Invalid type for '{name}': expected a string.", name, "invalid_type")
    if len(value) > longest:
        refuse(f"Invalid '{name}': string too long, at most {longest} characters.", name, "string_above_max_length")
    return value
