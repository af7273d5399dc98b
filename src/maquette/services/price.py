"""What models cost: what the catalog says, and what a workspace set for itself in place of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from maquette import catalog
from maquette.catalog import Model, Own
from maquette.core.errors import NotFound
from maquette.engine.studio import Studio
from maquette.services.caller import Caller, require
from maquette.store import audit
from maquette.store import price as prices
from maquette.store.database import Tx


@dataclass(frozen=True, slots=True)
class PriceView:
    """What a model costs here."""

    provider: str
    model: str
    known: Model | None
    own: Own | None


async def listed(studio: Studio, caller: Caller, provider: str | None = None) -> Sequence[PriceView]:
    """Return what every model costs that the catalog knows or that a price was set for."""
    own = dict(await studio.store.read(caller.workspace, prices.own))
    names = [provider] if provider is not None else studio.registry.names()
    known = await asyncio.to_thread(lambda: {name: catalog.models(name) for name in names})
    found = [
        PriceView(name, model, row, own.pop((name, model), None))
        for name, rows in known.items()
        for model, row in rows.items()
    ]
    rest = [PriceView(name, model, None, each) for (name, model), each in own.items() if provider in (None, name)]
    return [*found, *sorted(rest, key=lambda view: (view.provider, view.model))]


async def put(studio: Studio, caller: Caller, provider: str, model: str, own: Own) -> PriceView:
    """Set what a model costs here; jobs that are planned from now on use it. Raises `NotFound` for the provider."""
    require(caller, "admin")
    if not studio.registry.has(provider):
        raise NotFound(f"No provider {provider!r}", hint="GET /api/v1/providers lists them.")

    def unit(tx: Tx) -> None:
        before = prices.own(tx).get((provider, model))
        prices.put(tx, provider, model, own)
        earlier = prices.body_of(before) if before else None
        audit.note(tx, caller.key, "price.set", f"{provider}/{model}", before=earlier, after=prices.body_of(own))
        tx.emit("config.changed", None, {"price": model, "provider": provider, "how": "set"})

    await studio.store.write(caller.workspace, unit)
    return PriceView(provider, model, catalog.models(provider).get(model), own)


async def remove(studio: Studio, caller: Caller, provider: str, model: str) -> None:
    """Let the catalog count again for a model; raises `NotFound` where nothing was set."""
    require(caller, "admin")

    def unit(tx: Tx) -> None:
        before = prices.own(tx).get((provider, model))
        prices.remove(tx, provider, model)
        earlier = prices.body_of(before) if before else None
        audit.note(tx, caller.key, "price.removed", f"{provider}/{model}", before=earlier)
        tx.emit("config.changed", None, {"price": model, "provider": provider, "how": "removed"})

    await studio.store.write(caller.workspace, unit)
