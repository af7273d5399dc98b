"""What an installation has from its start: a workspace, the accounts that need no hand, the definitions."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from maquette.core.config import ProviderSection
from maquette.core.errors import ConfigInvalid, MaquetteError
from maquette.core.ids import new_id
from maquette.core.model import Account
from maquette.engine.studio import Studio
from maquette.services import reference, secret
from maquette.services.caller import WORKSPACE
from maquette.store import account as accounts
from maquette.store import attempt as attempts
from maquette.store import key as keys
from maquette.store import tally
from maquette.store.database import Tx

log = logging.getLogger("maquette.start")

FROM_CONFIG = "config"
"""Name and origin of an account that the configuration file makes."""
BUILT_IN = "builtin"
"""Origin of an account that needs nothing entered."""
_KEPT_IN_STEP = ("settings", "sealed", "concurrency", "per_minute", "per_day", "timeout_s")


Known = Mapping[tuple[str, str, str], Account]
"""Accounts that are there, by provider, origin and name."""


async def ensure(studio: Studio) -> None:
    """Bring workspace, accounts and definitions in line with the configuration; raises `ConfigInvalid`."""
    await studio.store.write(WORKSPACE, lambda tx: keys.ensure_workspace(tx, "Default"))
    if await studio.store.read(WORKSPACE, tally.absent):
        await studio.store.write(WORKSPACE, _sum_up)
    for each in await studio.store.read(WORKSPACE, keys.all_workspaces):
        if each.id != WORKSPACE:
            await furnish(studio, each.id)
    known = await studio.store.read(WORKSPACE, _known)
    wanted = await asyncio.to_thread(
        lambda: [*_keyless(studio, known), *_configured(studio, known), *_referred(studio, known)]
    )
    await studio.store.write(WORKSPACE, lambda tx: _align(tx, known, wanted))
    studio.vault.forget()
    await studio.engine.definitions.load(WORKSPACE)


def _sum_up(tx: Tx) -> None:
    """Sum a ledger up that an older version wrote."""
    for workspace in keys.all_workspaces(tx):
        tally.rebuild(tx.elsewhere(workspace.id))


async def furnish(studio: Studio, workspace: str) -> None:
    """Give a workspace the accounts that need no hand; those of this machine's files are the installation's own."""
    known = await studio.store.read(workspace, _known)
    found = await asyncio.to_thread(lambda: list(_keyless(studio, known)))
    wanted = [replace(account, workspace=workspace) for account in found]
    await studio.store.write(workspace, lambda tx: _align(tx, known, wanted))


def _known(tx: Tx) -> Known:
    return {(a.provider, a.origin, a.name): a for a in accounts.listed(tx) if a.origin != "user"}


def _keyless(studio: Studio, known: Known) -> Iterator[Account]:
    for name in studio.registry.names():
        if studio.registry.is_keyless(name):
            yield _limited(_bare(studio, known, name, BUILT_IN), studio.config.media_creation.of(name))


def _configured(studio: Studio, known: Known) -> Iterator[Account]:
    for name, section in studio.config.media_creation.providers.items():
        if not studio.registry.has(name):
            log.warning("config.provider_unknown: [media_creation.%s] names a provider that is not installed", name)
        elif section.api_url or section.api_key:
            try:
                yield _from_section(studio, _bare(studio, known, name, FROM_CONFIG), section)
            except MaquetteError as error:
                raise ConfigInvalid(f"[media_creation.{name}]: {error.message}") from error


def _from_section(studio: Studio, account: Account, section: ProviderSection) -> Account:
    given: dict[str, Any] = dict(section.settings)
    given |= {key: value for key, value in (("base_url", section.api_url), ("api_key", section.api_key)) if value}
    offered = studio.registry.provider(account.provider).settings
    if section.enable_websocket is not None and "enable_websocket" in offered.model_fields:
        given["enable_websocket"] = section.enable_websocket
    settings = secret.checked(offered, given)
    plain, sealed = secret.divide(settings, given, account.id, studio.vault)
    return _limited(replace(account, settings=plain, sealed=sealed), section)


def _referred(studio: Studio, known: Known) -> Iterator[Account]:
    for entry in reference.read(studio.config.home):
        if not studio.registry.has(entry.provider):
            log.warning("config.provider_unknown: %s names %r, which is not installed", reference.FILE, entry.provider)
            continue
        account = _bare(studio, known, entry.provider, FROM_CONFIG, entry.name)
        try:
            settings = secret.checked(studio.registry.provider(entry.provider).settings, entry.settings)
        except MaquetteError as error:
            raise ConfigInvalid(f"{reference.FILE}: account {entry.name!r}: {error.message}") from error
        plain, sealed = secret.divide(settings, entry.settings, account.id, studio.vault)
        yield replace(account, settings=plain, sealed=sealed, **entry.limits())


def _bare(studio: Studio, known: Known, provider: str, origin: str, name: str | None = None) -> Account:
    return known.get((provider, origin, name or origin)) or Account(
        id=new_id("account"),
        workspace=WORKSPACE,
        provider=provider,
        name=name or origin,
        settings={},
        created_at=studio.store.clock.now(),
        origin=origin,
    )


def _limited(account: Account, section: ProviderSection) -> Account:
    named = {
        "concurrency": section.concurrency,
        "per_minute": section.per_minute,
        "per_day": section.per_day,
        "timeout_s": section.timeout,
    }
    given: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
    return replace(account, **given)


def _align(tx: Tx, known: Known, wanted: Sequence[Account]) -> None:
    taken = {(a.provider, a.name) for a in accounts.listed(tx) if a.origin == "user"}
    for account in wanted:
        if (account.provider, account.name) in taken:
            raise ConfigInvalid(
                f"Provider {account.provider!r} has an account {account.name!r} already, beside the one of the files",
                hint=f"Rename one of the two: in the web interface, or in {reference.FILE}.",
            )
        if (account.provider, account.origin, account.name) not in known:
            accounts.insert(tx, account)
            continue
        values = asdict(account)
        accounts.update(tx, account.id, **{name: values[name] for name in _KEPT_IN_STEP})
    here = {account.id for account in wanted}
    for gone in known.values():
        if gone.id not in here:
            _retire(tx, gone)


def _retire(tx: Tx, account: Account) -> None:
    """Take an account away that nothing makes any more; one with work under way is only switched off."""
    if attempts.running(tx, account.id):
        accounts.update(tx, account.id, enabled=False)
    else:
        accounts.delete(tx, account.id)
