"""Commands, end to end against a server over a real socket: what is sent, what is printed, how it ends."""

from __future__ import annotations

import io
import json
import os
import pty
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from maquette.cli.preview import frames, protocol_of
from maquette.core.errors import GenerationFailed, ParamsInvalid, UnknownAction
from tests.cli.conftest import ACTION, ASSET, Run
from tests.client.fake import Asked, Server, Told, job, stream

JOBS = "POST /api/v1/jobs"
GENERATE = ("generate", "media.painter.txt2img")


def test_a_command_is_its_flags_sent_as_parameters(maquette: Run, server: Server) -> None:
    done = maquette(
        *GENERATE, "--prompt", "a red disc", "--width", 512, "--tiled", "--tags", "a", "--tags", "b", "-n", 2
    )
    assert done.code == 0
    assert server.of(JOBS)[0].json() == {
        "action": "media.painter.txt2img",
        "params": {"prompt": "a red disc", "width": 512, "tiled": True, "tags": ["a", "b"], "n": 2},
    }
    assert f"{server.url}/api/v1/assets/{ASSET['id']}/content" in done.out
    assert "Cost: $0.04" in done.out


def test_a_prompt_needs_no_flag_and_a_medium_no_action(maquette: Run, server: Server) -> None:
    done = maquette("generate", "image", "a red disc", "--width", 99_999, "--account", "mine", "--strict")
    assert done.code == 0
    assert server.of(JOBS)[0].json() == {
        "media": "image",
        "params": {"prompt": "a red disc", "width": 99_999},
        "account": "mine",
        "strict": True,
    }


def test_a_missing_prompt_is_wrong_usage_and_nothing_is_sent(maquette: Run, server: Server) -> None:
    done = maquette(*GENERATE)
    assert done.code == 2
    assert "--prompt" in done.err
    assert server.of(JOBS) == []


def test_results_are_written_where_asked(maquette: Run, tmp_path: Path) -> None:
    done = maquette(*GENERATE, "a disc", "--output", tmp_path / "disc.png")
    assert done.code == 0
    assert (tmp_path / "disc.png").read_bytes() == b"disc"
    assert str(tmp_path / "disc.png") in done.out
    maquette(*GENERATE, "a disc", "--output", tmp_path / "many")
    assert [path.name for path in (tmp_path / "many").iterdir()] == ["disc-11111111.png"]


def test_a_local_file_is_uploaded_first(maquette: Run, server: Server, tmp_path: Path) -> None:
    (tmp_path / "in.png").write_bytes(b"pixels")
    server.on("POST /api/v1/assets", {"id": "asset_" + "2" * 32})
    assert maquette(*GENERATE, "a disc", "--image", tmp_path / "in.png").code == 0
    assert server.of(JOBS)[0].json()["params"]["image"] == "asset_" + "2" * 32
    assert b"pixels" in server.of("POST /api/v1/assets")[0].body
    wrong = maquette(*GENERATE, "a disc", "--image", tmp_path / "absent.png")
    assert wrong.code == 2
    assert "neither the id of an asset nor a file" in wrong.err


def test_without_waiting_the_job_is_printed_at_once(maquette: Run, server: Server) -> None:
    done = maquette(*GENERATE, "a disc", "--no-wait", "--json")
    assert done.code == 0
    assert done.json()["state"] == "queued"
    assert server.of("GET /api/v1/jobs/job_1") == []


def test_changes_to_what_was_asked_are_told(maquette: Run, server: Server) -> None:
    warning = {"field": "width", "asked": 9, "used": 64, "why": "smallest"}
    server.on("GET /api/v1/jobs/job_1", job(warnings=[warning], assets=[ASSET]))
    assert "Changed: width 9 → 64: smallest" in maquette(*GENERATE, "a disc").out


def test_a_failed_job_ends_with_1_and_says_what_to_do(maquette: Run, server: Server) -> None:
    server.on("GET /api/v1/jobs/job_1", job("failed", error=GenerationFailed("the model crashed").problem()))
    done = maquette(*GENERATE, "a disc")
    assert done.code == 1
    assert "the model crashed" in done.err
    assert f"Hint: {GenerationFailed.hint}" in done.err


def test_a_job_in_doubt_ends_with_5_and_says_how_to_settle_it(maquette: Run, server: Server) -> None:
    server.on("GET /api/v1/jobs/job_1", job("waiting", attention={"reason": "answer lost", "money_at_stake": 40_000}))
    done = maquette(*GENERATE, "a disc")
    assert done.code == 5
    assert "maquette jobs resolve job_1" in done.out
    assert "$0.04" in done.out


