"""Hold requests and results against the content filters that a workspace has switched on."""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from pydantic import ValidationError

from maquette.core.errors import ContentFiltered, MaquetteError, NotFound, ParamsInvalid
from maquette.core.filter import GROUP, Filter, FilterSettings, Specimen
from maquette.core.housekeeping import NAME, Housekeeping, Screen
from maquette.core.installed import offers
from maquette.engine.definition import SETTINGS
from maquette.engine.ingest import Judge
from maquette.store import definition as definitions
from maquette.store.database import Store, Tx

log = logging.getLogger("maquette.screen")

_SHIPPED = {"pictures": "maquette.engine.filters.pictures", "words": "maquette.engine.filters.words"}
_FRESH_MS = 2_000
"""How long settings that were read are believed, so that not every attempt reads them."""
On = Sequence[tuple[str, Filter, FilterSettings]]


def targets() -> dict[str, str]:
    """Return where each filter is, by its name; nothing is imported."""
    return {**offers(GROUP), **_SHIPPED}


def named(name: str) -> Filter:
    """Return a filter by its name; raises `NotFound`."""
    known = targets()
    if name not in known:
        raise NotFound(f"No filter {name!r}", hint=f"There are {', '.join(sorted(known))}.")
    module, _, attribute = known[name].partition(":")
    found: Filter = getattr(importlib.import_module(module), attribute or "FILTER")
    return found


def read(entry: Screen) -> FilterSettings:
    """Return the settings of a filter that is to be switched on; raises `NotFound` or `ParamsInvalid`."""
    try:
        return named(entry.filter).settings.model_validate(entry.settings)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        faults = [{"path": ".".join(map(str, ("settings", *each["loc"]))), "message": each["msg"]} for each in found]
        raise ParamsInvalid(
            f"Filter {entry.filter!r}: {faults[0]['path']!r}: {faults[0]['message']}", errors=faults
        ) from error


def settings_of(tx: Tx) -> Housekeeping:
    """Return how the workspace keeps house, as it comes where nobody has said anything."""
    found = definitions.named(tx, SETTINGS, NAME)
    return Housekeeping.model_validate(dict(found.body)) if found else Housekeeping()


class Screens:
    """The filters that are on, by workspace."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, tuple[int, On]] = {}

    async def on(self, workspace: str) -> On:
        """Return the filters that a workspace has on; one that is no longer installed lets nothing pass."""
        now = self._store.clock.now()
        read_at, found = self._known.get(workspace, (-_FRESH_MS, ()))
        if now - read_at >= _FRESH_MS:
            entries = (await self._store.read(workspace, settings_of)).filters
            found = [(each.filter, named(each.filter), read(each)) for each in entries]
            self._known[workspace] = (now, found)
        return found

    async def admit(self, workspace: str, params: Mapping[str, Any]) -> None:
        """Refuse parameters whose texts a filter refuses; raises `ContentFiltered`."""
        if not (filters := await self.on(workspace)):
            return
        text = "\n".join(_texts(params))
        for name, each, settings in filters:
            if why := await _asked(name, partial(each.prompt, text, settings)):
                raise ContentFiltered(f"The filter {name!r} refused the request: {why}", filter=name)

    async def judge(self, workspace: str) -> Judge | None:
        """Return what says of a result why it may not be kept; None where no filter is on.

        A result was paid, so nothing raises here: where a filter cannot say, the result goes to quarantine.
        """
        try:
            filters = await self.on(workspace)
        except MaquetteError as error:
            log.exception("filter.missing")
            return partial(_refused, why=error.message)
        return partial(_judged, filters=filters) if filters else None


async def _judged(specimen: Specimen, *, filters: On) -> str | None:
    for name, each, settings in filters:
        if why := await _asked(name, partial(each.output, specimen, settings)):
            log.warning("output.filtered", extra={"filter": name, "digest": specimen.digest})
            return f"the filter {name!r} refused it: {why}"
    return None


async def _refused(_specimen: Specimen, *, why: str) -> str | None:
    return why


async def _asked(name: str, question: Callable[[], str | None]) -> str | None:
    """Ask a filter in a thread; one that fails has refused, for it may come from anywhere."""
    try:
        return await asyncio.to_thread(question)
    except Exception as error:
        log.exception("filter.failed", extra={"filter": name})
        return f"the filter failed ({type(error).__name__})"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
