"""What a model leaves of an action's parameters: data may drop, cut, bound and set a default, and never widen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_TIGHTER: dict[str, Callable[[Any, Any], Any]] = {
    **dict.fromkeys(("minimum", "minLength", "minItems"), max),
    **dict.fromkeys(("maximum", "maxLength", "maxItems"), min),
}
"""How a bound of the data and one of the action become one."""


@dataclass(frozen=True, slots=True)
class Narrowing:
    """How one model differs from the whole action."""

    drop: frozenset[str] = frozenset()
    """Parameters that the model does not take."""
    fields: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    """JSON Schema keywords by parameter: `enum`, bounds, `multipleOf`, `default`."""
    asked: bool = False
    """True for a model of which nothing is known: it is told only what was asked for, and no seed is drawn for it."""


def narrowed(schema: Mapping[str, Any], narrowing: Narrowing) -> dict[str, Any]:
    """Return a copy of `schema` with what `narrowing` leaves of it; a parameter that is not there stays absent."""
    kept = {
        word: _cut(spec, narrowing.fields.get(word, {}))
        for word, spec in schema.get("properties", {}).items()
        if word not in narrowing.drop
    }
    needed = {"required": [word for word in schema["required"] if word in kept]} if "required" in schema else {}
    return {**schema, "properties": kept, **needed}


def _cut(spec: Mapping[str, Any], cuts: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(spec)
    for key, value in cuts.items():
        if key == "enum":
            made["enum"] = [choice for choice in value if choice in spec.get("enum", value)]
        else:
            made[key] = _TIGHTER[key](value, spec[key]) if key in _TIGHTER and key in spec else value
    if "enum" in cuts and "examples" in made:
        made["examples"] = [example for example in made["examples"] if example in made["enum"]]
    return made
