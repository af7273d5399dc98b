"""From a request to the job that serves it: an action, a medium, or a preset by its strategy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from maquette import catalog
from maquette.core.action import Definition
from maquette.core.errors import MaquetteError, NotFound
from maquette.core.model import Account, Job
from maquette.core.preset import KIND, Preset, read
from maquette.core.registry import Registry
from maquette.engine import plan as planner
from maquette.engine.plan import Wanted
from maquette.engine.route import Grounds, Route, route
from maquette.engine.route import estimate as expected
from maquette.engine.strategy import MEMORY
from maquette.engine.studio import Studio
from maquette.store import definition as definitions
from maquette.store import outcome as outcomes
from maquette.store import price as prices
from maquette.store.database import Tx


def planned(
    tx: Tx, studio: Studio, accounts: Sequence[Account], wanted: Wanted
) -> tuple[Job, Mapping[str, Any] | None]:
    """Return the job for what is wanted, and the decision where a preset made it; raises what planning raises."""
    with catalog.with_own(prices.own(tx)):
        return _planned(tx, studio, accounts, wanted)


def _planned(
    tx: Tx, studio: Studio, accounts: Sequence[Account], wanted: Wanted
) -> tuple[Job, Mapping[str, Any] | None]:
    if wanted.action is None and (found := _routed(tx, studio, accounts, wanted)) is not None:
        return found.job, found.decision
    job = planner.plan(studio.registry, studio.config, accounts, wanted)
    if wanted.preset is None:
        return job, None
    # A composite that is tried again is run as it was, and still counts for its preset.
    again = definition_of(tx, studio, wanted.preset, wanted.preset_version)
    preset = read(again.body)
    job = replace(job, produces=preset.media, strategy=preset.strategy)
    return replace(job, preset=again.id, preset_version=again.version), None


def _routed(tx: Tx, studio: Studio, accounts: Sequence[Account], wanted: Wanted) -> Route | None:
    if wanted.preset is not None:
        return _by(tx, studio, accounts, wanted, definition_of(tx, studio, wanted.preset, wanted.preset_version))
    creation = studio.config.media_creation
    if creation.default_provider or creation.fallback_chain:
        return None
    for definition in best(tx, wanted.media, wanted.strategy):
        try:
            return _by(tx, studio, accounts, wanted, definition)
        except MaquetteError:
            continue  # the next by priority may serve it, or a provider that needs no preset
    return None


def routed(tx: Tx, studio: Studio, accounts: Sequence[Account], wanted: Wanted, definition: Definition) -> Route:
    """Return what a preset makes of a request; raises what `engine.route.route` raises."""
    with catalog.with_own(prices.own(tx)):
        return _by(tx, studio, accounts, wanted, definition)


def _by(tx: Tx, studio: Studio, accounts: Sequence[Account], wanted: Wanted, definition: Definition) -> Route:
    preset = read(definition.body)
    learns = preset.strategy == "adaptive"
    known = outcomes.recent(tx, _concerned(studio.registry, preset, accounts), MEMORY) if learns else ()
    return route(Grounds(studio.registry, studio.config, accounts, known), wanted, definition)


def estimate(tx: Tx, studio: Studio, accounts: Sequence[Account], wanted: Wanted) -> dict[str, Any]:
    """Return what a request to a preset, or to the best one of its medium, is expected to cost, in micro-USD."""
    with catalog.with_own(prices.own(tx)):
        found = _routed(tx, studio, accounts, wanted)
        if found is None:
            raise NotFound(f"No preset serves {wanted.media!r} now")
        return expected(found)


def _concerned(registry: Registry, preset: Preset, accounts: Sequence[Account]) -> Iterator[str]:
    """Yield the ids of the accounts on which the candidates may run."""
    served = [registry.known(entry.action) for entry in preset.candidates]
    providers = {action.provider for action in served if action is not None}
    yield from (account.id for account in accounts if account.enabled and account.provider in providers)


def definition_of(tx: Tx, studio: Studio, name: str, version: int | None = None) -> Definition:
    """Return a preset by id or name: of the workspace, else one that came with the installation; raises `NotFound`."""
    found = definitions.version(tx, KIND, name, version) if version is not None else definitions.named(tx, KIND, name)
    if found is not None:
        return found
    for shipped in studio.registry.shipped(KIND):
        if name in (shipped.id, shipped.name):
            return shipped
    raise NotFound(f"No preset {name!r}", hint="GET /api/v1/presets lists them.")


def called(tx: Tx, studio: Studio, job: Job) -> Iterator[str]:
    """Yield id and name of the preset that made a planned job; nothing where none did. Looks only when it is asked."""
    if job.preset is not None:
        yield job.preset
        yield definition_of(tx, studio, job.preset, job.preset_version).name


def best(tx: Tx, media: str | None, strategy: str | None = None) -> list[Definition]:
    """Return the presets of the workspace that make a medium and are switched on, the highest priority first."""
    found = [(read(each.definition.body), each.definition) for each in definitions.newest(tx, KIND)]
    fitting = [
        (preset.priority, definition)
        for preset, definition in found
        if preset.enabled and preset.media == media and strategy in (None, preset.strategy)
    ]
    return [definition for _, definition in sorted(fitting, key=lambda pair: -pair[0])]


def runs_of(job: Job) -> list[tuple[str, Mapping[str, Any]]]:
    """Return every action that a planned job may run, each with its parameters."""
    if job.preset is None:
        own = (job.action, job.params)
        return [own, *((candidate["action"], job.params) for candidate in job.plan if candidate["action"] != own[0])]
    members = job.plan or job.params["members"]
    return [(member["action"], member["params"]) for member in members]
