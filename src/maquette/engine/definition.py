"""Keep the catalog of this process in step with what people imported, also through another process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from maquette.core.errors import StoreUnavailable
from maquette.store import account as accounts
from maquette.store import definition as definitions
from maquette.store.database import Tx

if TYPE_CHECKING:
    from maquette.engine.engine import Tools

log = logging.getLogger("maquette.definition")

KIND = "graph"
"""What an imported document is kept as."""
SETTINGS = "settings"
"""What settings are kept as that were changed while running; they stand over those of the file."""
MEDIA_CREATION = "media_creation"
"""The settings of which provider serves a request that names none, as the section of the file is called."""
_AGAIN_S = 1.0
_WORKSPACE = "default"


class Definitions:
    """Hands every provider the definitions from which it makes further actions."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._marks: Sequence[tuple[object, ...]] = ()

    async def load(self, workspace: str = _WORKSPACE) -> None:
        """Read all definitions and make their actions known here."""

        def unit(tx: Tx) -> None:
            # The marks first: what changes between the two reads is then seen as a change by the next refresh.
            self._marks = _marks(tx)
            if (settled := definitions.named(tx, SETTINGS, MEDIA_CREATION)) is not None:
                creation = self._tools.config.media_creation.model_copy(update=dict(settled.body))
                self._tools.config = self._tools.config.model_copy(update={"media_creation": creation})
            found = accounts.defined(tx, KIND)
            for name in self._tools.registry.names():
                self._tools.registry.define(name, [definition for owner, definition in found if owner == name])

        await self._tools.store.read(workspace, unit)

    async def refresh(self) -> None:
        """Load again if another process changed something since."""
        marks = await self._tools.store.read(_WORKSPACE, _marks)
        if marks != self._marks:
            await self.load()

    async def follow(self, changed: asyncio.Event) -> None:
        """Refresh whenever `changed` is set, for ever."""
        while True:
            await changed.wait()
            changed.clear()
            try:
                await self.refresh()
            except StoreUnavailable:
                log.warning("definition.not_read", exc_info=True)
                await asyncio.sleep(_AGAIN_S)
                changed.set()


def _marks(tx: Tx) -> Sequence[tuple[object, ...]]:
    return [*accounts.marks(tx, KIND), *accounts.marks(tx, SETTINGS)]
