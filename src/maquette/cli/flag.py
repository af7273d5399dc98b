"""Flags from the JSON Schema of an action: one option for each parameter, and the parameters from its values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import click
from typing_extensions import override

TAKEN = frozenset({"account", "help", "json", "output", "preview", "strict", "wait"})
"""Flags of the command itself; a parameter of that name is called `--param-NAME`."""


class JsonValue(click.ParamType[Any]):
    """A value written as JSON, for parameters that have no simpler form."""

    name = "json"

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError as error:
            self.fail(f"{value!r} is no JSON: {error}", param, ctx)


class AssetValue(click.ParamType[str]):
    """The id of an asset, or a local file, which is uploaded first."""

    name = "asset|file"

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return str(value)


@dataclass(frozen=True, slots=True)
class Flag:
    """One parameter of an action, as the command line offers it."""

    field: str
    spec: Mapping[str, Any]
    required: bool

    @property
    def word(self) -> str:
        """The name of the flag, without its dashes."""
        plain = re.sub(r"[^A-Za-z0-9]+", "-", self.field).strip("-")
        return f"param-{plain}" if plain in TAKEN else plain

    @property
    def target(self) -> str:
        """The name under which click keeps the value."""
        return "flag_" + re.sub(r"\W", "_", self.field)

    @property
    def item(self) -> Mapping[str, Any]:
        """The schema of one value."""
        inner: Mapping[str, Any] = self.spec.get("items", {}) if self.repeats else self.spec
        return inner

    @property
    def repeats(self) -> bool:
        """Whether the flag may be given several times."""
        return self.spec.get("type") == "array" and isinstance(self.spec.get("items"), dict)

    @property
    def takes_asset(self) -> bool:
        """Whether a value is an asset."""
        return any("x-accept" in spec or spec.get("x-widget") in ("asset", "mask") for spec in (self.spec, self.item))

    def option(self) -> click.Option:
        """Return the click option."""
        if self.spec.get("type") == "boolean":
            names, kind = [f"--{self.word}/--no-{self.word}"], None
        else:
            names = ["-n", f"--{self.word}"] if self.field == "n" else [f"--{self.word}"]
            kind = AssetValue() if self.takes_asset else kind_of(self.item)
        return click.Option(
            [*names, self.target],
            type=kind,
            multiple=self.repeats,
            default=None,
            help=self._help(),
            required=self.required and self.field != "prompt",
        )

    def _help(self) -> str:
        told = str(self.spec.get("description") or self.spec.get("title") or "").strip()
        unit = f" ({self.spec['x-unit']})" if "x-unit" in self.spec else ""
        known = f"  [default: {_shown(self.spec['default'])}]" if self.spec.get("default") not in (None, "", []) else ""
        return f"{told}{unit}{known}"


def flags_of(schema: Mapping[str, Any]) -> list[Flag]:
    """Return the flags of an action, required ones first, then in the order of the schema."""
    required = set(schema.get("required", ()))
    made = [Flag(name, resolved(spec, schema), name in required) for name, spec in schema.get("properties", {}).items()]
    return sorted(made, key=lambda flag: (not flag.required, bool(flag.spec.get("x-advanced"))))


def resolved(spec: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a property with its local references put in place."""
    made = dict(spec)
    for _ in range(8):
        inner = made.pop("allOf")[0] if len(made.get("allOf", ())) == 1 else made
        if "$ref" not in inner:
            break
        name = str(inner["$ref"]).rpartition("/")[2]
        made = dict(schema.get("$defs", {}).get(name, {})) | {k: v for k, v in {**inner, **made}.items() if k != "$ref"}
    if isinstance(made.get("items"), dict) and "$ref" in made["items"]:
        made["items"] = resolved(made["items"], schema)
    return made


def kind_of(spec: Mapping[str, Any]) -> click.ParamType[Any]:
    """Return the click type of one value."""
    choices = spec.get("enum") or ([spec["const"]] if "const" in spec else None)
    if choices and all(isinstance(choice, str) for choice in choices):
        return click.Choice([*choices])
    if choices:
        return JsonValue()
    makers: dict[str, Callable[[], click.ParamType[Any]]] = {
        "integer": lambda: click.IntRange(**_bounds(spec)),
        "number": lambda: click.FloatRange(**_bounds(spec)),
        "string": lambda: click.STRING,
        "boolean": lambda: click.BOOL,
    }
    return makers.get(str(spec.get("type")), JsonValue)()


def _bounds(spec: Mapping[str, Any]) -> dict[str, Any]:
    whole = spec.get("type") == "integer"
    low, high = spec.get("minimum"), spec.get("maximum")
    over, under = spec.get("exclusiveMinimum"), spec.get("exclusiveMaximum")
    made = {
        "min": low if over is None else over,
        "max": high if under is None else under,
        "min_open": over is not None,
        "max_open": under is not None,
    }
    return {name: int(value) if whole and type(value) is float else value for name, value in made.items()}


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def params_of(flags: Collection[Flag], values: Mapping[str, Any], prompt: str | None = None) -> dict[str, Any]:
    """Return the parameters that were given; what was not given is left to the action."""
    given = {}
    for flag in flags:
        value = values.get(flag.target)
        if flag.field == "prompt" and value is None:
            value = prompt
        if value is None or (flag.repeats and not value):
            continue
        given[flag.field] = list(value) if flag.repeats else value
    return given


def assets_in(flags: Collection[Flag], params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the field and the text of each value that names an asset or a file."""
    for flag in flags:
        if flag.takes_asset and flag.field in params:
            value = params[flag.field]
            yield from ((flag.field, str(one)) for one in (value if flag.repeats else [value]))


def common_schema(schemas: Collection[Mapping[str, Any]]) -> dict[str, Any]:
    """Join the schemas of several actions into one of all their words.

    The bounds of one are not those of another, so only types and helps are kept; the server fits the values.
    """
    joined: dict[str, Any] = {}
    needed: set[str] | None = None
    for schema in schemas:
        for name, spec in schema.get("properties", {}).items():
            joined.setdefault(name, _loosened(resolved(spec, schema)))
        own = set(schema.get("required", ()))
        needed = own if needed is None else needed & own
    return {"type": "object", "properties": joined, "required": sorted(needed or ())}


def _loosened(spec: Mapping[str, Any]) -> dict[str, Any]:
    kept = {"type", "items", "description", "title", "x-accept", "x-widget", "x-unit", "x-advanced"}
    return {name: value for name, value in spec.items() if name in kept}
