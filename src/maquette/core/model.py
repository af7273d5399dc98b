"""The rows of the one model: what a job, an attempt, an event, an asset and an account are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from .action import Source
from .params import Media, Product

JobState = Literal["queued", "running", "waiting", "succeeded", "failed", "cancelled"]
AttemptState = Literal[
    "prepared", "sending", "accepted", "not_sent", "refused", "succeeded", "failed", "cancelled", "unknown"
]
Role = Literal["admin", "member", "viewer"]

FINAL: frozenset[str] = frozenset({"succeeded", "failed", "cancelled"})
"""States of a job that never change again."""
OPEN_ATTEMPT: frozenset[str] = frozenset({"prepared", "sending", "accepted"})
"""States of an attempt that hold a slot of their account."""

EVENT_TYPES: tuple[str, ...] = (
    "account.changed", "asset.created", "asset.deleted", "asset.ready", "asset.restored", "attempt.failed",
    "attempt.progressed", "attempt.started", "attempt.succeeded", "attention.closed", "attention.opened",
    "budget.crossed", "catalog.changed", "config.changed", "content.changed", "content.created",
    "content.deleted", "conversation.changed", "interaction.answered", "interaction.closed", "interaction.opened",
    "job.cancelled", "job.failed", "job.progressed", "job.queued", "job.started", "job.succeeded", "job.waiting",
    "params.dropped", "preset.chosen",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to do a job: an action on an account."""

    action: str
    account: str
    params: Mapping[str, Any]
    warnings: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """One durable run of one action."""

    id: str
    workspace: str
    action: str
    produces: Product
    params: Mapping[str, Any]
    """As asked; each candidate holds what it uses after adaptation."""
    plan: Sequence[Mapping[str, Any]]
    """The candidates, in order, frozen when the job was taken; a composite has none."""
    state: JobState
    created_at: int
    priority: int = 0
    parent: str | None = None
    child_key: str | None = None
    interaction: str | None = None
    subject: str | None = None
    source: Any = None
    """What the job was made for: the prompt's content, a message, a row; stored verbatim."""
    warnings: Sequence[Mapping[str, Any]] = ()
    position: int = 0
    """Index of the candidate that is tried now."""
    tries: int = 0
    """Attempts that ended without being accepted."""
    max_attempts: int = 3
    takeovers: int = 0
    owner: str | None = None
    epoch: int = 0
    cancel_asked: bool = False
    waiting_for: str | None = None
    wake_at: int | None = None
    error: Mapping[str, Any] | None = None
    cost: int = 0
    reserved: int = 0
    created_by: str | None = None
    started_at: int | None = None
    ended_at: int | None = None
    result: Mapping[str, Any] | None = None
    """What a composite returned."""
    preset: str | None = None
    """The preset that it was made by."""
    preset_version: int | None = None
    strategy: str | None = None
    run: str | None = None
    """What a caller calls the run of its own that the job was made for; one of ours is its parent."""

    @property
    def about(self) -> Mapping[str, Any]:
        """What the source tells by name: nothing where it is a text or a list."""
        return self.source if isinstance(self.source, Mapping) else {}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of one candidate on one account: the slot, the meter and the receipt at once."""

    id: str
    workspace: str
    job: str
    number: int
    action: str
    account: str
    provider: str
    base_url: str | None
    token: str
    state: AttemptState
    created_at: int
    model: str | None = None
    host: str | None = None
    """The spool where its answer lands."""
    process: str | None = None
    """The process that may have sent it."""
    handle: Any = None
    memo: Mapping[str, Any] = field(default_factory=dict[str, Any])
    response: Mapping[str, Any] | None = None
    error: Mapping[str, Any] | None = None
    estimate: int = 0
    cost: int | None = None
    cost_source: str | None = None
    cost_amount: str | None = None
    sent_at: int | None = None
    accepted_at: int | None = None
    deadline_at: int | None = None
    sweep_at: int | None = None
    ended_at: int | None = None
    late: bool = False
    estimate_low: int | None = None
    """The least that it was expected to cost, in micro-USD; None where no price is known."""
    estimate_high: int | None = None
    """The most that it was expected to cost, which budgets keep free for it."""
    preset: str | None = None
    """The preset for which its money counts: of its job, or of the job that this one is part of."""
    waited_ms: int | None = None
    """How long its job had waited when it began; only the first attempt of a job has it."""
    resolution: Mapping[str, Any] | None = None
    """How a person settled it while nobody knew whether it was accepted: `how`, `by`, `at`."""
    vote: bool | None = None
    """Whether a person chose what it made, or what another candidate had made beside it; None where nobody compared."""


@dataclass(frozen=True, slots=True)
class Event:
    """One appended row of the log."""

    seq: int
    workspace: str
    job: str | None
    type: str
    data: Mapping[str, Any]
    at: int


@dataclass(frozen=True, slots=True)
class Asset:
    """One thing made or uploaded."""

    id: str
    workspace: str
    media: Media
    mime: str
    size: int
    digest: str
    blob: str
    created_at: int
    name: str = ""
    source: Source = "unknown"
    width: int | None = None
    height: int | None = None
    duration_ms: int | None = None
    pages: int | None = None
    thumbhash: str | None = None
    thumbs: Mapping[str, str] = field(default_factory=dict[str, str])
    """Blob keys of the small pictures, by their longest side: "320", "1024"."""
    seed: int | None = None
    job: str | None = None
    attempt: str | None = None
    index: int = 0
    provider_url: str | None = None
    provider_digest: str | None = None
    """Digest of the bytes as they came, before they were stamped."""
    notes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    created_by: str | None = None
    deleted_at: int | None = None
    """Since when it lies in the bin."""
    action: str | None = None
    """What made it; None for what was uploaded."""
    provider: str | None = None
    prompt: str | None = None
    """The first words of the prompt that it was made from, as many as can be searched."""
    cost: int | None = None
    """Its share of what its attempt cost, in micro-USD; None where that is not settled, or nothing made it."""


@dataclass(frozen=True, slots=True)
class Account:
    """Credentials and settings of one provider; `settings` holds no secret, `sealed` the encrypted ones."""

    id: str
    workspace: str
    provider: str
    name: str
    settings: Mapping[str, Any]
    created_at: int
    sealed: Mapping[str, str] = field(default_factory=dict[str, str])
    enabled: bool = True
    concurrency: int = 4
    per_minute: int | None = None
    per_day: int | None = None
    timeout_s: int = 600
    """How long without progress before an attempt is past its deadline."""
    cooldown_until: int | None = None
    origin: str = "user"
    """`user`, `config` (kept on the server's own machine) or `builtin`."""
    updated_at: int | None = None
    models: Sequence[str] | None = None
    """The models that it serves; None is whatever its provider offers."""
