"""A question on the terminal: its words, its data by their display schema, and what was made so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from maquette.cli.show import put
from maquette.core.interaction import places

if TYPE_CHECKING:
    from maquette.client import Asset, Interaction

WIDTH = 100
"""Columns of a text that is shown in brief."""
_INDENT = "  "


def put_question(asked: Interaction) -> None:
    """Print a question with everything that a person needs to answer it."""
    where = " · ".join(part for part in (asked.workflow_title, asked.step_title) if part)
    put(where)
    click.secho(asked.title, bold=True)
    put(asked.description)
    for line in lines(asked.data, asked.display_schema):
        click.echo(line)
    for path, jobs in asked.results.items():
        for job in jobs:
            ids = ", ".join(asset.id for asset in job.assets)
            put(f"{path}: {job.state} {ids}".rstrip())
    put(*(f"--set {name}=…  {spec.get('title', '')}" for name, spec in _fields(asked).items()))
    if asked.state != "open":
        put(f"It is {asked.state}.")


def _fields(asked: Interaction) -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Mapping[str, Any]] = asked.response_schema.get("properties", {})
    return found


def lines(value: Any, schema: Mapping[str, Any] | None = None, depth: int = 0) -> Iterator[str]:
    """Yield data as indented lines; what the display schema hides is left out, and its titles stand for names."""
    shown, space = schema or {}, _INDENT * depth
    if shown.get("x-display") == "hidden" or value in (None, "", {}, []):
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            below = shown.get("properties", {}).get(key) or _rest(shown)
            yield from _entry(str(below.get("title") or key), inner, below, depth)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for number, inner in enumerate(value, 1):
            yield from _entry(str(number), inner, shown.get("items", {}), depth)
    else:
        yield from (f"{space}{line}" for line in str(value).splitlines())


def _entry(title: str, value: Any, schema: Mapping[str, Any], depth: int) -> Iterator[str]:
    space, inner = _INDENT * depth, list(lines(value, schema, depth + 1))
    if len(inner) == 1 and not isinstance(value, Mapping | list):
        yield f"{space}{title}: {inner[0].strip()}"
    elif inner:
        yield f"{space}{title}"
        yield from inner


def _rest(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    found = schema.get("additionalProperties")
    return found if isinstance(found, Mapping) else {}


def spots(asked: Interaction) -> list[tuple[str, str, str]]:
    """Return (name of the sub-action, path, content in brief) of every place where something can be tried."""
    return [
        (name, path, brief(content))
        for name, offered in asked.sub_actions.items()
        for path, _, content in places(offered["target"], asked.data)
    ]


def brief(value: Any) -> str:
    """Return a value as one short line."""
    text = " ".join(line.strip() for line in lines(value))
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"


def made(asked: Interaction) -> list[tuple[str, Asset]]:
    """Return (path, asset) of everything that was made so far and can be chosen."""
    media = (asked.select or {}).get("media")
    return [
        (path, asset)
        for path, jobs in asked.results.items()
        for job in jobs
        for asset in job.assets
        if not media or asset.media in media
    ]