def test_a_cancelled_job_ends_with_130(maquette: Run, server: Server) -> None:
    server.on("GET /api/v1/jobs/job_1", job("cancelled"))
    assert maquette(*GENERATE, "a disc").code == 130


def test_a_refusal_ends_with_4_in_words_and_as_json(maquette: Run, server: Server) -> None:
    refusal = ParamsInvalid("too wide", errors=[{"path": "width", "message": "at most 2048"}])
    server.on(JOBS, lambda _: Told(refusal.problem(), 422))
    plain = maquette(*GENERATE, "a disc")
    assert (plain.code, plain.out) == (4, "")
    assert plain.err.splitlines() == ["too wide", "  width: at most 2048", f"Hint: {ParamsInvalid.hint}"]
    coded = maquette(*GENERATE, "a disc", "--json")
    assert coded.code == 4
    assert json.loads(coded.err) == refusal.problem()


def test_an_unknown_action_names_near_ones(maquette: Run, server: Server) -> None:
    unknown = UnknownAction("media.painter.text2img", ["media.painter.txt2img"])
    server.on("GET /api/v1/actions/media.painter.text2img", lambda _: Told(unknown.problem(), 404))
    done = maquette("generate", "media.painter.text2img", "a disc")
    assert done.code == 4
    assert "Did you mean 'media.painter.txt2img'?" in done.err


def test_a_named_server_that_does_not_answer_ends_with_3(maquette: Run) -> None:
    done = maquette("--url", "http://127.0.0.1:9", "jobs", "list", "--json")
    assert done.code == 3
    assert json.loads(done.err)["code"] == "server_unreachable"


def test_opening_a_browser_starts_no_server_of_its_own(maquette: Run, home: Path) -> None:
    done = maquette("--home", home, "open")
    assert done.code == 3
    assert "maquette serve" in done.err


def test_wrong_usage_ends_with_2_also_as_json(maquette: Run) -> None:
    assert maquette("nonsense").code == 2
    done = maquette("jobs", "list", "--limit", "x", "--json")
    assert done.code == 2
    assert json.loads(done.err)["code"] == "usage"


def test_an_action_is_shown_as_one_model_takes_it(maquette: Run, server: Server) -> None:
    path = "GET /api/v1/actions/media.painter.txt2img"
    plain = maquette("actions", "show", "media.painter.txt2img")
    assert "--width" in plain.out
    narrow = maquette("actions", "show", "media.painter.txt2img", "--model", "small one", "--json")
    assert narrow.code == 0
    assert [dict(asked.query) for asked in server.of(path)] == [{}, {"model": "small one"}]


def test_what_an_asset_cost_is_told_by_its_parts(maquette: Run, server: Server) -> None:
    parts = [
        {"kind": "made", "id": "att_1", "cost": 40_000, "source": "reported"},
        {"kind": "failed", "id": "att_2", "cost": 1_330_000, "source": "reported"},
    ]
    told = {"asset": ASSET["id"], "own": 40_000, "full": 1_370_000, "currency": "USD", "parts": parts}
    server.on(f"GET /api/v1/assets/{ASSET['id']}/cost", lambda _: Told(told))
    done = maquette("assets", "cost", ASSET["id"])
    assert done.code == 0
    rows = [line.split() for line in done.out.splitlines()]
    assert ["failed", "try", "att_2", "$1.33"] in rows
    assert ["in", "all", ASSET["id"], "$1.37"] in rows
    assert json.loads(maquette("assets", "cost", ASSET["id"], "--json").out) == told


def test_a_job_is_watched_event_by_event(maquette: Run, server: Server) -> None:
    server.on("GET /api/v1/jobs/job_1/events", lambda _: stream((1, "job.started", {}), (2, "job.succeeded", {})))
    done = maquette("jobs", "watch", "job_1", "--json")
    assert done.code == 0
    assert [json.loads(line)["type"] for line in done.out.splitlines()] == ["job.started", "job.succeeded"]


def test_a_job_in_doubt_is_settled_with_what_was_found(maquette: Run, server: Server) -> None:
    server.on("POST /api/v1/jobs/job_1/resolve", job("running"))
    maquette("jobs", "resolve", "job_1", "--how", "attach", "--handle", '{"id": 5}')
    maquette("jobs", "resolve", "job_1", "--how", "attach", "--handle", "task-5")
    bodies = [asked.json() for asked in server.of("POST /api/v1/jobs/job_1/resolve")]
    assert bodies == [{"how": "attach", "handle": {"id": 5}}, {"how": "attach", "handle": "task-5"}]


