"""Workflows from the command line, against the real server: from a document to the answer, by script and by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from maquette.cli.desk import Desk
from maquette.cli.field import asked, given
from maquette.cli.root import run as command
from maquette.cli.sheet import lines
from maquette.client import Client
from tests.api.running import Running, serving
from tests.client.test_workflow import ASK, SMALL

TONE = {
    "name": "tone",
    "title": "Tone",
    "steps": [
        {
            "id": "ask",
            "module_id": "ask.form",
            "inputs": {
                "title": "Which tone?",
                "form": {
                    "type": "object",
                    "required": ["tone"],
                    "properties": {
                        "tone": {"enum": ["warm", "cold"], "type": "string"},
                        "level": {"type": "integer", "minimum": 1, "maximum": 9},
                    },
                },
            },
        }
    ],
}
Said = Callable[..., tuple[int, str, str]]


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
    for name in ("MAQUETTE_URL", "MAQUETTE_KEY"):
        monkeypatch.delenv(name, raising=False)

    def said(*words: object) -> tuple[int, str, str]:
        code = command(["--home", str(running.home), *map(str, words)])
        heard = capsys.readouterr()
        return code, heard.out, heard.err

    return said


def kept(path: Path, document: dict[str, Any]) -> Path:
    path.write_text(json.dumps(document))
    return path


def test_a_document_is_checked_added_shown_and_changed(maquette: Said, tmp_path: Path) -> None:
    wrong = kept(tmp_path / "wrong.json", TONE | {"steps": [{"id": "x", "module_id": "ask.nothing"}]})
    code, out, _ = maquette("workflows", "check", wrong)
    assert code == 1
    assert "/steps/0" in out
    code, _, err = maquette("workflows", "add", wrong, "--json")
    assert (code, json.loads(err)["code"]) == (4, "params_invalid")
    right = kept(tmp_path / "right.json", TONE | {"name": "added"})
    assert maquette("workflows", "check", right)[:2] == (0, "It can be added.\n")
    assert json.loads(maquette("workflows", "add", right, "--json")[1])["version"] == 1
    assert json.loads(maquette("workflows", "add", right, "--json")[1])["version"] == 2
    assert "added\t2\tuser\t1\tTone" in maquette("workflows", "list")[1]
    assert "ask\tperson\task.form" in maquette("workflows", "show", "added")[1]
    (tmp_path / "text.json").write_text('{"name": ')
    code, out, _ = maquette("workflows", "check", tmp_path / "text.json")
    assert (code, "text.json:2:1: /name: " in out) == (1, True), out


def test_a_document_in_yaml_is_checked_added_and_printed(maquette: Said, tmp_path: Path) -> None:
    path = tmp_path / "tone.yaml"
    path.write_text("name: toned\nsteps:\n  - id: ask\n    module_id: ask.frm\n    inputs: {form: {type: object}}\n")
    code, out, _ = maquette("workflows", "check", path)
    assert (code, out.startswith(f"{path}:4:5: /steps/0/module_id: ")) == (1, True), out
    path.write_text(path.read_text().replace("ask.frm", "ask.form"))
    assert json.loads(maquette("workflows", "add", path, "--json")[1])["version"] == 1
    code, text, _ = maquette("workflows", "show", "toned", "--yaml")
    assert (code, text.splitlines()[2:5]) == (0, ["- id: ask", "  module_id: ask.form", "  inputs:"])
    path.write_text(text)
    assert json.loads(maquette("workflows", "add", path, "--json")[1])["version"] == 2
    path.write_bytes(b"\xff")
    assert maquette("workflows", "check", path)[0] == 2


def test_a_script_runs_a_workflow_and_answers_what_it_asks(maquette: Said, tmp_path: Path) -> None:
    maquette("workflows", "add", kept(tmp_path / "tone.json", TONE))
    code, out, _ = maquette("workflows", "run", "tone", "--json")
    run = json.loads(out)
    assert (code, run["state"]) == (5, "waiting")
    asks = run["steps"][0]["interaction"]
    assert f"maquette answer {asks}" in maquette("runs", "--state", "waiting")[1]
    code, out, _ = maquette("answer", asks)
    assert code == 5
    assert "Which tone?" in out
    assert "--set tone=" in out
    code, _, err = maquette("answer", asks, "--set", "tone=loud", "--json")
    assert (code, json.loads(err)["code"]) == (4, "params_invalid")
    assert maquette("answer", asks, "--choose", "asset_1")[0] == 2
    assert maquette("answer", run["id"], "--set", "tone=cold", "--set", "level=3")[0] == 0
    code, out, _ = maquette("runs", "wait", run["id"], "--json")
    assert code == 0
    assert json.loads(out)["state_values"] == {"tone": "cold", "level": 3}
    assert maquette("answer", asks)[0] == 0
    assert maquette("answer", run["id"])[0] == 2
    assert maquette("answer", asks, "--set", "tone=warm")[0] == 4


def test_a_cancelled_run_says_so(maquette: Said, tmp_path: Path) -> None:
    maquette("workflows", "add", kept(tmp_path / "tone.json", TONE))
    run = json.loads(maquette("workflows", "run", "tone", "--json")[1])["id"]
    maquette("runs", "cancel", run)
    assert maquette("runs", "wait", run)[0] == 130
    assert "cancelled" in maquette("runs", "show", run)[1]


def test_a_person_tries_looks_and_picks_at_the_terminal(client: Client) -> None:
    client.save_workflow(ASK | {"name": "at-the-desk"})
    run = client.wait_run(client.start("at-the-desk", {"subject": "a red disc"}))
    question = client.interaction(run.asks[0])
    # Pick too early, try with the defaults, try with another seed, pick the second.
    words = ["p", "1", "n", "1", "y", *_form(client, question), "p", "2"]
    with CliRunner().isolation(input="\n".join(words) + "\n") as (out, *_):
        response = Desk(client, question).work()
        told = out.getvalue().decode()
    made = client.interaction(question).results["/painter/a"]
    assert [job.params["seed"] for job in made] == [5, 11]
    assert response == {"selected_content_id": made[1].assets[0].id}
    assert "There is nothing to pick yet." in told
    assert "(1 so far)  a red disc" in told
    assert made[0].assets[0].id in told
    assert client.answer(question, response).state == "answered"
    assert client.wait_run(run).state == "succeeded"


def _form(client: Client, question: Any) -> list[str]:
    """Return what is typed into the form: a seed, and nothing else."""
    fields = client.sub_action_form(question, "generate", "/painter/a")["schema"]["properties"]
    return ["11" if name == "seed" else "" for name in fields]


def test_one_of_the_assets_that_a_question_shows_is_picked(client: Client) -> None:
    painted = {"id": "paint", "module_id": "media.painter.txt2img", "inputs": {"prompt": "a disc", "n": 2, **SMALL}}
    choose = {"id": "choose", "module_id": "ask.choose", "inputs": {"assets": "{{ state.assets }}"}}
    client.save_workflow({"name": "picked", "steps": [painted, choose]})
    run = client.wait_run(client.start("picked"))
    first, second = run.steps[0].result["assets"]
    with CliRunner().isolation(input="9\n2\n") as (out, *_):
        response = Desk(client, client.interaction(run.asks[0])).work()
        assert first in out.getvalue().decode()
    assert response == {"chosen": second}
    client.answer(run.asks[0], response)
    assert client.wait_run(run).state_values["chosen"] == second


def test_a_module_that_asks_by_itself_is_answered_too(maquette: Said, client: Client) -> None:
    form = json.dumps({"properties": {"tone": {"type": "string"}}})
    code, out, _ = maquette("generate", "ask.form", "--form", form)
    assert code == 5
    job = next(word for word in out.split() if word.startswith("job_"))
    assert f"maquette answer {job}" in out
    assert maquette("answer", job, "--set", "tone=warm")[0] == 0
    assert client.wait(job).raw["result"] == {"tone": "warm"}


def test_a_person_may_leave_a_question_open(client: Client) -> None:
    client.save_workflow(ASK | {"name": "left-open"})
    run = client.wait_run(client.start("left-open", {"subject": "a boat"}))
    with CliRunner().isolation(input="s\nq\n"):
        assert Desk(client, client.interaction(run.asks[0])).work() is None
    assert client.interaction(run.asks[0]).state == "open"


def test_a_person_fills_in_a_form_field_by_field(client: Client) -> None:
    client.save_workflow(TONE | {"name": "form-at-the-desk"})
    run = client.wait_run(client.start("form-at-the-desk"))
    with CliRunner().isolation(input="loud\nwarm\n99\n4\n") as (out, err, _):
        response = Desk(client, client.interaction(run.asks[0])).work()
        told = out.getvalue() + err.getvalue()
    assert response == {"tone": "warm", "level": 4}
    assert b"Which tone?" in told


SCHEMA = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "n": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "loud": {"type": "boolean"},
    },
}


def test_words_become_values_by_the_schema() -> None:
    pairs = ["name=5", "n=5", 'tags=["a"]', "other=x=y", "more=true"]
    assert given(pairs, SCHEMA) == {"name": "5", "n": 5, "tags": ["a"], "other": "x=y", "more": True}
    with pytest.raises(click.UsageError):
        given(["name"], SCHEMA)


def test_an_optional_field_may_stay_empty() -> None:
    with CliRunner().isolation(input="a\n\n\ny\n"):
        assert asked(SCHEMA, {}) == {"name": "a", "loud": True}
    with CliRunner().isolation(input="\n\n[1]\nn\n"):
        assert asked(SCHEMA, {"name": "kept", "n": 3}) == {"name": "kept", "n": 3, "tags": [1], "loud": False}


def test_data_is_shown_by_its_display_schema() -> None:
    data = {"one": {"a": "first", "_b": {"x": "1", "y": ["2", "3"]}}, "secret": "no", "empty": {}}
    schema = {"properties": {"secret": {"x-display": "hidden"}, "one": {"title": "The one"}}}
    assert list(lines(data, schema)) == [
        "The one",
        "  a: first",
        "  _b",
        "    x: 1",
        "    y",
        "      1: 2",
        "      2: 3",
    ]
