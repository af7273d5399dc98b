"""Rows of keeping house: what may not go, what could, what was asked before, and whose day it is."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from maquette.core.model import FINAL, Asset
from maquette.store.asset import as_asset
from maquette.store.database import Tx
from maquette.store.table import assets, definitions, inputs, interactions, jobs
from maquette.store.table_content import content_images, contents
from maquette.store.table_conversation import messages
from maquette.store.table_housekeeping import keeps, requests, tidied

HELD: tuple[sa.Column[Any], ...] = (content_images.c.asset, contents.c.source)
"""Columns of further tables that name assets in use; each such table has a column `workspace`."""
_NAMED = re.compile(r"asset_[0-9a-f]{32}")
_BATCH = 500


def keep(tx: Tx, asset: str, key: str | None) -> None:
    """Note that a person keeps an asset; once is enough."""
    if tx.run(sa.select(keeps.c.asset).where(keeps.c.asset == asset)).first() is None:
        row = {"asset": asset, "workspace": tx.workspace, "created_by": key, "created_at": tx.now}
        tx.run(sa.insert(keeps), row)


def let_go(tx: Tx, asset: str) -> None:
    """Forget that a person keeps an asset."""
    tx.run(sa.delete(keeps).where(keeps.c.asset == asset, keeps.c.workspace == tx.workspace))


def kept(tx: Tx) -> set[str]:
    """Return the ids of the assets that people keep."""
    return set(tx.run(sa.select(keeps.c.asset).where(keeps.c.workspace == tx.workspace)).scalars())


def untouchable(tx: Tx) -> set[str]:
    """Return the ids of the assets that are kept, chosen or in use: nothing may take them away by itself."""
    found = kept(tx) | _chosen(tx) | _written_down(tx)
    busy = _busy(tx)
    for some in _batches(busy):
        found |= set(tx.run(sa.select(inputs.c.asset).where(inputs.c.job.in_(some))).scalars())
        found |= set(tx.run(sa.select(assets.c.id).where(assets.c.job.in_(some))).scalars())
        found |= _mentioned(tx.run(sa.select(jobs.c.params, jobs.c.result, jobs.c.source).where(jobs.c.id.in_(some))))
    return found


def in_use(tx: Tx, ids: Collection[str]) -> set[str]:
    """Return those of some assets that a person keeps or an open job was given."""
    given = (
        sa.select(inputs.c.asset)
        .join(jobs, jobs.c.id == inputs.c.job)
        .where(inputs.c.asset.in_(ids), jobs.c.state.not_in(FINAL))
    )
    mine = sa.select(keeps.c.asset).where(keeps.c.asset.in_(ids))
    return {*tx.run(given).scalars(), *tx.run(mine).scalars()}


def _chosen(tx: Tx) -> set[str]:
    """Return what people chose, and what they are asked about now."""
    mine = interactions.c.workspace == tx.workspace
    asked = sa.select(interactions.c.question).where(mine, interactions.c.state == "open")
    answered = sa.select(interactions.c.response).where(mine, interactions.c.response.is_not(None))
    # An answer names every try as well, so that those of other fields than the choice are left out.
    picked = ({k: v for k, v in row.response.items() if k != "all_metadata_ids"} for row in tx.run(answered))
    return _mentioned(tx.run(asked)) | _mentioned([value] for value in picked)


def _written_down(tx: Tx) -> set[str]:
    """Return what presets, workflows and other definitions name, and what further tables hold."""
    bodies = sa.select(definitions.c.body).where(
        definitions.c.workspace == tx.workspace, definitions.c.deleted_at.is_(None)
    )
    found = _mentioned(tx.run(bodies))
    for column in HELD:
        here = column.table.c.workspace == tx.workspace
        found |= set(tx.run(sa.select(column).where(here, column.is_not(None))).scalars())
    said = sa.select(assets.c.id).join(messages, messages.c.job == assets.c.job)
    return found | set(tx.run(said.where(messages.c.workspace == tx.workspace)).scalars())


def _mentioned(rows: Iterable[Sequence[Any]]) -> set[str]:
    return {name for row in rows for value in row if value is not None for name in _NAMED.findall(json.dumps(value))}


def _busy(tx: Tx) -> set[str]:
    """Return the ids of the jobs that are not final, of all that is below them, and of the tries of open questions."""
    mine = jobs.c.workspace == tx.workspace
    level = set(tx.run(sa.select(jobs.c.id).where(mine, jobs.c.state.not_in(FINAL))).scalars())
    open_ = sa.select(interactions.c.id).where(interactions.c.workspace == tx.workspace, interactions.c.state == "open")
    level |= set(tx.run(sa.select(jobs.c.id).where(mine, jobs.c.interaction.in_(open_))).scalars())
    found = set[str]()
    while level := level - found:
        found |= level
        level = {job for some in _batches(level) for job in _below(tx, some)}
    return found


def _batches(ids: Collection[str]) -> Iterator[list[str]]:
    """Yield ids in lists that are short enough for one statement of either database."""
    every = sorted(ids)
    yield from (every[start : start + _BATCH] for start in range(0, len(every), _BATCH))


def _below(tx: Tx, parents: Sequence[str]) -> Iterator[str]:
    yield from tx.run(sa.select(jobs.c.id).where(jobs.c.parent.in_(parents))).scalars()


def drafts(tx: Tx) -> set[str]:
    """Return the ids of the assets that were tried for a question."""
    tried = sa.select(assets.c.id).join(jobs, jobs.c.id == assets.c.job)
    here = (assets.c.workspace == tx.workspace, assets.c.deleted_at.is_(None), jobs.c.interaction.is_not(None))
    return set(tx.run(tried.where(*here)).scalars())


def fitting(tx: Tx, media: Sequence[str], before: int | None, larger: int | None) -> list[Asset]:
    """Return the assets that fit a rule's plain bounds, newest first."""
    where = [assets.c.workspace == tx.workspace, assets.c.deleted_at.is_(None)]
    where += [assets.c.media.in_(media)] if media else []
    where += [assets.c.created_at < before] if before is not None else []
    where += [assets.c.size > larger] if larger is not None else []
    return [as_asset(row) for row in tx.run(sa.select(assets).where(*where).order_by(assets.c.id.desc()))]


