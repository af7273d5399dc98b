"""Lists over HTTP: the look beforehand, the rows, the zip, and bad input."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from typing import Any

import httpx2
import pytest

from tests.api.running import ACTION, Running, made, png

SHARED = {"width": 64, "height": 64}


def uploaded(client: httpx2.Client, content: bytes, name: str = "list.csv") -> httpx2.Response:
    return client.post("/api/v1/assets", files={"file": (name, content, "text/csv")})


def run(client: httpx2.Client, **params: Any) -> dict[str, Any]:
    body = {"action": "list.run", "params": {"action": ACTION, "params": SHARED, **params}}
    found: dict[str, Any] = client.post("/api/v1/jobs", json=body, headers={"Prefer": "wait=60"}).json()
    return found


def preview(client: httpx2.Client, **params: Any) -> httpx2.Response:
    return client.post("/api/v1/lists/preview", json={"action": ACTION, "params": SHARED, **params})


def test_a_list_is_looked_at_before_it_runs(admin: httpx2.Client) -> None:
    file = uploaded(admin, b"Prompt;seed\na fox;3\n;4\na hen;x\n").json()["id"]
    seen = preview(admin, file=file).json()
    assert seen["columns"] == [{"name": "Prompt", "field": "prompt"}, {"name": "seed", "field": "seed"}]
    assert (seen["total"], seen["ready"]) == (3, 1)
    assert [(row["state"], bool(row["why"])) for row in seen["rows"]] == [
        ("ready", False), ("skipped", True), ("failed", True),
    ]  # fmt: skip
    assert "seed" in seen["rows"][2]["why"]


@pytest.mark.accepts("S1.55", "S4.20", "S4.23")
def test_each_row_tells_its_state_its_files_its_cost_and_its_cause(admin: httpx2.Client) -> None:
    job = run(admin, rows=[{"prompt": "a fox"}, {"prompt": "a hen", "seed": "x"}, {"prompt": ""}])
    assert job["state"] == "succeeded", job["error"]
    shown = admin.get(f"/api/v1/lists/{job['id']}").json()
    assert [row["state"] for row in shown["rows"]] == ["succeeded", "failed", "skipped"]
    first, second, third = shown["rows"]
    assert (first["params"]["prompt"], len(first["assets"]), first["cost_micro_usd"]) == ("a fox", 1, 0)
    assert second["error"]["code"] == "params_invalid"
    assert third["error"]["detail"] == "the row is empty"
    assert admin.get(f"/api/v1/lists/{made(admin)['id']}").status_code == 404


@pytest.mark.accepts("S1.63")
def test_all_files_come_as_one_zip_with_a_manifest_that_no_spreadsheet_runs(admin: httpx2.Client) -> None:
    job = run(admin, rows=[{"prompt": "=1+1"}, {"prompt": "a hen", "seed": "x"}, {"prompt": "a cow", "n": 2}])
    answer = admin.get(f"/api/v1/jobs/{job['id']}/archive")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert names == ["0001-1.png", "0003-1.png", "0003-2.png", "manifest.json", "manifest.csv"]
        assert archive.read("0001-1.png").startswith(b"\x89PNG")
        manifest = json.loads(archive.read("manifest.json"))
        rows = list(csv.DictReader(io.StringIO(archive.read("manifest.csv").decode("utf-8-sig"), newline="")))
    assert (manifest["tally"]["succeeded"], manifest["entries"][0]["prompt"]) == (2, "=1+1")
    assert [(row["file"], row["prompt"]) for row in rows] == [
        ("0001-1.png", "'=1+1"), ("0003-1.png", "a cow"), ("0003-2.png", "a cow"),
    ]  # fmt: skip


def test_a_plain_job_and_an_export_have_archives_too(admin: httpx2.Client) -> None:
    job = made(admin)
    body = {"action": "asset.export", "params": {"assets": [job["assets"][0]["id"]], "name": "fox", "format": "webp"}}
    exported = admin.post("/api/v1/jobs", json=body, headers={"Prefer": "wait=60"}).json()
    names = []
    for each in (job, exported):
        with zipfile.ZipFile(io.BytesIO(admin.get(f"/api/v1/jobs/{each['id']}/archive").content)) as archive:
            names.append(archive.namelist()[0])
    assert names == ["1.png", "fox-1.webp"]
    asked = admin.post(
        "/api/v1/jobs",
        json={"action": "list.run", "params": {"action": ACTION, "rows": [{"x": 1}]}},
        headers={"Prefer": "wait=30"},
    ).json()
    assert admin.get(f"/api/v1/jobs/{asked['id']}/archive").status_code == 404


def test_bad_lists_are_refused_by_name(admin: httpx2.Client) -> None:
    wrong = preview(admin, rows=[{"promt": "a fox"}])
    assert (wrong.status_code, wrong.json()["code"]) == (422, "params_invalid")
    assert "did you mean 'prompt'" in wrong.json()["detail"]
    many = uploaded(admin, b"prompt\n" + b"a fox\n" * 100_000).json()["id"]
    assert "100,000 rows" in preview(admin, file=many).json()["detail"]
    job = run(admin, file=many)
    assert (job["state"], job["children"]) == ("failed", [])
    assert "100,000 rows" in job["error"]["detail"]
    latin = uploaded(admin, "prompt\nein Bär\n".encode("latin-1"))
    assert (latin.status_code, "UTF-8" in latin.text) == (415, True)
    sixteen = uploaded(admin, "prompt\nein Bär\n".encode("utf-16"))
    assert (sixteen.status_code, "UTF-8" in sixteen.text) == (415, True)
    picture = uploaded(admin, png(), "list.png")
    assert preview(admin, file=picture.json()["id"]).status_code == 422 if picture.status_code == 201 else True
    both = admin.post("/api/v1/jobs", json={"action": "list.run", "params": {"action": ACTION}})
    assert (both.status_code, "either" in both.text) == (422, True)
    assert preview(admin, action="media.painter.txt2imgg", rows=[{"prompt": "a"}]).json()["code"] == "unknown_action"


def test_lists_of_others_stay_theirs(server: Running) -> None:
    with server.caller("viewer") as viewer:
        lost = f"job_{'0' * 32}"
        assert viewer.get(f"/api/v1/lists/{lost}").status_code == 404
        assert viewer.get(f"/api/v1/jobs/{lost}/archive").status_code == 404
    with server.caller(None) as nobody:
        assert nobody.get(f"/api/v1/jobs/{lost}/archive").status_code == 401
