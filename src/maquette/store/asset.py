"""Rows of assets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from maquette.core.errors import NotFound
from maquette.core.model import Asset
from maquette.store.database import Tx
from maquette.store.table import assets, attempts, inputs

_INSERT = sa.insert(assets)
_MINE = (assets.c.id == sa.bindparam("this"), assets.c.workspace == sa.bindparam("here"))
_THERE = assets.c.deleted_at.is_(None)
_ONE = sa.select(assets).where(*_MINE)
_CHANGE = sa.update(assets).where(*_MINE).returning(assets)
_OF_JOBS = (
    sa.select(assets)
    .where(assets.c.job.in_(sa.bindparam("of", expanding=True)), _THERE)
    .order_by(assets.c.attempt, assets.c.index)
)
_OF_ATTEMPT = sa.select(assets).where(assets.c.attempt == sa.bindparam("of"))
_BARE = sa.select(assets).where(assets.c.thumbhash.is_(None)).order_by(assets.c.id).limit(sa.bindparam("most"))
_MADE_BY = sa.exists().where(attempts.c.id == assets.c.attempt, attempts.c.process == sa.bindparam("process"))
_OURS = _BARE.where(
    sa.or_(
        assets.c.created_at < sa.bindparam("long_ago"),
        _MADE_BY,
        sa.and_(assets.c.attempt.is_(None), sa.bindparam("serves", type_=sa.Boolean)),
    )
)
_LONG_MS = 10_000
"""After so long, another process draws what the one that made the file should have drawn."""


def as_asset(row: sa.Row[Any]) -> Asset:
    """Return the row as an asset; the columns stand in the order of its fields, which is twice as fast as by name."""
    values: Sequence[Any] = row
    return Asset(*values)


def insert(tx: Tx, asset: Asset) -> None:
    """Insert an asset."""
    tx.run(_INSERT, {name: getattr(asset, name) for name in Asset.__slots__})


def get(tx: Tx, asset: str, *, binned: bool = False) -> Asset:
    """Return an asset of the workspace, one in the bin only where that is asked for; raises `NotFound`."""
    row = tx.run(_ONE, {"this": asset, "here": tx.workspace}).first()
    if row is None or (row.deleted_at is not None and not binned):
        raise NotFound(f"No asset {asset!r}")
    return as_asset(row)


def anywhere(tx: Tx, asset: str) -> Asset | None:
    """Return an asset of whatever workspace that is not in the bin, for whoever holds a signed address of it."""
    row = tx.run(sa.select(assets).where(assets.c.id == asset, _THERE)).first()
    return as_asset(row) if row else None


def update(tx: Tx, asset: str, **values: Any) -> Asset:
    """Change an asset and return it; raises `NotFound`."""
    row = tx.run(_CHANGE, {"this": asset, "here": tx.workspace, **values}).first()
    if row is None:
        raise NotFound(f"No asset {asset!r}")
    return as_asset(row)


def delete(tx: Tx, asset: str) -> Asset:
    """Forget an asset for good and return what it was; raises `NotFound`."""
    found = get(tx, asset, binned=True)
    tx.run(sa.delete(assets).where(assets.c.id == asset))
    tx.run(sa.delete(inputs).where(inputs.c.asset == asset))
    return found


def binned(tx: Tx, before: int, limit: int) -> list[Asset]:
    """Return assets of every workspace that were put into the bin before a time, the oldest first."""
    old = sa.select(assets).where(assets.c.deleted_at.is_not(None), assets.c.deleted_at < before)
    return [as_asset(row) for row in tx.run(old.order_by(assets.c.deleted_at).limit(limit))]


def of_jobs(tx: Tx, jobs: Sequence[str]) -> dict[str, list[Asset]]:
    """Return the assets of several jobs in one query, in the order of their outputs."""
    made: dict[str, list[Asset]] = {job: [] for job in jobs}
    for row in tx.run(_OF_JOBS, {"of": list(jobs)}):
        made[row.job].append(as_asset(row))
    return made


def several(tx: Tx, ids: Sequence[str]) -> dict[str, Asset]:
    """Return assets of the workspace by their ids; one that is not there, or lies in the bin, is left out."""
    mine = (assets.c.workspace == tx.workspace, assets.c.id.in_(list(ids)), _THERE)
    return {row.id: as_asset(row) for row in tx.run(sa.select(assets).where(*mine))}


def of_attempt(tx: Tx, attempt: str) -> dict[int, Asset]:
    """Return what an attempt has already stored, by output index."""
    rows = tx.run(_OF_ATTEMPT, {"of": attempt})
    return {found.index: found for found in map(as_asset, rows)}


def bare(tx: Tx, limit: int, process: str | None = None, *, serves: bool = True) -> list[Asset]:
    """Return assets of every workspace that still lack their small pictures.

    With `process`, only those that are its to draw: what it made, what was handed in if it `serves`, and what somebody
    else has left.
    """
    if process is None:
        return [as_asset(row) for row in tx.run(_BARE, {"most": limit})]
    whose = {"process": process, "serves": serves, "long_ago": tx.now - _LONG_MS}
    return [as_asset(row) for row in tx.run(_OURS, {"most": limit, **whose})]


def page(tx: Tx, filters: Mapping[str, str], before: str | None, limit: int, offset: int | None = None) -> list[Asset]:
    """Return a page of assets, newest first.

    Without an offset the page begins below the id `before`. With one it begins so many assets down from `before`
    itself, so that `before` names a snapshot that later assets do not shift.
    """
    where = _chosen(tx, filters)
    if before:
        where.append(assets.c.id < before if offset is None else assets.c.id <= before)
    # The ids come from an index alone, however many are passed over; only the page's own rows are then read.
    ids = sa.select(assets.c.id).where(*where).order_by(assets.c.id.desc()).limit(limit).offset(offset)
    rows = tx.run(sa.select(assets).where(assets.c.id.in_(ids)).order_by(assets.c.id.desc()))
    return [as_asset(row) for row in rows]


def count(tx: Tx, filters: Mapping[str, str]) -> tuple[int, str | None]:
    """Count the assets that a page would go through, and return the newest one's id."""
    where = _chosen(tx, filters)
    newest = sa.select(assets.c.id).where(*where).order_by(assets.c.id.desc()).limit(1).scalar_subquery()
    several = sa.select(sa.func.count()).where(*where).scalar_subquery()
    row = tx.run(sa.select(several.label("several"), newest.label("newest"))).one()
    return int(row.several), row.newest


