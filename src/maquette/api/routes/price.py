"""Prices over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Path, Query

from maquette.api.ask import ProviderName
from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.shape import Listing
from maquette.api.shape_money import PriceAsk, PriceShape
from maquette.catalog import Own
from maquette.catalog.rule import Rule
from maquette.services import price as prices

DOORS = Doors("/api/v1/prices", "prices")

ModelName = Annotated[str, Path(min_length=1, max_length=200, description="The id of a model; it may hold slashes.")]
Provider = Annotated[str | None, Query(min_length=1, max_length=64, description="Only the models of this provider.")]


@DOORS.get("", "viewer")
async def page(studio: TheStudio, caller: TheCaller, provider: Provider = None) -> Listing[PriceShape]:
    """List what every model costs that the catalog knows, or that a price was set for."""
    found = await prices.listed(studio, caller, provider)
    return Listing[PriceShape](items=[PriceShape.of(view) for view in found])


@DOORS.put("/{provider}/{model:path}", "admin")
async def put(
    provider: ProviderName, model: ModelName, ask: PriceAsk, studio: TheStudio, caller: TheCaller
) -> PriceShape:
    """Set what a model costs here, in place of what the catalog says."""
    own = Own(
        rates=ask.rates,
        rules=tuple(Rule(rule.per, rule.usd, rule.credits, rule.when) for rule in ask.rules),
        credit=ask.credit,
        source=ask.source or "set in this workspace",
        checked_on=ask.checked_on or datetime.now(UTC).date(),
    )
    return PriceShape.of(await prices.put(studio, caller, provider, model, own))


@DOORS.delete("/{provider}/{model:path}", "admin", status_code=204)
async def remove(provider: ProviderName, model: ModelName, studio: TheStudio, caller: TheCaller) -> None:
    """Let the catalog count again for a model."""
    await prices.remove(studio, caller, provider, model)
