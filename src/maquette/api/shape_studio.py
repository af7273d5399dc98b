"""What callers get of the figures, the gallery's follow-ups and recipes."""

from __future__ import annotations

from typing import Any

from maquette.api.shape import Shape
from maquette.engine.ingest import Recipe
from maquette.services.follow_up import FollowUp
from maquette.services.stats import Figures
from maquette.store.stats import Chosen


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


class DayShape(Shape):
    """The jobs that were taken on one day and have ended."""

    day: str
    """The date, in UTC."""
    succeeded: int
    failed: int
    cancelled: int


class TriedShape(Shape):
    """How attempts fared."""

    title: str
    attempts: int
    succeeded: int
    p50_ms: int | None
    """Half of those that succeeded took no longer, in ms from the request to the end."""
    p95_ms: int | None
    """Nineteen of twenty that succeeded took no longer."""
    spend: int
    """Micro-USD."""


class ProviderFigures(TriedShape):
    """How the attempts of one provider fared."""

    provider: str


class ActionFigures(TriedShape):
    """How the attempts of one action fared."""

    action: str
    count: int
    """The same as `attempts`."""


class AccountFigures(TriedShape):
    """How the attempts on one account fared."""

    account: str


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
    """Micro-USD."""


class TotalShape(Shape):
    """The sums of the lists."""

    jobs: int
    succeeded: int
    failed: int
    cancelled: int
    attempts: int
    spend: int
    """Micro-USD."""


class StatsShape(Shape):
    """What the last days came to, derived from jobs and attempts."""

    jobs: list[DayShape]
    """One row a day, the oldest first."""
    providers: list[ProviderFigures]
    actions: list[ActionFigures]
    accounts: list[AccountFigures]
    presets: list[PresetFigures]
    totals: TotalShape
    as_of: int

    @classmethod
    def of(cls, found: Figures) -> StatsShape:
        """Return figures as they are shown."""
        days = [DayShape.model_validate(day) for day in found.days]
        by_state = {state: sum(getattr(day, state) for day in days) for state in ("succeeded", "failed", "cancelled")}
        return cls(
            jobs=days,
            providers=[ProviderFigures(provider=row.name, **_tried(row, found)) for row in found.providers],
            actions=[ActionFigures(action=row.name, count=row.attempts, **_tried(row, found)) for row in found.actions],
            accounts=[AccountFigures(account=row.name, **_tried(row, found)) for row in found.accounts],
            presets=[_chosen(row, found) for row in found.presets],
            totals=TotalShape(
                jobs=sum(by_state.values()),
                attempts=sum(row.attempts for row in found.providers),
                spend=sum(row.spend for row in found.providers),
                **by_state,
            ),
            as_of=found.as_of,
        )


def _chosen(row: Chosen, found: Figures) -> PresetFigures:
    names = ("jobs", "succeeded", "failed", "cancelled", "success_rate", "spend")
    figures = {name: getattr(row, name) for name in names}
    return PresetFigures(preset=row.name, title=found.titles.get(row.name, row.name), **figures)


def _tried(row: Any, found: Figures) -> dict[str, Any]:
    names = ("attempts", "succeeded", "p50_ms", "p95_ms", "spend")
    return {name: getattr(row, name) for name in names} | {"title": found.titles.get(row.name, row.name)}
