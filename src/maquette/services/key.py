"""API keys: make, list, revoke. The token itself is shown once; only its keyed digest is kept."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from maquette.core.errors import Conflict, Forbidden, ParamsInvalid
from maquette.core.ids import new_id
from maquette.core.model import Role
from maquette.engine.studio import Studio
from maquette.services import audit
from maquette.services.caller import READ, WORKSPACE, Caller, require
from maquette.store import key as keys
from maquette.store.database import Tx
from maquette.store.key import Key

PREFIX = "mq_"
"""What every token begins with, so that a leaked one is recognised."""
ADMIN_FILE = "admin.key"
"""File in the home folder with the key for this machine's own user."""
_ACTION = re.compile(r"action:[a-z0-9_.*-]{1,200}")


@dataclass(frozen=True, slots=True)
class KeyDraft:
    """What a key is to be."""

    name: str
    role: Role
    expires_at: int | None = None
    scopes: Sequence[str] | None = None
    """Groups of routes (`jobs`, `assets:read`) and actions (`action:media.painter.*`); None is all of the role."""
    per_minute: int | None = None


async def create(studio: Studio, caller: Caller, draft: KeyDraft, groups: Container[str]) -> tuple[Key, str]:
    """Make a key that may no more than the caller; return it and its token, which is not kept.

    Raises `ParamsInvalid` for a scope that is none of `groups` and no action.
    """
    require(caller, "admin")
    require(caller, draft.role)
    _check(caller, draft, groups)
    token = PREFIX + secrets.token_urlsafe(32)
    key = _key(studio, caller, draft, token)

    def unit(tx: Tx) -> None:
        keys.insert(tx, key)
        audit.note_key(tx, caller, "created", key)

    await studio.store.write(caller.workspace, unit)
    return key, token


def _check(caller: Caller, draft: KeyDraft, groups: Container[str]) -> None:
    faults = list[dict[str, str]]()
    for index, scope in enumerate(draft.scopes or ()):
        if scope.removesuffix(READ) not in groups and not _ACTION.fullmatch(scope):
            faults.append({"path": f"scopes.{index}", "message": f"there is no scope {scope!r}"})
    if faults:
        raise ParamsInvalid(f"{faults[0]['path']!r}: {faults[0]['message']}", errors=faults)
    if caller.scopes is not None and not set(draft.scopes or ("everything",)) <= set(caller.scopes):
        raise Forbidden("A key makes keys of its own scopes only", hint="Name the scopes, and only those it has.")


async def listed(studio: Studio, caller: Caller) -> Sequence[Key]:
    """Return the keys of the workspace that are not revoked."""
    require(caller, "admin")
    return await studio.store.read(caller.workspace, keys.listed)


async def revoke(studio: Studio, caller: Caller, key: str) -> None:
    """Revoke a key and end its sessions; raises `NotFound`, or `Conflict` for the caller's own."""
    require(caller, "admin")
    if key == caller.key:
        raise Conflict("A key cannot revoke itself", hint="Use another admin key to revoke this one.")

    def unit(tx: Tx) -> None:
        gone = next((each for each in keys.listed(tx) if each.id == key), None)
        keys.revoke(tx, key)
        if gone is not None:
            audit.note_key(tx, caller, "revoked", gone)

    await studio.store.write(caller.workspace, unit)


def bearer_of(key: Key, via: Literal["key", "session"] = "key") -> Caller:
    """Return who holds a key."""
    return Caller(key.workspace, key.id, key.role, via, key.scopes, key.per_minute)


async def authenticate(studio: Studio, token: str) -> Caller | None:
    """Return who holds a token; None if nobody does now."""
    if not token.startswith(PREFIX):
        return None
    digest = studio.vault.digest(token)
    key = await studio.store.read(WORKSPACE, lambda tx: keys.by_digest(tx, digest))
    return bearer_of(key) if key else None


async def ensure_admin(studio: Studio, home: Path) -> Caller:
    """Return the holder of this machine's admin key; a fresh one is written to the home folder if none is valid."""
    path = home / ADMIN_FILE
    present = await asyncio.to_thread(_read, path)
    if present and (holder := await authenticate(studio, present)) is not None:
        return holder
    token = PREFIX + secrets.token_urlsafe(32)
    key = _key(studio, Caller(WORKSPACE, None, "admin"), KeyDraft("this machine", "admin"), token)
    await studio.store.write(WORKSPACE, lambda tx: keys.insert(tx, key))
    await asyncio.to_thread(write_private, path, token + "\n")
    return bearer_of(key)


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


def _key(studio: Studio, caller: Caller, draft: KeyDraft, token: str) -> Key:
    return Key(
        id=new_id("key"),
        workspace=caller.workspace,
        name=draft.name,
        role=draft.role,
        digest=studio.vault.digest(token),
        created_at=studio.store.clock.now(),
        expires_at=draft.expires_at,
        scopes=list(draft.scopes) if draft.scopes is not None else None,
        per_minute=draft.per_minute,
        created_by=caller.key,
    )
