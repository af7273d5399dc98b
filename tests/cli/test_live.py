"""The command line against the real server, which it starts and ends by itself."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from maquette.cli.child import Child
from maquette.cli.demo import Kill, Unproven, prove_nothing_repeated
from maquette.client import Attempt, Client, Job, alive


def maquette(home: Path, *words: object, cwd: Path | None = None, code: int = 0) -> Any:
    """Run one command in a process of its own and return its JSON."""
    environ = {"PATH": "/usr/bin:/bin", "MAQUETTE_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-m", "maquette.cli", *map(str, words), "--json"],
        capture_output=True,
        text=True,
        env=environ,
        cwd=cwd,
        timeout=150,
        check=False,
    )
    assert done.returncode == code, done.stdout[-2000:] + done.stderr[-2000:]
    return json.loads(done.stdout or done.stderr)


def test_a_command_starts_a_server_for_itself_and_ends_it(home: Path, tmp_path: Path) -> None:
    words = ["generate", "media.painter.txt2img", "a red disc", "--width", 64, "--height", 64]
    made = maquette(home, *words, "--output", tmp_path / "disc.png")
    assert made["state"] == "succeeded"
    assert (tmp_path / "disc.png").read_bytes()[:4] == b"\x89PNG"
    assert running_on(home) == []
    assert [job["id"] for job in maquette(home, "jobs", "list")] == [made["id"]]


def begun(home: Path, *words: object) -> subprocess.Popen[str]:
    """Start a command and do not wait for it."""
    return subprocess.Popen(
        [sys.executable, "-m", "maquette.cli", *map(str, words), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"PATH": "/usr/bin:/bin", "MAQUETTE_HOME": str(home)},
    )


def test_commands_at_once_share_one_server_and_the_last_one_ends_it(home: Path) -> None:
    (home / "maquette.toml").write_text("[testing.painter]\nlatency_s = 1.5\n")
    paint = ["generate", "media.painter.txt2img", "a red disc", "--width", 64, "--height", 64]
    commands = [begun(home, *words) for words in (["jobs", "list"], paint, [*paint, "--no-wait"], ["accounts", "list"])]
    said = [command.communicate(timeout=120) for command in commands]
    assert [command.returncode for command in commands] == [0, 0, 0, 0], said
    assert [json.loads(said[place][0])["state"] for place in (1, 2)] == ["succeeded", "succeeded"]
    assert (home / "server.log").read_text().count("Maquette listens") == 1
    assert running_on(home) == []


@contextmanager
def held(home: Path) -> Iterator[None]:
    """Hold a home folder as a server does that answers no more."""
    with (home / "server.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def met_another(home: Path) -> bool:
    log = home / "server.log"
    return log.exists() and "Another server runs" in log.read_text()


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "what was waited for did not come"
        time.sleep(0.02)


def test_commands_that_meet_a_server_on_its_way_out_start_one_of_their_own(home: Path) -> None:
    with held(home):
        commands = [begun(home, "jobs", "list"), begun(home, "accounts", "list")]
        until(lambda: met_another(home))
    said = [command.communicate(timeout=120) for command in commands]
    assert [command.returncode for command in commands] == [0, 0], said
    assert running_on(home) == []


def test_commands_that_meet_a_server_on_its_way_in_use_it_and_leave_it_running(home: Path) -> None:
    child = Child(home, environ={"PATH": os.environ["PATH"]})
    child.begin()
    try:
        until((home / "server.lock").exists)
        commands = [begun(home, "jobs", "list"), begun(home, "accounts", "list")]
        said = [command.communicate(timeout=120) for command in commands]
        assert [command.returncode for command in commands] == [0, 0], said
        assert (home / "server.log").read_text().count("Maquette listens") == 1
        assert alive(child.pid)
    finally:
        child.stop()


def test_a_server_whose_command_was_killed_is_used_and_ended_by_the_next_one(home: Path) -> None:
    (home / "maquette.toml").write_text("[testing.painter]\nlatency_s = 60\n")
    first = begun(home, "generate", "media.painter.txt2img", "a red disc")
    while not (home / "command.pid").exists() or not (home / "server.json").exists():
        assert first.poll() is None
        time.sleep(0.02)
    first.kill()
    first.communicate()
    left = running_on(home)
    assert (home / "command.pid").read_text() in left
    maquette(home, "jobs", "list")
    assert running_on(home) == []


def running_on(home: Path) -> list[str]:
    """Return the ids of processes that were started on a home folder and still run."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environ = (entry / "environ").read_bytes()
        except OSError:
            continue
        if f"MAQUETTE_HOME={home}".encode() in environ:
            found.append(entry.name)
    return found


@pytest.mark.accepts("S3.46", "C8")
def test_a_server_is_verified_medium_by_medium(home: Path) -> None:
    report = maquette(home, "verify", "--media", "text", "--media", "document", "--loop", 2)
    assert report["ok"] is True
    assert (report["rounds"], report["total"], report["succeeded"], report["rate"]) == (2, 8, 8, 1.0)
    cells = {(cell["media"], cell["strategy"]) for cell in report["cells"]}
    assert cells == {(media, kind) for media in ("text", "document") for kind in ("simple", "adaptive")}
    assert all(len(cell["jobs"]) == 2 for cell in report["cells"])


@pytest.mark.accepts("S3.46")
def test_verification_below_100_percent_ends_with_1_and_counts_every_try(home: Path) -> None:
    wrong = ["verify", "--media", "image", "--media", "text", "--action", "image=media.writer.txt2txt"]
    report = maquette(home, *wrong, "--strategy", "simple", "--loop", 2, "--until-green", code=1)
    assert report["ok"] is False
    assert (report["rounds"], report["total"], report["succeeded"], report["rate"]) == (2, 4, 2, 0.5)
    assert "is text, not image" in report["cells"][0]["error"]


