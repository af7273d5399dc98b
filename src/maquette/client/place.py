"""Where the server is: named by the caller, by the environment, or by the server itself in its home folder."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maquette.client.problem import ServerUnreachable


@dataclass(frozen=True, slots=True)
class Place:
    """The address of a server and the key to it."""

    url: str
    key: str | None = None
    pid: int | None = None
    """The process of a server found by its home folder; it may be another one after a restart."""


def home_folder(home: Path | str | None = None) -> Path:
    """Return the home folder: the one given, else `MAQUETTE_HOME`, else `~/.maquette`."""
    return Path(home or os.environ.get("MAQUETTE_HOME") or "~/.maquette").expanduser().absolute()


def alive(pid: int) -> bool:
    """Tell whether a process with that id runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def find_place(
    base_url: str | None = None, api_key: str | None = None, *, home: Path | str | None = None, environ: bool = True
) -> Place:
    """Return where to connect; raises `ServerUnreachable` if no server is named and none runs on the home folder."""
    url = base_url or (os.environ.get("MAQUETTE_URL") if environ else None)
    key = api_key or (os.environ.get("MAQUETTE_KEY") if environ else None)
    if url:
        return Place(_trimmed(url), key)
    folder = home_folder(home)
    noted = _noted(folder)
    return Place(_trimmed(str(noted["url"])), key or _admin_key(folder), int(noted["pid"]))


def _trimmed(url: str) -> str:
    return url.strip().rstrip("/").removesuffix("/api/v1")


def _noted(folder: Path) -> dict[str, Any]:
    nobody = f"No server runs on the home folder {str(folder)!r}"
    try:
        noted = json.loads((folder / "server.json").read_text(encoding="utf-8"))
        pid, _ = int(noted["pid"]), str(noted["url"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ServerUnreachable(nobody) from error
    if not alive(pid):
        raise ServerUnreachable(nobody)
    return dict(noted)


def _admin_key(folder: Path) -> str | None:
    try:
        return (folder / "admin.key").read_text(encoding="utf-8").strip() or None
    except OSError:
        return None
