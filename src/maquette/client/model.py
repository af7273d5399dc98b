"""What the server sends, as frozen dataclasses; fields that this version does not know stay readable in `raw`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

from maquette.client.problem import error_of
from maquette.core.errors import MaquetteError

T = TypeVar("T")

FINAL = frozenset({"succeeded", "failed", "cancelled"})
"""States of a job that never change again."""


@cache
def _known(kind: Callable[..., Any]) -> frozenset[str]:
    return frozenset(inspect.signature(kind).parameters) - {"raw"}


def parse(kind: Callable[..., T], body: Mapping[str, Any], **made: Any) -> T:
    """Build a dataclass from what it knows of a JSON object; null and missing words take their defaults."""
    known = {name: body[name] for name in _known(kind) if body.get(name) is not None}
    return kind(**{**known, **made, "raw": body})


def empty_raw() -> Any:
    """Return the field that keeps the whole of what the server sent."""
    return field(default_factory=dict[str, Any], repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Asset:
    """One thing made or uploaded."""

    id: str
    media: str = ""
    mime: str = ""
    size: int = 0
    digest: str = ""
    """SHA-256 of the bytes, in hex."""
    name: str = ""
    width: int | None = None
    height: int | None = None
    duration_ms: int | None = None
    pages: int | None = None
    seed: int | None = None
    source: str = "unknown"
    job: str | None = None
    attempt: str | None = None
    index: int = 0
    notes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    created_at: int = 0
    urls: Mapping[str, str] = field(default_factory=dict[str, str])
    raw: Mapping[str, Any] = empty_raw()

    @property
    def content(self) -> str:
        """The path of the bytes on the server."""
        return self.urls.get("content") or f"/api/v1/assets/{self.id}/content"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of one candidate on one account; money in micro-USD."""

    id: str
    number: int = 0
    action: str = ""
    account: str = ""
    provider: str = ""
    model: str | None = None
    state: str = ""
    error: Mapping[str, Any] | None = None
    estimate: int = 0
    cost: int | None = None
    cost_source: str | None = None
    sent_at: int | None = None
    accepted_at: int | None = None
    ended_at: int | None = None
    late: bool = False
    raw: Mapping[str, Any] = empty_raw()


@dataclass(frozen=True, slots=True)
class Job:
    """One durable run of one action; money in micro-USD."""

    id: str
    action: str = ""
    produces: str = ""
    state: str = "queued"
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    subject: str | None = None
    warnings: Sequence[Mapping[str, Any]] = ()
    waiting_for: str | None = None
    error: Mapping[str, Any] | None = None
    cost: int = 0
    reserved: int = 0
    attempts: Sequence[Attempt] = ()
    assets: Sequence[Asset] = ()
    parent: str | None = None
    children: Sequence[str] = ()
    attention: Mapping[str, Any] | None = None
    """What a person must decide, with the money at stake; None while nobody is needed."""
    preset: str | None = None
    """The preset that chose what serves it."""
    strategy: str | None = None
    cached_from: str | None = None
    """The job of an equal request whose result this is; it cost nothing."""
    created_at: int = 0
    started_at: int | None = None
    ended_at: int | None = None
    raw: Mapping[str, Any] = empty_raw()

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Job:
        """Build a job from the server's JSON."""
        cost = body.get("cost") or 0
        return parse(
            cls,
            body,
            cost=cost.get("micro_usd", 0) if isinstance(cost, Mapping) else cost,
            attempts=tuple(parse(Attempt, row) for row in body.get("attempts") or ()),
            assets=tuple(parse(Asset, row) for row in body.get("assets") or ()),
            children=tuple(row if isinstance(row, str) else row["id"] for row in body.get("children") or ()),
        )

    @property
    def final(self) -> bool:
        """Whether the state can never change again."""
        return self.state in FINAL

    @property
    def settled(self) -> bool:
        """Whether waiting longer is pointless: the job is final, or a person must decide."""
        return self.final or self.attention is not None or self.asks

    @property
    def asks(self) -> bool:
        """Whether the job itself waits for the answer of a person."""
        return self.state == "waiting" and self.waiting_for == "person"

    def failure(self) -> MaquetteError | None:
        """Return the error that ended the job, as the class that the server raised."""
        return error_of(self.error) if self.error else None

    def result(self) -> Sequence[Asset]:
        """Return the assets of a job that succeeded; raises its error otherwise."""
        if self.state == "succeeded":
            return self.assets
        raise self.failure() or error_of({"detail": f"Job {self.id!r} is {self.state}", "code": "conflict"}, 409)


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the log."""

    seq: int | None
    type: str
    job: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])
    at: int = 0
    raw: Mapping[str, Any] = empty_raw()


@dataclass(frozen=True, slots=True)
class Action:
    """One entry of the catalog."""

    name: str
    title: str = ""
    summary: str = ""
    provider: str = ""
    by: str = ""
    """What people call the provider."""
    ready: bool = True
    """Whether it can run now, on an account that is switched on or on none."""
    produces: str = ""
    schema: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The JSON Schema of its parameters."""
    raw: Mapping[str, Any] = empty_raw()


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider, and what it can do."""

    name: str
    title: str = ""
    keyless: bool = False
    media: Sequence[str] = ()
    actions: Sequence[Any] = ()
    raw: Mapping[str, Any] = empty_raw()


@dataclass(frozen=True, slots=True)
class Account:
    """Credentials and settings of one provider; secrets are never sent back."""

    id: str
    provider: str = ""
    name: str = ""
    enabled: bool = True
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    origin: str = ""
    raw: Mapping[str, Any] = empty_raw()


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a request is expected to cost, in micro-USD."""

    min: int = 0
    likely: int = 0
    max: int = 0
    currency: str = "USD"
    source: str = ""
    raw: Mapping[str, Any] = empty_raw()
