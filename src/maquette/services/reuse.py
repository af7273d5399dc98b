"""Answer a request by the result of an equal one: only what succeeded, within a workspace, and marked as such."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec
import sqlalchemy as sa

from maquette.core.errors import NotFound
from maquette.core.model import Job
from maquette.engine.events import job_event
from maquette.engine.housekeeping import DAY_MS
from maquette.engine.plan import Wanted
from maquette.engine.screen import settings_of
from maquette.store import account as accounts
from maquette.store import asset as assets
from maquette.store import event as events
from maquette.store import housekeeping as rows
from maquette.store import job as jobs
from maquette.store.database import Tx
from maquette.store.table import definitions

CACHED_FROM = "cached_from"
"""Where a job's result names the one that did the work."""


def digest(wanted: Wanted, job: Job) -> str | None:
    """Return the digest of what decides a result; None for a request that may not be answered again.

    That are steps of runs, tries of questions, composites, and whatever has neither a seed of its own and a price nor
    the word of its caller.
    """
    if wanted.cache is False or not job.plan or wanted.parent or wanted.interaction or wanted.child_key:
        return None
    costs = any(row["price"] and row["price"]["high"] > 0 for row in job.plan)
    if wanted.cache is None and not (costs and _is_seed(wanted.params.get("seed"))):
        return None
    # A seed that was drawn is another one each time, and decides nothing that the caller has asked for.
    drawn = set[str]() if _is_seed(wanted.params.get("seed")) else {"seed"}
    used = [{name: value for name, value in row["params"].items() if name not in drawn} for row in job.plan]
    tried = [[row["action"], row["account"], params] for row, params in zip(job.plan, used, strict=True)]
    decides = {
        "asked": [wanted.action, wanted.media, job.preset, job.preset_version],
        "params": dict(wanted.params),
        "tried": sorted(tried, key=msgspec.json.encode),
    }
    return hashlib.sha256(msgspec.json.encode(decides, order="sorted")).hexdigest()


def _is_seed(value: object) -> bool:
    """Tell whether a value says which result is meant; a negative one asks for a fresh draw."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def found(tx: Tx, wanted: Wanted, job: Job, mark: str) -> Job | None:
    """Return the newest equal job whose results are all there and whose makers are as they were; None if there is none.

    Where the workspace has it switched off, or on for those alone that ask, there is none either.
    """
    settings = settings_of(tx)
    if settings.reuse == "off" or (settings.reuse == "asked" and not wanted.cache):
        return None
    oldest = max(tx.now - settings.reuse_days * DAY_MS, _changed(tx, job))
    for name in rows.answered(tx, mark):
        try:
            before = jobs.get(tx, name)
        except NotFound:
            continue
        if before.state == "succeeded" and (before.started_at or before.created_at) > oldest and _whole(tx, before):
            return before
    return None


def _changed(tx: Tx, job: Job) -> int:
    """Return when an account or a definition that has a say in the result was changed last."""
    known = {account.id: account for account in accounts.listed(tx)}
    times = [known[row["account"]].updated_at or 0 for row in job.plan if row["account"] in known]
    providers = {row["action"].split(".")[1] for row in job.plan}
    mine = (definitions.c.workspace == tx.workspace, definitions.c.provider.in_(providers))
    newest = tx.run(sa.select(sa.func.max(definitions.c.created_at)).where(*mine)).scalar()
    return max([*times, newest or 0])


def _whole(tx: Tx, before: Job) -> bool:
    """Tell whether everything that a job brought is still there, and not in the bin."""
    brought = sum(event.type == "asset.created" for event in events.after(tx, 0, job=before.id))
    return 0 < brought == len(assets.of_jobs(tx, [before.id])[before.id])


def keep(tx: Tx, job: Job, before: Job, decision: Mapping[str, Any] | None) -> Job:
    """Insert the job that an earlier one answers, final from the start: it has no attempt and costs nothing."""
    made = replace(
        job,
        plan=[],
        state="succeeded",
        reserved=0,
        cost=0,
        started_at=tx.now,
        ended_at=tx.now,
        result={
            "assets": [asset.id for asset in assets.of_jobs(tx, [before.id])[before.id]],
            CACHED_FROM: before.id,
        },
    )
    jobs.insert(tx, made)
    tx.emit("job.queued", made.id, job_event(made) | {"state": "queued"})
    if decision is not None:
        tx.emit("preset.chosen", made.id, decision)
    tx.emit("job.succeeded", made.id, job_event(made) | {CACHED_FROM: before.id})
    return made
