"""What callers get of presets."""

from __future__ import annotations

from typing import Any, Literal

from maquette.api.shape import Price, Shape
from maquette.core.params import Media
from maquette.core.preset import Entry, Pick, Strategy
from maquette.engine.route import Route, estimate
from maquette.services.preset import PresetView


class PresetShape(Shape):
    """One preset."""

    id: str
    name: str
    title: str
    description: str
    media: Media
    strategy: Strategy
    candidates: list[Entry]
    defaults: dict[str, Any]
    priority: int
    enabled: bool
    pick: Pick
    max_attempts: int | None
    aggressive: bool
    on_moderation: Literal["stop", "next"]
    version: int
    origin: Literal["user", "shipped"]
    """`shipped` for one that came with the installation; it cannot be changed."""
    warnings: list[dict[str, str]]
    """What to know before it is used: `path` and `message`."""
    created_at: int | None

    @classmethod
    def of(cls, view: PresetView) -> PresetShape:
        """Return a preset as it is shown."""
        return cls(
            **view.preset.model_dump(),
            id=view.definition.id,
            version=view.definition.version,
            origin="user" if view.origin == "user" else "shipped",
            warnings=[dict(each) for each in view.warnings],
            created_at=view.created_at,
        )


class RoutedShape(Shape):
    """One candidate that would serve, in its place."""

    candidate: int
    """Its place in the preset, from 0."""
    action: str
    account: str
    params: dict[str, Any]
    """What it would be given."""
    price: Price | None
    warnings: list[dict[str, Any]]
    """What would be changed to fit it: field, asked, used, why."""
    figures: dict[str, Any]
    """What brought it to its place: its weight and chance, or its recent success, cost and latency."""


class LeftOutShape(Shape):
    """One candidate that would not serve."""

    candidate: int
    action: str
    account: str | None
    code: str
    why: str


class SumShape(Shape):
    """What the whole would cost, in micro-USD."""

    min: int
    likely: int
    max: int
    currency: Literal["USD"]
    unit: Literal["micro"]
    known: bool
    """Whether the price of every candidate is known."""


class PresetPlanShape(Shape):
    """What a preset would make of a request."""

    preset: str
    version: int
    strategy: Strategy
    why: str
    """How the order came about; `weighted` and `adaptive` draw anew for each job."""
    candidates: list[RoutedShape]
    left_out: list[LeftOutShape]
    estimate: SumShape
    warnings: list[dict[str, str]]

    @classmethod
    def of(cls, route: Route, warnings: list[dict[str, str]]) -> PresetPlanShape:
        """Return a plan as it is shown."""
        rows = [
            RoutedShape(
                candidate=ranked.arm.index,
                action=planned.candidate.action,
                account=planned.candidate.account,
                params=dict(planned.candidate.params),
                price=Price.model_validate(planned.price) if planned.price else None,
                warnings=[dict(each) for each in planned.candidate.warnings],
                figures=dict(ranked.figures),
            )
            for ranked, planned in zip(route.ranked, route.planned, strict=True)
        ]
        left = [
            LeftOutShape(candidate=each.index, action=each.action, account=each.account, code=each.code, why=each.why)
            for each in route.left_out
        ]
        return cls(
            preset=route.definition.id,
            version=route.definition.version,
            strategy=route.preset.strategy,
            why=route.decision["why"],
            candidates=rows,
            left_out=left,
            estimate=SumShape.model_validate(estimate(route)),
            warnings=warnings,
        )
