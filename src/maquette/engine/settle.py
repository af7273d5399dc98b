"""The edges of the ledger: each function is one commit's worth of what becomes of an attempt and its job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from maquette.core.errors import MaquetteError, RateLimited
from maquette.core.model import FINAL, Attempt, AttemptState, Job, JobState
from maquette.engine import question
from maquette.engine.admit import Refused, park, wake_next
from maquette.engine.events import asset_event, attempt_event, attention, job_event, outcome
from maquette.engine.harvest import Harvest
from maquette.store import account as accounts
from maquette.store import asset as assets
from maquette.store import attempt as attempts
from maquette.store import event as events
from maquette.store import job as jobs
from maquette.store import tree
from maquette.store.database import Tx
from maquette.store.job import Claim
from maquette.store.table import jobs as table

SWEEP_MS = 60_000
"""Gap before the first late look at an attempt that outlived its job."""
_REST_S, _LONGEST_REST_S = 5, 900
"""How long an account rests whose provider names no time: twice as long each time that it is turned away again."""
_TRACES = 50
"""How many attempts of an account are looked at for that; a rest is longest after eight."""


def succeed(tx: Tx, claim: Claim, attempt: Attempt, found: Harvest) -> None:
    """Store what was made and end attempt and job; on a job that was cancelled meanwhile, keep it as late."""
    job = jobs.hold(tx, claim)
    late = job.state in FINAL
    told = {"handle": attempt.handle, "accepted_at": attempt.accepted_at, "deadline_at": attempt.deadline_at}
    done = _succeeded(tx, attempt, found, late=late, **told)
    if found.warnings:
        tx.emit("params.dropped", job.id, {"warnings": list(found.warnings)})
    total = {"cost": job.cost + (done.cost or 0), "warnings": [*job.warnings, *found.warnings]}
    if late:
        jobs.update(tx, claim, **total)
    else:
        said = outcome([asset.media for asset in found.made])
        _end(tx, claim, job, "succeeded", None, said=said, **total)
    wake_next(tx, attempt.account)


def succeed_late(tx: Tx, attempt: Attempt, found: Harvest) -> None:
    """Store what came after the job had ended, or what a person attached, without touching the job's state."""
    done = _succeeded(tx, attempt, found, late=True)
    jobs.charge(tx, attempt.job, done.cost or 0)


def _succeeded(tx: Tx, attempt: Attempt, found: Harvest, *, late: bool, **told: Any) -> Attempt:
    for asset in found.made:
        assets.insert(tx, asset)
        tx.emit("asset.created", attempt.job, {"asset": asset_event(asset), "late": late})
    assets.share(tx, attempt.id, found.cost.micro_usd)
    done = attempts.change(
        tx,
        attempt.id,
        state="succeeded",
        ended_at=tx.now,
        sweep_at=None,
        error=None,
        late=late,
        cost=found.cost.micro_usd,
        cost_source=found.cost.source,
        cost_amount=found.cost.amount,
        response=dict(found.response),
        **told,
    )
    events.prune_progress(tx, attempt.job)
    tx.emit("attempt.succeeded", attempt.job, {"attempt": attempt_event(done)})
    return done


def close(
    tx: Tx, claim: Claim, attempt: Attempt, state: AttemptState, error: MaquetteError | None, **values: Any
) -> Attempt:
    """End an attempt, free its slot for the account's next job, and let the account rest if it was told to."""
    ended = attempts.update(
        tx, claim, attempt.id, state=state, ended_at=tx.now, error=error.problem() if error else None, **values
    )
    if ended.cost:
        jobs.charge(tx, attempt.job, ended.cost)
    events.prune_progress(tx, attempt.job)
    tx.emit("attempt.failed", attempt.job, {"attempt": attempt_event(ended)})
    if isinstance(error, RateLimited):
        seconds = error.retry_after or _rest_s(attempts.turned_away(tx, attempt.account, _TRACES))
        accounts.cool(tx, attempt.account, tx.now + round(seconds * 1000))
    wake_next(tx, attempt.account)
    return ended


def _rest_s(turned_away: Sequence[int]) -> int:
    """Return how long an account rests; calls side by side that are turned away together count once."""
    apart = list[int]()
    for at in turned_away:
        if not apart or apart[-1] - at >= _REST_S * 1000:
            apart.append(at)
    return min(_REST_S << max(0, len(apart) - 1), _LONGEST_REST_S)


def fail(tx: Tx, claim: Claim, error: MaquetteError) -> None:
    """End a job without a result."""
    job = jobs.hold(tx, claim)
    if job.state not in FINAL:
        _end(tx, claim, job, "failed", error)


def cancel(tx: Tx, claim: Claim, error: MaquetteError) -> None:
    """End a job as cancelled; its owner keeps the right to write the attempt that may still be under way."""
    job = jobs.hold(tx, claim)
    if job.state not in FINAL:
        _end(tx, claim, job, "cancelled", error)


