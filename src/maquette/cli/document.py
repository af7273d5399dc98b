"""JSON that somebody wrote: in a file or after an option."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

_KINDS: dict[type, str] = {dict: "object", list: "list"}


def of_file(path: Path, kind: type | None = dict) -> Any:
    """Return what a file of JSON holds; raises a usage error where it is none, or holds something of another kind."""
    return _read(path.read_bytes(), str(path), kind)


def of_text(text: str, name: str, kind: type | None = dict) -> Any:
    """Return what the value of an option holds, as `of_file` does."""
    return _read(text, name, kind)


def _read(content: str | bytes, name: str, kind: type | None) -> Any:
    try:
        found = json.loads(content)
    except ValueError as error:
        raise click.UsageError(f"{name!r} is no JSON: {error}") from error
    if kind is not None and not isinstance(found, kind):
        raise click.UsageError(f"{name!r} holds no {_KINDS[kind]}.")
    return found
