"""A full disk: nothing new is paid for, what cannot be kept is refused in words, and all goes on once there is room."""

from __future__ import annotations

import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.api.running import png
from tests.scenarios.fleet import Fleet, Json
from tests.scenarios.test_bad_input import upload

PAINT: Json = {"action": "media.painter.txt2img", "params": {"prompt": "a red disc", "width": 64, "height": 64}}
PATIENCE_S = 40.0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB in memory."""
    place = tmp_path / "disk"
    place.mkdir()
    try:
        subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", place], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this process may not mount a file system")
    yield place
    subprocess.run(["/bin/umount", "--lazy", place], check=True)


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "what was waited for did not come"
        time.sleep(0.05)


def filled(place: Path, leave: int) -> Path:
    """Fill a file system but for some bytes; return the file that does it."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(65536))
        except OSError:
            file.truncate(max(0, file.tell() - leave))
    return filler


def test_below_the_reserve_no_job_is_begun_and_it_says_what_it_waits_for(home: Path) -> None:
    fleet = Fleet(home, settings={"MAQUETTE_LIMITS__DISK_RESERVE_BYTES": str(2**60)})
    try:
        fleet.start()
        job = fleet.ask("POST", "/api/v1/jobs", PAINT)[1]["id"]
        until(lambda: fleet.ask("GET", f"/api/v1/jobs/{job}")[1]["waiting_for"] == "disk")
        waiting = fleet.ask("GET", f"/api/v1/jobs/{job}")[1]
        assert (waiting["state"], waiting["attempts"], waiting["assets"]) == ("waiting", [], [])
        assert waiting["wake_at"] > waiting["created_at"]
        fleet.close()
        with closing(sqlite3.connect(home / "maquette.db")) as database, database:
            database.execute("UPDATE jobs SET wake_at = 0")  # as if it had waited
        fleet.settings.clear()
        fleet.start()
        until(lambda: fleet.ask("GET", f"/api/v1/jobs/{job}")[1]["state"] == "succeeded")
    finally:
        fleet.close()


def test_on_a_full_disk_every_refusal_is_clear_and_nothing_is_left_half_written(small_disk: Path) -> None:
    home = small_disk / "home"
    home.mkdir()
    fleet = Fleet(home, settings={"MAQUETTE_LIMITS__DISK_RESERVE_BYTES": "0"})
    try:
        fleet.start()
        assert fleet.ask("POST", "/api/v1/jobs", PAINT, prefer="wait=30")[1]["state"] == "succeeded"
        filler = filled(small_disk, 16_384)
        status, problem = upload(fleet, png(512, 512) + bytes(200_000), "a.png", "image/png")
        assert (status, problem["code"]) in {(507, "storage_full"), (503, "store_unavailable")}, problem
        assert "disk" in problem["hint"].lower() or "writ" in problem["hint"].lower()
        told = [fleet.ask("POST", "/api/v1/jobs", PAINT) for _ in range(3)]
        assert {status for status, _ in told} <= {202, 503, 507}, told
        assert all(answer["hint"] for status, answer in told if status != 202)
        filler.unlink()
        until(lambda: fleet.ask("POST", "/api/v1/jobs", PAINT)[0] == 202)
        until(lambda: all(job["state"] in ("succeeded", "failed") for job in fleet.jobs()))
        failed = [job["error"] for job in fleet.jobs() if job["state"] == "failed"]
        assert {error["code"] for error in failed} <= {"storage_full", "store_unavailable", "offload_failed"}, failed
        made = [asset for job in fleet.jobs() for asset in job["assets"]]
        assert all(len(fleet.fetch(asset["urls"]["content"])) == asset["size"] for asset in made)
        assert [path for path in (home / "uploads").rglob("*") if path.is_file()] == []
    finally:
        fleet.close()
