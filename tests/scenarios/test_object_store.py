"""Where the bytes are kept is a setting: a folder of one's own or an S3 bucket, and nothing else changes."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from maquette.blobs import ObstoreBlobs
from tests.scenarios.fleet import Fleet, Json

PAINT: Json = {"action": "media.painter.txt2img", "params": {"prompt": "a red disc", "width": 64, "height": 64}}
PATIENCE_S = 30.0


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, dict[str, str]]:
    """The URL of a store, and its options."""
    if request.param == "folder":
        return (tmp_path / "elsewhere").as_uri(), {}
    options: dict[str, str] = request.getfixturevalue("s3_options")
    return f"{request.getfixturevalue('s3_url')}/studio", options


@pytest.fixture
def fleet(home: Path, place: tuple[str, dict[str, str]]) -> Iterator[Fleet]:
    url, options = place
    lines = [f"blob_url = {json.dumps(url)}", "[blob_options]"]
    (home / "maquette.toml").write_text(
        "\n".join([*lines, *(f"{name} = {json.dumps(value)}" for name, value in options.items())])
    )
    made = Fleet(home)
    made.start()
    yield made
    made.close()


@pytest.mark.accepts("S1.53")
def test_everything_that_is_made_is_kept_there_and_read_from_there(
    fleet: Fleet, place: tuple[str, dict[str, str]]
) -> None:
    status, job = fleet.ask("POST", "/api/v1/jobs", PAINT, prefer="wait=30")
    assert (status, job["state"]) == (200, "succeeded"), job
    (asset,) = job["assets"]
    content = fleet.fetch(asset["urls"]["content"])
    assert hashlib.sha256(content).hexdigest() == asset["digest"]
    assert fleet.fetch(small_picture(fleet, asset["id"]))
    assert not [path for path in (fleet.home / "blobs").rglob("*") if path.is_file()]
    assert asyncio.run(kept(*place, asset["digest"])) == content


def small_picture(fleet: Fleet, asset: str) -> str:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        found = fleet.ask("GET", f"/api/v1/assets/{asset}")[1]["urls"]["small"]
        if found:
            return str(found)
        time.sleep(0.05)
    raise AssertionError("no small picture")


async def kept(url: str, options: dict[str, str], digest: str) -> bytes:
    """Return what the store itself holds under the key of a picture."""
    blobs = ObstoreBlobs.open(url, options)
    key = f"default/original/{digest[:2]}/{digest[2:4]}/{digest}.png"
    return b"".join([piece async for piece in blobs.read(key)])
