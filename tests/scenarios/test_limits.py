"""Three accounts in a burst are never asked for more than is set, and none of them idles while jobs wait."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.scenarios.burst import LIMITS, Seen, burst

JOBS = 32
LATENCY_S = 5.0


def check(found: Sequence[Seen]) -> None:
    print([(each.at_once, each.within(60), len(each.spans)) for each in found], round(found[0].used(6), 3))
    assert sum(len(each.spans) for each in found) == JOBS
    for each, limits in zip(found, LIMITS, strict=True):
        assert each.at_once == limits["concurrency"], "never more at once, and all of it is used"
    assert found[1].within(60) == LIMITS[1]["per_minute"]
    assert len(found[2].spans) == LIMITS[2]["per_day"]
    assert found[0].used(LIMITS[0]["concurrency"]) >= 0.9


@pytest.mark.accepts("S1.41", "S1.48", "S3.10")
def test_a_burst_on_three_accounts_keeps_every_limit_and_uses_what_is_free_on_sqlite(tmp_path: Path) -> None:
    check(burst(tmp_path, JOBS, latency=LATENCY_S))


@pytest.mark.accepts("S1.41", "S1.48", "S3.10")
def test_a_burst_on_three_accounts_keeps_every_limit_and_uses_what_is_free_with_two_workers_on_postgres(
    tmp_path: Path, postgres_database: str
) -> None:
    check(burst(tmp_path, JOBS, latency=LATENCY_S, database=postgres_database, workers=2))
