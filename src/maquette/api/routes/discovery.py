"""What was found on the server's own machine, over HTTP."""

from __future__ import annotations

from pydantic import BaseModel

from maquette.api.ask import Ask, Label
from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.shape import Listing
from maquette.api.shape_catalog import AccountShape
from maquette.services import discovery

DOORS = Doors("/api/v1/discovery", "discovery")


class OfferShape(BaseModel):
    """An account that could be made with one press."""

    provider: str
    title: str
    source: str
    """The server's address, or the name of the environment variable."""
    kind: str
    """`server` or `variable`."""


class TakeAsk(Ask):
    """Make the account of an offer."""

    provider: Label
    source: Label
    """As the offer names it."""


@DOORS.get("", "admin")
async def page(studio: TheStudio, caller: TheCaller) -> Listing[OfferShape]:
    """Look for servers on their usual ports and keys in their usual variables, on the server's own machine."""
    return Listing[OfferShape](
        items=[
            OfferShape(
                provider=offer.provider,
                title=offer.title,
                source=offer.source,
                kind="server" if offer.server else "variable",
            )
            for offer in await discovery.found(studio, caller)
        ]
    )


@DOORS.post("", "admin", status_code=201)
async def take(ask: TakeAsk, studio: TheStudio, caller: TheCaller) -> AccountShape:
    """Make the account of an offer; what a variable holds is sealed, and shown to nobody."""
    return AccountShape.of(await discovery.take(studio, caller, ask.provider, ask.source))
