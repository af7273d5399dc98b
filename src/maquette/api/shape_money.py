"""What callers send and get of money: budgets, prices, the ledger, and how estimates fared."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from maquette.api.ask import Ask, Label, Name
from maquette.api.shape import Shape
from maquette.core.budget import Mode, Period, Scope, Unpriced
from maquette.core.params import Media
from maquette.services.budget import BudgetView
from maquette.services.price import PriceView
from maquette.store.price import rule_row

MOST = 10**15
"""Most micro-USD of a budget: a thousand million dollars."""
Amount = Annotated[int, Field(ge=0, le=MOST)]
"""Micro-USD: 1,000,000 is one dollar."""


class BudgetAsk(Ask):
    """Make a budget."""

    name: Name
    amount: Amount
    """Micro-USD: 1,000,000 is one dollar."""
    currency: Literal["USD"] = "USD"
    """Budgets are kept in USD alone."""
    scope: Scope = "workspace"
    """What it is for; `run` is a run of a workflow, with all that it starts."""
    subject: Label | None = None
    """The id or name of the key, account, provider, preset or workflow; without one, each by itself."""
    period: Period = "month"
    """Days and months begin at midnight UTC; `total` counts from the making of the budget on."""
    mode: Mode = "hard"
    """`hard` refuses what does not fit with 402; `warning` tells of it and lets it pass."""
    unpriced: Unpriced = "allow"
    """What becomes of work whose price nobody knows: taken while anything is left, or refused."""
    enabled: bool = True


class BudgetChange(Ask):
    """Change a budget; what it is for, and its period, stay."""

    name: Name | None = None
    amount: Amount | None = None
    currency: Literal["USD"] | None = None
    mode: Mode | None = None
    unpriced: Unpriced | None = None
    enabled: bool | None = None

    def changes(self) -> dict[str, Any]:
        """Return what was given."""
        return self.model_dump(exclude_none=True, exclude={"currency"})


class CounterShape(Shape):
    """What one subject has taken up of a budget in the present period, in micro-USD."""

    subject: str
    """An id, or empty for the workspace; for `run`, the id of the run."""
    period: str
    """The date or the month, in UTC; empty where it is counted in all."""
    reserved: int
    """For work that is under way, at its dearest."""
    spent: int
    left: int
    """Below 0 where more was billed than was estimated."""


_OWN = (
    "id", "name", "scope", "subject", "period", "amount", "mode", "unpriced", "enabled", "created_at", "updated_at",
)  # fmt: skip


class BudgetShape(Shape):
    """A budget, with how it stands now."""

    id: str
    name: str
    scope: Scope
    subject: str | None
    title: str
    """What people call its subject."""
    period: Period
    amount: int
    """Micro-USD."""
    currency: Literal["USD"] = "USD"
    mode: Mode
    unpriced: Unpriced
    enabled: bool
    created_at: int
    updated_at: int | None
    resets_at: int | None
    """When the next period begins; null where it is counted in all."""
    counters: list[CounterShape]
    """The fullest first: one where it has a subject, else one for each that has spent anything, at most 100."""

    @classmethod
    def of(cls, view: BudgetView) -> BudgetShape:
        """Return a budget as it is shown."""
        made = {name: getattr(view.budget, name) for name in _OWN}
        counters = [
            CounterShape(
                subject=each.subject,
                period=each.period,
                reserved=each.reserved,
                spent=each.spent,
                left=view.budget.amount - each.reserved - each.spent,
            )
            for each in view.counters
        ]
        return cls(**made, title=view.title, resets_at=view.resets_at, counters=counters)


class RuleShape(Ask):
    """What one unit of something costs, in USD or in the provider's credits, where some parameters have some values."""

    per: Literal["request", "image", "second", "character", "token", "megapixel"]
    usd: Annotated[Decimal, Field(ge=0, le=1_000_000)] | None = None
    credits: Annotated[Decimal, Field(ge=0, le=1_000_000_000)] | None = None
    when: Annotated[dict[str, Any], Field(max_length=16)] = Field(default_factory=dict)
    """Parameters with the value, or the list of values, for which the rule holds."""

    @model_validator(mode="after")
    def _one_currency(self) -> RuleShape:
        if (self.usd is None) == (self.credits is None):
            raise ValueError("give one of `usd` and `credits`")
        return self


