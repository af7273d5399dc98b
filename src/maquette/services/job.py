"""Jobs: take, look at, cancel, try again, settle."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from maquette.core.errors import (
    AccountUnknown,
    BudgetExceeded,
    Conflict,
    KeyReused,
    MaquetteError,
    NotFound,
    RequestInTransit,
)
from maquette.core.model import Account, Asset, Attempt, Job, JobState
from maquette.engine import choice
from maquette.engine import plan as planner
from maquette.engine import question as questions
from maquette.engine.admit import Admitted, Frozen, Refused
from maquette.engine.heritage import RETRY_OF, can_be_tried_again
from maquette.engine.plan import Wanted
from maquette.engine.studio import Studio
from maquette.services import reuse
from maquette.services import route as routes
from maquette.services import template as templates
from maquette.services.caller import Caller, require_runs
from maquette.services.fit import check_assets, check_parent, without
from maquette.services.template import Filling
from maquette.store import account as accounts
from maquette.store import asset as assets
from maquette.store import attempt as attempts
from maquette.store import event as events
from maquette.store import housekeeping, tree
from maquette.store import interaction as interactions
from maquette.store import job as jobs
from maquette.store.database import Tx
from maquette.store.job import Claim
from maquette.store.table import jobs as job_table

KEY_LIFE_MS = 24 * 3600 * 1000
"""How long an Idempotency-Key is kept."""

_BORN = (
    sa.select(job_table.c.id, job_table.c.parent, job_table.c.state)
    .where(job_table.c.workspace == sa.bindparam("here"), job_table.c.parent.in_(sa.bindparam("of", expanding=True)))
    .order_by(job_table.c.id)
)


@dataclass(frozen=True, slots=True)
class Child:
    """What a parent shows of a child."""

    id: str
    state: JobState


@dataclass(frozen=True, slots=True)
class JobView:
    """A job with all that belongs to it."""

    job: Job
    attempts: Sequence[Attempt]
    assets: Sequence[Asset]
    children: Sequence[Child]

    @property
    def doubtful(self) -> Attempt | None:
        """The attempt about which a person has to decide, if the job waits for that."""
        unknown = [attempt for attempt in self.attempts if attempt.state == "unknown"]
        return unknown[-1] if unknown and self.job.waiting_for == "attention" else None


@dataclass(frozen=True, slots=True)
class Page:
    """Some jobs, and the sequence number of the log at which they were read."""

    items: Sequence[JobView]
    as_of: int


@dataclass(frozen=True, slots=True)
class Submission:
    """What a caller hands in: what is wanted, and how it may be repeated."""

    wanted: Wanted
    body: Mapping[str, Any]
    key: str | None = None
    """The Idempotency-Key."""
    at_once: bool = False
    """Start it in this process, without the queue."""
    filling: Filling | None = None
    """The template that gives the prompt."""
    also: Callable[[Tx, Job], None] | None = None
    """What else belongs to the commit that takes the job; whatever it raises refuses the job."""

    @property
    def digest(self) -> str:
        """The digest of the body as canonical JSON."""
        return hashlib.sha256(msgspec.json.encode(dict(self.body), order="sorted")).hexdigest()


@dataclass(frozen=True, slots=True)
class Submitted:
    """The job that a submission became, or was before."""

    job: Job
    replayed: bool
    first: Admitted | None = None
    """The attempt that began in the same commit."""


async def submit(studio: Studio, caller: Caller, submission: Submission) -> Submitted:
    """Take a job, once for each Idempotency-Key; raises what planning raises, or `KeyReused`."""
    if found := await _replayed(studio, caller, submission):
        return found
    wanted = await _filled(studio, caller, submission.wanted, submission.filling)
    job, account, decision = await studio.store.read(caller.workspace, lambda tx: _planned(tx, studio, caller, wanted))
    ready = await _ready(studio, account, caller.workspace) if submission.at_once and account else None
    draft = _Draft(job, decision, studio.engine.process if submission.at_once else None, account, ready)
    while True:
        try:
            return await _begun(studio, caller, draft.job.id, partial(_take, submission=submission, draft=draft))
        except BudgetExceeded as refusal:
            draft = replace(draft, job=without(draft.job, refusal))
        except IntegrityError as error:
            if submission.key is None:
                raise
            return await _raced(studio, caller, submission, error)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A planned job, with what its first attempt needs where it begins at once."""

    job: Job
    decision: Mapping[str, Any] | None
    claimed_by: str | None
    account: Account | None
    ready: Frozen | None


