"""What money may be spent on what, until when; and what one job takes up of that. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Protocol

from .model import FINAL

Scope = Literal["workspace", "key", "account", "provider", "preset", "run"]
"""What a budget is for; `run` is a run of a workflow, with all that it starts."""
Period = Literal["day", "month", "total"]
Mode = Literal["hard", "warning"]
"""`hard` refuses what does not fit; `warning` tells of it and lets it pass."""
Unpriced = Literal["allow", "refuse"]
"""What becomes of work of which nobody knows the price: taken while anything is left, or refused."""
CURRENCIES: tuple[str, ...] = ("USD",)
"""The currencies in which budgets are kept."""

OPEN = ("prepared", "sending", "accepted", "unknown")
"""States of an attempt that may still cost something."""
_CHOSEN: tuple[Scope, ...] = ("account", "provider")
"""Scopes that depend on which candidate is tried."""


@dataclass(frozen=True, slots=True)
class Budget:
    """So much money for one subject, or for each one of a kind."""

    id: str
    workspace: str
    name: str
    scope: Scope
    subject: str | None
    """The id of the key, account, preset or workflow, or the name of the provider; None is each one by itself."""
    period: Period
    amount: int
    """Micro-USD."""
    mode: Mode
    unpriced: Unpriced
    enabled: bool
    created_at: int
    updated_at: int | None = None

    def span(self, at: int) -> str:
        """Return the name of the period in which a time lies: a date, a month, or nothing; times are UTC."""
        moment = datetime.fromtimestamp(at / 1000, UTC)
        return {"day": f"{moment:%Y-%m-%d}", "month": f"{moment:%Y-%m}"}.get(self.period, "")

    def began(self, at: int) -> int:
        """Return when the period began in which a time lies; one in all begins with its budget."""
        moment = datetime.fromtimestamp(at / 1000, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        if self.period == "total":
            return self.created_at
        return _ms(moment if self.period == "day" else moment.replace(day=1))

    def resets_at(self, at: int) -> int | None:
        """Return when the next period begins; None where there is no next."""
        if self.period == "total":
            return None
        began = datetime.fromtimestamp(self.began(at) / 1000, UTC)
        return _ms((began + timedelta(days=1 if self.period == "day" else 32)).replace(**self._first()))

    def _first(self) -> Mapping[str, Any]:
        return {"day": 1} if self.period == "month" else {}


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


class JobRow(Protocol):
    """What is read of a job."""

    @property
    def state(self) -> str:
        """Its state."""
        ...

    @property
    def plan(self) -> Sequence[Mapping[str, Any]]:
        """Its candidates; none for a composite."""
        ...

    @property
    def position(self) -> int:
        """The candidate that is tried now."""
        ...


class AttemptRow(Protocol):
    """What is read of an attempt."""

    @property
    def state(self) -> str:
        """Its state."""
        ...

    @property
    def account(self) -> str:
        """Its account."""
        ...

    @property
    def provider(self) -> str:
        """Its provider."""
        ...

    @property
    def cost(self) -> int | None:
        """What it cost."""
        ...

    @property
    def estimate_high(self) -> int | None:
        """What it may cost at most."""
        ...

    @property
    def sweep_at(self) -> int | None:
        """When it is looked at again, if it was left behind."""
        ...


@dataclass(frozen=True, slots=True)
class Due:
    """What a job takes up of a budget."""

    reserved: int
    """For what it may still cost."""
    spent: int
    """For what it has cost."""

    @property
    def total(self) -> int:
        """Both together."""
        return self.reserved + self.spent


def due(job: JobRow, tried: Iterable[AttemptRow], scope: Scope, subject: str) -> Due:
    """Return what a job takes up of a budget for a subject, from its candidates and its attempts.

    A job that goes on holds the dearest candidate that it may still try; one of a provider or an account only what is
    tried now. An attempt that was left behind, or of which nobody knows how it ended, holds its own ceiling.
    """
    mine = [attempt for attempt in tried if scope not in _CHOSEN or getattr(attempt, scope) == subject]
    spent = sum(attempt.cost or 0 for attempt in mine)
    ended = job.state in FINAL
    left = [attempt for attempt in mine if _is_left(attempt, ended=ended)]
    reserved = sum(attempt.estimate_high or 0 for attempt in left)
    return Due(reserved + (0 if ended else ceiling(candidates(job, scope, subject))), spent)


def _is_left(attempt: AttemptRow, *, ended: bool) -> bool:
    if attempt.state == "unknown" or (attempt.state == "accepted" and attempt.sweep_at is not None):
        return True
    return ended and attempt.state in OPEN


def candidates(job: JobRow, scope: Scope, subject: str) -> list[Mapping[str, Any]]:
    """Return the candidates of a job that a budget for a subject has to pay for."""
    if scope not in _CHOSEN:
        return list(job.plan[job.position :])
    return [row for row in job.plan[job.position : job.position + 1] if subject == subject_of(row, scope)]


def subject_of(row: Mapping[str, Any], scope: Scope) -> str:
    """Return the account or the provider of a candidate."""
    return str(row["account"] if scope == "account" else row["action"].split(".")[1])


def ceiling(rows: Iterable[Mapping[str, Any]]) -> int:
    """Return what the dearest of these candidates may cost."""
    return max((row["price"]["high"] for row in rows if row.get("price")), default=0)


def unpriced(rows: Iterable[Mapping[str, Any]]) -> bool:
    """Tell whether nobody knows what some of these candidates cost."""
    return any(not row.get("price") for row in rows)
