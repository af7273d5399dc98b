"""What can be made of an asset next: every action that takes its medium and that some account can serve."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from maquette.core.action import Action
from maquette.core.model import Asset
from maquette.engine.studio import Studio
from maquette.services.caller import Caller
from maquette.store import account as accounts
from maquette.store import asset as assets
from maquette.store import job as jobs
from maquette.store.database import Tx

CARRIED = ("prompt", "negative_prompt")
"""Words that what is made of an asset usually keeps."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One action that takes an asset, with the parameters that are known already."""

    action: Action
    field: str
    params: Mapping[str, Any]


async def of(studio: Studio, caller: Caller, asset: str) -> Sequence[FollowUp]:
    """Return what can be made of an asset, by the actions' titles; raises `NotFound`."""

    def unit(tx: Tx) -> tuple[Asset, Mapping[str, Any], frozenset[str]]:
        found = assets.get(tx, asset)
        words = jobs.get(tx, found.job).params if found.job else {}
        return found, words, frozenset(account.provider for account in accounts.listed(tx) if account.enabled)

    found, words, served = await studio.store.read(caller.workspace, unit)
    return await asyncio.to_thread(_offered, studio, found, words, served)


def _offered(studio: Studio, asset: Asset, words: Mapping[str, Any], served: frozenset[str]) -> list[FollowUp]:
    made = list[FollowUp]()
    for provider in sorted(served):
        if studio.registry.has(provider):
            for action in studio.registry.of(provider).values():
                made += _uses(action, asset, words)
    return sorted(made, key=lambda each: (each.action.title, each.action.name, each.field))


def _uses(action: Action, asset: Asset, words: Mapping[str, Any]) -> list[FollowUp]:
    fields: Mapping[str, Any] = action.schema().get("properties", {})
    carried = {word: words[word] for word in CARRIED if words.get(word) and word in fields}
    return [
        FollowUp(action, name, carried | {name: [asset.id] if fields[name].get("type") == "array" else asset.id})
        for name, media in action.accepts().items()
        if asset.media in media
    ]
