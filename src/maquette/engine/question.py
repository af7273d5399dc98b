"""The edges of an interaction: each function is part of the one commit in which that edge happens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from maquette.core.errors import Conflict
from maquette.core.interaction import Interaction
from maquette.core.model import Job
from maquette.engine.events import interaction_event, job_event
from maquette.store import interaction as interactions
from maquette.store import job as jobs
from maquette.store import tree
from maquette.store.database import Tx


def pose(tx: Tx, job: Job, interaction: Interaction) -> None:
    """Insert an open question of a job and tell of it."""
    interactions.insert(tx, interaction)
    _tell(tx, "interaction.opened", job.action, interaction)
    _tell_run(tx, interaction)


def _tell_run(tx: Tx, interaction: Interaction) -> None:
    """Tell those who follow the run alone that a person is asked further down."""
    run = tree.several(tx, [interaction.run]).get(interaction.run)
    if run is not None and run.id != interaction.job and run.state == "waiting":
        tx.emit("job.waiting", run.id, job_event(run) | {"waiting_for": "person"})


def answer(tx: Tx, interaction: Interaction, response: Mapping[str, Any], by: str | None) -> Interaction:
    """Take an answer and let the job go on; the first one wins. Raises `Conflict` that tells who answered and when."""
    job = tree.locked(tx, interaction.job)  # a job that is just parking holds its row until it waits
    late = interaction.deadline_at is not None and interaction.deadline_at <= tx.now
    if late and interaction.asked.on_deadline != "remind":
        raise Conflict(
            f"The deadline of {interaction.title!r} has passed",
            hint="Start the run again, or look at how it went on.",
            deadline_at=interaction.deadline_at,
        )
    values = {"state": "answered", "response": dict(response), "answered_by": by, "answered_at": tx.now}
    done = interactions.change_open(tx, interaction.id, **values)
    if done is None or job is None:
        raise closed(interactions.get(tx, interaction.id))
    _tell(tx, "interaction.answered", job.action, done)
    if job.state == "waiting" and (queued := jobs.queue(tx, job.id)) is not None:
        tx.emit("job.queued", job.id, job_event(queued))
    return done


def closed(interaction: Interaction) -> Conflict:
    """Return the refusal of whoever comes too late, with who was first and when."""
    who = interaction.answered_by or "somebody"
    how = {"answered": f"was answered by {who}", "expired": "expired without an answer"}.get(
        interaction.state, f"was {interaction.state}"
    )
    return Conflict(
        f"The question {interaction.title!r} {how}",
        hint="Read the interaction again: it shows the answer that counts.",
        state=interaction.state,
        answered_by=interaction.answered_by,
        answered_at=interaction.answered_at,
    )


def expire(tx: Tx, job: Job, interaction: Interaction, default: Mapping[str, Any] | None) -> Interaction:
    """Close a question whose deadline passed, with its default answer if it has one; an answer that came wins."""
    response = None if default is None else dict(default)
    done = interactions.change_open(tx, interaction.id, state="expired", response=response, answered_at=tx.now)
    if done is None:
        return interactions.get(tx, interaction.id)
    _tell(tx, "interaction.closed", job.action, done)
    return done


def remind(tx: Tx, job: Job, interaction: Interaction) -> Interaction:
    """Ask again and double the time that is left until the next reminder."""
    begun = interaction.reminded_at or interaction.created_at
    gap = 2 * max(1000, (interaction.deadline_at or tx.now) - begun)
    done = interactions.change_open(tx, interaction.id, reminded_at=tx.now, deadline_at=tx.now + gap)
    if done is None:
        return interactions.get(tx, interaction.id)
    _tell(tx, "interaction.opened", job.action, done, reminder=True)
    return done


def cancel_of(tx: Tx, job: Job) -> None:
    """Cancel the open questions of a job that ends."""
    for gone in interactions.cancel_of(tx, job.id):
        _tell(tx, "interaction.closed", job.action, replace(gone, state="cancelled"))


def _tell(tx: Tx, type_: str, action: str, interaction: Interaction, **more: Any) -> None:
    tx.emit(type_, interaction.job, {"interaction": interaction_event(interaction, action)} | more)
