"""What callers get: jobs and assets as JSON, typed so that OpenAPI is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, Literal, TypeVar

from pydantic import ConfigDict

from maquette.core.action import Source
from maquette.core.documented import Documented
from maquette.core.model import FINAL, Asset, Attempt, AttemptState, Job, JobState
from maquette.core.params import Media, Product
from maquette.core.remark import remarks
from maquette.engine.events import outcome
from maquette.services.job import JobView
from maquette.services.reuse import CACHED_FROM

T = TypeVar("T")
_PROMPT = 300


class Shape(Documented):
    """Base of every answer."""

    model_config = ConfigDict(from_attributes=True)


class Listing(Shape, Generic[T]):
    """A page of rows, newest first."""

    items: list[T]
    next: str | None = None
    """`before` of the next page; null on the last."""
    as_of: int | None = None
    """The sequence number of the log at which the page was read."""


class EventShape(Shape):
    """One entry of the log."""

    seq: int
    job: str | None
    type: str
    """`stream.reset` where the log does not go on from the number asked for: what is shown must be read again."""
    at: int | None = None
    data: dict[str, Any]


class LogShape(Shape):
    """A piece of the log, the oldest entry first."""

    items: list[EventShape]
    as_of: int
    """How far the log is; where the last entry is older, there is more to read."""


class AssetUrls(Shape):
    """Where the bytes of an asset are; the addresses never change."""

    content: str
    small: str | None
    """A picture of at most 320 pixels, once it is made."""
    medium: str | None
    """A picture of at most 1024 pixels, once it is made."""


class RemarkShape(Shape):
    """Something that is to be read of an asset."""

    title: str
    text: str


class AssetShape(Shape):
    """One thing made or uploaded."""

    id: str
    media: Media
    mime: str
    size: int
    digest: str
    """SHA-256 of the bytes."""
    name: str
    width: int | None
    height: int | None
    duration_ms: int | None
    pages: int | None
    thumbhash: str | None
    seed: int | None
    source: Source
    job: str | None
    attempt: str | None
    index: int
    notes: dict[str, Any]
    remarks: list[RemarkShape]
    """What of the notes is for people to read."""
    created_at: int
    action: str | None
    """What made it; null for what was uploaded."""
    provider: str | None
    prompt: str | None
    """The first 300 characters of the prompt that it was made from."""
    cost: int | None = None
    """Its share of what its attempt cost, in micro-USD; null where nothing made it, or that is not settled."""
    urls: AssetUrls

    @classmethod
    def of(cls, asset: Asset) -> AssetShape:
        """Return an asset as it is shown; the provider's own address is kept apart and not shown."""
        prompt = asset.prompt[:_PROMPT] if asset.prompt else None
        return cls.model_validate(_shown(asset, cls, urls=_urls(asset), prompt=prompt, remarks=remarks(asset.notes)))


class AttemptShape(Shape):
    """One try of a job on one account."""

    id: str
    number: int
    action: str
    account: str
    provider: str
    model: str | None
    state: AttemptState
    error: dict[str, Any] | None
    estimate: int
    """Micro-USD, the likely sum."""
    estimate_low: int | None = None
    estimate_high: int | None = None
    """What budgets hold for it until it is settled; null where no price is known."""
    cost: int | None
    """Micro-USD."""
    cost_source: str | None
    """`reported` by the provider, `computed` from what was used, or no more than `estimated`."""
    cost_amount: str | None
    """The provider's own figure."""
    sent_at: int | None
    accepted_at: int | None
    ended_at: int | None
    late: bool
    """It ended after its job had."""


class CostShape(Shape):
    """An amount of money."""

    micro_usd: int


class Tally(Shape):
    """How the children of a job fare."""

    succeeded: int
    failed: int
    total: int


class Attention(Shape):
    """What a person has to decide: whether a paid call was accepted, nobody knows."""

    attempt: str
    reason: str
    money_at_stake: int
    """Micro-USD."""
    provider: str
    account: str
    since: int | None


