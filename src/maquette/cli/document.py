"""JSON that somebody wrote: in a file or after an option."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

_KINDS: dict[type, str] = {dict: "object", list: "list"}


def of_file(path: Path, kind: type | None = dict) -> Any:
    """Return what a file of JSON holds; raises a usage error where it is none, or holds something of another kind."""
    return of_text(path.read_text(encoding="utf-8", errors="replace"), str(path), kind)


def of_text(text: str, name: str, kind: type | None = dict) -> Any:
    """Return what the value of an option holds, as `of_file` does."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise click.UsageError(f"{name!r} is no JSON: {error}") from error
    if kind is not None and not isinstance(found, kind):
        raise click.UsageError(f"{name!r} holds no {_KINDS[kind]}.")
    return found
