"""`./run` works from anywhere, on little, and says what is wrong."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.tree import ROOT

RUN = ROOT / "run"


def called(*arguments: str, cwd: Path, path: str, script: Path = RUN) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(script), *arguments],
        cwd=cwd,
        env={"PATH": path, "HOME": str(cwd)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(("shell", "script"), [("sh", "run"), ("bash", ".ci/run")])
def test_a_script_parses_and_may_be_executed(shell: str, script: str) -> None:
    subprocess.run([shell, "-n", str(ROOT / script)], check=True, timeout=60)
    assert (ROOT / script).stat().st_mode & 0o111


def test_help_is_given_from_another_folder_with_an_empty_home(tmp_path: Path) -> None:
    done = called("help", cwd=tmp_path, path="/usr/bin:/bin")
    assert done.returncode == 0
    assert all(word in done.stdout for word in ("demo", "serve", "test", "lint", "bench"))
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_command_is_refused_by_name(tmp_path: Path) -> None:
    done = called("dmeo", cwd=tmp_path, path="/usr/bin:/bin")
    assert done.returncode != 0
    assert "unknown command 'dmeo'" in done.stderr


def test_a_machine_without_a_new_python_is_told_so(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("sh", "cat", "cksum", "dirname"):
        (tools / tool).symlink_to(shutil.which(tool) or tool)
    # An old Python, and a version manager's placeholder: both are there, neither serves.
    for name in ("python3", "python3.12"):
        (tools / name).write_text("#!/bin/sh\nexit 1\n")
        (tools / name).chmod(0o755)
    script = tmp_path / "copy" / "run"
    script.parent.mkdir()
    shutil.copy(RUN, script)
    for name in ("pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, script.parent / name)
    done = called("demo", cwd=tmp_path, path=str(tools), script=script)
    assert done.returncode != 0
    assert "Python 3.11 or newer was not found" in done.stderr
    assert not (script.parent / ".venv").exists()


@pytest.mark.parametrize(
    ("closing", "code"), [("=== 12 passed in 3.21s ===", 0), ("=== 1 failed, 11 passed in 3.21s ===", 1)]
)
def test_ci_ends_with_the_closing_line_of_pytest_and_its_verdict(tmp_path: Path, closing: str, code: int) -> None:
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci" / "run")
    stand_in = tmp_path / "run"
    stand_in.write_text(f'#!/bin/sh\n[ "$1" = lint ] && exit 0\necho "{closing}"\necho "left over"\nexit {code}\n')
    stand_in.chmod(0o755)
    done = subprocess.run([tmp_path / ".ci" / "run"], cwd="/", capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == code
    assert done.stdout.splitlines()[-1].endswith(closing)