def _bound(tx: Tx, submission: Submission, job: Job) -> Submitted | None:
    """Bind the Idempotency-Key to a job; return the one to which it is bound already."""
    if submission.key is None:
        return None
    if bound := jobs.remembered(tx, submission.key, tx.now - KEY_LIFE_MS):
        return _same(tx, submission, bound)
    jobs.remember(tx, submission.key, submission.digest, job.id)
    return None


def _take(tx: Tx, *, submission: Submission, draft: _Draft) -> Submitted:
    if bound := _bound(tx, submission, draft.job):
        return bound
    if (mark := reuse.digest(submission.wanted, draft.job)) is not None:
        if (before := reuse.found(tx, submission.wanted, draft.job, mark)) is not None:
            return Submitted(_noted(tx, submission, reuse.keep(tx, draft.job, before, draft.decision)), replayed=False)
        housekeeping.asked(tx, mark, draft.job.id)
    made = _noted(tx, submission, planner.insert(tx, draft.job, claimed_by=draft.claimed_by, decision=draft.decision))
    if draft.ready is None or draft.account is None or made.plan[0]["account"] != draft.account.id:
        return Submitted(made, replayed=False)
    return _first_attempt(tx, made, draft.account, draft.ready)


def _noted(tx: Tx, submission: Submission, made: Job) -> Job:
    """Write what belongs into the commit of the job, such as the message that asked for it."""
    if submission.also is not None:
        submission.also(tx, made)
    return made


async def _filled(studio: Studio, caller: Caller, wanted: Wanted, filling: Filling | None) -> Wanted:
    return wanted if filling is None else await templates.applied(studio, caller, wanted, filling)


async def _ready(studio: Studio, account: Account, workspace: str) -> Frozen | None:
    """Return what the first attempt freezes, so that it begins with its job; None where the engine has to judge."""
    tools = studio.engine.tools
    try:
        judged = tools.disk_is_full() or await tools.screens.on(workspace)
        return None if judged else tools.frozen(await studio.vault.warm(account))
    except MaquetteError:
        return None


def _first_attempt(tx: Tx, job: Job, account: Account, ready: Frozen) -> Submitted:
    """Admit the first candidate of a job in the commit that takes it."""
    try:
        admitted = choice.take(tx, Claim(job.id, job.owner or "", job.epoch), job, ready, born=True)
    except AccountUnknown:
        return Submitted(job, replayed=False)
    if isinstance(admitted, Job):
        return Submitted(admitted, replayed=False)
    if isinstance(admitted, Refused):
        return Submitted(jobs.get(tx, job.id), replayed=False)
    return Submitted(job, replayed=False, first=Admitted(admitted, account))


async def _begun(studio: Studio, caller: Caller, job: str, unit: Callable[[Tx], Submitted]) -> Submitted:
    """Commit a job and start it where this process has claimed it; a cancel is heard from before the commit on."""
    hub, begun = studio.engine.hub, False
    hub.watch(job)
    try:
        taken = await studio.store.write(caller.workspace, unit)
        if taken.job.owner == studio.engine.process and not taken.replayed:
            begun = True
            studio.engine.begin(taken.job, taken.first)
        return taken
    finally:
        if not begun:
            hub.unwatch(job)


