"""Requests in the words of the media generation document, and files by their stored path."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from maquette.core.action import Definition
from maquette.core.errors import MaquetteError, NotFound
from maquette.core.model import Asset
from maquette.core.params import Media
from maquette.core.preset import KIND, Strategy, read
from maquette.engine.plan import Wanted
from maquette.engine.studio import Studio
from maquette.services import preset as presets
from maquette.services import route as routes
from maquette.services.caller import Caller, require
from maquette.services.preset import PresetView
from maquette.store import account as accounts
from maquette.store import asset as assets
from maquette.store.database import Tx

WorkflowType = Literal["simple", "adaptive"]
Status = Literal["pending", "processing", "completed", "failed"]

STRATEGIES: Mapping[WorkflowType, tuple[Strategy, ...]] = {
    "simple": ("fallback",),
    "adaptive": ("adaptive", "weighted", "ensemble", "sequential"),
}
"""The strategies that each of the document's two workflow types stands for."""
STATES: Mapping[Status, tuple[str, ...]] = {
    "pending": ("queued",),
    "processing": ("running", "waiting"),
    "completed": ("succeeded",),
    "failed": ("failed", "cancelled"),
}
"""The states that each of the documents' status words stands for."""

_ASSET = re.compile(r"(?:asset|gc)_([0-9a-f]{32})(?:\.[a-z0-9]{1,8})?")
_DIGEST = re.compile(r"/([0-9a-f]{64})\.[a-z0-9]{1,8}")


@dataclass(frozen=True, slots=True)
class Started:
    """What an installation serves once it is initialised."""

    presets: Sequence[PresetView]
    served: Sequence[Media]
    """The media that have at least one preset."""


def status_of(state: str) -> Status:
    """Return the documents' word for the state of a job."""
    return next(status for status, states in STATES.items() if state in states)


def type_of(strategy: str | None) -> WorkflowType:
    """Return the document's word for a strategy; a job without one tried its candidates in order."""
    return "simple" if strategy in (None, *STRATEGIES["simple"]) else "adaptive"


async def chosen(studio: Studio, caller: Caller, wanted: Wanted, kind: WorkflowType | None) -> Wanted:
    """Return what is wanted with the stored configuration that serves it.

    That is the one of highest priority in the workspace, then one that came with the installation. A request that
    names no workflow type is planned by its medium alone; so is the simple one where no configuration serves, past
    the presets of other types. Raises `NotFound`, or why the last configuration cannot serve.
    """
    if wanted.preset is not None or kind is None:
        return wanted
    shipped = await asyncio.to_thread(studio.registry.shipped, KIND)

    def unit(tx: Tx) -> Wanted:
        fault: MaquetteError | None = None
        for definition in _configured(tx, shipped, wanted.media, kind):
            try:
                # The medium is that of the configuration; the preset's own rules do the rest.
                made = replace(wanted, media=None, preset=definition.id)
                routes.routed(tx, studio, accounts.listed(tx), made, definition)
            except MaquetteError as error:
                fault = error
            else:
                return made
        if kind == "simple":
            return replace(wanted, strategy=STRATEGIES["simple"][0])
        raise fault or NotFound(
            f"No {kind} configuration makes {wanted.media!r}",
            hint="POST /api/media/presets keeps one; GET /api/media/presets lists those that are there.",
        )

    return await studio.store.read(caller.workspace, unit)


def _configured(tx: Tx, shipped: Sequence[Definition], media: str | None, kind: WorkflowType) -> Iterator[Definition]:
    for strategy in STRATEGIES[kind]:
        yield from routes.best(tx, media, strategy)
    if kind == "simple":
        return  # the configured providers go before what came with the installation
    bodies = [(read(each.body), each) for each in shipped]
    for strategy in STRATEGIES[kind]:
        yield from (each for body, each in bodies if body.media == media and body.strategy == strategy)


async def start(studio: Studio, caller: Caller) -> Started:
    """Tell what presets there are; they come with the installation, so that nothing is made twice."""
    require(caller, "member")
    found = await presets.listed(studio, caller)
    return Started(found, sorted({view.preset.media for view in found}))


async def file(studio: Studio, caller: Caller, path: str) -> Asset:
    """Return the asset of the workspace that a path names: by its id, or as it is stored; raises `NotFound`.

    Nothing is opened by the path: it is only ever compared with what the catalog knows.
    """
    return await studio.store.read(caller.workspace, lambda tx: _named(tx, path))


def _named(tx: Tx, path: str) -> Asset:
    if match := _ASSET.fullmatch(path):
        return assets.get(tx, f"asset_{match[1]}")
    filters: dict[str, Any] = {"digest": found[1]} if (found := _DIGEST.search(path)) else {}
    for asset in assets.page(tx, filters, None, 200) if filters else ():
        if asset.blob == path:
            return asset
    raise NotFound(
        f"There is no file {path[:200]!r}", hint="The `files` of a job name theirs; so does GET /api/v1/assets."
    )
