"""API keys: make, list, revoke. The token itself is shown once; only its keyed digest is kept."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from maquette.core.errors import Conflict, Forbidden, ParamsInvalid
from maquette.core.ids import new_id
from maquette.core.model import Role
from maquette.engine.studio import Studio
from maquette.services import audit
from maquette.services.caller import ACTION, PRESET, READ, WORKSPACE, Caller, covers, require
from maquette.store import key as keys
from maquette.store.database import Tx
from maquette.store.key import Key

PREFIX = "mq_"
"""What every token begins with, so that a leaked one is recognised."""
ADMIN_FILE = "admin.key"
"""File in the home folder with the key for this machine's own user."""
_RUNS = re.compile(r"action:[a-z0-9_.*-]{1,200}|preset:[a-z0-9_*-]{1,64}")


@dataclass(frozen=True, slots=True)
class KeyDraft:
    """What a key is to be."""

    name: str
    role: Role
    expires_at: int | None = None
    scopes: Sequence[str] | None = None
    """Groups of routes (`jobs`, `assets:read`), actions (`action:media.painter.*`) and presets (`preset:posters`).

    None is all of the role.
    """
    per_minute: int | None = None


async def create(studio: Studio, caller: Caller, draft: KeyDraft, groups: Container[str]) -> tuple[Key, str]:
    """Make a key that may no more than the caller; return it and its token, which is not kept.

    Raises `ParamsInvalid` for a scope that is none of `groups` and no action.
    """
    require(caller, "admin")
    require(caller, draft.role)
    _check(draft, groups)
    token = PREFIX + secrets.token_urlsafe(32)
    key = made(studio, caller, _within(caller, draft), token)

    def unit(tx: Tx) -> None:
        keys.insert(tx, key)
        audit.note_key(tx, caller, "created", key)

    await studio.store.write(caller.workspace, unit)
    return key, token


def _check(draft: KeyDraft, groups: Container[str]) -> None:
    faults = list[dict[str, str]]()
    for index, scope in enumerate(draft.scopes or ()):
        if scope.removesuffix(READ) not in groups and not _RUNS.fullmatch(scope):
            faults.append({"path": f"scopes.{index}", "message": f"there is no scope {scope!r}"})
    if faults:
        raise ParamsInvalid(f"{faults[0]['path']!r}: {faults[0]['message']}", errors=faults)


def _within(caller: Caller, draft: KeyDraft) -> KeyDraft:
    """Return what a key is to be, with the bounds of its maker; raises `Forbidden` for one that would may more."""
    _check_scopes(caller, draft.scopes)
    return replace(
        draft,
        per_minute=_bounded("per_minute", caller.per_minute, draft.per_minute),
        expires_at=_bounded("expires_at", caller.expires_at, draft.expires_at),
    )


def _bounded(name: str, most: int | None, asked: int | None) -> int | None:
    if most is not None and asked is not None and asked > most:
        raise Forbidden(
            f"A key makes no key that may more: its own `{name}` is {most}, and {asked} is asked for",
            hint=f"Ask for `{name}` of {most} at most, or leave it out.",
        )
    return asked if asked is not None else most


def _check_scopes(caller: Caller, scopes: Sequence[str] | None) -> None:
    if caller.scopes is None:
        return
    more = [scope for scope in scopes or () if not any(covers(held, scope) for held in caller.scopes)]
    if scopes is None or more:
        which = f"; {more[0]!r} is none of them" if more else ""
        raise Forbidden(
            f"A key makes keys of its own scopes only{which}", hint="Name the scopes, and only those it has."
        )
    runs = any(scope.startswith((ACTION, PRESET)) for scope in scopes)
    if caller.narrowed and not runs and not all(scope.endswith(READ) for scope in scopes):
        raise Forbidden(
            "The key may run but some actions, and a key without a scope for actions would run all",
            hint="Name one of its `action:` or `preset:` scopes as well, or scopes that end in `:read`.",
        )


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
    return Caller(key.workspace, key.id, key.role, via, key.scopes, key.per_minute, key.expires_at)


async def authenticate(studio: Studio, token: str) -> Caller | None:
    """Return who holds a token; None if nobody does now."""
    if not token.startswith(PREFIX):
        return None
    digest = studio.vault.digest(token)
    key = await studio.store.read(WORKSPACE, lambda tx: keys.by_digest(tx, digest))
    return bearer_of(key) if key else None


async def refusal(studio: Studio, token: str) -> str:
    """Return why a token is not taken: what became of its key, for whoever holds it, or that there is none."""
    digest = studio.vault.digest(token)
    key = await studio.store.read(WORKSPACE, lambda tx: keys.once(tx, digest))
    if key is None:
        return "The key is not one of this installation"
    if key.revoked_at is not None:
        return f"The key {key.name!r} was revoked on {_day(key.revoked_at)}"
    return f"The key {key.name!r} ended on {_day(key.expires_at or 0)}"


def _day(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")


async def ensure_admin(studio: Studio, home: Path) -> Caller:
    """Return the holder of this machine's admin key; a fresh one is written to the home folder if none is valid."""
    path = home / ADMIN_FILE
    present = await asyncio.to_thread(_read, path)
    if present and (holder := await authenticate(studio, present)) is not None:
        return holder
    token = PREFIX + secrets.token_urlsafe(32)
    key = made(studio, Caller(WORKSPACE, None, "admin"), KeyDraft("this machine", "admin"), token)
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


def made(studio: Studio, caller: Caller, draft: KeyDraft, token: str) -> Key:
    """Return the row of a key of the caller's workspace, not yet kept."""
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
