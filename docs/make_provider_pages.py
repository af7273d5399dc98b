"""Write the tables of `docs/providers/*.md` from the schemas; what stands around them is written by hand.

Run it from the root of the repository: `.venv/bin/python docs/make_provider_pages.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from maquette.core.action import Action
from maquette.core.registry import Registry

FOLDER = Path(__file__).parent / "providers"
BEGIN, END = "<!-- from the schemas -->", "<!-- to here -->"
_EXAMPLE = re.compile(r"`([^`]*\]\([^`]*)`")


def tables(registry: Registry, provider: str) -> str:
    """Return the settings and the actions of a provider as Markdown."""
    parts = list(_settings(registry, provider))
    for action in registry.of(provider).values():
        parts += _action(action)
    return "\n".join(parts)


def renewed(text: str, made: str) -> str:
    """Return a page with what stands between the marks replaced; raises `ValueError` where the marks are missing."""
    before, _, rest = text.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise ValueError(f"the page has no {BEGIN} … {END}")
    return f"{before}{BEGIN}\n\n{made}\n{END}{after}"


def _settings(registry: Registry, provider: str) -> Iterator[str]:
    schema = registry.provider(provider).settings.schema_of()
    if schema["properties"]:
        yield "## Account settings\n"
        yield from _table("setting", schema)


def _action(action: Action) -> Iterator[str]:
    yield f"## `{action.name}`\n"
    yield f"{action.summary.splitlines()[0]} Makes: {action.produces}.\n"
    yield from _table("parameter", action.schema())


def _table(head: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f"| {head} | values | default | meaning |"
    yield "| --- | --- | --- | --- |"
    needed = set(schema.get("required", ()))
    for name, spec in schema["properties"].items():
        default = "**required**" if name in needed else _default(spec)
        meaning = _EXAMPLE.sub(_quoted, " ".join(str(spec.get("description", "")).split()))
        yield f"| `{name}` | {_values(spec, schema)} | {default} | {meaning} |".replace("\\|", "&#124;")
    yield ""


def _quoted(example: re.Match[str]) -> str:
    """Return Markdown that is shown as an example, so that no reader takes it for a link."""
    return f"<code>{example[1].replace('](', ']&#40;')}</code>"


def _default(spec: Mapping[str, Any]) -> str:
    value = spec.get("default")
    return f"`{json.dumps(value, ensure_ascii=False)}`" if value not in (None, "", []) else ""


def _values(spec: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    if "$ref" in spec:
        spec = schema["$defs"][spec["$ref"].rpartition("/")[2]]
    if "enum" in spec:
        shown = [f"`{value}`" for value in spec["enum"]]
        return ", ".join(shown[:12]) + (f" and {len(shown) - 12} more" if len(shown) > 12 else "")
    if accepted := spec.get("x-accept") or spec.get("items", {}).get("x-accept"):
        several = "ids of assets" if spec.get("type") == "array" else "id of an asset"
        return f"{several}: {', '.join(accepted)}"
    low, high = spec.get("minimum"), spec.get("maximum")
    if low is not None and high is not None:
        return f"{low:g} to {high:g}"
    return "secret" if spec.get("format") == "password" else str(spec.get("type", "JSON"))


def main() -> None:
    """Renew every page."""
    registry = Registry()
    for page in sorted(FOLDER.glob("*.md")):
        page.write_text(renewed(page.read_text(encoding="utf-8"), tables(registry, page.stem)), encoding="utf-8")


if __name__ == "__main__":
    main()
