"""What callers get of workspaces and of what needs a person."""

from __future__ import annotations

from maquette.api.shape import Shape
from maquette.core.model import JobState
from maquette.engine.resolve import How
from maquette.services.attention import Doubt


class WorkspaceShape(Shape):
    """A workspace: a room of its own in this installation."""

    id: str
    name: str
    created_at: int


class NewWorkspace(WorkspaceShape):
    """A fresh workspace; the token of its first admin key is shown this once."""

    token: str


class SharedShape(Shape):
    """An address that shows one asset without a key."""

    url: str
    expires_at: int | None
    """When it ends, in ms since 1970; null is an open one."""


class DoubtShape(Shape):
    """An attempt of which nobody knows whether its provider accepted it."""

    attempt: str
    job: str
    job_state: JobState
    """`waiting` for a decision; a job that has ended does not wait, but may have been billed."""
    action: str
    provider: str
    account: str
    account_name: str
    model: str | None
    subject: str | None
    code: str
    """The code of the error that left it in doubt."""
    reason: str
    money_at_stake: int
    """Micro-USD."""
    token: str
    """What the provider was told to know it by, where it takes such a word."""
    sent_at: int | None
    """When the request went out; null where even that is not certain."""
    since: int | None
    """Since when it is in doubt."""
    page: str | None
    """Where to look whether it was made: the provider's console, or the server itself."""
    ways: list[How]
    """What POST /api/v1/jobs/{job}/resolve takes now."""

    @classmethod
    def of(cls, doubt: Doubt) -> DoubtShape:
        """Return an attempt in doubt as it is shown."""
        attempt, job = doubt.attempt, doubt.job
        error = attempt.error or {}
        return cls(
            attempt=attempt.id,
            job=job.id,
            job_state=job.state,
            action=attempt.action,
            provider=attempt.provider,
            account=attempt.account,
            account_name=doubt.account,
            model=attempt.model,
            subject=job.subject,
            code=str(error.get("code", "outcome_unknown")),
            reason=str(error.get("detail", "The provider's answer was lost")),
            money_at_stake=attempt.estimate,
            token=attempt.token,
            sent_at=attempt.sent_at,
            since=attempt.ended_at,
            page=doubt.page,
            ways=list(doubt.ways),
        )
