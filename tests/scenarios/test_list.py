"""A list whose server is killed in its middle: every row is made, none is paid twice."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.fleet import Fleet
from tests.twins.running import running

ROWS = 6


def until(found: Callable[[], Any], patience: float = 90) -> Any:
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if value := found():
            return value
        time.sleep(0.05)
    raise AssertionError("what was waited for did not come")


@pytest.mark.accepts("S1.55", "S4.20", "S4.21")
def test_a_list_outlives_a_kill_and_pays_for_each_row_once(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    fleet = Fleet(tmp_path / "home")
    with running("fal", tmp_path, looks=2) as twin:
        try:
            fleet.start()
            settings = {"base_url": twin.url, "platform_url": f"{twin.url}/v1", "api_key": "sk-twin"}
            status, told = fleet.ask("POST", "/api/v1/accounts", {"provider": "fal", "name": "f", "settings": settings})
            assert status == 201, told
            rows = [{"prompt": f"a crane {number}"} for number in range(ROWS)]
            body = {"action": "media.fal.txt2img", "rows": rows, "at_once": 2}
            status, job = fleet.ask("POST", "/api/v1/lists", body)
            assert status == 202, job

            def rows_now() -> list[dict[str, Any]]:
                found: list[dict[str, Any]] = fleet.ask("GET", f"/api/v1/lists/{job['id']}")[1]["rows"]
                return found

            def known(row: dict[str, Any]) -> bool:
                attempts = fleet.ask("GET", f"/api/v1/jobs/{row['job']}")[1]["attempts"]
                return bool(attempts) and attempts[-1]["state"] == "accepted"

            def half() -> bool:
                rows = rows_now()
                under_way = [row for row in rows if row["state"] == "running"]
                # One is done, and those under way are known to the vendor: the kill comes in between their looks. While
                # one is on its way there, a kill leaves it in doubt, and a person is asked.
                return (
                    any(row["state"] == "succeeded" for row in rows)
                    and len(under_way) == 2
                    and all(map(known, under_way))
                )

            until(half)
            fleet.kill(fleet.server)
            before = len(twin.bill())
            assert before < ROWS
            fleet.start()
            ended = until(lambda: _final(fleet.ask("GET", f"/api/v1/jobs/{job['id']}")[1]))
            assert ended["state"] == "succeeded", ended
            assert ended["result"]["tally"] == {"succeeded": ROWS, "failed": 0, "skipped": 0, "total": ROWS}
            assert len(twin.bill()) == ROWS
            shown = rows_now()
            assert [len(row["assets"]) for row in shown] == [1] * ROWS
            assert len({row["job"] for row in shown}) == ROWS
            with zipfile.ZipFile(io.BytesIO(fleet.fetch(f"/api/v1/jobs/{job['id']}/archive"))) as archive:
                assert len(archive.namelist()) == ROWS + 2
        finally:
            fleet.close()


def _final(job: dict[str, Any]) -> dict[str, Any] | None:
    return job if job["state"] in ("succeeded", "failed", "cancelled") else None
