"""What one asset cost, with all that was paid to get it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from maquette.core.model import Asset
from maquette.engine.studio import Studio
from maquette.services.caller import Caller
from maquette.store import asset as assets
from maquette.store import attempt as attempts
from maquette.store import job as jobs
from maquette.store.database import Tx
from maquette.store.table import jobs as table

_MOST = 200
"""Assets that are followed back at most."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a full cost is made of, in micro-USD."""

    kind: Literal["made", "failed", "variants", "input"]
    id: str
    cost: int
    source: str | None = None


@dataclass(frozen=True, slots=True)
class AssetCost:
    """What an asset cost, in micro-USD."""

    asset: str
    own: int
    parts: tuple[Part, ...]

    @property
    def full(self) -> int:
        """The sum of the parts."""
        return sum(part.cost for part in self.parts)


async def of_asset(studio: Studio, caller: Caller, asset: str) -> AssetCost:
    """Return what an asset cost; raises `NotFound`."""
    return await studio.store.read(caller.workspace, lambda tx: _of(tx, assets.get(tx, asset, binned=True), set()))


def _of(tx: Tx, asset: Asset, seen: set[str]) -> AssetCost:
    """Return what an asset cost; what `seen` holds is paid for in another part, and not counted twice."""
    seen.add(asset.id)
    return AssetCost(asset.id, asset.cost or 0, tuple(_parts(tx, asset, seen)))


def _parts(tx: Tx, asset: Asset, seen: set[str]) -> Iterator[Part]:
    if asset.job is None:
        return
    job = jobs.get(tx, asset.job)
    yield from _tried(tx, asset, job.id)
    if job.interaction is not None:
        for other, cost in _variants(tx, job.id, job.interaction, job.subject):
            yield Part("variants", other, cost)
    for given in assets.given_to(tx, [job.id]):
        if given.id not in seen and len(seen) < _MOST:
            yield Part("input", given.id, _of(tx, given, seen).full)


def _tried(tx: Tx, asset: Asset, job: str) -> Iterator[Part]:
    """Yield an asset's share of the attempt that made it, and of those that brought nothing."""
    tried = attempts.of_job(tx, job)
    brought = {attempt.id: sorted(assets.of_attempt(tx, attempt.id).items()) for attempt in tried}
    made = [each.id for outputs in brought.values() for _, each in outputs]
    for attempt in tried:
        if attempt.id == asset.attempt:
            yield Part("made", attempt.id, asset.cost or 0, attempt.cost_source)
        elif attempt.cost and not brought[attempt.id]:
            yield Part("failed", attempt.id, _share(attempt.cost, made.index(asset.id), len(made)), attempt.cost_source)


def _share(cost: int, place: int, among: int) -> int:
    each, rest = divmod(cost, among)
    return each + (place < rest)


def _variants(tx: Tx, job: str, interaction: str, subject: str | None) -> list[tuple[str, int]]:
    """Return the other jobs that were tried at the same place of a question, with what each cost."""
    same = table.c.subject == subject if subject is not None else table.c.subject.is_(None)
    where = (table.c.workspace == tx.workspace, table.c.interaction == interaction, same, table.c.id != job)
    rows = tx.run(sa.select(table.c.id, table.c.cost).where(*where, table.c.cost > 0).order_by(table.c.id))
    return [(row.id, int(row.cost)) for row in rows]
