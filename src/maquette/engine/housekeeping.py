"""Keeping house: what a workspace's rules let go, into the bin and once a day, and pictures stored in fewer bytes."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from maquette.core.errors import MaquetteError, NotFound, OffloadFailed, OutputRejected
from maquette.core.housekeeping import Housekeeping, Rule
from maquette.core.model import Asset
from maquette.engine import harvest
from maquette.engine.compress import Smaller, compressed
from maquette.engine.events import asset_event
from maquette.engine.ingest import Recipe
from maquette.engine.screen import settings_of
from maquette.store import asset as assets
from maquette.store import attempt as attempts
from maquette.store import audit
from maquette.store import housekeeping as rows
from maquette.store import job as jobs
from maquette.store.database import Tx

if TYPE_CHECKING:
    from maquette.engine.engine import Tools

log = logging.getLogger("maquette.housekeeping")

DAY_MS = 86_400_000
_MB = 1_000_000
_BATCH = 100
_MOST_COMPRESSED = 500
"""Pictures that one pass looks at, so that it ends."""


@dataclass(frozen=True, slots=True)
class Going:
    """A file that a rule lets go."""

    asset: Asset
    rule: int
    """Its place in the list."""
    why: str


@dataclass(slots=True)
class Tidied:
    """What a pass did."""

    gone: Sequence[Going] = ()
    compressed: int = 0
    saved: int = 0
    """Bytes that are no longer needed for the same pictures."""
    left: list[str] = field(default_factory=list)
    """Why pictures stayed as they are, each reason once."""


def going(tx: Tx, settings: Housekeeping) -> list[Going]:
    """Return what the rules let go now, each file once, the newest first within a rule; nothing is changed."""
    if not settings.rules:
        return []
    untouchable = rows.untouchable(tx)
    found = dict[str, Going]()
    for number, rule in enumerate(settings.rules):
        for each in _by(tx, rule, number, untouchable):
            found.setdefault(each.asset.id, each)
    return list(found.values())


def _by(tx: Tx, rule: Rule, number: int, untouchable: set[str]) -> Iterator[Going]:
    before = tx.now - rule.older_than_days * DAY_MS if rule.older_than_days else None
    larger = rule.larger_than_mb * _MB if rule.larger_than_mb else None
    tried = rows.drafts(tx) if rule.drafts else None
    total = 0
    for asset in rows.fitting(tx, rule.media, before, larger):
        if tried is not None and asset.id not in tried:
            continue
        total += asset.size
        over = rule.most_mb is None or total > rule.most_mb * _MB
        if over and asset.id not in untouchable:
            yield Going(asset, number, _why(rule))


def _why(rule: Rule) -> str:
    said = ["a draft that was not chosen"] if rule.drafts else []
    said += [f"older than {rule.older_than_days} days"] if rule.older_than_days else []
    said += [f"larger than {rule.larger_than_mb} MB"] if rule.larger_than_mb else []
    said += [f"over {rule.most_mb} MB in all"] if rule.most_mb else []
    return ", ".join(said)


async def daily(tools: Tools) -> None:
    """Tidy every workspace whose day is over; of several processes one does it."""
    for workspace in await tools.store.read("", lambda tx: rows.due(tx, DAY_MS)):
        if await tools.store.write(workspace, lambda tx: rows.take_turn(tx, DAY_MS)):
            done = await tidy(tools, workspace)
            log.info("house.tidied", extra={"workspace": workspace, "gone": len(done.gone), "saved": done.saved})


async def tidy(tools: Tools, workspace: str, key: str | None = None) -> Tidied:
    """Put what the rules let go into the bin, and store pictures in fewer bytes where that is switched on."""
    settings, found = await tools.store.read(workspace, lambda tx: ((own := settings_of(tx)), going(tx, own)))
    done = Tidied()
    gone = list[Going]()
    for start in range(0, len(found), _BATCH):
        gone += await tools.store.write(workspace, partial(_bin, some=found[start : start + _BATCH]))
    done.gone = gone
    if settings.compress:
        await _compress(tools, workspace, done)
    if gone or done.compressed:
        after = {"gone": len(gone), "compressed": done.compressed, "saved_bytes": done.saved}
        await tools.store.write(workspace, lambda tx: audit.note(tx, key, "house.tidied", workspace, after=after))
    return done


def _bin(tx: Tx, *, some: Sequence[Going]) -> list[Going]:
    """Put files into the bin, but for what was kept or used since it was looked at."""
    busy = rows.in_use(tx, [each.asset.id for each in some])
    gone = list[Going]()
    for each in some:
        if each.asset.id in busy or (now := _still(tx, each.asset.id)) is None:
            continue
        assets.update(tx, now.id, deleted_at=tx.now)
        tx.emit("asset.deleted", now.job, {"asset": {"id": now.id, "media": now.media}, "why": each.why})
        gone.append(each)
    return gone


def _still(tx: Tx, asset: str) -> Asset | None:
    try:
        return assets.get(tx, asset)
    except NotFound:
        return None


async def _compress(tools: Tools, workspace: str, done: Tidied) -> None:
    for asset in await tools.store.read(workspace, lambda tx: rows.uncompressed(tx, _MOST_COMPRESSED)):
        recipe = await tools.store.read(workspace, partial(_recipe, asset=asset))
        try:
            made = await compressed(tools, asset, recipe)
        except (OutputRejected, OffloadFailed) as refusal:
            if refusal.message not in done.left:
                done.left.append(refusal.message)
            await tools.store.write(workspace, partial(_leave, asset=asset, why=refusal.message))
            continue
        except MaquetteError as error:
            log.warning("house.not_compressed", extra={"asset": asset.id, "error": error.message})
            return  # no room, or no store: the next day is soon enough
        await tools.disposal.note(asset)
        if await tools.store.write(workspace, partial(_exchange, asset=asset, made=made)):
            done.compressed += 1
            done.saved += asset.size - made.size
        await tools.disposal.sweep(asset.id)


def _recipe(tx: Tx, *, asset: Asset) -> Recipe | None:
    if asset.job is None or asset.attempt is None:
        return None
    return harvest.recipe(jobs.get(tx, asset.job), attempts.get(tx, asset.attempt), asset.seed, asset.source)


def _leave(tx: Tx, *, asset: Asset, why: str) -> None:
    if (now := _still(tx, asset.id)) is not None:
        assets.update(tx, now.id, notes={**now.notes, "compression": {"left": why}})


def _exchange(tx: Tx, *, asset: Asset, made: Smaller) -> bool:
    """Have an asset point at its smaller file; its small pictures are drawn anew, since theirs go with the original."""
    now = _still(tx, asset.id)
    if now is None or now.blob != asset.blob:
        return False
    was = {"mime": now.mime, "size": now.size, "digest": now.digest}
    fresh = replace(
        now,
        mime="image/webp",
        size=made.size,
        digest=made.digest,
        blob=made.blob,
        name=f"{now.name.removesuffix('.png')}.webp" if now.name.endswith(".png") else now.name,
        notes={**now.notes, "compression": {"was": was}},
        thumbs={},
        thumbhash=None,
    )
    changed = ("mime", "size", "digest", "blob", "name", "notes", "thumbs", "thumbhash")
    assets.update(tx, now.id, **{name: getattr(fresh, name) for name in changed})
    tx.emit("asset.ready", now.job, {"asset": asset_event(fresh)})
    return True
