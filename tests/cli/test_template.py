"""Templates from the command line and by the SDK, against the real server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from maquette.cli.root import run as command
from maquette.client import Client
from maquette.core.errors import Conflict, NotFound, TemplateInvalid
from tests.api.running import Running, serving

Said = Callable[..., tuple[int, str, str]]
MINE = {
    "name": "tea",
    "title": "Tea",
    "category": "Own",
    "base_prompt": "a {{ colour }} cup",
    "values": {"colour": "red"},
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
        return code, *capsys.readouterr()

    return say


@pytest.mark.accepts("S1.11")
def test_a_picture_is_made_from_a_template_and_a_missing_value_is_named(maquette: Said, tmp_path: Path) -> None:
    target = tmp_path / "fjord.png"
    words = ("generate", "media.painter.txt2img", "--template", "landscape-nature", "--width", "64", "--height", "64")
    code, _, error = maquette(*words, "--value", "place=a fjord", "--output", str(target))
    assert (code, target.read_bytes()[:4]) == (0, b"\x89PNG"), error
    code, _, error = maquette(*words)
    assert code != 0
    assert "'place'" in error
    code, _, error = maquette(*words[:2], "--value", "place=x")
    assert (code, "goes with" in error) == (2, True)
    code, _, error = maquette(*words, "--value", "place")
    assert (code, "NAME=TEXT" in error) == (2, True)


def test_templates_are_listed_shown_filled_in_added_and_reset(maquette: Said, client: Client, tmp_path: Path) -> None:
    code, out, _ = maquette("templates", "list")
    assert (code, "portrait-headshot" in out, "Concept Art" in out) == (0, True, True)
    code, out, _ = maquette("templates", "show", "portrait-headshot")
    assert (code, "appearance" in out, "{{ character_name }}" in out) == (0, True, True)
    file = tmp_path / "tea.json"
    file.write_text(json.dumps(MINE))
    assert maquette("templates", "add", str(file))[0] == 0
    code, out, _ = maquette("templates", "add", str(file))
    assert "tea version 2" in out
    code, out, _ = maquette("templates", "render", "tea", "--value", "colour=blue", "--style", "watercolour")
    assert (code, out.startswith("a blue cup, watercolour")) == (0, True)
    file.write_text(json.dumps(MINE | {"base_prompt": "{{ 7*7 }}"}))
    code, _, error = maquette("templates", "add", str(file))
    assert (code, "base_prompt" in error) == (4, True)
    with pytest.raises(Conflict):
        client.reset_template("tea")
    own = dict(client.template("portrait-headshot").raw)
    words = ("name", "title", "category", "base_prompt")
    client.save_template({word: own[word] for word in words} | {"negative_prompt": "fog"}, template="portrait-headshot")
    assert client.template("portrait-headshot").resets
    code, out, _ = maquette("templates", "reset", "portrait-headshot")
    assert (code, client.template("portrait-headshot").origin) == (0, "shipped")
    with pytest.raises(TemplateInvalid, match="'colour'"):
        client.render_template("tea")
    maquette("templates", "remove", "tea")
    with pytest.raises(NotFound):
        client.template("tea")


@pytest.mark.accepts("S1.66")
def test_a_pack_goes_to_a_file_and_comes_back(maquette: Said, client: Client, tmp_path: Path) -> None:
    client.save_template(MINE)
    pack = tmp_path / "pack.json"
    assert maquette("templates", "export", "--output", str(pack))[0] == 0
    client.delete_template("tea")
    code, out, _ = maquette("templates", "import", str(pack))
    assert (code, out.strip()) == (0, "Created: tea")
    code, _, error = maquette("templates", "import", "http://10.0.0.1/pack.json")
    assert (code, "10.0.0.1" in error) == (4, True)
    client.delete_template("tea")
