"""What may be kept as the handle of an attempt."""

from __future__ import annotations


def is_plain(value: object) -> bool:
    """Tell whether a value is JSON as it stands."""
    if value is None or isinstance(value, str | int | float | bool):
        return True
    if isinstance(value, list):
        return all(is_plain(item) for item in value)
    return isinstance(value, dict) and all(isinstance(k, str) and is_plain(v) for k, v in value.items())
