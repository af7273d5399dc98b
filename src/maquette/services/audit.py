"""The audit log: what was changed, by which key, and how it was before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from maquette.core.action import Definition
from maquette.core.model import Account, Attempt
from maquette.engine.studio import Studio
from maquette.services.caller import Caller, require
from maquette.store import audit as entries
from maquette.store.audit import Entry
from maquette.store.database import Tx
from maquette.store.key import Key, Workspace

_ACCOUNT = (
    "provider", "name", "settings", "enabled", "concurrency", "per_minute", "per_day", "timeout_s", "models", "origin",
)  # fmt: skip
_GONE = (".deleted", ".revoked")
_Shown = tuple[dict[str, Any] | None, dict[str, Any]]
_KEY = ("name", "role", "scopes", "per_minute", "expires_at", "created_by")


async def page(
    studio: Studio, caller: Caller, filters: Mapping[str, str], before: str | None, limit: int
) -> Sequence[Entry]:
    """Return a page of changes, newest first."""
    require(caller, "admin")
    return await studio.store.read(caller.workspace, lambda tx: entries.page(tx, filters, before, limit))


def note_account(tx: Tx, caller: Caller, action: str, account: Account, *, before: Account | None = None) -> None:
    """Note what happened to an account, in the commit in which it happens; of its secrets, only that they changed."""
    shown, earlier = _account(account), _account(before) if before else None
    if before is not None:
        entered = sorted(name for name, text in account.sealed.items() if text != before.sealed.get(name))
        shown |= {"secrets_entered": entered} if entered else {}
    _note(tx, caller, f"account.{action}", account.id, (earlier, shown))


def note_key(tx: Tx, caller: Caller, action: str, key: Key) -> None:
    """Note what happened to an API key, in the commit in which it happens."""
    shown = {name: getattr(key, name) for name in _KEY}
    _note(tx, caller, f"key.{action}", key.id, (None, shown))


def note_workspace(tx: Tx, caller: Caller, made: Workspace) -> None:
    """Note that a workspace was made, in the commit in which it is."""
    _note(tx, caller, "workspace.created", made.id, (None, {"name": made.name}))


def note_resolution(tx: Tx, caller: Caller, attempt: Attempt, how: str) -> None:
    """Note how a person settled what was in doubt, and with how much money at stake."""
    shown = {"how": how, "job": attempt.job, "account": attempt.account, "at_stake": attempt.estimate}
    _note(tx, caller, "attempt.resolved", attempt.id, (None, shown))


def note_definition(
    tx: Tx, caller: Caller, action: str, definition: Definition, *, before: Definition | None = None
) -> None:
    """Note what happened to a definition (a preset, a workflow, a graph …), in the commit in which it happens."""
    earlier = _definition(before) if before else None
    _note(tx, caller, f"{definition.kind}.{action}", definition.id, (earlier, _definition(definition)))


def _note(tx: Tx, caller: Caller, action: str, subject: str, shown: _Shown) -> None:
    before, after = (shown[1], None) if action.endswith(_GONE) else shown
    entries.note(tx, caller.key, action, subject, before=before, after=after)


def _account(account: Account) -> dict[str, Any]:
    return {name: getattr(account, name) for name in _ACCOUNT} | {"secrets": sorted(account.sealed)}


def _definition(definition: Definition) -> dict[str, Any]:
    return {"name": definition.name, "version": definition.version, "body": dict(definition.body)}