def uncompressed(tx: Tx, limit: int) -> list[Asset]:
    """Return made PNG pictures that nobody has tried to store smaller yet, oldest first.

    One whose small pictures are still being drawn waits, since they are drawn from the file that would go.
    """
    where = (
        assets.c.workspace == tx.workspace,
        assets.c.deleted_at.is_(None),
        assets.c.mime == "image/png",
        assets.c.attempt.is_not(None),
        assets.c.thumbhash.is_not(None),
        assets.c.notes["compression"].as_string().is_(None),
    )
    return [as_asset(row) for row in tx.run(sa.select(assets).where(*where).order_by(assets.c.id).limit(limit))]


def asked(tx: Tx, digest: str, job: str) -> None:
    """Note that a job was asked for by a request of this digest."""
    tx.run(sa.insert(requests), {"workspace": tx.workspace, "digest": digest, "job": job})


def answered(tx: Tx, digest: str) -> list[str]:
    """Return the ids of the jobs that were asked for by a request of this digest, newest first."""
    mine = (requests.c.workspace == tx.workspace, requests.c.digest == digest)
    return list(tx.run(sa.select(requests.c.job).where(*mine).order_by(requests.c.job.desc()).limit(20)).scalars())


def schedule(tx: Tx) -> None:
    """Have the workspace tidied from a day after now on, so that there is time to look at what new rules would do."""
    mine = tidied.c.workspace == tx.workspace
    if tx.run(sa.update(tidied).where(mine).values(at=tx.now).returning(tidied.c.at)).first() is None:
        tx.run(sa.insert(tidied), {"workspace": tx.workspace, "at": tx.now})


def due(tx: Tx, gap: int) -> list[str]:
    """Return the workspaces that were tidied last before so many ms."""
    return list(tx.run(sa.select(tidied.c.workspace).where(tidied.c.at <= tx.now - gap)).scalars())


def take_turn(tx: Tx, gap: int) -> bool:
    """Note that the workspace is tidied now; tell whether that was due, so that one process does it."""
    late = (tidied.c.workspace == tx.workspace, tidied.c.at <= tx.now - gap)
    return tx.run(sa.update(tidied).where(*late).values(at=tx.now).returning(tidied.c.workspace)).first() is not None
