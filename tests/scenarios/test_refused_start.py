"""Databases that cannot be used: the server ends with 2, says why, and leaves them as they were."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.scenarios.fleet import Fleet, Json

PAINT: Json = {"action": "media.painter.txt2img", "params": {"prompt": "a red disc", "width": 64, "height": 64}}


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which a server has run and made something."""
    home = tmp_path_factory.mktemp("used")
    with served(home) as fleet:
        assert fleet.ask("POST", "/api/v1/jobs", PAINT, prefer="wait=30")[1]["state"] == "succeeded"
    return home


@pytest.fixture
def home(used: Path, tmp_path: Path) -> Path:
    """A copy of that home."""
    return Path(shutil.copytree(used, tmp_path / "home"))


@contextmanager
def served(home: Path, **settings: str) -> Iterator[Fleet]:
    fleet = Fleet(home, settings=settings)
    try:
        fleet.start()
        yield fleet
    finally:
        fleet.close()


def refusal(home: Path, **settings: str) -> str:
    """Start a server that must not start; return its words."""
    fleet = Fleet(home, settings=settings)
    done = subprocess.run(
        [sys.executable, "-m", "maquette.api"],
        cwd=home,
        env=fleet.environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2, (done.returncode, done.stderr)
    assert "Traceback" not in done.stderr
    return done.stderr


def changed(home: Path, statement: str) -> None:
    with closing(sqlite3.connect(home / "maquette.db")) as database, database:
        database.execute(statement)


def test_a_database_of_a_newer_version_is_left_alone(home: Path) -> None:
    changed(home, "UPDATE alembic_version SET version_num = '9999'")
    before = (home / "maquette.db").read_bytes()
    said = refusal(home)
    assert "'9999'" in said
    assert "newer version" in said
    assert (home / "maquette.db").read_bytes() == before


def test_a_file_that_is_no_database_is_named_and_left_alone(home: Path) -> None:
    for path in home.glob("maquette.db*"):
        path.unlink()
    (home / "maquette.db").write_bytes(b"this is a letter, and no database\n" * 200)
    assert "database" in refusal(home)
    assert (home / "maquette.db").read_bytes().startswith(b"this is a letter")


def test_a_database_that_cannot_be_written_is_told_at_the_start(home: Path) -> None:
    before = (home / "maquette.db").read_bytes()
    said = refusal(home, MAQUETTE_DATABASE_URL=f"sqlite:///file:{home}/maquette.db?mode=ro&uri=true")
    assert "readonly" in said.replace("-", "")
    assert "writable" in said
    assert (home / "maquette.db").read_bytes() == before


def test_a_lock_of_another_program_is_waited_for_and_nothing_is_lost(home: Path) -> None:
    with served(home) as fleet, closing(sqlite3.connect(home / "maquette.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        told: list[tuple[int, Json]] = []
        asking = threading.Thread(target=lambda: told.append(fleet.ask("POST", "/api/v1/jobs", PAINT)))
        asking.start()
        assert fleet.ask("GET", "/api/v1/jobs")[0] == 200
        asking.join(0.5)
        assert told == []
        other.execute("ROLLBACK")
        asking.join(30)
        ((status, job),) = told
        assert status == 202
        assert len([found for found in fleet.jobs() if found["id"] == job["id"]]) == 1
