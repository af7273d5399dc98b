"""A burst of jobs on three accounts with limits, and what their providers saw of it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.scenarios.fleet import Fleet
from tests.scenarios.trio import configure, twins
from tests.twins.running import Twin

LIMITS: Sequence[Mapping[str, int]] = (
    {"concurrency": 6},
    {"concurrency": 4, "per_minute": 8},
    {"concurrency": 3, "per_day": 6},
)
"""What each of the three accounts may."""


@dataclass(frozen=True)
class Seen:
    """What one provider saw, by its own clock."""

    spans: Sequence[tuple[float, float]]
    """When each request was taken and when it was answered, in order."""

    @property
    def at_once(self) -> int:
        """The most requests that were ever under way together."""
        edges = sorted([(start, 1) for start, _ in self.spans] + [(end, -1) for _, end in self.spans])
        return max(itertools.accumulate(change for _, change in edges), default=0)

    def within(self, seconds: float) -> int:
        """Return the most requests that were taken within so many seconds."""
        starts = sorted(start for start, _ in self.spans)
        return max((sum(first <= each < first + seconds for each in starts) for first in starts), default=0)

    def used(self, slots: int) -> float:
        """Return the share of its slots that was busy while jobs waited: since all were, until the last was taken."""
        full, last = self._full_since(slots), max(start for start, _ in self.spans)
        busy = sum(max(0.0, min(end, last) - max(start, full)) for start, end in self.spans)
        return busy / (slots * (last - full))

    def _full_since(self, slots: int) -> float:
        starts = sorted(start for start, _ in self.spans)
        return next(at for at in starts if sum(start <= at < end for start, end in self.spans) == slots)


def seen(twin: Twin) -> Seen:
    """Read a provider's bill and log."""
    twin.settle()
    taken = {line["marker"]: line["at"] for line in twin.bill()}
    answered = {line["marker"]: line["at"] for line in twin.log("submit")}
    return Seen(sorted((taken[marker], answered[marker]) for marker in taken))


def burst(
    folder: Path,
    jobs: int,
    *,
    latency: float,
    database: str = "",
    workers: int = 0,
    patience_s: float = 90,
    settled: bool = False,
) -> list[Seen]:
    """Send jobs all at once to three accounts of one provider, each on a server of its own; return what these saw.

    With `settled`, what a start leaves to do later is done before, and every process has run something.
    """
    home = folder / "home"
    configure(home, database_url=database, answer_s=60)
    with twins(folder, 1, latency=latency) as several:
        fleet = Fleet(home, {"MAQUETTE_RUNS_JOBS": "false"} if workers else {})
        try:
            fleet.start()
            for _ in range(workers):
                fleet.hire(30)
            for number, twin in enumerate(several.twins):
                settings = {"api_key": "sk-twin", "base_url": f"{twin.url}/v1"}
                body = {"provider": "openai", "name": f"nr {number}", "settings": settings, **LIMITS[number]}
                status, answer = fleet.ask("POST", "/api/v1/accounts", body)
                assert status == 201, answer
            before = _settle(fleet) if settled else 0
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(lambda number: _send(fleet, number), range(jobs)))
            _wait(fleet, before + jobs, patience_s)
            return [seen(twin) for twin in several.twins]
        finally:
            fleet.close()


def _settle(fleet: Fleet) -> int:
    """Let every process run texts of the built-in writer, and rest; return how many."""
    count = 24
    for number in range(count):
        fleet.ask("POST", "/api/v1/jobs", {"action": "media.writer.txt2txt", "params": {"prompt": f"word {number}"}})
    _wait(fleet, count, 60)
    time.sleep(5)  # some seconds after its start a server looks for local ones, and small pictures are drawn
    return count


def _send(fleet: Fleet, number: int) -> None:
    body = {"action": "media.openai.txt2txt", "params": {"prompt": f"a word [[m:burst{number}]]"}}
    status, answer = fleet.ask("POST", "/api/v1/jobs", body)
    assert status == 202, answer


def _wait(fleet: Fleet, jobs: int, patience_s: float) -> None:
    end = time.monotonic() + patience_s
    while (done := fleet.ask("GET", "/api/v1/stats?days=1")[1]["totals"]["succeeded"]) < jobs:
        assert time.monotonic() < end, f"{done} of {jobs} jobs are done"
        time.sleep(0.3)
