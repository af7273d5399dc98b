"""Accounts: make, change, prove, list models, delete. Secrets go in and never come out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sqlalchemy.exc import IntegrityError

from maquette.core.action import Call
from maquette.core.errors import Conflict, ParamsInvalid
from maquette.core.ids import new_id
from maquette.core.model import OPEN_ATTEMPT, Account
from maquette.engine import choice
from maquette.engine.address import check_base_url
from maquette.engine.admit import wake_next
from maquette.engine.choice import Standing
from maquette.engine.studio import Studio, lay
from maquette.services import audit, secret, start
from maquette.services.caller import Caller, require, require_owner
from maquette.store import account as accounts
from maquette.store import attempt as attempts
from maquette.store.database import Tx, Unit

HEALTH_MS = 24 * 3600 * 1000
"""The time over which an account's health is derived."""
LIMITS = ("enabled", "concurrency", "per_minute", "per_day", "timeout_s", "models")
"""What can be set on an account beside its name and the provider's settings."""

Health = Literal["ok", "failing", "resting", "disabled", "untried"]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a caller says of an account; only what is given is changed."""

    name: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Plain and secret settings together; None takes one away."""
    limits: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Values for `LIMITS`."""


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account with what the ledger says of its last day."""

    account: Account
    health: Health
    figures: Mapping[str, Any]
    standing: Standing


async def create(studio: Studio, caller: Caller, provider: str, draft: Draft) -> AccountView:
    """Make an account; raises `NotFound`, `ParamsInvalid`, `UrlRefused`, or `Conflict` for a name that is taken."""
    require(caller, "admin")
    account = drafted(studio, caller, provider, draft)

    def unit(tx: Tx) -> AccountView:
        accounts.insert(tx, account)
        audit.note_account(tx, caller, "created", account)
        tell(tx, account)
        return _view(tx, account)

    return await _named(studio, caller, unit, account.name)


def drafted(studio: Studio, caller: Caller, provider: str, draft: Draft) -> Account:
    """Return the account that a draft makes, checked and sealed, and not yet kept; raises what `create` raises."""
    kind = studio.registry.provider(provider).settings
    secret.refuse_references(draft.settings)
    given = {name: value for name, value in draft.settings.items() if value is not None}
    settings = secret.checked(kind, given)
    _check_base(studio, settings.base())
    new = new_id("account")
    plain, sealed = secret.divide(settings, given, new, studio.vault)
    return Account(
        id=new,
        workspace=caller.workspace,
        provider=provider,
        name=draft.name or provider,
        settings=plain,
        sealed=sealed,
        created_at=studio.store.clock.now(),
        **dict(draft.limits),
    )


async def rehearse(studio: Studio, caller: Caller, provider: str, draft: Draft, known: str | None = None) -> int:
    """Prove for free that an account would work, and keep nothing of it; returns the milliseconds it took.

    Args:
        studio: The installation.
        caller: Who asks.
        provider: The provider of the account.
        draft: What the account would be.
        known: The account that the draft would change; what the draft does not say is taken from there.

    Raises the provider's error where it would not work, else what `create` raises.
    """
    require(caller, "admin")
    account = await _changed(studio, caller, known, draft) if known else drafted(studio, caller, provider, draft)
    return await _proven(studio, account)


async def _proven(studio: Studio, account: Account) -> int:
    began = time.monotonic()
    await studio.engine.check(account)
    return round((time.monotonic() - began) * 1000)


async def _changed(studio: Studio, caller: Caller, known: str, draft: Draft) -> Account:
    old = await studio.store.read(caller.workspace, lambda tx: accounts.get(tx, known))
    return replace(old, **changed_settings(studio, old, draft.settings)) if draft.settings else old


async def update(studio: Studio, caller: Caller, account: str, draft: Draft) -> AccountView:
    """Change an account; raises `ParamsInvalid` where its secrets would go to another server unasked."""
    require(caller, "admin")
    old = await studio.store.read(caller.workspace, lambda tx: accounts.get(tx, account))
    changes = dict(draft.limits) | ({"name": draft.name} if draft.name else {})
    if draft.settings:
        if old.origin != "user":
            raise _kept_elsewhere(old)
        changes |= changed_settings(studio, old, draft.settings)

    def unit(tx: Tx) -> AccountView:
        before = accounts.get(tx, account)
        if draft.settings and (old.sealed, old.settings) != (before.sealed, before.settings):
            raise Conflict(f"Account {old.name!r} was changed by somebody else just now")
        check_move(studio, tx, before, changes)
        changed = accounts.update(tx, account, **changes)
        audit.note_account(tx, caller, "updated", changed, before=before)
        wake_next(tx, account, changed.concurrency)
        tell(tx, changed)
        return _view(tx, changed)

    return await _named(studio, caller, unit, draft.name or old.name)


def check_move(studio: Studio, tx: Tx, old: Account, changes: Mapping[str, Any]) -> None:
    """Refuse to move an account to another server while attempts run on it: they go on where they began, with its key.

    Raises `Conflict`.
    """
    if "settings" not in changes or not (running := attempts.running(tx, old.id)):
        return
    kind = studio.registry.provider(old.provider).settings
    if secret.server_of(kind, old.settings) != secret.server_of(kind, changes["settings"]):
        raise Conflict(
            f"{running} attempts are under way on account {old.name!r}, which would move to another server",
            hint="Make a second account for the other server, or disable this one and wait until they have ended.",
        )


