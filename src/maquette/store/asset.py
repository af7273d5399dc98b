"""Rows of assets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from maquette.core.errors import NotFound
from maquette.core.model import Asset
from maquette.store.database import Tx
from maquette.store.table import assets


def as_asset(row: sa.Row[Any]) -> Asset:
    """Return the row as an asset."""
    return Asset(**row._asdict())


def insert(tx: Tx, asset: Asset) -> None:
    """Insert an asset."""
    tx.run(sa.insert(assets), asdict(asset))


def get(tx: Tx, asset: str) -> Asset:
    """Return an asset of the workspace; raises `NotFound`."""
    row = tx.run(sa.select(assets).where(assets.c.id == asset, assets.c.workspace == tx.workspace)).first()
    if row is None:
        raise NotFound(f"No asset {asset!r}")
    return as_asset(row)


def update(tx: Tx, asset: str, **values: Any) -> Asset:
    """Change an asset and return it; raises `NotFound`."""
    mine = (assets.c.id == asset, assets.c.workspace == tx.workspace)
    row = tx.run(sa.update(assets).where(*mine).values(**values).returning(assets)).first()
    if row is None:
        raise NotFound(f"No asset {asset!r}")
    return as_asset(row)


def delete(tx: Tx, asset: str) -> Asset:
    """Delete an asset and return what it was; raises `NotFound`."""
    found = get(tx, asset)
    tx.run(sa.delete(assets).where(assets.c.id == asset))
    return found


def of_jobs(tx: Tx, jobs: Sequence[str]) -> dict[str, list[Asset]]:
    """Return the assets of several jobs in one query, in the order of their outputs."""
    made: dict[str, list[Asset]] = {job: [] for job in jobs}
    statement = sa.select(assets).where(assets.c.job.in_(jobs)).order_by(assets.c.attempt, assets.c.index)
    for row in tx.run(statement):
        made[row.job].append(as_asset(row))
    return made


def of_attempt(tx: Tx, attempt: str) -> dict[int, Asset]:
    """Return what an attempt has already stored, by output index."""
    rows = tx.run(sa.select(assets).where(assets.c.attempt == attempt))
    return {found.index: found for found in map(as_asset, rows)}


def bare(tx: Tx, limit: int) -> list[Asset]:
    """Return assets of every workspace that still lack their small pictures."""
    rows = tx.run(sa.select(assets).where(assets.c.thumbhash.is_(None)).order_by(assets.c.id).limit(limit))
    return [as_asset(row) for row in rows]


def page(tx: Tx, filters: Mapping[str, str], before: str | None, limit: int) -> list[Asset]:
    """Return a page of assets, newest first, older than the id `before`."""
    where = [assets.c.workspace == tx.workspace]
    where += [assets.c[name].in_(value.split(",")) for name, value in filters.items()]
    if before:
        where.append(assets.c.id < before)
    rows = tx.run(sa.select(assets).where(*where).order_by(assets.c.id.desc()).limit(limit))
    return [as_asset(row) for row in rows]


def shares(tx: Tx, blob: str) -> int:
    """Count the assets of every workspace that point at a blob."""
    return int(tx.run(sa.select(sa.func.count()).where(assets.c.blob == blob)).scalar_one())
