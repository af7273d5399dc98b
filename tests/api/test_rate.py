"""A bucket lets a minute's worth through at once, then as fast as it refills."""

from __future__ import annotations

import pytest

from maquette.api.rate import Buckets
from maquette.core.errors import TooManyRequests


class Hands:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> int:
        return round(self.at * 1000)

    def monotonic(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds


def test_a_minute_s_worth_passes_and_then_one_at_a_time() -> None:
    clock = Hands()
    buckets = Buckets(6, clock)
    for _ in range(6):
        buckets.take("a")
    with pytest.raises(TooManyRequests) as refused:
        buckets.take("a")
    assert refused.value.retry_after == pytest.approx(10)
    buckets.take("b")
    clock.at += 9.9
    with pytest.raises(TooManyRequests):
        buckets.take("a")
    clock.at += 0.2
    buckets.take("a")


def test_a_long_pause_fills_a_bucket_no_further_than_full() -> None:
    clock = Hands()
    buckets = Buckets(2, clock)
    clock.at += 3600
    buckets.take("a")
    buckets.take("a")
    with pytest.raises(TooManyRequests):
        buckets.take("a")
