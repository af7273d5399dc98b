"""Child processes: what they do, what stops them, and that the pool goes on."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from maquette.core.errors import OffloadFailed
from maquette.engine.offload import Offload

ROGUE = "tests.engine.rogue"
ALLOWED = [ROGUE, "maquette.engine.media"]


@pytest.fixture
async def offload() -> AsyncIterator[Offload]:
    made = Offload(processes=2, bytes_limit=2**30, allowed=ALLOWED, file_limit=2**20)
    yield made
    await made.close()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_function_runs_in_its_folder_and_its_answer_comes_back(offload: Offload, tmp_path: Path) -> None:
    arguments = {"word": "Grüße", "list": [1, 2.5, None], "long": "x" * 300_000}
    answer = await offload.run(f"{ROGUE}:echo", arguments, folder=tmp_path)
    assert answer.pop("pid") != os.getpid()
    assert answer == arguments | {"folder": str(tmp_path)}


async def test_a_child_is_kept_warm_and_replaced_after_its_uses(tmp_path: Path) -> None:
    offload = Offload(processes=1, bytes_limit=2**30, allowed=ALLOWED, uses=2)
    await offload.warm()
    pids = [(await offload.run(f"{ROGUE}:echo", {}, folder=tmp_path))["pid"] for _ in range(4)]
    await offload.close()
    assert pids[0] == pids[1] != pids[2] == pids[3]
    assert not any(alive(pid) for pid in pids)


@pytest.mark.parametrize(
    ("function", "cause", "words"),
    [
        ("leave", "ended", "status 3"),
        ("crash", "ended", "SIGSEGV"),
        ("swallow", "raised", "MemoryError"),
        ("fill", "raised", "File too large"),
        ("fail", "raised", "there is no such voice"),
        ("text", "raised", "no dict"),
        ("not_a_number", "raised", "ValueError"),
        ("reach", "raised", "no network"),
        ("missing", "raised", "AttributeError"),
    ],
)
async def test_a_failed_call_is_told_and_the_next_one_works(
    offload: Offload, tmp_path: Path, function: str, cause: str, words: str
) -> None:
    with pytest.raises(OffloadFailed, match=words) as caught:
        await offload.run(f"{ROGUE}:{function}", {}, folder=tmp_path)
    assert caught.value.details["cause"] == cause
    assert (await offload.run(f"{ROGUE}:echo", {}, folder=tmp_path))["folder"] == str(tmp_path)


async def test_the_last_words_of_a_child_are_a_note_of_the_error(offload: Offload, tmp_path: Path) -> None:
    with pytest.raises(OffloadFailed) as caught:
        await offload.run(f"{ROGUE}:leave", {}, folder=tmp_path)
    assert "parting words" in "\n".join(caught.value.__notes__)
    assert "parting words" not in str(caught.value.problem())


@pytest.mark.parametrize("function", ["spin", "wait_for"])
async def test_a_call_that_takes_too_long_is_killed(offload: Offload, tmp_path: Path, function: str) -> None:
    arguments = {"name": "never"} if function == "wait_for" else {}
    pid = (await offload.run(f"{ROGUE}:echo", {}, folder=tmp_path))["pid"]
    with pytest.raises(OffloadFailed, match=r"longer than 0\.3 s") as caught:
        await offload.run(f"{ROGUE}:{function}", arguments, folder=tmp_path, timeout_s=0.3)
    assert caught.value.details["cause"] == "time"
    assert not alive(pid)


async def test_cancelling_the_caller_kills_the_child_and_all_that_it_started(offload: Offload, tmp_path: Path) -> None:
    call = asyncio.create_task(offload.run(f"{ROGUE}:breed", {}, folder=tmp_path))
    note = tmp_path / "grandchild"
    await until(lambda: note.exists() and note.read_text() != "")
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await until(lambda: not alive(int(note.read_text())))
    assert await offload.run(f"{ROGUE}:echo", {}, folder=tmp_path)


async def test_a_child_that_died_while_idle_is_replaced_unseen(offload: Offload, tmp_path: Path) -> None:
    pid = (await offload.run(f"{ROGUE}:echo", {}, folder=tmp_path))["pid"]
    os.kill(pid, signal.SIGKILL)
    await until(lambda: not Path(f"/proc/{pid}").exists())
    for _ in range(20):  # the loop sees the closed pipe within a few turns
        await asyncio.sleep(0)
    assert (await offload.run(f"{ROGUE}:echo", {}, folder=tmp_path))["pid"] != pid


@pytest.mark.parametrize(
    "function", ["os:abort", "tests.engine.rogues:echo", f"{ROGUE}:_private", f"{ROGUE}:__class__", "echo", "a b:c", ""]
)
async def test_only_public_functions_of_the_allowed_packages_may_be_named(
    offload: Offload, tmp_path: Path, function: str
) -> None:
    with pytest.raises(OffloadFailed, match="may not be called"):
        await offload.run(function, {}, folder=tmp_path)


async def test_a_check_does_not_wait_behind_long_renders(offload: Offload, tmp_path: Path) -> None:
    render = asyncio.create_task(offload.run(f"{ROGUE}:wait_for", {"name": "go"}, folder=tmp_path))
    queued = asyncio.create_task(offload.run(f"{ROGUE}:echo", {}, folder=tmp_path))
    await until((tmp_path / "go.begun").exists)
    (tmp_path / "file.txt").write_text("hello")
    async with asyncio.timeout(20):
        with pytest.raises(OffloadFailed, match="AttributeError"):
            await offload.run("maquette.engine.media.examine:nothing", {}, folder=tmp_path)
    assert not render.done() and not queued.done()
    (tmp_path / "go").touch()
    await render
    assert (await queued)["folder"] == str(tmp_path)


async def test_a_caller_that_gives_up_waiting_frees_its_turn(offload: Offload, tmp_path: Path) -> None:
    render = asyncio.create_task(offload.run(f"{ROGUE}:wait_for", {"name": "go"}, folder=tmp_path))
    await until((tmp_path / "go.begun").exists)
    waiting = [asyncio.create_task(offload.run(f"{ROGUE}:echo", {"n": n}, folder=tmp_path)) for n in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    (tmp_path / "go").touch()
    await render
    assert [(await task)["n"] for task in waiting[1:]] == [1, 2]


async def test_a_child_gets_no_secret_no_open_file_and_hardly_a_module(
    offload: Offload, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET", "x")
    with (tmp_path / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        seen = await offload.run(f"{ROGUE}:surroundings", {}, folder=tmp_path)
    assert set(seen["environment"]) <= {"PATH", "LANG", "LC_CTYPE", "PYTHONUTF8", "HOME", "TMPDIR"}
    assert seen["descriptors"] <= 6
    assert not {"maquette", "pydantic", "PIL", "asyncio", "msgspec"} & set(seen["modules"])


@pytest.mark.parametrize("provider", ["painter", "slideshow", "narrator", "typesetter", "converter"])
async def test_a_child_loads_the_engine_of_a_built_in_provider_and_none_of_its_forms(
    tmp_path: Path, provider: str
) -> None:
    offload = Offload(processes=1, bytes_limit=2**31, allowed=[ROGUE, "maquette.providers"])
    with pytest.raises(OffloadFailed, match="has no attribute 'nothing'"):
        await offload.run(f"maquette.providers.{provider}.engine:nothing", {}, folder=tmp_path)
    loaded = set((await offload.run(f"{ROGUE}:surroundings", {}, folder=tmp_path))["modules"])
    await offload.close()
    assert f"maquette.providers.{provider}.engine" in loaded
    assert not {"pydantic", "maquette.core.action"} & loaded


async def test_a_closed_pool_refuses_and_leaves_no_process(offload: Offload, tmp_path: Path) -> None:
    pid = (await offload.run(f"{ROGUE}:echo", {}, folder=tmp_path))["pid"]
    call = asyncio.create_task(offload.run(f"{ROGUE}:wait_for", {"name": "go"}, folder=tmp_path))
    await until((tmp_path / "go.begun").exists)
    await offload.close()
    with pytest.raises(OffloadFailed):
        await call
    with pytest.raises(OffloadFailed, match="closed"):
        await offload.run(f"{ROGUE}:echo", {}, folder=tmp_path)
    assert not alive(pid)


def test_no_child_outlives_a_killed_parent(tmp_path: Path) -> None:
    script = (
        "import asyncio, pathlib\n"
        "from maquette.engine.offload import Offload\n"
        "async def main():\n"
        f"    offload = Offload(processes=1, bytes_limit=2**30, allowed=[{ROGUE!r}])\n"
        f"    answer = await offload.run('{ROGUE}:echo', {{}}, folder=pathlib.Path({str(tmp_path)!r}))\n"
        "    print(answer['pid'], flush=True)\n"
        f"    await offload.run('{ROGUE}:wait_for', {{'name': 'never'}}, folder=pathlib.Path({str(tmp_path)!r}))\n"
        "asyncio.run(main())\n"
    )
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        deadline = time.monotonic() + 20
        while not (tmp_path / "never.begun").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert alive(pid)
        parent.kill()
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not alive(pid)
