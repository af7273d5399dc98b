"""How fast one key may start jobs: a bucket of tokens each, in memory."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from maquette.core.errors import TooManyRequests
from maquette.core.ports import Clock
from maquette.services.caller import Caller

_KEPT = 10_000


@dataclass(slots=True)
class Buckets:
    """Buckets that refill evenly and hold at most a minute's worth."""

    per_minute: int
    clock: Clock
    _levels: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, key: str, own: int | None = None) -> None:
        """Take one token; raises `TooManyRequests` with the time until there is one.

        Args:
            key: Whose bucket it is.
            own: How many a minute this key may take, where it has a bound of its own.
        """
        most = min(self.per_minute, own or self.per_minute)
        now, full = self.clock.monotonic(), float(most)
        level, seen = self._levels.pop(key, (full, now))
        level = min(full, level + (now - seen) * full / 60)
        self._levels[key] = (max(level - 1, 0.0) if level >= 1 else level, now)
        if len(self._levels) > _KEPT:
            self._levels.popitem(last=False)  # the one that asked longest ago is full again
        if level < 1:
            wait = (1 - level) * 60 / full
            raise TooManyRequests(f"This key may start {most} jobs a minute", retry_after=round(wait, 3))

    def take_of(self, caller: Caller) -> None:
        """Take one token of a caller; raises `TooManyRequests`."""
        self.take(caller.key or caller.workspace, caller.per_minute)