def added(server: Server, maquette: Run, monkeypatch: pytest.MonkeyPatch, *words: object, stdin: str = "") -> object:
    provider = {"settings": {"required": ["api_key"]}, "secrets": ["api_key"]}
    server.on("GET /api/v1/providers/openai", provider)
    server.on("POST /api/v1/accounts", {"id": "account_1"})
    monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
    done = maquette("accounts", "add", "openai", *words)
    assert done.code == 0, done.err
    assert "sk-1" not in done.out + done.err
    return server.of("POST /api/v1/accounts")[-1].json()


def test_a_secret_comes_from_stdin_a_variable_or_a_file_and_is_sent_as_a_value(
    maquette: Run, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sent = {"provider": "openai", "settings": {"api_key": "sk-1"}}
    (tmp_path / "key").write_text("sk-1\n")
    monkeypatch.setenv("MY_KEY", "sk-1")
    assert added(server, maquette, monkeypatch, "--api-key", "-", stdin="sk-1\n") == sent
    assert added(server, maquette, monkeypatch, "--api-key", "env:MY_KEY") == sent
    assert added(server, maquette, monkeypatch, "--api-key", f"file:{tmp_path / 'key'}") == sent
    full = added(
        server, maquette, monkeypatch, "--api-key", "sk-1", "--base-url", "http://127.0.0.1:1/v1", "--set", "tier=2"
    )
    assert full == sent | {"settings": {"api_key": "sk-1", "base_url": "http://127.0.0.1:1/v1", "tier": 2}}


def test_an_account_may_be_called_by_its_name(maquette: Run, server: Server) -> None:
    server.on("GET /api/v1/accounts", {"items": [{"id": "account_1", "provider": "openai", "name": "work"}]})
    server.on("PATCH /api/v1/accounts/account_1", {"id": "account_1", "name": "work", "enabled": False})
    assert maquette("accounts", "enable", "work", "--off").code == 0
    assert server.of("PATCH /api/v1/accounts/account_1")[0].json() == {"enabled": False}
    assert maquette("accounts", "enable", "other").code == 2


def test_a_graph_is_named_after_its_file(maquette: Run, server: Server, tmp_path: Path) -> None:
    (tmp_path / "My Graph-2.json").write_text('{"3": {}}')
    server.on("POST /api/v1/definitions", {"id": "definition_1", "actions": ["media.comfyui.my_graph_2"]})
    done = maquette("graphs", "import", tmp_path / "My Graph-2.json")
    assert server.of("POST /api/v1/definitions")[0].json()["name"] == "my_graph_2"
    assert "media.comfyui.my_graph_2" in done.out


def test_a_list_of_actions_says_what_needs_an_account_and_may_leave_it_out(maquette: Run, server: Server) -> None:
    asleep = ACTION | {"name": "media.elsewhere.txt2img", "ready": False}
    server.on("GET /api/v1/actions", {"items": [ACTION | {"ready": True}, asleep]})
    rows = {line.split()[0]: line for line in maquette("actions", "list").out.splitlines() if line.startswith("media.")}
    assert [name for name, line in rows.items() if "an account" in line] == [asleep["name"]]
    assert asleep["name"] not in maquette("actions", "list", "--ready").out


def test_a_shell_completes_actions_and_flags_from_the_kept_catalog_without_a_server(maquette: Run, home: Path) -> None:
    maquette("actions", "list")
    environ = {"MAQUETTE_HOME": str(home), "_MAQUETTE_COMPLETE": "bash_complete", "PATH": "/usr/bin:/bin"}

    def offered(line: str) -> list[str]:
        words = environ | {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split()) - (not line.endswith(" ")))}
        done = subprocess.run(
            [sys.executable, "-m", "maquette.cli"], env=words, capture_output=True, text=True, timeout=60, check=True
        )
        return [entry.partition(",")[2] for entry in done.stdout.split()]

    assert offered("maquette generate media.p") == [ACTION["name"]]
    assert "image" in offered("maquette generate ")
    assert {"--width", "--tiled"} <= set(offered("maquette generate media.painter.txt2img -"))


