"""Presets: write, check and try out. A job keeps the version that it was made by."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from maquette.core import preset as documents
from maquette.core.action import Action, Definition
from maquette.core.adapt import faults_of
from maquette.core.errors import Conflict, UnknownAction
from maquette.core.ids import new_id
from maquette.core.model import Account
from maquette.core.preset import COMPOSITE, KIND, Preset, fed
from maquette.core.registry import Registry
from maquette.engine.plan import Wanted
from maquette.engine.route import Route, words_of
from maquette.engine.studio import Studio
from maquette.services import route as routes
from maquette.services.audit import note_definition
from maquette.services.caller import Caller, require
from maquette.store import account as accounts
from maquette.store import definition as definitions
from maquette.store.database import Tx

Fault = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PresetView:
    """A preset as it is now."""

    definition: Definition
    preset: Preset
    warnings: Sequence[Mapping[str, str]]
    created_at: int | None
    origin: str
    """`user`, or `shipped` for one that came with the installation."""


async def create(studio: Studio, caller: Caller, preset: Preset) -> PresetView:
    """Check and keep a new preset; raises `ParamsInvalid` with every fault, or `Conflict` for a taken name."""
    require(caller, "member")
    body = documents.read(documents.written(preset))
    await studio.store.read(caller.workspace, lambda tx: _check(tx, studio, body))

    def unit(tx: Tx) -> Definition:
        if definitions.named(tx, KIND, body.name) is not None:
            raise Conflict(f"There is a preset {body.name!r} already", hint="Choose another name, or change that one.")
        made = Definition(new_id("preset"), KIND, body.name, 1, documents.written(body))
        return _kept(tx, caller, made, None)

    made = await studio.store.write(caller.workspace, unit)
    return await get(studio, caller, made.id)


async def update(studio: Studio, caller: Caller, preset: str, body: Preset) -> PresetView:
    """Keep a further version of a preset; jobs that have begun go on with theirs. Raises `ParamsInvalid`."""
    require(caller, "member")
    old = await get(studio, caller, preset)
    _own(old)
    named = body if body.name else body.model_copy(update={"name": old.definition.name})
    await studio.store.read(caller.workspace, lambda tx: _check(tx, studio, named))

    def unit(tx: Tx) -> None:
        now, taken = definitions.named(tx, KIND, old.definition.id), definitions.named(tx, KIND, named.name)
        if now is None or (taken is not None and taken.id != now.id):
            raise Conflict(f"The name {named.name!r} is taken, or the preset is gone")
        _kept(tx, caller, replace(now, name=named.name, version=now.version + 1, body=documents.written(named)), now)

    await studio.store.write(caller.workspace, unit)
    return await get(studio, caller, old.definition.id)


def _kept(tx: Tx, caller: Caller, definition: Definition, before: Definition | None) -> Definition:
    definitions.insert(tx, definition)
    tx.emit("catalog.changed", None, {"definition": definition.id, "name": definition.name})
    note_definition(tx, caller, "changed" if before else "created", definition, before=before)
    return definition


def _own(view: PresetView) -> None:
    if view.origin == "shipped":
        raise Conflict(
            f"{view.definition.name!r} came with this installation and cannot be changed",
            hint="Save it under another name, and change that.",
        )


async def delete(studio: Studio, caller: Caller, preset: str) -> None:
    """Delete a preset; jobs that it made go on."""
    require(caller, "member")
    view = await get(studio, caller, preset)
    _own(view)

    def unit(tx: Tx) -> None:
        accounts.undefine(tx, view.definition.id)
        tx.emit("catalog.changed", None, {"definition": view.definition.id, "name": view.definition.name})
        note_definition(tx, caller, "deleted", view.definition)

    await studio.store.write(caller.workspace, unit)


async def listed(studio: Studio, caller: Caller) -> Sequence[PresetView]:
    """Return the newest version of every preset, the highest priority first, then those that came with the server."""
    written = await studio.store.read(caller.workspace, lambda tx: definitions.newest(tx, KIND))
    shipped = await asyncio.to_thread(studio.registry.shipped, KIND)
    own = [_view(each.definition, each.created_at, "user") for each in written]
    own.sort(key=lambda view: (-view.preset.priority, view.definition.name))
    return [*own, *(_view(each, None, "shipped") for each in shipped)]


async def get(studio: Studio, caller: Caller, preset: str) -> PresetView:
    """Return the newest version of a preset by id or name; raises `NotFound`."""
    found = await studio.store.read(caller.workspace, lambda tx: routes.definition_of(tx, studio, preset))
    for view in await listed(studio, caller):
        if view.definition.id == found.id:
            return view
    return _view(found, None, "user")


async def plan(studio: Studio, caller: Caller, preset: str, params: Mapping[str, Any], *, strict: bool) -> Route:
    """Tell which candidates would serve a request, in which order and for how much, without making a job."""

    def unit(tx: Tx) -> Route:
        wanted = Wanted(None, params, preset=preset, strict=strict, workspace=caller.workspace)
        definition = routes.definition_of(tx, studio, preset)
        return routes.routed(tx, studio, accounts.listed(tx), wanted, definition)

    return await studio.store.read(caller.workspace, unit)


def _view(definition: Definition, created_at: int | None, origin: str) -> PresetView:
    preset = documents.read(definition.body)
    return PresetView(definition, preset, documents.warnings(preset), created_at, origin)


def _check(tx: Tx, studio: Studio, preset: Preset) -> None:
    """Refuse a preset that could not work; raises `ParamsInvalid` with every fault."""
    if found := list(faults(studio.registry, accounts.listed(tx), preset)):
        raise documents.refused(found)


def faults(registry: Registry, known: Sequence[Account], preset: Preset) -> Iterator[Fault]:
    """Yield what is wrong with a preset here and now, each with its path."""
    before: Action | None = None
    able, sound = list[str](), True
    for index, entry in enumerate(preset.candidates):
        path = f"candidates.{index}"
        try:
            action = registry.action(entry.action)
        except UnknownAction as error:
            sound = False
            yield {"path": f"{path}.action", "message": error.message, "near": error.details.get("near", [])}
            continue
        last = index == len(preset.candidates) - 1
        found = [*_of_action(action, before, preset, last=last), *_of_account(entry.account, action, known)]
        found += [{**fault, "path": f"params.{fault['path']}"} for fault in faults_of(action, entry.params)]
        sound = sound and not found
        yield from ({**fault, "path": f"{path}.{fault['path']}"} for fault in found)
        before = action
        able += [account.id for account in known if account.enabled and account.provider == action.provider]
    yield from _of_whole(registry, preset)
    if sound and preset.enabled and not able:
        message = "no candidate has an enabled account; add one, or save the preset with `enabled: false`"
        yield {"path": "candidates", "message": message}


def _of_action(action: Action, before: Action | None, preset: Preset, *, last: bool) -> Iterator[Fault]:
    if action.composite:
        yield {"path": "action", "message": f"{action.name!r} is a module; name an action of a provider"}
    elif action.produces != preset.media and (preset.strategy != "sequential" or last):
        yield {"path": "action", "message": f"{action.name!r} makes {action.produces}, not {preset.media}"}
    if preset.strategy == "sequential" and before is not None and fed(action, before.produces) is None:
        message = f"{action.name!r} takes no {before.produces}, which is what {before.name!r} makes"
        yield {"path": "action", "message": message}


def _of_account(name: str | None, action: Action, known: Sequence[Account]) -> Iterator[Fault]:
    if name is None or action.composite:
        return
    mine = [account for account in known if account.provider == action.provider]
    if not any(name in (account.id, account.name) for account in mine):
        message = f"provider {action.provider!r} has no account {name!r}"
        yield {"path": "account", "message": message, "allowed": {"enum": [account.name for account in mine]}}


def _of_whole(registry: Registry, preset: Preset) -> Iterator[Fault]:
    if preset.strategy == "weighted" and not any(entry.weight for entry in preset.candidates):
        yield {"path": "candidates", "message": "every weight is 0, so that nothing could be drawn"}
    words = words_of(registry, preset)
    for word in preset.defaults if words is not None else ():
        if words is not None and word not in words:
            yield {"path": f"defaults.{word}", "message": "no candidate has such a parameter"}
    if preset.aggressive and preset.strategy in COMPOSITE:
        yield {"path": "aggressive", "message": f"{preset.strategy!r} runs every candidate; there is none to go on to"}
