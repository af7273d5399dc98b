"""References lead to secrets that are kept elsewhere; what goes wrong is told without telling any secret."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from typing_extensions import override

from maquette.core.errors import ConfigInvalid
from maquette.store import reference
from maquette.store.reference import follow

SECRET = "sk-kept-elsewhere"


class Ring(KeyringBackend):
    """A keyring in memory."""

    priority = 1  # type: ignore[assignment]

    @override
    def get_password(self, service: str, username: str) -> str | None:
        return SECRET if (service, username) == ("studio/openai", "me") else None

    @override
    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError


@pytest.mark.accepts("S3.47")
def test_each_kind_of_reference_leads_to_its_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", SECRET)
    (tmp_path / "key").write_text(f"{SECRET}\n")
    before = keyring.get_keyring()
    keyring.set_keyring(Ring())
    try:
        kinds = ["env:SOME_KEY", f"file:{tmp_path / 'key'}", "keyring:studio/openai/me", f"command:echo {SECRET}"]
        assert [follow("api_key", kind) for kind in [*kinds, SECRET]] == [SECRET] * 5
        with pytest.raises(ConfigInvalid, match="nothing for 'you'"):
            follow("api_key", "keyring:studio/openai/you")
    finally:
        keyring.set_keyring(before)


def test_a_command_is_no_line_of_a_shell(tmp_path: Path) -> None:
    said = follow("api_key", f"command:echo '$HOME' ; touch {tmp_path / 'made'}")
    assert said == f"$HOME ; touch {tmp_path / 'made'}"
    assert list(tmp_path.iterdir()) == []


def test_a_command_is_bounded_in_time_with_all_that_it_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "COMMAND_S", 0.3)
    note = tmp_path / "pid"
    began = time.monotonic()
    with pytest.raises(ConfigInvalid, match="longer"):
        follow("api_key", f"command:sh -c 'sleep 60 & echo $! > {note}; wait'")
    assert time.monotonic() - began < 5
    child = int(note.read_text())
    deadline = time.monotonic() + 5
    while Path(f"/proc/{child}").exists() and "\nState:\tZ" not in Path(f"/proc/{child}/status").read_text():
        assert time.monotonic() < deadline, "the child of the command goes on"
        time.sleep(0.02)


@pytest.mark.parametrize(
    "line",
    [
        f"sh -c 'echo {SECRET}; echo {SECRET} >&2; exit 3'",
        f"{sys.executable} -c 'print(\"{SECRET}\" * 10000)'",
        f"{sys.executable} -c 'import sys; sys.stdout.buffer.write(bytes([255, 254]))'",
        "true",
        "no-such-program-here",
        "echo 'unclosed",
        "",
    ],
)
def test_a_command_that_does_not_serve_is_named_and_nothing_that_it_said(
    line: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ConfigInvalid, match="api_key") as caught:
        follow("api_key", f"command:{line}")
    told = str(caught.value.problem()) + "".join(capfd.readouterr()) + caplog.text
    assert SECRET not in told


def test_a_command_sees_none_of_our_own_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAQUETTE_KEY", SECRET)
    assert "PATH" in os.environ
    assert SECRET not in follow("api_key", "command:env")