class JobShape(Shape):
    """One durable run of one action."""

    id: str
    action: str
    produces: Product
    params: dict[str, Any]
    state: JobState
    subject: str | None
    interaction: str | None
    source: Any
    warnings: list[dict[str, Any]]
    """What was changed to fit the action: field, asked, used, why."""
    waiting_for: str | None
    wake_at: int | None
    error: dict[str, Any] | None
    cost: CostShape
    reserved: int
    """Micro-USD."""
    result: Any | None
    """What a composite action returned."""
    preset: str | None
    """The preset that chose what serves it."""
    preset_version: int | None
    strategy: str | None
    cached_from: str | None = None
    """The job of an equal request whose result this is; it cost nothing."""
    attempts: list[AttemptShape]
    assets: list[AssetShape]
    parent: str | None
    children: list[str]
    tally: Tally | None
    outcome: str | None
    """What it came to, in words: `3 images generated successfully`; null while it runs or where nothing was made."""
    attention: Attention | None
    created_at: int
    started_at: int | None
    ended_at: int | None
    as_of: int | None = None

    @classmethod
    def of(cls, view: JobView, as_of: int | None = None) -> JobShape:
        """Return a job as it is shown."""
        made = {
            "cost": CostShape(micro_usd=view.job.cost),
            "attempts": [AttemptShape.model_validate(attempt) for attempt in view.attempts],
            "assets": [AssetShape.of(asset) for asset in view.assets],
            "children": [child.id for child in view.children],
            "tally": _tally(view),
            "outcome": _outcome(view),
            "attention": _attention(view),
            "cached_from": (view.job.result or {}).get(CACHED_FROM),
            "as_of": as_of,
        }
        return cls.model_validate(_shown(view.job, cls, **made))

    @classmethod
    def fresh(cls, job: Job) -> JobShape:
        """Return a job that was just taken and has nothing yet."""
        return cls.of(JobView(job, (), (), ()))


class Price(Shape):
    """What a candidate is expected to cost, in micro-USD."""

    low: int
    likely: int
    high: int
    source: str
    amount: str | None = None
    """The likely sum in the provider's own unit."""
    rate: str | None = None
    """What one unit costs."""


class PlannedShape(Shape):
    """One candidate of a plan."""

    action: str
    account: str
    price: Price | None


class EstimateShape(Shape):
    """What a job would cost, in micro-USD."""

    model_config = ConfigDict(extra="allow")

    min: int
    likely: int
    max: int
    currency: Literal["USD"]
    source: str
    known: bool = False
    """Whether a price is known of every candidate."""
    amount: str | None = None
    """The likely sum in the provider's own unit."""
    rate: str | None = None
    """What one unit costs."""
    plan: list[PlannedShape] = []  # noqa: RUF012 - pydantic copies it
    warnings: list[dict[str, Any]] = []  # noqa: RUF012 - as above


class ProblemShape(Shape):
    """An error (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    code: str
    detail: str
    hint: str
    """What to do about it."""


def rows(items: Sequence[T], limit: int, ids: Sequence[str], as_of: int) -> Mapping[str, Any]:
    """Return the fields of a page; a full one has a next."""
    return {"items": list(items), "next": ids[-1] if len(ids) == limit else None, "as_of": as_of}


def _shown(row: Asset | Job, shape: type[Shape], **made: Any) -> dict[str, Any]:
    return {name: getattr(row, name, None) for name in shape.model_fields if name not in made} | made


def _urls(asset: Asset) -> AssetUrls:
    base = f"/api/v1/assets/{asset.id}"
    small, medium = (f"{base}/thumb/{side}" if side in asset.thumbs else None for side in ("320", "1024"))
    return AssetUrls(content=f"{base}/content", small=small, medium=medium)


def _tally(view: JobView) -> Tally | None:
    if not view.children:
        return None
    states = [child.state for child in view.children]
    ended_badly = states.count("failed") + states.count("cancelled")
    return Tally(succeeded=states.count("succeeded"), failed=ended_badly, total=len(states))


def _outcome(view: JobView) -> str | None:
    if view.job.state not in FINAL or not view.assets:
        return None
    said, tally = outcome([asset.media for asset in view.assets]), _tally(view)
    return f"{said}; {tally.failed} of {tally.total} parts failed" if tally and tally.failed else said


def _attention(view: JobView) -> Attention | None:
    attempt: Attempt | None = view.doubtful
    if attempt is None:
        return None
    error = attempt.error or view.job.error or {}
    return Attention(
        attempt=attempt.id,
        reason=str(error.get("detail", "The provider's answer was lost")),
        money_at_stake=attempt.estimate,
        provider=attempt.provider,
        account=attempt.account,
        since=attempt.sent_at,
    )
