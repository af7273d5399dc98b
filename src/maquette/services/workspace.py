"""Workspaces: rooms of one installation, each with its own keys, accounts, jobs, assets and log."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from maquette.core.errors import Conflict, NotFound
from maquette.core.ids import new_id
from maquette.engine.studio import Studio
from maquette.services import audit, key, start
from maquette.services.caller import Caller, require_owner
from maquette.services.key import KeyDraft
from maquette.store import key as keys
from maquette.store.database import Tx
from maquette.store.key import Key, Workspace

_WHERE = "Workspaces are made and listed"


async def create(studio: Studio, caller: Caller, name: str) -> tuple[Workspace, str]:
    """Make a workspace with the accounts that need no hand; return it and the token of its first admin key.

    Raises `Conflict` for a name that is taken, and `Forbidden` for all but the installation's own admins.
    """
    require_owner(caller, _WHERE)
    made = Workspace(new_id("workspace"), name, studio.store.clock.now())
    first, token = _admin(studio, caller, made.id)

    def unit(tx: Tx) -> None:
        if any(each.name == name for each in keys.all_workspaces(tx)):
            raise Conflict(f"There is a workspace {name!r} already", hint="Choose another name.")
        there = tx.elsewhere(made.id)
        keys.ensure_workspace(there, name)
        keys.insert(there, first)
        audit.note_workspace(tx, caller, made)
        audit.note_key(there, caller, "created", first)

    await studio.store.write(caller.workspace, unit)
    await start.furnish(studio, made.id)
    return made, token


async def listed(studio: Studio, caller: Caller) -> Sequence[Workspace]:
    """Return every workspace of the installation, oldest first."""
    require_owner(caller, _WHERE)
    return await studio.store.read(caller.workspace, keys.all_workspaces)


async def admit(studio: Studio, caller: Caller, workspace: str) -> tuple[Key, str]:
    """Make a fresh admin key of a workspace, for one whose keys are lost; raises `NotFound`."""
    require_owner(caller, "Keys of other workspaces are made")
    fresh, token = _admin(studio, caller, workspace)

    def unit(tx: Tx) -> None:
        if workspace not in {each.id for each in keys.all_workspaces(tx)}:
            raise NotFound(f"No workspace {workspace!r}", hint="GET /api/v1/workspaces lists them.")
        keys.insert(tx, fresh)
        audit.note_key(tx.elsewhere(workspace), caller, "created", fresh)

    await studio.store.write(caller.workspace, unit)
    return fresh, token


def _admin(studio: Studio, caller: Caller, workspace: str) -> tuple[Key, str]:
    """Return an admin key that lasts no longer than the one that makes it."""
    token = key.PREFIX + secrets.token_urlsafe(32)
    draft = KeyDraft("first admin", "admin", caller.expires_at, None, caller.per_minute)
    return key.made(studio, Caller(workspace, caller.key, "admin"), draft, token), token