async def _raced(studio: Studio, caller: Caller, submission: Submission, error: IntegrityError) -> Submitted:
    """Return the job of whoever bound the key between our look and our insert; it is committed by now."""
    found = await _replayed(studio, caller, submission)
    if found is None:
        raise RequestInTransit(f"The Idempotency-Key {submission.key!r} is just being used") from error
    return found


async def estimate(studio: Studio, caller: Caller, wanted: Wanted, filling: Filling | None = None) -> dict[str, Any]:
    """Tell what a job would cost, in micro-USD, without making it."""
    wanted = await _filled(studio, caller, wanted, filling)

    def unit(tx: Tx) -> dict[str, Any]:
        job, _, _ = _planned(tx, studio, caller, wanted)
        return routes.estimate(tx, studio, accounts.listed(tx), wanted) if job.preset else planner.estimate(job)

    return await studio.store.read(caller.workspace, unit)


async def get(studio: Studio, caller: Caller, job: str) -> tuple[JobView, int]:
    """Return a job and the sequence number at which it was read; raises `NotFound`."""

    def unit(tx: Tx) -> tuple[JobView, int]:
        as_of = events.last(tx)
        return views(tx, [jobs.get(tx, job)])[0], as_of

    return await studio.store.read(caller.workspace, unit)


async def page(studio: Studio, caller: Caller, filters: Mapping[str, str], before: str | None, limit: int) -> Page:
    """Return a page of jobs, newest first."""

    def unit(tx: Tx) -> Page:
        as_of = events.last(tx)
        return Page(views(tx, jobs.page(tx, filters, before, limit)), as_of)

    return await studio.store.read(caller.workspace, unit)


async def cancel(studio: Studio, caller: Caller, job: str) -> JobView:
    """Ask for a job to stop; a final one stays as it is."""
    await studio.engine.cancel(caller.workspace, job)
    return (await get(studio, caller, job))[0]


async def retry(studio: Studio, caller: Caller, job: str, key: str | None) -> Submitted:
    """Make a new job from the request of one that failed, in whole or in part, or was cancelled.

    A composite takes over what its children have done: only the rest is made anew. Raises `Conflict` for a job in
    another state, for a step of a run, and for a trial whose question is closed.
    """
    old = (await get(studio, caller, job))[0].job
    await studio.store.read(caller.workspace, lambda tx: _check_retry(tx, old))
    if not can_be_tried_again(old):
        raise Conflict(
            f"Job {job!r} is {old.state!r}",
            hint="Only a job that failed, was cancelled or failed in part is tried again; else submit a new one.",
        )
    used = {candidate["account"] for candidate in old.plan}
    chosen = old.preset is not None and bool(old.plan)
    wanted = Wanted(
        action=None if chosen else old.action,
        params=old.params,
        account=used.pop() if len(used) == 1 and not chosen else None,
        preset=old.preset,
        preset_version=old.preset_version,
        subject=old.subject,
        interaction=old.interaction,
        source=_named(old) | {RETRY_OF: old.id},
        priority=old.priority,
        max_attempts=old.max_attempts,
        parent=old.parent,
        run=old.run,
        cache=False,
    )
    return await submit(studio, caller, Submission(wanted, {"retry_of": job}, key))


def _named(job: Job) -> dict[str, Any]:
    """Return a job's source as an object, to which more can be added."""
    return dict(job.about) if job.about or job.source is None else {"content": job.source}


def _check_retry(tx: Tx, old: Job) -> None:
    asked = interactions.find(tx, old.interaction) if old.interaction else None
    if asked is not None and asked.state != "open":
        raise questions.closed(asked)
    parent = tree.several(tx, [old.parent]).get(old.parent) if old.parent and old.child_key else None
    if parent is not None and not parent.plan:
        run = tree.ancestors(tx, old.id)[-1]
        raise Conflict(
            f"Job {old.id!r} is a step of {run!r}",
            hint=f"Try {run!r} again: it takes over every step that is done.",
            run=run,
        )


