"""Secrets by reference, the master key and the configuration on the command line, against the real server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SECRET = "sk-" + "0123456789" * 3


def maquette(home: Path, *words: object, code: int = 0, **extra: str) -> str:
    """Run one command in a process of its own and return what it says."""
    environ = {"PATH": os.environ["PATH"], "MAQUETTE_HOME": str(home), **extra}
    done = subprocess.run(
        [sys.executable, "-m", "maquette.cli", *map(str, words)],
        capture_output=True,
        text=True,
        env=environ,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, done.stdout[-2000:] + done.stderr[-2000:]
    assert SECRET not in done.stdout + done.stderr
    return done.stdout + done.stderr


def listed(home: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(maquette(home, "accounts", "list", "--json"))
    return [row for row in found if row["provider"] == "openai"]


def kept(home: Path) -> bytes:
    return b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())


@pytest.mark.accepts("S3.47")
def test_a_reference_is_kept_in_a_private_file_and_followed_by_the_server_of_this_home(
    served: Path, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text(SECRET)
    maquette(served, "accounts", "add", "openai", "--name", "kept", "--api-key", f"command:cat {tmp_path / 'key'}")
    (account,) = listed(served)
    assert (account["name"], account["origin"], account["secrets"]) == ("kept", "config", ["api_key"])
    assert (served / "references.json").stat().st_mode & 0o777 == 0o600
    assert SECRET.encode() not in kept(served)
    told = maquette(served, "accounts", "add", "openai", "--name", "kept", "--api-key", "env:SOME_KEY", code=2)
    assert "already" in told
    told = maquette(served, "accounts", "add", "openai", "--set", "no_such=1", "--api-key", "env:SOME_KEY", code=2)
    assert "no_such" in told
    assert len(json.loads((served / "references.json").read_text())["accounts"]) == 1, "what is refused is not kept"
    maquette(served, "accounts", "remove", "kept", "--yes")
    assert listed(served) == []


def test_a_file_of_references_that_others_could_write_is_not_believed(home: Path) -> None:
    (home / "references.json").write_text('{"accounts": []}')
    (home / "references.json").chmod(0o666)
    assert "chmod 600" in maquette(home, "accounts", "list", code=2)


def test_references_are_not_for_the_server_of_another_machine(home: Path) -> None:
    words = ["--url", "http://127.0.0.1:9", "accounts", "add", "openai", "--api-key", "command:true"]
    assert maquette(home, *words, code=3)


def test_the_master_key_is_replaced_and_everything_goes_on(home: Path) -> None:
    maquette(home, "accounts", "add", "openai", "--name", "mine", "--api-key", SECRET)
    token = (home / "admin.key").read_text()
    before = (home / "master.key").read_bytes()
    assert "1 accounts" in maquette(home, "accounts", "rekey")
    assert (home / "master.key").read_bytes()[:32] != before[:32]
    assert [row["name"] for row in listed(home)] == ["mine"]
    assert (home / "admin.key").read_text() == token, "the tokens that people hold go on working"
    assert "master_key.replaced" in maquette(home, "audit", "--json")
    (home / "master.key").write_bytes(b"z" * 32)
    told = maquette(home, "accounts", "rekey", code=2)
    assert str(home / "master.key") in told
    assert "backup" in told


def test_the_configuration_goes_into_a_file_and_comes_back(home: Path, tmp_path: Path) -> None:
    maquette(home, "accounts", "add", "openai", "--name", "mine", "--api-key", SECRET)
    maquette(home, "config", "export", tmp_path / "all.json")
    assert SECRET not in (tmp_path / "all.json").read_text()
    second = tmp_path / "second"
    told = maquette(second, "config", "import", tmp_path / "all.json")
    assert "'mine' is off until you enter: api_key" in told
    (tmp_path / "newer.json").write_text('{"version": 99}')
    assert "99" in maquette(second, "config", "import", tmp_path / "newer.json", code=4)
