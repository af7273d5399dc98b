"""The server as a process: what it writes, where it refuses to start, and what it says then."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import stat
import subprocess
import threading
import time
from pathlib import Path

import httpx2
import pytest

from maquette.api import home as homes
from maquette.core import config as configuration
from maquette.engine.events import PING_S
from tests.api.running import command, environ, read, serving


def refused(home: Path, *arguments: str, **extra: str) -> str:
    """Start a server that must not start; return what it says."""
    done = subprocess.run(
        command(home, *arguments), capture_output=True, text=True, timeout=60, check=False, env=environ(extra)
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_first_start_leaves_what_the_command_line_needs_and_an_end_takes_the_note_away(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with serving(home) as server:
        note = read(home / "server.json")
        assert note is not None
        assert note.keys() == {"url", "pid", "started"}
        assert {mode(home / name) for name in ("admin.key", "server.json", "master.key")} == {0o600}
        assert mode(home) == 0o700
        with server.caller("admin") as admin:
            first = server.admin_key
            assert admin.get("/api/v1/session", headers={"Authorization": f"Bearer {first}"}).json()["role"] == "admin"
        link = next(line for line in (home / "server.log").read_text().splitlines() if "/sign-in?code=" in line)
        with httpx2.Client() as browser:
            assert browser.get(link.split(": ", 1)[1]).status_code == 303
        assert "Another server" in refused(home, "--port", "0")
    assert not (home / "server.json").exists()
    with serving(home) as server:
        assert server.admin_key == first


def test_a_lost_admin_key_is_made_anew(tmp_path: Path) -> None:
    with serving(tmp_path / "home") as server:
        first = server.admin_key
    (tmp_path / "home" / "admin.key").unlink()
    with serving(tmp_path / "home") as server, server.caller("admin") as admin:
        assert server.admin_key != first
        assert admin.get("/readyz").status_code == 200


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        said = refused(tmp_path, "--port", str(other.getsockname()[1]))
    assert "in use by another program" in said
    assert "--port" in said


def test_no_key_is_asked_for_on_loopback_alone(tmp_path: Path) -> None:
    said = refused(tmp_path, "--host", "0.0.0.0", "--no-auth")  # noqa: S104 - it must refuse
    assert "Without authentication" in said
    assert "127.0.0.1" in said


def test_a_server_without_keys_lets_this_machine_in_and_foreign_pages_not(tmp_path: Path) -> None:
    with serving(tmp_path / "home", "auth = false") as server, server.caller(None) as anybody:
        assert anybody.get("/api/v1/session").json() == {
            "workspace": "default",
            "key": None,
            "role": "admin",
            "via": "open",
        }
        assert anybody.get("/api/v1/keys", headers={"Origin": "http://evil.example"}).status_code == 403
        assert anybody.get("/api/v1/keys", headers={"Host": "evil.example"}).status_code == 403


CHAT_SETTINGS = """
[media_creation]
enabled = true
default_provider = "swarmui"

