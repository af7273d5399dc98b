"""Lists on the command line, against a real server."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from maquette.cli.root import run
from tests.api.running import ACTION, Running, serving

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("list") / "home") as running:
        yield running


@pytest.fixture
def maquette(live: Running, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.setenv("MAQUETTE_URL", live.url)
    monkeypatch.setenv("MAQUETTE_KEY", live.admin_key)

    def command(*words: object) -> tuple[int, str, str]:
        code = run([str(word) for word in words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


@pytest.mark.accepts("S1.55")
def test_a_file_is_checked_run_and_downloaded(maquette: Command, tmp_path: Path) -> None:
    path, target = tmp_path / "animals.csv", tmp_path / "animals.zip"
    path.write_text("animal,seed\nfox,1\nhen,2\n")
    words = ("list", "run", path, "--action", ACTION, "--set", "prompt=a {{ animal }}", "--set", "width=64")
    words = (*words, "--set", "height=64")
    code, out, _ = maquette(*words, "--check")
    assert (code, "2 of 2 rows can run" in out) == (0, True)
    code, out, err = maquette(*words, "--zip", target)
    assert code == 0, err
    assert "a fox" in out and "2 succeeded" in out
    with zipfile.ZipFile(target) as archive:
        assert {entry["prompt"] for entry in json.loads(archive.read("manifest.json"))["entries"]} == {"a fox", "a hen"}


def test_a_row_that_failed_is_shown_with_its_cause_and_retried(maquette: Command, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("prompt,width,height,seed\na fox,64,64,1\na hen,64,64,x\n")
    code, out, _ = maquette("list", "run", path, "--action", ACTION)
    assert (code, "1 succeeded, 1 failed" in out) == (1, True)
    job = next(word for word in out.split() if word.startswith("job_"))
    code, out, _ = maquette("list", "show", job, "--json")
    assert [row["state"] for row in json.loads(out)["rows"]] == ["succeeded", "failed"]
    code, out, _ = maquette("list", "retry", job)
    assert (code, "1 succeeded, 1 failed" in out) == (1, True)


def test_a_file_that_is_no_list_is_refused(maquette: Command, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("promt\na fox\n")
    code, _, err = maquette("list", "run", path, "--action", ACTION)
    assert (code, "did you mean 'prompt'" in err) == (4, True)
    path.write_bytes("prompt\nein Bär\n".encode("latin-1"))
    code, _, err = maquette("list", "run", path, "--action", ACTION)
    assert (code, "UTF-8" in err) == (4, True)
