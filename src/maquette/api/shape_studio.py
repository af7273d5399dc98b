"""What callers get of the figures, the gallery's follow-ups and recipes."""

from __future__ import annotations

from typing import Any

from maquette.api.shape import Shape
from maquette.engine.ingest import Recipe
from maquette.services.follow_up import FollowUp
from maquette.services.stats import STATES, Chosen, Day, Figures
from maquette.store.stats import Tried


class CountShape(Shape):
    """How many assets there are."""

    count: int
    newest: str | None
    """The id of the newest one: `before` of a snapshot, which is then paged by `offset`."""


class FollowUpShape(Shape):
    """One action that takes an asset."""

    action: str
    title: str
    field: str
    """The parameter that takes the asset."""
    provider: str
    params: dict[str, Any]
    """What is known already: the asset in its parameter, and the words that it was made from."""

    @classmethod
    def of(cls, found: FollowUp) -> FollowUpShape:
        """Return a follow-up as it is shown."""
        action = found.action
        return cls(
            action=action.name,
            title=action.title,
            field=found.field,
            provider=action.provider,
            params=dict(found.params),
        )


class RecipeShape(Shape):
    """How an asset was made, as it is also written into the file."""

    parameters: str
    """The text that A1111 and its likes read."""
    maquette: dict[str, Any]
    """Action, parameters, seed, provider, model and time; never an account or a key."""

    @classmethod
    def of(cls, recipe: Recipe) -> RecipeShape:
        """Return a recipe as it is shown."""
        return cls(parameters=recipe.text(), maquette=dict(recipe.maquette))


class TriedShape(Shape):
    """How attempts fared."""

    attempts: int
    succeeded: int
    failed: int
    """Those that failed, were refused, or were proven unsent."""
    cancelled: int
    open: int
    """Those that have not ended, or of which nobody knows how."""
    success_rate: float | None
    """Succeeded among those that succeeded or failed; null where none has."""
    p50_ms: int | None
    """Half of those that succeeded took no longer, from the request to the end; at most a tenth too long."""
    p95_ms: int | None
    """Nineteen of twenty that succeeded took no longer; at most a tenth too long."""
    wait_ms: int | None
    """How long their jobs had waited when the first attempt began, on average."""
    spend: int
    """Micro-USD, with failed attempts."""


class DayShape(Shape):
    """The jobs that were taken on one day and have ended, and its attempts."""

    day: str
    """The date, in UTC."""
    succeeded: int
    failed: int
    cancelled: int
    spend: int
    """Micro-USD."""
    tried: TriedShape | None
    """How its attempts fared; null where there was none."""


class ProviderFigures(TriedShape):
    """How the attempts of one provider fared."""

    provider: str
    title: str


class ActionFigures(TriedShape):
    """How the attempts of one action fared."""

    action: str
    title: str
    count: int
    """The same as `attempts`."""


class AccountFigures(TriedShape):
    """How the attempts on one account fared."""

    account: str
    title: str


class PresetFigures(Shape):
    """How the jobs that one preset made fared."""

    preset: str
    title: str
    jobs: int
    succeeded: int
    failed: int
    cancelled: int
    success_rate: float | None
    """Succeeded among those that succeeded or failed; null where none has."""
    spend: int
    """Micro-USD, with all that its jobs started."""
    tried: TriedShape | None
    """How the attempts fared that count for it; null where there was none."""


class QueueShape(Shape):
    """How many jobs are not final now."""

    queued: int
    running: int
    waiting: int
    """For an account, a child, a retry or a person."""


class TotalShape(Shape):
    """The sums of the lists."""

    jobs: int
    succeeded: int
    failed: int
    cancelled: int
    success_rate: float | None
    """Succeeded among the jobs that succeeded or failed; null where none has."""
    attempts: int
    spend: int
    """Micro-USD."""
    mean_ms: int | None
    """How long an attempt that succeeded took on average, from the request to the end; null where none has."""
    struck: int
    """Jobs that succeeded or failed after a fault: an attempt of theirs failed, was refused or proven unsent."""
    recovered: int
    """Those of them that succeeded all the same."""
    recovery_rate: float | None
    """Recovered among those that were struck; null where none was."""


class StatsShape(Shape):
    """What the last days came to, by sums that are written with the ledger."""

    jobs: list[DayShape]
    """One row a day, the oldest first."""
    providers: list[ProviderFigures]
    actions: list[ActionFigures]
    accounts: list[AccountFigures]
    presets: list[PresetFigures]
    queue: QueueShape
    totals: TotalShape
    as_of: int

    @classmethod
    def of(cls, found: Figures) -> StatsShape:
        """Return figures as they are shown."""
        return cls(
            jobs=[_day(day) for day in found.days],
            providers=[ProviderFigures(provider=row.name, **_tried(row, found)) for row in found.providers],
            actions=[ActionFigures(action=row.name, count=row.attempts, **_tried(row, found)) for row in found.actions],
            accounts=[AccountFigures(account=row.name, **_tried(row, found)) for row in found.accounts],
            presets=[_chosen(row, found) for row in found.presets],
            queue=QueueShape.model_validate(found.queue),
            totals=_total(found),
            as_of=found.as_of,
        )


def _total(found: Figures) -> TotalShape:
    by_state = {state: sum(getattr(day, state) for day in found.days) for state in STATES}
    told = by_state["succeeded"] + by_state["failed"]
    return TotalShape(
        jobs=sum(by_state.values()),
        success_rate=by_state["succeeded"] / told if told else None,
        attempts=sum(row.attempts for row in found.providers),
        spend=sum(row.spend for row in found.providers),
        mean_ms=found.mean_ms,
        struck=found.struck,
        recovered=found.recovered,
        recovery_rate=found.recovered / found.struck if found.struck else None,
        **by_state,
    )


def _day(day: Day) -> DayShape:
    counts = {name: getattr(day, name) for name in ("day", *STATES)}
    tried = TriedShape.model_validate(day.tried) if day.tried else None
    return DayShape(**counts, spend=day.tried.spend if day.tried else 0, tried=tried)


def _chosen(row: Chosen, found: Figures) -> PresetFigures:
    figures = {name: getattr(row, name) for name in ("jobs", *STATES, "success_rate")}
    tried = TriedShape.model_validate(row.tried) if row.tried else None
    spend = row.tried.spend if row.tried else 0
    return PresetFigures(
        preset=row.name, title=found.titles.get(row.name, row.name), spend=spend, tried=tried, **figures
    )


def _tried(row: Tried, found: Figures) -> dict[str, Any]:
    return TriedShape.model_validate(row).model_dump() | {"title": found.titles.get(row.name, row.name)}
