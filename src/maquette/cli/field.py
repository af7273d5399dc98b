"""Values by a JSON Schema: taken from `NAME=VALUE`, or asked of a person field by field."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import click

from maquette.cli.flag import kind_of, resolved


def given(pairs: Sequence[str], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of `NAME=VALUE` words; what the schema calls no text is read as JSON where it is such."""
    values = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise click.UsageError(f"--set {pair!r}: write NAME=VALUE.")
        spec = resolved(schema.get("properties", {}).get(name, {}), schema)
        values[name] = text if spec.get("type") == "string" else _read(text)
    return values


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def asked(schema: Mapping[str, Any], start: Mapping[str, Any]) -> dict[str, Any]:
    """Ask for every field of a schema; `start` holds what is proposed, and an optional field may be left empty."""
    values = dict(start)
    required = set(schema.get("required", ()))
    for name, given_spec in schema.get("properties", {}).items():
        spec = resolved(given_spec, schema)
        value = _ask(name, spec, start.get(name, spec.get("default")), needed=name in required)
        if value is not None:
            values[name] = value
        else:
            values.pop(name, None)
    return values


def _ask(name: str, spec: Mapping[str, Any], proposed: Any, *, needed: bool) -> Any:
    title = str(spec.get("title") or name)
    if help_text := spec.get("description"):
        click.echo(f"  {help_text}", err=True)
    if spec.get("type") == "boolean":
        return click.confirm(title, default=bool(proposed), err=True)
    shown = proposed if isinstance(proposed, str | int | float) or proposed is None else json.dumps(proposed)
    empty = None if needed else ""
    found: Any = click.prompt(title, default=shown if shown is not None else empty, value_proc=_reader(spec), err=True)
    return None if found == "" and not needed else found


def _reader(spec: Mapping[str, Any]) -> Any:
    kind = kind_of(spec)

    def read(text: Any) -> Any:
        if text == "":
            return ""
        if spec.get("type") in ("string", "integer", "number") or "enum" in spec:
            return kind.convert(text, None, None)
        return _read(text) if isinstance(text, str) else text

    return read