@pytest.mark.accepts("S3.46", "C8")
def test_until_green_goes_on_by_itself_ten_rounds_at_most_and_ends_with_a_round_without_a_fault(served: Path) -> None:
    words = ["verify", "--media", "text", "--strategy", "simple", "--until-green"]
    wrong = maquette(served, *words, "--action", "text=media.typesetter.document", code=1)
    assert (wrong["ok"], wrong["rounds"], wrong["total"]) == (False, 10, 10)
    green = maquette(served, *words)
    assert (green["ok"], green["rounds"], green["total"]) == (True, 1, 1)


@pytest.mark.accepts("S3.46", "C8")
def test_a_simple_cell_is_made_by_the_simple_workflow_though_another_preset_goes_before(served: Path) -> None:
    writer = {"action": "media.writer.txt2txt"}
    preset = {"title": "All", "media": "text", "strategy": "ensemble", "priority": 99, "candidates": [writer, writer]}
    with Client(home=served) as client:
        client.request("POST", "/api/v1/presets", json=preset)
        report = maquette(served, "verify", "--media", "text")
        made = {
            cell["strategy"]: {client.request("GET", f"/api/media/jobs/{job}")["workflowType"] for job in cell["jobs"]}
            for cell in report["cells"]
        }
    assert made == {kind: {kind} for kind in ("simple", "adaptive")}


@pytest.mark.accepts("S3.46", "C18")
def test_every_medium_is_made_by_both_workflow_types_and_decoded(home: Path) -> None:
    report = maquette(home, "verify")
    assert (report["ok"], report["total"]) == (True, 10)
    assert len({job for cell in report["cells"] for job in cell["jobs"]}) == 20


def test_verification_without_a_valid_key_is_refused_and_no_verdict(home: Path) -> None:
    with Child(home, environ={"PATH": os.environ["PATH"]}) as child, Client(home=home) as client:
        address = client.address()
        assert maquette(home, "--url", address, "--key", "mq_wrong", "verify", code=4)["code"] == "unauthorized"
        assert child.pid in map(int, running_on(home))


@pytest.mark.accepts("S3.46")
def test_the_demonstration_kills_a_server_and_loses_nothing(tmp_path: Path) -> None:
    shown = maquette(tmp_path / "unused", "demo", cwd=tmp_path)
    assert {row["media"] for row in shown["made"]} == {"image", "video", "audio", "text", "document"}
    assert all((tmp_path / row["file"]).stat().st_size > 100 for row in shown["made"])
    assert shown["kill"]["running"]
    assert shown["kill"]["done_before"]
    assert not alive(shown["kill"]["pid"])
    assert shown["seconds"] < 60
    assert not (tmp_path / "unused").exists()


def test_the_demonstration_notices_a_job_that_was_made_twice() -> None:
    kill = Kill(pid=1, running=[], done_before=["job_1"], down_s=0.0)
    once = Attempt("att_1", state="succeeded", accepted_at=5)
    lost = Attempt("att_0", state="not_sent")
    client = Client("http://127.0.0.1:9")
    assert prove_nothing_repeated(client, [Job("job_1", state="succeeded", attempts=[once])], kill) == 1
    assert prove_nothing_repeated(client, [Job("job_2", state="succeeded", attempts=[lost, once])], kill) == 2
    twice = Attempt("att_2", state="failed", accepted_at=6)
    for job in (
        Job("job_2", state="succeeded", attempts=[once, twice]),
        Job("job_1", state="succeeded", attempts=[lost, once]),
        Job("job_2", state="succeeded", attempts=[lost]),
        Job("job_2", state="failed"),
    ):
        with pytest.raises(Unproven):
            prove_nothing_repeated(client, [job], kill)


def test_a_killed_server_comes_back_on_its_port_and_a_waiting_client_goes_on(home: Path) -> None:
    with Child(home, environ={"PATH": os.environ["PATH"]}) as child, Client(home=home) as client:
        port = child.port
        job = client.submit("media.painter.txt2img", prompt="a boat on a lake")
        child.kill()
        child.start()
        assert child.port == port
        assert client.wait(job).state == "succeeded"


def test_a_server_that_cannot_start_says_why_and_what_to_do(home: Path) -> None:
    (home / "maquette.toml").write_text("prot = 1\n")
    problem = maquette(home, "jobs", "list", code=2)
    assert problem["code"] == "config_invalid"
    assert "prot" in problem["detail"]
    assert problem["hint"]


@pytest.mark.accepts("S1.34")
def test_a_talk_is_held_read_and_made_into_a_picture(served: Path, tmp_path: Path) -> None:
    answer = maquette(served, "chat", "say", "new", "Write about a red fox")
    talk = answer["conversation"]
    assert "fox" in answer["text"]
    assert [each["id"] for each in maquette(served, "chat", "list")] == [talk]
    small = json.dumps({"width": 64, "height": 64})
    made = maquette(served, "chat", "make", talk, "a red fox", "--params", small)
    assert made["job"]["assets"][0]["media"] == "image"
    said = maquette(served, "chat", "show", talk)
    assert [(each["role"], bool(each["text"])) for each in said] == [
        ("user", True), ("assistant", True), ("assistant", False),
    ]  # fmt: skip
    export = tmp_path / "export.json"
    export.write_text(json.dumps([{"role": "user", "content": "Hello"}]))
    assert [each["title"] for each in maquette(served, "chat", "import", export)] == ["Hello"]
    export.write_text(json.dumps([{"role": "wizard", "content": "Hello"}]))
    assert maquette(served, "chat", "import", export, code=4)["errors"][0]["path"] == "document.0.role"