Rate = Annotated[Decimal, Field(ge=0, le=1_000_000_000)]


class PriceAsk(Ask):
    """Set what a model costs here, in place of what the catalog says."""

    rates: Annotated[dict[Annotated[str, Field(min_length=1, max_length=64)], Rate], Field(max_length=32)] = Field(
        default_factory=dict
    )
    """USD for a million of a unit: `input`, `output`, `characters` …, by the names that the provider's sheet uses."""
    rules: Annotated[list[RuleShape], Field(max_length=200)] = Field(default_factory=list)
    """What a picture, a second … costs; the first rule of a unit that fits counts."""
    credit: Rate | None = None
    """USD for one credit, where rules are in credits."""
    currency: Literal["USD"] = "USD"
    source: Annotated[str, Field(max_length=500)] = ""
    """Where the figures are from: a contract, a page."""
    checked_on: date | None = None
    """When they were last seen there; without one, today."""

    @model_validator(mode="after")
    def _something(self) -> PriceAsk:
        if not self.rates and not self.rules:
            raise ValueError("give `rates` or `rules`")
        if self.credit is None and any(rule.credits is not None for rule in self.rules):
            raise ValueError("`credit` says what one credit costs in USD; rules in credits need it")
        return self


class PriceShape(Shape):
    """What a model costs, and who says so."""

    provider: str
    model: str
    title: str
    media: Media | None
    """Null for a model that the catalog does not know."""
    origin: Literal["catalog", "own"]
    """`own` was set in this workspace, and counts."""
    rates: dict[str, str]
    """USD for a million of a unit."""
    rules: list[dict[str, Any]]
    credit: str | None
    """USD for one credit."""
    source: str
    checked_on: str
    retires_on: str | None
    replaced_by: str | None

    @classmethod
    def of(cls, view: PriceView) -> PriceShape:
        """Return a price as it is shown: what was set here, or what the catalog says."""
        known, counts = view.known, view.own or view.known
        assert counts is not None  # noqa: S101 - a view is of one of the two
        return cls(
            provider=view.provider,
            model=view.model,
            title=known.title if known else view.model,
            media=known.media if known else None,
            origin="own" if view.own else "catalog",
            rates={unit: str(rate) for unit, rate in counts.rates.items()},
            rules=[rule_row(rule) for rule in counts.rules],
            credit=None if counts.credit is None else str(counts.credit),
            source=counts.source,
            checked_on=counts.checked_on.isoformat(),
            retires_on=known.retires_on.isoformat() if known and known.retires_on else None,
            replaced_by=known.replaced_by if known else None,
        )


class DriftShape(Shape):
    """How the estimates of one model fared against what it was settled at; money in micro-USD."""

    provider: str
    model: str | None
    settled: int
    """Attempts with a cost."""
    estimated: int
    """What they were expected to cost, the likely sums."""
    spend: int
    """What they were settled at."""
    difference: int
    """`spend` less `estimated`."""
    ratio: float | None
    """`spend` by `estimated`; null where nothing was expected."""
    outside: int
    """Attempts whose cost was not between their least and their most."""
    reported: int
    """Attempts whose cost the provider told."""
    computed: int
    """Attempts whose cost was computed from what was used."""
    guessed: int
    """Attempts whose cost is nothing but the estimate."""


class DriftListing(Shape):
    """How estimates fared, the dearest model first."""

    days: int
    items: list[DriftShape]


class PartShape(Shape):
    """One thing that an asset's full cost is made of, in micro-USD."""

    kind: Literal["made", "failed", "variants", "input"]
    """`made`: its share of its attempt; `failed`: its share of other attempts of its job; `variants`: what else was
    tried at the same place of the same question; `input`: the full cost of an asset that it was made from."""
    id: str
    """An attempt, a job, or an asset."""
    cost: int
    source: str | None
    """`reported`, `computed` or `estimated`, where it is of one attempt."""


class AssetCostShape(Shape):
    """What an asset cost, in micro-USD."""

    asset: str
    own: int
    """Its share of the attempt that made it."""
    full: int
    """All that was paid to get it: the sum of the parts."""
    currency: Literal["USD"] = "USD"
    parts: list[PartShape]


class LedgerShape(Shape):
    """Whether counters and figures agree with the ledger."""

    counters: int
    """Counters of budgets that did not."""
    tallies: int
    """Days of figures that did not."""
    mended: bool