def test_asking_for_help_loads_neither_the_http_client_nor_rich() -> None:
    script = (
        "import sys\nfrom maquette.cli.root import run\nrun(['--help'])\n"
        "heavy = [name for name in ('httpx2', 'rich', 'pydantic', 'asyncio') if name in sys.modules]\n"
        "print(heavy, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize(
    ("environ", "protocol"),
    [
        ({"TERM": "xterm-kitty"}, "kitty"),
        ({"TERM_PROGRAM": "iTerm.app"}, "iterm"),
        ({"TERM": "xterm-256color"}, None),
        ({"TERM": "xterm-kitty", "TMUX": "1"}, None),
    ],
)
def test_a_picture_is_drawn_only_where_the_terminal_can(environ: dict[str, str], protocol: str | None) -> None:
    assert protocol_of(environ) == protocol


def test_a_large_picture_is_sent_to_kitty_in_pieces() -> None:
    pieces = list(frames("kitty", b"x" * 9000))
    assert [piece.startswith("\x1b_G") and piece.endswith("\x1b\\") for piece in pieces] == [True] * 3
    assert ["m=1;" in piece for piece in pieces] == [True, True, False]
    assert "a=T,f=100" in pieces[0]


def test_settings_are_shown_without_secrets(maquette: Run, home: Path) -> None:
    (home / "maquette.toml").write_text(
        'database_url = "postgresql://me:pass@db/x"\n[media_creation.openai]\napi_key = "sk-1"\n'
        '[media_creation.comfyui]\napi_key = "env:COMFY"\n'
    )
    done = maquette("config", "show", "--json")
    assert done.code == 0
    assert "sk-1" not in done.out
    assert "pass" not in done.out
    assert "env:COMFY" in done.out


def test_a_broken_configuration_ends_with_2_and_names_the_key(maquette: Run, home: Path) -> None:
    (home / "maquette.toml").write_text("prot = 1\n")
    done = maquette("config", "show")
    assert done.code == 2
    assert "'prot'" in done.err


def test_the_doctor_finds_a_key_that_others_can_read(maquette: Run, home: Path) -> None:
    (home / "admin.key").write_text("k")
    (home / "admin.key").chmod(0o644)
    done = maquette("doctor", "--json")
    assert done.code == 1
    assert {"subject": "admin.key", "verdict": "wrong"}.items() <= {
        "subject": "admin.key", "verdict": next(f["verdict"] for f in done.json() if f["subject"] == "admin.key")
    }.items()  # fmt: skip
    (home / "admin.key").chmod(0o600)
    assert maquette("doctor").code == 0


def test_the_doctor_finds_a_database_that_is_none(maquette: Run, home: Path) -> None:
    (home / "maquette.db").write_bytes(b"no database" * 400)
    findings = {finding["subject"]: finding for finding in maquette("doctor", "--json").json()}
    assert findings["database"]["verdict"] == "wrong"


def asked_key(asked: Asked) -> Told:
    assert asked.headers["authorization"] == "Bearer secret"
    return Told({"id": "key_1", "token": "mq_fresh", **asked.json()}, 201)


def test_a_fresh_key_is_printed_alone_so_that_it_can_be_piped(maquette: Run, server: Server) -> None:
    server.on("POST /api/v1/keys", asked_key)
    done = maquette("keys", "create", "laptop", "--role", "viewer")
    assert done.out == "mq_fresh\n"
    assert "not shown again" in done.err


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Let children take interrupts also where this run itself was started in the background, and ignores them."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_asks_whether_to_cancel_the_job(server: Server) -> None:
    release = threading.Event()

    def begun(_: Asked) -> Told:
        held = stream((1, "job.started", {}))
        return Told(headers={**held.headers, "location": "/api/v1/jobs/job_1"}, body=held.body, hold=release)

    server.on(JOBS, begun)
    server.on("POST /api/v1/jobs/job_1/cancel", job("running"))
    server.on("GET /api/v1/jobs/job_1", job("cancelled"))
    command = [sys.executable, "-m", "maquette.cli", "--url", server.url, *GENERATE, "a disc"]
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=theirs, text=True) as process:
        os.close(theirs)
        # The bar shows the first event, which names the job; only then there is something to cancel.
        read_until(ours, "job started")
        process.send_signal(signal.SIGINT)
        read_until(ours, "Cancel job job_1?")
        process.communicate("y\n", timeout=30)
        release.set()
    os.close(ours)
    assert process.returncode == 130
    assert len(server.of("POST /api/v1/jobs/job_1/cancel")) == 1


def read_until(terminal: int, wanted: str) -> None:
    """Read what a program draws until it has drawn `wanted`; fails when it leaves before."""
    seen = ""
    while wanted not in seen:
        try:
            seen += os.read(terminal, 4096).decode(errors="replace")
        except OSError as error:  # the other end is closed
            raise AssertionError(f"it left before it drew {wanted!r}: {seen}") from error