def changed_settings(studio: Studio, old: Account, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of an account with changes, divided and sealed; raises `ParamsInvalid`."""
    secret.refuse_references(given)
    kind = studio.registry.provider(old.provider).settings
    hidden = secret.secret_fields(kind)
    before = dict(old.settings) | studio.vault.reveal(old)
    after = {name: value for name, value in (before | dict(given)).items() if value is not None}
    settings = secret.checked(kind, after)
    _check_base(studio, settings.base())
    kept = [name for name in hidden if name in old.sealed and name not in given]
    if kept and secret.origin_of(settings) != secret.origin_of(secret.checked(kind, before)):
        raise ParamsInvalid(
            f"The account's server changes, so {', '.join(map(repr, kept))} must be entered again",
            hint="A stored secret is never sent to a server for which it was not entered.",
            errors=[{"path": name, "message": "enter it again"} for name in kept],
        )
    plain, sealed = secret.divide(settings, after, old.id, studio.vault)
    return {"settings": plain, "sealed": sealed}


def _check_base(studio: Studio, base: str | None) -> None:
    if base is not None:
        check_base_url(base, private=studio.config.private_networks)


def _kept_elsewhere(account: Account) -> Conflict:
    where = "the configuration file or the references" if account.origin == "config" else "this version of the program"
    return Conflict(
        f"Account {account.name!r} is kept in {where}", hint="Change it there; here it can be disabled and limited."
    )


async def _named(studio: Studio, caller: Caller, unit: Unit[AccountView], name: str) -> AccountView:
    try:
        return await studio.store.write(caller.workspace, unit)
    except IntegrityError:
        raise Conflict(f"This provider already has an account {name!r}", hint="Choose another name.") from None


async def delete(studio: Studio, caller: Caller, account: str) -> None:
    """Delete an account; raises `Conflict` while attempts are under way on it."""
    require(caller, "admin")

    def unit(tx: Tx) -> None:
        old = accounts.get(tx, account)
        if old.origin != "user":
            raise _kept_elsewhere(old)
        if running := attempts.running(tx, account):
            raise Conflict(
                f"{running} attempts are under way on account {old.name!r}", hint="Cancel their jobs, or disable it."
            )
        accounts.delete(tx, account)
        audit.note_account(tx, caller, "deleted", old)
        tell(tx, old)

    await studio.store.write(caller.workspace, unit)


async def get(studio: Studio, caller: Caller, account: str) -> AccountView:
    """Return an account of the workspace; raises `NotFound`."""
    return await studio.store.read(caller.workspace, lambda tx: _view(tx, accounts.get(tx, account)))


async def listed(studio: Studio, caller: Caller, provider: str | None = None) -> Sequence[AccountView]:
    """Return the accounts of the workspace, oldest first."""
    return await studio.store.read(caller.workspace, lambda tx: _views(tx, accounts.listed(tx, provider)))


async def check(studio: Studio, caller: Caller, account: str) -> int:
    """Prove for free that an account works, in how many ms; raises the provider's error where it does not."""
    found = await studio.store.read(caller.workspace, lambda tx: accounts.get(tx, account))
    return await _proven(studio, found)


async def models(studio: Studio, caller: Caller, account: str) -> Sequence[Mapping[str, Any]]:
    """List the models that an account can use; raises a `ProviderError`."""
    found = await studio.store.read(caller.workspace, lambda tx: accounts.get(tx, account))
    return await studio.engine.models(found)


async def lent(studio: Studio, caller: Caller, account: str) -> Call:
    """Return a call for free requests on an account."""
    found = await studio.store.read(caller.workspace, lambda tx: accounts.get(tx, account))
    return studio.engine.lend(await studio.vault.warm(found))


async def reload(studio: Studio, caller: Caller) -> Sequence[AccountView]:
    """Read the accounts and the catalog of the server's own files again; raises `ConfigInvalid` for a fault in them."""
    require_owner(caller, "The accounts of this machine's files are read again")
    laid = await asyncio.to_thread(lay, studio.config, studio.registry)
    before = await listed(studio, caller)
    await start.ensure(studio)
    after = await listed(studio, caller)

    def unit(tx: Tx) -> None:
        if laid:
            tx.emit("catalog.changed", None, {"files": True})
        known = {view.account.id: view.account for view in before}
        for view in after:
            old = known.pop(view.account.id, None)
            if view.account.origin == start.FROM_CONFIG and (old is None or _said(old) != _said(view.account)):
                audit.note_account(tx, caller, "reloaded", view.account, before=old)
                tell(tx, view.account)
        for gone in known.values():
            audit.note_account(tx, caller, "deleted", gone)
            tell(tx, gone)

    await studio.store.write(caller.workspace, unit)
    return after


def _said(account: Account) -> tuple[Any, ...]:
    return account.settings, sorted(account.sealed), account.enabled, account.concurrency


def tell(tx: Tx, account: Account) -> None:
    """Tell everybody who follows the log that an account changed."""
    tx.emit("account.changed", None, {"id": account.id, "provider": account.provider, "name": account.name})


def _view(tx: Tx, account: Account) -> AccountView:
    return _views(tx, [account])[0]


def _views(tx: Tx, found: Sequence[Account]) -> list[AccountView]:
    """Return accounts with their figures, in as many queries as for one."""
    standings = choice.looks(tx, found)
    figures = attempts.health_of(tx, list(standings), tx.now - HEALTH_MS) if found else {}
    return [
        AccountView(each, _health(each, figures[each.id], tx.now), figures[each.id], standings[each.id])
        for each in found
    ]


def _health(account: Account, figures: Mapping[str, Any], now: int) -> Health:
    if not account.enabled:
        return "disabled"
    if account.cooldown_until is not None and account.cooldown_until > now:
        return "resting"
    rate: float | None = figures["success_rate"]
    if rate is None:
        return "untried" if not _busy(figures) else "ok"
    return "ok" if rate >= 0.5 else "failing"


def _busy(figures: Mapping[str, Any]) -> bool:
    return any(state in OPEN_ATTEMPT for state in figures["attempts"])
