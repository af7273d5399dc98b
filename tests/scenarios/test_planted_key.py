"""A key that was planted is found nowhere but sealed: not in rows, answers, streams, exports, logs or crash reports."""

from __future__ import annotations

import base64
import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
import sqlalchemy as sa

from tests.api.running import Running, answering, command, environ
from tests.twins.running import Twin, running

PLANTED = "sk-planted-" + "7d1f9c0a" * 4
WRONG = "sk-planted-wrong-" + "31e8b2f4" * 4
KEPT = "sk-planted-kept-elsewhere-" + "a90b77c2" * 4
ALL = (PLANTED, WRONG, KEPT)
ACTION = "media.openai.txt2img"


@pytest.fixture
def twin(tmp_path: Path) -> Iterator[Twin]:
    with running("openai", tmp_path / "twin", key=PLANTED) as made:
        yield made


def forms(key: str) -> list[bytes]:
    """Return a key as it may be written: plain, backwards, as hex, and in base64 wherever it begins."""
    raw = key.encode()
    shifted = [base64.b64encode(b"x" * shift + raw)[4:-4] for shift in range(3)]
    return [raw, raw[::-1], raw.hex().encode(), *shifted]


def everywhere(folder: Path) -> list[str]:
    """Return the files that hold one of the keys, in whatever way a key is written."""
    written = [form for key in ALL for form in forms(key)]
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and any(form in path.read_bytes() for form in written)
    ]


def ended(client: httpx2.Client, account: str, **params: object) -> dict[str, object]:
    body = {"action": ACTION, "account": account, "params": {"prompt": "a heron", **params}, "max_attempts": 1}
    answer = client.post("/api/v1/jobs", json=body, headers={"Prefer": "wait=30"})
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def accounts(client: httpx2.Client, url: str) -> dict[str, str]:
    """Make an account that works, one that is refused and one that leads nowhere."""
    made = {}
    for name, key, base in (("good", PLANTED, url), ("wrong", WRONG, url), ("gone", PLANTED, "http://127.0.0.1:9")):
        settings = {"api_key": key, "base_url": f"{base}/v1"}
        answer = client.post("/api/v1/accounts", json={"provider": "openai", "name": name, "settings": settings})
        assert answer.status_code == 201, answer.text
        made[name] = answer.json()["id"]
    return made


ROUTES = [
    "/api/v1/accounts", "/api/media/accounts", "/api/v1/audit", "/api/v1/configuration", "/api/v1/jobs",
    "/api/v1/providers", "/api/v1/stats", "/api/v1/keys", "/api/v1/openapi.json", "/api/v1/assets", "/healthz",
    "/api/v1/attention", "/api/v1/presets", "/api/media/presets", "/api/v1/workspaces", "/api/v1/actions",
    "/api/v1/integrations/image_generation", "/api/v1/definitions", "/api/v1/interactions", "/api/v1/runs",
]  # fmt: skip


@pytest.mark.accepts("S0.69", "S3.38", "C7")
def test_a_planted_key_is_found_nowhere(home: Path, twin: Twin, tmp_path: Path) -> None:
    told = list[str]()
    (home / "maquette.toml").write_text(
        f'log_level = "debug"\n[media_creation.openai]\napi_url = "{twin.url}/v1"\napi_key = "env:SHOP_KEY"\n'
    )
    with started(home) as (server, process):
        with server.caller(None, **{"x-api-key": server.admin_key}) as client:
            told += used(client, twin, server)
        process.send_signal(signal.SIGABRT)  # the crash report with the stack of every thread goes to the log
        assert process.wait(20) == -signal.SIGABRT
    assert b"most recent call first" in (home / "server.log").read_bytes()
    with started(home) as (server, _), server.caller(None, **{"x-api-key": server.admin_key}) as client:
        told += [client.get(route).text for route in ROUTES]
    assert [text[:200] for text in told if any(key in text for key in ALL)] == []
    assert everywhere(home) == []