def cancel_idle(tx: Tx, job: Job, error: MaquetteError) -> Job:
    """End a job as cancelled that no process runs."""
    values = {"state": "cancelled", "ended_at": tx.now, "error": error.problem(), "waiting_for": None, "wake_at": None}
    ended = jobs.finish(tx, job.id, reserved=0, **values)
    tx.emit("job.cancelled", job.id, job_event(ended))
    _leave(tx, ended)
    return ended


def _end(
    tx: Tx, claim: Claim, job: Job, state: JobState, error: MaquetteError | None, *, said: str = "", **values: Any
) -> None:
    ended = jobs.update(
        tx,
        claim,
        state=state,
        ended_at=tx.now,
        waiting_for=None,
        wake_at=None,
        reserved=0,
        error=error.problem() if error else None,
        **values,
    )
    tx.emit(f"job.{state}", job.id, job_event(ended) | ({"outcome": said} if said else {}))
    _leave(tx, ended)


def conclude(tx: Tx, claim: Claim, value: Mapping[str, Any] | None) -> None:
    """End a composite with what it returned."""
    job = jobs.hold(tx, claim)
    if job.state not in FINAL:
        _end(tx, claim, job, "succeeded", None, result=None if value is None else dict(value))


def _leave(tx: Tx, ended: Job) -> None:
    """Close what a composite still asked, and wake the parent that waits for this child."""
    if not ended.plan:
        question.cancel_of(tx, ended)
    if ended.parent is None or ended.interaction is not None:
        return
    tree.locked(tx, ended.parent)  # a parent that is just parking holds its row until it waits
    waiting = sa.and_(table.c.id == ended.parent, table.c.waiting_for == "children")
    for woken in jobs.wake(tx, waiting, 1):
        tx.emit("job.queued", woken.id, job_event(woken))


def outlive(tx: Tx, claim: Claim, attempt: Attempt, error: MaquetteError) -> None:
    """Leave an accepted attempt to the sweep: it may still bring a result after its job."""
    attempts.update(tx, claim, attempt.id, sweep_at=tx.now + SWEEP_MS, error=error.problem())


def doubt(tx: Tx, claim: Claim, attempt: Attempt, error: MaquetteError) -> None:
    """Note that nobody can tell whether the attempt was accepted, and ask for a person. Its slot is freed."""
    ended = attempts.update(tx, claim, attempt.id, state="unknown", error=error.problem(), ended_at=tx.now)
    job = jobs.get(tx, claim.job)
    if job.state not in FINAL:
        job = park(tx, claim, Refused("attention", None))
    tx.emit("attention.opened", job.id, attention(tx, job, ended, error.problem()))
    wake_next(tx, attempt.account)


def await_retry(tx: Tx, claim: Claim, wake_at: int, **values: Any) -> None:
    """Park a job until it is tried again; one that was cancelled meanwhile stays so."""
    if jobs.hold(tx, claim).state in FINAL:
        return
    if values:
        jobs.update(tx, claim, **values)
    park(tx, claim, Refused("retry", wake_at))


def come_back(tx: Tx, claim: Claim, attempt: Attempt, wake_at: int, error: MaquetteError) -> None:
    """Park a job that goes on with its open attempt; where the job has ended, the attempt is left to the sweep."""
    if jobs.hold(tx, claim).state not in FINAL:
        attempts.update(tx, claim, attempt.id, error=error.problem())
        park(tx, claim, Refused("retry", wake_at))
    elif attempt.state == "accepted":
        outlive(tx, claim, attempt, error)
    else:
        doubt(tx, claim, attempt, error)


def crash(tx: Tx, claim: Claim, error: MaquetteError) -> None:
    """End a job over a fault of our own; what may have been paid for is not forgotten with it."""
    job = jobs.hold(tx, claim)
    for attempt in attempts.of_job(tx, claim.job):
        if attempt.sweep_at is not None:
            continue
        if attempt.state == "sending":
            return doubt(tx, claim, attempt, error)
        if attempt.state == "accepted":
            outlive(tx, claim, attempt, error)
        elif attempt.state == "prepared":
            close(tx, claim, attempt, "not_sent", error)
    if job.state not in FINAL:
        _end(tx, claim, job, "failed", error)
    return None


def resolve_with(tx: Tx, job: Job, attempt: str) -> Job:
    """End a job that waited for attention as succeeded, because the result of its doubtful attempt is there."""
    values = {"state": "succeeded", "ended_at": tx.now, "waiting_for": None, "wake_at": None, "error": None}
    ended = jobs.finish(tx, job.id, reserved=0, **values)
    tx.emit("attention.closed", job.id, {"attempt": attempt, "how": "found"})
    tx.emit("job.succeeded", job.id, job_event(ended))
    _leave(tx, ended)
    return ended
