"""The three ways out of doubt: a person resubmits, attaches what was found, or gives up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from maquette.core.errors import Conflict, JobCancelled, NotFound, ParamsInvalid
from maquette.core.ids import new_id
from maquette.core.model import FINAL, Attempt, Job
from maquette.engine import settle
from maquette.engine.events import attempt_event, job_event
from maquette.store import asset as assets
from maquette.store import attempt as attempts
from maquette.store import job as jobs
from maquette.store.database import Tx

How = Literal["resubmit", "attach", "give_up"]


def resolve(tx: Tx, job_id: str, how: How, *, handle: Any | None, asset: str | None) -> Job:
    """Settle the doubtful attempt of a job that waits for attention, in one commit.

    `resubmit` runs the job again as a new attempt (the doubtful one may have been billed); `attach` goes on with the
    provider's id of the work, or ends the job with an uploaded asset; `give_up` ends it.
    Raises `Conflict` unless the job waits for attention.
    """
    job = jobs.get(tx, job_id)
    doubtful = next((a for a in reversed(attempts.of_job(tx, job_id)) if a.state == "unknown"), None)
    if job.waiting_for != "attention" or doubtful is None:
        raise Conflict(f"Job {job_id!r} does not wait for attention; it is {job.state}")
    if how == "attach":
        return _attach(tx, job, doubtful, handle, asset)
    tx.emit("attention.closed", job_id, {"attempt": doubtful.id, "how": how})
    if how == "give_up":
        return settle.cancel_idle(tx, job, JobCancelled("A person gave the job up while its outcome was unknown"))
    return _again(tx, job)


def request_cancel(tx: Tx, job_id: str) -> Job:
    """Note that a job is to be cancelled, with its children; one that no process runs is ended here and now."""
    job = jobs.get(tx, job_id)
    if job.state in FINAL:
        return job
    for child in jobs.children(tx, job_id):
        request_cancel(tx, child.id)
    jobs.ask_cancel(tx, job_id)
    if job.state == "running":
        return jobs.get(tx, job_id)
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


def _attach(tx: Tx, job: Job, doubtful: Attempt, handle: Any | None, asset: str | None) -> Job:
    if handle is not None:
        changed = attempts.change(
            tx, doubtful.id, state="accepted", handle={"value": handle}, accepted_at=tx.now, ended_at=None, error=None
        )
        tx.emit("attempt.progressed", job.id, {"attempt": attempt_event(changed), "phase": "attached"})
        tx.emit("attention.closed", job.id, {"attempt": doubtful.id, "how": "attach"})
        return _again(tx, job)
    if asset is None:
        raise ParamsInvalid("`attach` needs the provider's `handle` or the id of an uploaded `asset`")
    found = assets.get(tx, asset)
    if found.job is not None:
        raise NotFound(f"Asset {asset!r} belongs to another job; upload the file, then attach that")
    made = replace(found, id=new_id("asset"), job=job.id, attempt=doubtful.id, index=0, created_at=tx.now)
    assets.insert(tx, replace(made, cost=doubtful.estimate))
    attempts.change(tx, doubtful.id, state="succeeded", cost=doubtful.estimate, cost_source="estimated", late=True)
    jobs.charge(tx, job.id, doubtful.estimate)
    return settle.resolve_with(tx, job, doubtful.id)
