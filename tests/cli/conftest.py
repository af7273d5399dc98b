"""What tests of the command line share: a server with a catalog, and a way to run one command."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from maquette.cli.root import run
from tests.api import running
from tests.client.fake import Server, Told, job, serving, stream

SCHEMA = {
    "type": "object",
    "properties": {
        "prompt": {"type": "string", "description": "What to make."},
        "width": {
            "type": "integer",
            "minimum": 64,
            "maximum": 2048,
            "default": 1024,
            "description": "Width in pixels.",
        },
        "style": {"enum": ["plain", "rich"], "type": "string", "default": "plain"},
        "tiled": {"type": "boolean", "default": False},
        "tags": {"type": "array", "items": {"type": "string"}},
        "image": {"type": "string", "x-widget": "asset", "x-accept": ["image"]},
        "n": {"type": "integer", "minimum": 1, "maximum": 4},
        "output": {"type": "string"},
        "extra": {"type": "object"},
    },
    "required": ["prompt"],
}
ACTION = {
    "name": "media.painter.txt2img",
    "title": "Text to image",
    "summary": "Paint.",
    "provider": "painter",
    "produces": "image",
    "schema": SCHEMA,
}
ASSET = {"id": "asset_" + "1" * 32, "media": "image", "mime": "image/png", "name": "disc.png", "size": 4}


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Done]


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as made:
        made.on("GET /api/v1/actions", {"items": [ACTION]})
        made.on("GET /api/v1/actions/media.painter.txt2img", ACTION)
        made.on("POST /api/v1/jobs", lambda _: Told(job("queued"), 202, {"location": "/api/v1/jobs/job_1"}))
        made.on("GET /api/v1/jobs/job_1", job(assets=[ASSET], cost={"micro_usd": 40_000}))
        made.on("GET /api/v1/jobs/job_1/events", lambda _: stream((9, "job.succeeded", {})))
        made.on(f"GET /api/v1/assets/{ASSET['id']}", ASSET)
        made.on(f"GET /api/v1/assets/{ASSET['id']}/content", lambda _: Told(body=b"disc"))
        yield made


@pytest.fixture
def maquette(server: Server, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run one command line against the server of the test."""
    monkeypatch.setenv("MAQUETTE_URL", server.url)
    monkeypatch.setenv("MAQUETTE_KEY", "secret")
    monkeypatch.setenv("MAQUETTE_HOME", str(home))

    def command(*words: object) -> Done:
        code = run([str(word) for word in words])
        said = capsys.readouterr()
        return Done(code, said.out, said.err)

    return command


@pytest.fixture
def served(home: Path) -> Iterator[Path]:
    """A home whose server runs, for tests that are not about how commands start one for themselves."""
    with running.serving(home):
        yield home
