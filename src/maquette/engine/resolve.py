"""The three ways out of doubt: a person resubmits, attaches what was found, or gives up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from maquette.core.errors import Conflict, JobCancelled, NotFound, ParamsInvalid
from maquette.core.ids import new_id
from maquette.core.model import FINAL, Attempt, Job
from maquette.engine import settle
from maquette.engine.events import asset_event, attempt_event, job_event
from maquette.store import asset as assets
from maquette.store import attempt as attempts
from maquette.store import job as jobs
from maquette.store import tree
from maquette.store.database import Tx

How = Literal["resubmit", "attach", "give_up"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about an attempt in doubt."""

    how: How
    handle: Any | None = None
    """With `attach`: the provider's id of the work."""
    asset: str | None = None
    """With `attach`: the id of an uploaded asset."""
    by: str | None = None
    """The key of whoever decided."""


def doubtful(tx: Tx, job: Job) -> Attempt:
    """Return the attempt of a job of which nobody knows whether it was accepted; raises `Conflict` without one."""
    for attempt in reversed(attempts.of_job(tx, job.id)):
        if attempt.state == "unknown" and attempt.resolution is None:
            return attempt
    raise Conflict(f"Job {job.id!r} does not wait for attention; it is {job.state}")


def resolve(tx: Tx, job_id: str, decision: Decision) -> Job:
    """Settle the doubtful attempt of a job, in one commit.

    `resubmit` runs the job again as a new attempt (the doubtful one may have been billed); `attach` goes on with the
    provider's id of the work, or ends the job with an uploaded asset; `give_up` ends it. A job that has ended keeps its
    state: what is attached is then kept as a late result.
    Raises `Conflict` unless the job has an attempt in doubt.
    """
    tree.locked(tx, job_id)  # of two people who decide at once, the second sees what the first did
    job = jobs.get(tx, job_id)
    attempt = doubtful(tx, job)
    if job.state not in FINAL and job.waiting_for != "attention":
        raise Conflict(f"Job {job_id!r} does not wait for attention; it is {job.state}")
    if decision.how == "attach":
        return _attach(tx, job, attempt, decision)
    if decision.how == "resubmit" and job.state in FINAL:
        raise Conflict(
            f"Job {job_id!r} is {job.state!r} already", hint="Try it again as a new job, or give this one up."
        )
    attempts.change(tx, attempt.id, resolution={"how": decision.how, "by": decision.by, "at": tx.now})
    tx.emit("attention.closed", job_id, {"attempt": attempt.id, "how": decision.how})
    if decision.how == "resubmit":
        return _again(tx, job)
    if job.state in FINAL:
        return job
    return settle.cancel_idle(tx, job, JobCancelled("A person gave the job up while its outcome was unknown"))


def request_cancel(tx: Tx, job_id: str) -> Job:
    """Note that a job is to be cancelled, with its children; one that no process runs is ended here and now."""
    job = jobs.get(tx, job_id)
    if job.state in FINAL:
        return job
    for child in jobs.children(tx, job_id):
        request_cancel(tx, child.id)
    tree.locked(tx, job_id)  # a process that parks it, claims it or ends it just now comes before or after, not between
    job = jobs.ask_cancel(tx, job_id)
    if job.state == "running" or job.state in FINAL:
        return job
    latest = next(reversed(attempts.of_job(tx, job_id)), None)
    if latest is not None and latest.state in ("sending", "accepted"):
        return jobs.queue(tx, job_id) or job  # it comes back to its provider, and is cancelled there
    if latest is not None and latest.state == "prepared":
        attempts.change(tx, latest.id, state="cancelled", ended_at=tx.now)
    return settle.cancel_idle(tx, job, JobCancelled("The job was cancelled while it waited"))


def _again(tx: Tx, job: Job) -> Job:
    queued = jobs.queue(tx, job.id)
    if queued is None:
        raise Conflict(f"Job {job.id!r} has ended")
    tx.emit("job.queued", job.id, job_event(queued))
    return queued


def _attach(tx: Tx, job: Job, doubtful: Attempt, decision: Decision) -> Job:
    if decision.handle is not None:
        ended = job.state in FINAL
        changed = attempts.change(
            tx,
            doubtful.id,
            state="accepted",
            handle={"value": decision.handle},
            accepted_at=tx.now,
            ended_at=None,
            error=None,
            sweep_at=tx.now if ended else None,
        )
        tx.emit("attempt.progressed", job.id, {"attempt": attempt_event(changed), "phase": "attached"})
        tx.emit("attention.closed", job.id, {"attempt": doubtful.id, "how": "attach"})
        return job if ended else _again(tx, job)
    if decision.asset is None:
        raise ParamsInvalid("`attach` needs the provider's `handle` or the id of an uploaded `asset`")
    found = assets.get(tx, decision.asset)
    if found.job is not None:
        raise NotFound(f"Asset {decision.asset!r} belongs to another job; upload the file, then attach that")
    made = replace(found, id=new_id("asset"), job=job.id, attempt=doubtful.id, index=0, created_at=tx.now)
    made = replace(made, cost=doubtful.estimate)
    assets.insert(tx, made)
    tx.emit("asset.created", job.id, {"asset": asset_event(made), "late": True})
    attempts.change(tx, doubtful.id, state="succeeded", cost=doubtful.estimate, cost_source="estimated", late=True)
    jobs.charge(tx, job.id, doubtful.estimate)
    if job.state in FINAL:
        tx.emit("attention.closed", job.id, {"attempt": doubtful.id, "how": "attach"})
        return job
    return settle.resolve_with(tx, job, doubtful.id)
