"""References to secrets that are kept elsewhere: written into a private file that only the server's own machine has."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from maquette.core.errors import ConfigInvalid

if TYPE_CHECKING:
    from maquette.client import Client

FILE = "references.json"
"""The file in the home folder."""
KINDS = ("env:", "file:", "keyring:", "command:")
"""How a reference begins."""
LOCAL_ONLY = ("keyring:", "command:")
"""Those that only the server's own machine can follow."""


def referred(settings: Mapping[str, Any]) -> bool:
    """Tell whether any setting is a reference."""
    return any(isinstance(value, str) and value.startswith(KINDS) for value in settings.values())


def absolute(text: str) -> str:
    """Return a reference whose file is named from the root, since the server stands elsewhere."""
    if not text.startswith("file:"):
        return text
    return f"file:{Path(text.removeprefix('file:')).expanduser().absolute()}"


def add(home: Path, client: Client, entry: Mapping[str, Any]) -> str:
    """Write an account down, have the server read it, and return its id; what it refuses is taken out again."""
    names = (entry["provider"], entry["name"])
    if any((known.provider, known.name) == names for known in client.accounts()):
        raise click.UsageError(f"Provider {names[0]!r} has an account {names[1]!r} already; choose another --name.")
    before = _read(home)
    _write(home, [*before, dict(entry)])
    try:
        found: Sequence[Mapping[str, Any]] = client.request("POST", "/api/v1/accounts/reload")["items"]
    except BaseException:
        _write(home, before)
        raise
    return next(str(row["id"]) for row in found if (row["provider"], row["name"]) == names)


def remove(home: Path, client: Client, provider: str, name: str) -> bool:
    """Take an account out of the file again; False if it is not in there."""
    before = _read(home)
    rest = [entry for entry in before if (entry["provider"], entry["name"]) != (provider, name)]
    if len(rest) == len(before):
        return False
    _write(home, rest)
    client.request("POST", "/api/v1/accounts/reload")
    return True


def _read(home: Path) -> list[dict[str, Any]]:
    path = home / FILE
    try:
        found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["accounts"]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError) as error:
        raise ConfigInvalid(f"The file {str(path)!r} cannot be read: {error}") from error
    return found


def _write(home: Path, entries: Sequence[Mapping[str, Any]]) -> None:
    path = home / FILE
    draft = path.with_name(f"{FILE}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump({"version": 1, "accounts": list(entries)}, file, ensure_ascii=False, indent=2)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