async def preview(studio: Studio, caller: Caller, job: str) -> bytes:
    """Return the newest unfinished picture of a job; raises `NotFound`."""
    await studio.store.read(caller.workspace, lambda tx: jobs.get(tx, job))
    if (picture := await studio.engine.preview(job)) is None:
        raise NotFound(
            f"There is no preview of job {job!r}", hint="Not every action shows one, and a final job has none."
        )
    return picture


def views(tx: Tx, found: Sequence[Job]) -> list[JobView]:
    """Return jobs with their attempts, assets and children, in seven queries however many they are."""
    ids = [job.id for job in found]
    tried, made, born = attempts.of_jobs(tx, ids), assets.of_jobs(tx, ids), _family(tx, ids)
    composites = [job.id for job in found if not job.plan]
    spent = tree.spent(tx, composites)
    asks = interactions.asks(tx, composites) if composites else set()
    rows = [_summed(job, spent[job.id], asks) if job.id in spent else job for job in found]
    made |= _brought(tx, [job for job in found if not made[job.id]])
    return [JobView(job, tried[job.id], made[job.id], born[job.id]) for job in rows]


def _brought(tx: Tx, found: Sequence[Job]) -> dict[str, list[Asset]]:
    """Return what the children brought of jobs whose preset ran each, or what equal jobs brought before."""
    told = {job.id: job.result for job in found if job.result and (job.preset or reuse.CACHED_FROM in job.result)}
    known = assets.several(tx, [each for result in told.values() for each in result["assets"]]) if told else {}
    return {job: [known[each] for each in result["assets"] if each in known] for job, result in told.items()}


def _summed(job: Job, spent: int, asks: Container[str]) -> Job:
    """Return a composite with what all below it has cost, and with the person for whom something below it waits."""
    person = job.waiting_for == "children" and job.id in asks
    return replace(job, cost=spent, waiting_for="person" if person else job.waiting_for)


def _family(tx: Tx, parents: Sequence[str]) -> dict[str, list[Child]]:
    born: dict[str, list[Child]] = {parent: [] for parent in parents}
    for row in tx.run(_BORN, {"here": tx.workspace, "of": list(parents)}):
        born[row.parent].append(Child(row.id, row.state))
    return born


async def _replayed(studio: Studio, caller: Caller, submission: Submission) -> Submitted | None:
    key = submission.key
    if key is None:
        return None

    def unit(tx: Tx) -> Submitted | None:
        # A look may not delete, so the age is read off the job and not asked of `remembered`.
        bound = jobs.remembered(tx, key, 0)
        if bound is None or jobs.get(tx, bound[1]).created_at < tx.now - KEY_LIFE_MS:
            return None
        return _same(tx, submission, bound)

    return await studio.store.read(caller.workspace, unit)


def _same(tx: Tx, submission: Submission, bound: tuple[str, str]) -> Submitted:
    digest, job = bound
    if digest != submission.digest:
        raise KeyReused(f"The Idempotency-Key {submission.key!r} was used for another request", job=job)
    return Submitted(jobs.get(tx, job), replayed=True)


def _planned(
    tx: Tx, studio: Studio, caller: Caller, wanted: Wanted
) -> tuple[Job, Account | None, Mapping[str, Any] | None]:
    """Return the job that is wanted, the account of its first candidate if it has one, and what its preset decided."""
    asked = replace(wanted, workspace=caller.workspace, created_by=caller.key)
    check_parent(tx, asked.parent)
    known = accounts.listed(tx)
    job, decision = routes.planned(tx, studio, known, asked)
    runs = routes.runs_of(job)
    require_runs(caller, {action for action, _ in runs}, routes.called(tx, studio, job))
    for action, params in runs if job.preset else runs[:1]:
        check_assets(tx, studio.registry, action, params)
    job = choice.arranged(tx, job)
    account = next((account for account in known if job.plan and account.id == job.plan[0]["account"]), None)
    return job, account, decision
