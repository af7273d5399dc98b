"""What an installation lays over the catalog counts from its start, and from a reload on."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.api.running import command, environ, serving

ROW = {
    "id": "anime_xl",
    "retires_on": "2027-02-03",
    "replaced_by": "lucid_origin",
    "rules": [{"per": "image", "usd": 1}],
}


def written(home: Path, name: str, *rows: object) -> None:
    (home / "catalog").mkdir(parents=True, exist_ok=True)
    (home / "catalog" / name).write_text(json.dumps({"checked_on": "2026-11-27", "models": rows}), encoding="utf-8")


def test_files_of_the_home_folder_are_laid_over_the_catalog_at_the_start_and_at_a_reload(tmp_path: Path) -> None:
    home = tmp_path / "home"
    written(home, "leonardo.json", ROW)
    with serving(home) as server, server.caller("admin") as client:

        def known(model: str) -> dict[str, object]:
            items = client.get("/api/v1/prices", params={"provider": "leonardo"}).json()["items"]
            return next(row for row in items if row["model"] == model)

        assert known("anime_xl")["rules"] == [{"per": "image", "usd": "1", "when": {}}]
        (home / "catalog" / "leonardo.json").unlink()
        at = client.get("/api/v1/jobs").json()["as_of"]
        assert client.post("/api/v1/accounts/reload").status_code == 200
        assert known("anime_xl")["rules"] == []
        with client.stream("GET", "/api/v1/events", params={"after": at}) as stream:
            assert (
                next(line for line in stream.iter_lines() if line.startswith("event: cat")) == "event: catalog.changed"
            )
        written(home, "leonardo.json", ROW | {"retires_on": "soon"})
        refused = client.post("/api/v1/accounts/reload")
        assert refused.json()["code"] == "config_invalid"
        assert "leonardo.json" in refused.json()["detail"] and "models.0.retires_on" in refused.json()["detail"]
        written(home, "leonardo.json")
        assert client.post("/api/v1/accounts/reload").status_code == 200


def test_a_fault_in_a_file_stops_the_start_and_is_named(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for name, said in (("leonardo.json", "models.0"), ("leonadro.json", "no provider that is installed")):
        written(home, name, {"id": "fresh"})
        done = subprocess.run(
            command(home, "--port", "0"), env=environ(None), capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode != 0
        assert name in done.stderr and said in done.stderr, done.stderr
        (home / "catalog" / name).unlink()
