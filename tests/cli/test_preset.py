"""Presets from the command line and by the SDK, against the real server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from maquette.cli.root import run as command
from maquette.client import Client
from maquette.core.errors import NotFound
from tests.api.running import Running, serving

Said = Callable[..., tuple[int, str, str]]
BODY = {
    "name": "small",
    "title": "Small pictures",
    "media": "image",
    "strategy": "weighted",
    "candidates": [
        {"action": "media.painter.txt2img", "weight": 3},
        {"action": "media.openai.txt2img", "weight": 1},
    ],
    "defaults": {"width": 64, "height": 64},
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("cli") / "home") as child:
        yield child


@pytest.fixture
def client(running: Running) -> Iterator[Client]:
    with Client(home=running.home) as made:
        yield made


@pytest.fixture
def maquette(running: Running, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    for name in ("MAQUETTE_HOME", "MAQUETTE_URL", "MAQUETTE_KEY"):
        monkeypatch.delenv(name, raising=False)

    def say(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = command(["--home", str(running.home), *arguments])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return say


def test_a_preset_is_added_tried_out_used_and_removed(maquette: Said, tmp_path: Path) -> None:
    path = tmp_path / "small.json"
    path.write_text(json.dumps(BODY))
    code, said, _ = maquette("presets", "add", str(path))
    assert (code, "small version 1" in said) == (0, True)
    assert "small version 2" in maquette("presets", "add", str(path))[1]
    assert "media.painter.txt2img" in maquette("presets", "show", "small")[1]
    code, said, _ = maquette("presets", "plan", "small", "a red disc", "--params", '{"quality": "high"}')
    assert code == 0
    assert "Left out: 1 media.openai.txt2img: No enabled account" in said
    assert "quality" in said
    target = tmp_path / "disc.png"
    code, _, told = maquette("generate", "small", "a red disc", "--output", str(target), "--no-preview")
    assert (code, target.read_bytes()[:4]) == (0, b"\x89PNG"), told
    assert maquette("presets", "remove", "small")[0] == 0
    assert "small" not in [row["name"] for row in json.loads(maquette("presets", "list", "--json")[1])]


def test_a_bad_document_is_refused_with_the_path(maquette: Said, tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(BODY | {"candidates": [{"action": "media.painter.nothing"}]}))
    code, _, told = maquette("presets", "add", str(path))
    assert (code, "candidates.0.action" in told) == (4, True)
    path.write_text("no json")
    assert maquette("presets", "add", str(path))[0] == 2


def test_a_name_that_neither_an_action_nor_a_preset_has_is_told(maquette: Said) -> None:
    assert maquette("generate", "no-such-thing", "a disc")[0] == 4


def test_the_client_keeps_plans_uses_and_deletes_a_preset(client: Client) -> None:
    made = client.save_preset(BODY | {"name": "sdk", "aggressive": True})
    assert made.warnings[0]["path"] == "aggressive"
    assert client.preset("sdk").id == made.id
    assert client.plan_preset(made, {"prompt": "a"})["candidates"][0]["figures"]["weight"] == 3
    job = client.generate("sdk", prompt="a red disc")
    assert (job.state, job.preset, job.strategy) == ("succeeded", made.id, "weighted")
    assert client.save_preset(BODY | {"name": "sdk"}, preset=made.id).version == 2
    client.delete_preset(made)
    assert made.id not in [each.id for each in client.presets()]
    with pytest.raises(NotFound):
        client.generate("sdk", prompt="a red disc")
