"""Twins start, tell where they are, and end with the test that started them."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.twins.marker import MAGIC, asked, marker_in, packed
from tests.twins.picture import Picture, painted
from tests.twins.running import ROOT, running


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("name", ["openai", "comfyui"])
def test_a_twin_is_a_process_of_its_own_that_ends_with_the_block(tmp_path: Path, name: str) -> None:
    with running(name, tmp_path, seed=5) as twin:
        assert twin.pid != os.getpid()
        assert twin.state()["seed"] == 5
    assert not is_alive(twin.pid)
    assert twin.bill() == []


def test_a_twin_ends_when_its_parent_is_gone(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.twins.openai", "--folder", str(tmp_path), "--with-parent"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert set(json.loads(process.stdout.readline())) == {"port", "control", "pid"}
        process.stdin.close()
        assert process.wait(5) == 0


def test_a_twin_that_cannot_start_says_so(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="before it was ready"), running("openai", tmp_path, kinds=("earthquake",)):
        pass


def test_the_bill_of_a_restarted_twin_goes_on(tmp_path: Path) -> None:
    import openai

    for marker in ("first", "second"):
        with (
            running("openai", tmp_path) as twin,
            openai.OpenAI(base_url=f"{twin.url}/v1", api_key="sk-twin", max_retries=0) as client,
        ):
            client.responses.create(model="gpt-6-luna", input=f"[[m:{marker}]]")
    assert [line["marker"] for line in twin.bill()] == ["first", "second"]
    assert stat.S_ISREG((tmp_path / "bill.jsonl").stat().st_mode)


@pytest.mark.parametrize("size", [(64, 64), (128, 128), (1024, 640)])
@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
@pytest.mark.parametrize("marker", ["a", "att_0190a5f211117abc8def0123456789ab"])
def test_a_marker_survives_in_the_pixels(size: tuple[int, int], kind: str, marker: str) -> None:
    assert marker_in(painted(Picture(*size, "words", marker), kind)) == marker


def test_a_prompt_stamped_into_a_file_is_no_proof_that_it_was_made_by_a_twin() -> None:
    stamped = painted(Picture(128, 128, "words [[m:asked]]")) + b"[[m:asked]]"
    assert asked("words [[m:asked]]") == "asked"
    assert marker_in(stamped) is None
    assert marker_in(b"noise" + packed("found") + b"noise") == "found"
    assert marker_in(MAGIC + b"\x05wrong0000") is None
