"""Identifiers sort by the time at which they were made."""

from __future__ import annotations

import re
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from maquette.core import ids


@pytest.mark.accepts("S0.63")
def test_ids_are_a_label_and_a_version_7_uuid() -> None:
    made = ids.new_id("job")
    assert re.fullmatch(r"job_[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}", made)
    assert uuid.UUID(ids.as_uuid(made)).hex == made.removeprefix("job_")


@pytest.mark.accepts("S0.63")
def test_each_id_is_greater_than_the_one_before() -> None:
    made = [ids.new_id("job") for _ in range(20_000)]
    assert made == sorted(set(made))


@pytest.mark.accepts("S0.63")
def test_ids_keep_their_order_when_many_threads_ask() -> None:
    with ThreadPoolExecutor(8) as pool:
        parts = list(pool.map(lambda _: [ids.uuid7().int for _ in range(2000)], range(8)))
    assert all(part == sorted(part) for part in parts)
    assert len({value for part in parts for value in part}) == 16_000


def test_an_id_tells_when_it_was_made() -> None:
    before = time.time_ns() // 1_000_000
    made = ids.uuid7().int >> 80
    # The counter may run ahead of the clock by what other tests have drawn within one millisecond.
    assert before <= made <= time.time_ns() // 1_000_000 + 1


def test_ids_go_on_rising_when_the_clock_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    first = ids.uuid7()
    monkeypatch.setattr(ids.time, "time_ns", lambda: 0)
    later = [ids.uuid7() for _ in range(5)]
    assert [first, *later] == sorted({first, *later})


def test_a_bound_of_time_parts_the_ids_made_before_from_those_made_after() -> None:
    made = ids.new_id("job")
    at = int(made.removeprefix("job_")[:12], 16)
    assert ids.earliest("job", at) < made < ids.earliest("job", at + 1)
    assert ids.earliest("job", 0) < ids.earliest("job", 10)
