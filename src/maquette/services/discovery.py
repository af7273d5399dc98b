"""Discovery: what lies on the server's own machine and could become an account; offered, and never used unasked."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from maquette.core.errors import MaquetteError, NotFound
from maquette.core.model import Account
from maquette.engine.account import origin_of
from maquette.engine.studio import Studio
from maquette.services import account as accounts
from maquette.services.account import AccountView, Draft
from maquette.services.caller import WORKSPACE, Caller, require
from maquette.store import account as rows

log = logging.getLogger("maquette.discovery")

PATIENCE_S = 2.0
"""How long one server may take to answer; those of this machine answer at once or are not there."""
_CONNECT_S = 0.5
_AFTER_S = 3.0
"""Whoever started the server is served first."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An account that could be made with one press."""

    provider: str
    title: str
    server: str | None = None
    """A server on this machine that answered as the provider's do."""
    variable: str | None = None
    """An environment variable of the server's process; its value is never shown."""

    @property
    def source(self) -> str:
        """What was found, as it is named when the offer is taken."""
        return self.server or self.variable or ""


async def found(studio: Studio, caller: Caller) -> Sequence[Offer]:
    """Look at the usual places of every provider and return what no account uses yet."""
    require(caller, "admin")
    known = await studio.store.read(caller.workspace, rows.listed)
    servers, variables = await asyncio.to_thread(lambda: _candidates(studio, known))
    answered = await asyncio.gather(*(_answers(studio, caller, offer) for offer in servers))
    return [*(offer for offer, there in zip(servers, answered, strict=True) if there), *variables]


async def take(studio: Studio, caller: Caller, provider: str, source: str) -> AccountView:
    """Make the account of an offer; raises `NotFound` for anything else, so that no other variable is read."""
    for offer in await found(studio, caller):
        if (offer.provider, offer.source) == (provider, source):
            return await accounts.create(studio, caller, provider, Draft(provider, _settings(studio, offer)))
    raise NotFound(
        f"{source!r} of provider {provider!r} is not offered here", hint="GET /api/v1/discovery lists what was found."
    )


async def tell(studio: Studio) -> None:
    """Write into the log what was found, once the server has begun to answer."""
    await asyncio.sleep(_AFTER_S)
    with suppress(MaquetteError):
        for offer in await found(studio, Caller(WORKSPACE, "discovery", "admin")):
            log.info("discovery.offered: %s at %s", offer.provider, offer.source)


def _candidates(studio: Studio, known: Sequence[Account]) -> tuple[list[Offer], list[Offer]]:
    servers, variables = list[Offer](), list[Offer]()
    for name in studio.registry.names():
        provider = studio.registry.provider(name)
        mine = [account for account in known if account.provider == name]
        taken = {origin_of(str(account.settings.get("base_url") or "")) for account in mine}
        free = [server for server in provider.usual.servers if origin_of(server) not in taken]
        servers += [Offer(name, provider.title, server=server) for server in free]
        if not any(account.sealed for account in mine):
            variables += _set(name, provider.title, provider.usual.variables)
    return servers, variables


def _set(name: str, title: str, variables: Mapping[str, str]) -> Iterator[Offer]:
    for variable in variables:
        if os.environ.get(variable, "").strip():
            yield Offer(name, title, variable=variable)


async def _answers(studio: Studio, caller: Caller, offer: Offer) -> bool:
    if not await _listens(str(offer.server)):
        return False
    try:
        async with asyncio.timeout(PATIENCE_S):
            await accounts.rehearse(studio, caller, offer.provider, Draft(settings=_settings(studio, offer)))
    except (TimeoutError, MaquetteError):
        return False
    return True


async def _listens(server: str) -> bool:
    """Tell whether anybody is at an address; a check would ask again and again where nobody is."""
    _, host, port = origin_of(server) or ("", "", None)
    try:
        async with asyncio.timeout(_CONNECT_S):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True


def _settings(studio: Studio, offer: Offer) -> dict[str, Any]:
    if offer.server is not None:
        return {"base_url": offer.server}
    setting = studio.registry.provider(offer.provider).usual.variables[str(offer.variable)]
    return {setting: os.environ[str(offer.variable)].strip()}