[media_creation.swarmui]
api_url = "http://localhost:7801"
api_key = ""
timeout = 60
max_retries = 3
enable_websocket = true
default_model = "OfficialStableDiffusion/sd_xl_base_1.0"
default_width = 1024
default_height = 1024
default_steps = 20
default_cfg_scale = 7.0
default_sampler = "dpmpp_2m_sde"
max_width = 2048
max_height = 2048
max_steps = 150
max_batch_size = 4
"""


def test_a_wrong_configuration_is_named_by_its_key(tmp_path: Path) -> None:
    (tmp_path / "maquette.toml").write_text("prot = 1\n")
    assert "'prot'" in refused(tmp_path)
    (tmp_path / "maquette.toml").write_text("= 1\n")
    assert "no valid TOML" in refused(tmp_path)
    (tmp_path / "maquette.toml").write_text("[media_creation.openai]\nprot = 1\n")
    assert "openai.prot" in refused(tmp_path, "--port", "0")
    assert "cannot be read" in refused(tmp_path, "--config", str(tmp_path / "missing.toml"))


def test_the_settings_of_a_provider_that_is_not_installed_stop_nobody(tmp_path: Path) -> None:
    unknown = CHAT_SETTINGS.replace("swarmui", "unheard_of")
    with serving(tmp_path / "home", unknown) as server, server.caller("admin") as admin:
        assert "unheard_of" not in {a["provider"] for a in admin.get("/api/v1/accounts").json()["items"]}
        refused = admin.post("/api/v1/jobs", json={"media": "image", "params": {"prompt": "a hen"}})
        assert refused.status_code == 404
        assert "default_provider" in refused.json()["hint"]


def test_a_missing_master_key_stops_the_start_once_something_is_sealed_with_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with serving(home) as server, server.caller("admin") as admin:
        body = {"provider": "openai", "settings": {"api_key": "sk-sealed"}}
        assert admin.post("/api/v1/accounts", json=body).status_code == 201
    (home / "master.key").rename(home / "away.key")
    said = refused(home, "--port", "0")
    assert "no master key" in said
    assert "backup" in said
    (home / "away.key").rename(home / "master.key")
    with serving(home) as server, server.caller("admin") as admin:
        assert admin.get("/api/v1/accounts?provider=openai").json()["items"][0]["secrets"] == ["api_key"]


@pytest.mark.parametrize(
    "lines", ['database_url = "sqlite:////proc/none/x.db"', 'database_url = "postgresql://127.0.0.1:1/x"']
)
def test_a_database_that_cannot_be_opened_is_told(tmp_path: Path, lines: str) -> None:
    (tmp_path / "maquette.toml").write_text(lines)
    assert "database" in refused(tmp_path, "--port", "0").lower()


@pytest.mark.accepts("S1.38", "S2.8")
def test_accounts_and_limits_come_from_one_file_and_references_are_followed_there(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (tmp_path / "secret").write_text("sk-from-file\n")
    config = f"""
[media_creation]
default_provider = "painter"
fallback_chain = ["narrator"]

[media_creation.openai]
api_url = "http://127.0.0.1:9/v1"
api_key = "file:{tmp_path / "secret"}"
timeout = 33
concurrency = 3

[media_creation.painter]
max_width = 128

[limits]
jobs_per_minute = 3
"""
    with serving(home, config) as server, server.caller("admin") as admin:
        account = admin.get("/api/v1/accounts?provider=openai").json()["items"][0]
        assert (account["origin"], account["timeout_s"], account["concurrency"]) == ("config", 33, 3)
        assert account["secrets"] == ["api_key"]
        assert "secret" not in admin.get("/api/v1/accounts").text.replace('"secrets"', "")
        changed = admin.patch(f"/api/v1/accounts/{account['id']}", json={"settings": {"api_key": "x"}})
        assert (changed.status_code, "configuration file" in changed.json()["detail"]) == (409, True)
        body = {"action": "media.painter.txt2img", "params": {"prompt": "x", "width": 256, "height": 64}}
        assert admin.post("/api/v1/jobs", json=body).json()["errors"][0]["path"] == "width"
        answers = [admin.post("/api/v1/jobs", json=body) for _ in range(3)]
        assert answers[-1].status_code == 429
        assert int(answers[-1].headers["retry-after"]) >= 1
    with serving(home, "") as server, server.caller("admin") as admin:
        assert admin.get("/api/v1/accounts?provider=openai").json()["items"] == []


def test_a_server_that_is_asked_to_end_does_not_wait_for_those_who_listen(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with serving(home) as server, server.caller("admin") as admin:
        note = read(home / "server.json")
        assert note is not None
        with admin.stream("GET", "/api/v1/events") as stream:
            lines = stream.iter_lines()
            assert next(lines) == "retry: 1000"
            os.kill(note["pid"], signal.SIGTERM)
            began = time.monotonic()
            assert list(lines) == [""]
            assert time.monotonic() - began < PING_S / 2


def test_a_lock_that_a_killed_servers_child_still_holds_is_waited_for(tmp_path: Path) -> None:
    config = configuration.read("", {}, {}, home=tmp_path)
    with homes.held(config):
        pass
    with (tmp_path / "server.lock").open("r+") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        letting_go = threading.Timer(0.4, fcntl.flock, (other, fcntl.LOCK_UN))
        letting_go.start()
        with homes.held(config):
            pass
        letting_go.join()