def _chosen(tx: Tx, filters: Mapping[str, str]) -> list[sa.ColumnElement[bool]]:
    where = [assets.c.workspace == tx.workspace, _THERE]
    for name, value in filters.items():
        if name == "q":
            where += [_holds(tx, word) for word in value.split()]
        else:
            where.append(assets.c[name].in_(value.split(",")))
    return where


def _holds(tx: Tx, word: str) -> sa.ColumnElement[bool]:
    """Look for a word in any case; SQLite's LIKE does so by itself, in half the time."""
    sqlite = tx.connection.dialect.name == "sqlite"
    found = (c.contains if sqlite else c.icontains for c in (assets.c.prompt, assets.c.name))
    return sa.or_(*(look(word, autoescape=True) for look in found))


def given_to(tx: Tx, jobs: Sequence[str]) -> list[Asset]:
    """Return the assets that jobs were given and that are still there."""
    given = sa.select(inputs.c.asset).where(inputs.c.job.in_(jobs))
    where = (assets.c.id.in_(given), assets.c.workspace == tx.workspace, _THERE)
    return [as_asset(row) for row in tx.run(sa.select(assets).where(*where).order_by(assets.c.id))]


def made_from(tx: Tx, asset: str, limit: int) -> list[Asset]:
    """Return the assets of jobs that were given an asset, newest first."""
    chosen = sa.select(assets).join(inputs, inputs.c.job == assets.c.job)
    where = (inputs.c.asset == asset, assets.c.workspace == tx.workspace, _THERE)
    return [as_asset(row) for row in tx.run(chosen.where(*where).order_by(assets.c.id.desc()).limit(limit))]


def share(tx: Tx, attempt: str, cost: int) -> None:
    """Divide what an attempt cost among its assets, to the last micro-USD; the first ones bear what is left over."""
    made = sorted(of_attempt(tx, attempt).values(), key=lambda asset: asset.index)
    for place, asset in enumerate(made):
        each, rest = divmod(cost, len(made))
        tx.run(sa.update(assets).where(assets.c.id == asset.id).values(cost=each + (place < rest)))


def shares(tx: Tx, blob: str) -> int:
    """Count the assets of every workspace that point at a blob."""
    return int(tx.run(sa.select(sa.func.count()).where(assets.c.blob == blob)).scalar_one())