@pytest.mark.accepts("C7", "S2.15")
def test_a_planted_key_is_in_no_row_of_a_database_of_its_own_and_in_no_export(
    home: Path, twin: Twin, postgres_database: str
) -> None:
    (home / "maquette.toml").write_text(f'log_level = "debug"\ndatabase_url = "{postgres_database}"\n')
    with started(home) as (server, _), server.caller(None, **{"x-api-key": server.admin_key}) as client:
        made = accounts(client, twin.url)
        assert ended(client, made["good"])["state"] == "succeeded"
        assert ended(client, made["wrong"])["state"] == "failed"
        exported = client.get("/api/v1/configuration").text
        views = rows(postgres_database)
    assert len(views) > 20
    assert "accounts" in views
    assert [name for name, text in views.items() if any(form in text for key in ALL for form in forms(key))] == []
    assert not any(key in exported for key in ALL)
    assert everywhere(home) == []


def rows(database: str) -> dict[str, bytes]:
    """Return every table and view of a database as text, the queue's own among them."""
    engine = sa.create_engine(database)
    listed = sa.text(
        "select table_schema, table_name from information_schema.tables"
        " where table_schema not in ('pg_catalog', 'information_schema')"
    )
    with engine.connect() as connection:
        names = [(row.table_schema, row.table_name) for row in connection.execute(listed)]
        found = {
            name: "\n".join(
                row[0] or "" for row in connection.execute(sa.text(f'select t::text from "{schema}"."{name}" t'))
            ).encode()
            for schema, name in names
        }
    engine.dispose()
    return found


@contextmanager
def started(home: Path) -> Iterator[tuple[Running, subprocess.Popen[bytes]]]:
    extra = environ({"SHOP_KEY": KEPT, "PYTHONFAULTHANDLER": "1"})
    with (home / "server.log").open("ab") as log:
        process = subprocess.Popen(command(home, "--port", "0"), stdout=log, stderr=log, env=extra)
        try:
            yield answering(home, process), process
        finally:
            process.kill()
            process.wait()


def used(client: httpx2.Client, twin: Twin, server: Running) -> list[str]:
    """Use keys in every way that goes well or wrong, and return all that was answered."""
    told, made = list[str](), accounts(client, twin.url)
    kept = next(row["id"] for row in client.get("/api/v1/accounts").json()["items"] if row["origin"] == "config")
    with client.stream("GET", "/api/v1/events", params={"after": 0}) as stream:
        jobs = [ended(client, made["good"]), ended(client, kept), ended(client, made["gone"])]
        twin.set_faults(rate=1.0, kinds=["malformed"])
        jobs.append(ended(client, made["wrong"]))
        states = [job["state"] for job in jobs]
        assert states[:3] == ["succeeded", "failed", "failed"], [job["error"] for job in jobs]
        lines = stream.iter_lines()
        deadline = time.monotonic() + 20
        for line in lines:
            told.append(line)
            if (line.startswith("data:") and str(jobs[3]["id"]) in line) or time.monotonic() > deadline:
                break
    told += [json.dumps(job) for job in jobs]
    for account in (*made.values(), kept):
        told += [client.post(f"/api/v1/accounts/{account}/check").text, client.get(f"/api/v1/accounts/{account}").text]
    settings = {"api_key": PLANTED, "base_url": "http://127.0.0.1:9/v1", "no_such": PLANTED}
    told.append(client.post("/api/v1/accounts", json={"provider": "openai", "settings": settings}).text)
    told.append(client.post("/api/v1/accounts/check", json={"provider": "openai", "settings": settings}).text)
    entry = {"provider": "openai", "name": "x", "settings": {"api_kye": PLANTED, "api_key": f"{PLANTED}\n"}}
    told.append(client.post("/api/v1/configuration", json={"version": 1, "accounts": [entry]}).text)
    changed = client.patch(f"/api/v1/accounts/{made['good']}", json={"settings": {"api_key": WRONG}})
    told += [changed.text, client.delete(f"/api/v1/accounts/{made['gone']}").text]
    told += [client.get(route).text for route in ROUTES]
    told += [client.get(f"/api/v1/jobs/{job['id']}").text for job in jobs]
    assert server.admin_key not in "".join(told)
    return told
