"""Draw seeded faults, at most one for each request.

A draw depends on the seed, the phase, the key (a marker or an id) and how often that key came before. It does not
depend on what other requests do meanwhile, so that a seed means the same storm at any concurrency.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Phase = Literal["connect", "arrival", "submit", "poll", "download", "side", "socket"]

REFUSALS = (
    "status_401",
    "payment_402",
    "quota_429",
    "rate_seconds",
    "rate_date",
    "rate_body",
    "rate_bare",
    "moderation",
    "error_unbilled",
)
BILLED = (
    "reset_billed",
    "reset_midway",
    "hang",
    "drip",
    "truncate",
    "malformed",
    "empty",
    "html",
    "no_id",
    "error_billed",
)
KINDS: Mapping[Phase, tuple[str, ...]] = {
    "connect": ("refuse",),
    "arrival": ("reset_unread",),
    "submit": REFUSALS + BILLED,
    "poll": ("poll_404", "poll_500", "poll_flap", "poll_malformed"),
    "download": ("download_reset", "download_truncate", "download_500"),
    "side": ("side_500", "side_reset"),
    "socket": ("socket_drop",),
}
SUBMIT_PHASES: tuple[Phase, ...] = ("connect", "arrival", "submit")
ALL_KINDS = frozenset(kind for kinds in KINDS.values() for kind in kinds)
FLAPS = 3


@dataclass(frozen=True)
class Conditions:
    """Say how bad the storm is and how slow the provider.

    Attributes:
        rate: Share of submits that meet a fault, from 0 to 1.
        elsewhere: The same for polls, downloads, sockets and side calls; `None` means as `rate`.
        kinds: The fault names that may be drawn.
        hang: Seconds that a hanging answer waits before it completes.
        drip: Seconds that a dripping answer takes in all.
        latency: Seconds between acceptance and a direct answer.
        step_delay: Seconds that one sampler step takes.
        retry_after: Seconds that a 429 asks for.
    """

    rate: float = 0.0
    elsewhere: float | None = None
    kinds: frozenset[str] = ALL_KINDS
    hang: float = 4.0
    drip: float = 1.0
    latency: float = 0.0
    step_delay: float = 0.01
    retry_after: int = 1

    def changed(self, changes: Mapping[str, Any]) -> Conditions:
        """Return these conditions with some fields replaced.

        Raises:
            ValueError: A name is unknown, or a value is outside its range.
        """
        unknown = set(changes) - set(asdict(self))
        kinds = frozenset(changes.get("kinds", self.kinds))
        if unknown or kinds - ALL_KINDS:
            message = f"unknown names: {sorted(unknown | (kinds - ALL_KINDS))}"
            raise ValueError(message)
        return replace(self, **{**changes, "kinds": kinds})

    def shown(self) -> dict[str, Any]:
        """Return the conditions as JSON can carry them."""
        return {**asdict(self), "kinds": sorted(self.kinds)}


class Storm:
    """Decide which request meets which fault."""

    def __init__(self, seed: int, conditions: Conditions) -> None:
        self.seed = seed
        self.conditions = conditions
        self._turns: Counter[tuple[Phase, str]] = Counter()
        self._flaps: Counter[str] = Counter()
        self._lost: set[str] = set()

    def draw(self, phase: Phase, key: str = "") -> str | None:
        """Draw the fault of the next request of a phase and key, or none."""
        self._turns[phase, key] += 1
        kinds = [kind for kind in KINDS[phase] if kind in self.conditions.kinds]
        chance = self.chance(phase, key)
        if not kinds or chance.random() >= self._probability(phase, len(kinds)):
            return None
        return chance.choice(kinds)

    def poll(self, key: str) -> str | None:
        """Draw the fault of a poll; a 404 comes once for a key, and flapping alternates for a while."""
        if self._flaps[key]:
            self._flaps[key] -= 1
            return None if self._flaps[key] % 2 else "poll_flap"
        fault = self.draw("poll", key)
        if fault == "poll_404" and key in self._lost:
            return None
        if fault == "poll_404":
            self._lost.add(key)
        if fault == "poll_flap":
            self._flaps[key] = FLAPS
        return fault

    def chance(self, phase: Phase, key: str) -> Random:
        """Return the generator of the present turn of a key."""
        return Random(f"{self.seed}/{phase}/{key}/{self._turns[phase, key]}")

    def _probability(self, phase: Phase, enabled: int) -> float:
        rate, elsewhere = self.conditions.rate, self.conditions.elsewhere
        if phase not in SUBMIT_PHASES:
            return rate if elsewhere is None else elsewhere
        # The three phases of a submit share the rate, so that each kind of fault is about equally likely.
        everything = sum(kind in self.conditions.kinds for each in SUBMIT_PHASES for kind in KINDS[each])
        return rate * enabled / everything
