"""Figures over HTTP are those of the jobs that ran."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import httpx2
import pytest

from tests.api.running import ACTION, made


@pytest.mark.accepts("S1.79")
def test_the_figures_are_those_of_the_jobs_that_ran(admin: httpx2.Client) -> None:
    end = time.monotonic() + 30  # what other tests of this server left under way counts when it ends
    while admin.get("/api/v1/jobs?state=queued,running&limit=1").json()["items"] and time.monotonic() < end:
        time.sleep(0.05)  # there is no event for the rest of a server
    before = admin.get("/api/v1/stats?days=2").json()
    made(admin, prompt="one more")
    refused = {"action": "media.typesetter.document", "params": {"prompt": "x"}}
    failed = admin.post("/api/v1/jobs", json=refused, headers={"Prefer": "wait=30"}).json()
    assert failed["state"] == "failed"
    after = admin.get("/api/v1/stats?days=2").json()
    assert [len(found["jobs"]) for found in (before, after)] == [2, 2]
    assert after["totals"]["succeeded"] == before["totals"]["succeeded"] + 1
    assert after["totals"]["failed"] == before["totals"]["failed"] + 1
    assert sum(day["succeeded"] + day["failed"] + day["cancelled"] for day in after["jobs"]) == after["totals"]["jobs"]
    assert after["jobs"][-1]["day"] >= datetime.now(UTC).date().isoformat()[:8]
    painter = next(row for row in after["providers"] if row["provider"] == "painter")
    assert painter["title"] != "painter"
    assert painter["succeeded"] >= 1
    assert 0 <= painter["p50_ms"] <= painter["p95_ms"]
    totals, was = after["totals"], before["totals"]
    assert (totals["struck"], totals["recovered"]) == (was["struck"] + 1, was["recovered"])
    assert totals["recovery_rate"] == totals["recovered"] / totals["struck"]
    assert totals["mean_ms"] >= 1
    action = next(row for row in after["actions"] if row["action"] == ACTION)
    assert action["count"] >= action["succeeded"] >= 1
    assert after["as_of"] > before["as_of"]


def test_the_days_asked_for_are_bounded(admin: httpx2.Client) -> None:
    assert len(admin.get("/api/v1/stats").json()["jobs"]) == 14
    for wrong in ("0", "367", "x"):
        assert admin.get(f"/api/v1/stats?days={wrong}").status_code == 422
