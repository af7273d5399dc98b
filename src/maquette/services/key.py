"""API keys: make, list, revoke. The token itself is shown once; only its keyed digest is kept."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from maquette.core.errors import Conflict
from maquette.core.ids import new_id
from maquette.core.model import Role
from maquette.engine.studio import Studio
from maquette.services.caller import WORKSPACE, Caller, require
from maquette.store import key as keys
from maquette.store.key import Key

PREFIX = "mq_"
"""What every token begins with, so that a leaked one is recognised."""
ADMIN_FILE = "admin.key"
"""File in the home folder with the key for this machine's own user."""


async def create(
    studio: Studio, caller: Caller, *, name: str, role: Role, expires_at: int | None = None
) -> tuple[Key, str]:
    """Make a key of at most the caller's own role; return it and its token, which is not kept."""
    require(caller, "admin")
    require(caller, role)
    token = PREFIX + secrets.token_urlsafe(32)
    key = _key(studio, caller.workspace, name, role, token, expires_at)
    await studio.store.write(caller.workspace, lambda tx: keys.insert(tx, key))
    return key, token


async def listed(studio: Studio, caller: Caller) -> Sequence[Key]:
    """Return the keys of the workspace that are not revoked."""
    require(caller, "admin")
    return await studio.store.read(caller.workspace, keys.listed)


async def revoke(studio: Studio, caller: Caller, key: str) -> None:
    """Revoke a key and end its sessions; raises `NotFound`, or `Conflict` for the caller's own."""
    require(caller, "admin")
    if key == caller.key:
        raise Conflict("A key cannot revoke itself", hint="Use another admin key to revoke this one.")
    await studio.store.write(caller.workspace, lambda tx: keys.revoke(tx, key))


async def authenticate(studio: Studio, token: str) -> Caller | None:
    """Return who holds a token; None if nobody does now."""
    if not token.startswith(PREFIX):
        return None
    digest = studio.vault.digest(token)
    key = await studio.store.read(WORKSPACE, lambda tx: keys.by_digest(tx, digest))
    return Caller(key.workspace, key.id, key.role) if key else None


async def ensure_admin(studio: Studio, home: Path) -> Caller:
    """Return the holder of this machine's admin key; a fresh one is written to the home folder if none is valid."""
    path = home / ADMIN_FILE
    present = await asyncio.to_thread(_read, path)
    if present and (holder := await authenticate(studio, present)) is not None:
        return holder
    token = PREFIX + secrets.token_urlsafe(32)
    key = _key(studio, WORKSPACE, "this machine", "admin", token, None)
    await studio.store.write(WORKSPACE, lambda tx: keys.insert(tx, key))
    await asyncio.to_thread(write_private, path, token + "\n")
    return Caller(WORKSPACE, key.id, key.role)


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""


def _key(studio: Studio, workspace: str, name: str, role: Role, token: str, expires_at: int | None) -> Key:
    now = studio.store.clock.now()
    return Key(new_id("key"), workspace, name, role, studio.vault.digest(token), now, expires_at)
