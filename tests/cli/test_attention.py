"""What needs a person: listed with cause, money and place to look, and settled in three ways, over both doors."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from maquette.cli.root import run as command
from maquette.client import Client
from tests.api.running import Running, serving
from tests.twins.running import Twin, running

Said = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running("openai", tmp_path_factory.mktemp("twin"), faults=1.0, kinds=("reset_billed",)) as made:
        yield made


@pytest.fixture(scope="module")
def child(tmp_path_factory: pytest.TempPathFactory, twin: Twin) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("cli") / "home") as made:
        with Client(home=made.home) as client:
            settings = {"api_key": "sk-twin", "base_url": f"{twin.url}/v1"}
            client.add_account("openai", settings=settings, name="of the twin")
        yield made


@pytest.fixture
def client(child: Running) -> Iterator[Client]:
    with Client(home=child.home) as made:
        yield made


@pytest.fixture
def maquette(child: Running, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    for name in ("MAQUETTE_HOME", "MAQUETTE_URL", "MAQUETTE_KEY"):
        monkeypatch.delenv(name, raising=False)

    def say(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = command(["--home", str(child.home), *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return say


def doubtful(client: Client, subject: str) -> str:
    """Run a job whose answer is lost, so that it waits for a person."""
    body = {"action": "media.openai.txt2img", "params": {"prompt": f"a fox of {subject}"}, "subject": subject}
    job = client.request("POST", "/api/v1/jobs", json=body)
    settled = client.wait(job["id"])
    assert settled.attention is not None, settled
    return str(settled.id)


def listed(client: Client, job: str) -> list[dict[str, Any]]:
    page = client.request("GET", "/api/v1/attention")
    return [row for row in page["items"] if row["job"] == job]


def state(client: Client, job: str) -> str:
    return str(client.job(job).state)


@pytest.mark.accepts("R3")
def test_what_is_known_of_it_is_listed_until_it_is_settled(maquette: Said, client: Client, twin: Twin) -> None:
    job = doubtful(client, "the list")
    (row,) = listed(client, job)
    assert (row["provider"], row["account_name"], row["subject"]) == ("openai", "of the twin", "the list")
    assert (row["code"], row["money_at_stake"] > 0) == ("outcome_unknown", True)
    assert row["page"].startswith(twin.url)
    assert (row["ways"], row["sent_at"] <= row["since"]) == (["resubmit", "attach", "give_up"], True)
    code, out, _ = maquette("attention", "list")
    assert (code, job in out, "of the twin" in out, row["page"] in out) == (0, True, True, True)
    assert job in {each["job"] for each in json.loads(maquette("attention", "list", "--json")[1])}
    code, out, _ = maquette("attention", "resolve", job, "--how", "give_up")
    assert (code, "cancelled" in out) == (0, True)
    assert listed(client, job) == []
    (entry,) = client.request("GET", "/api/v1/audit", params={"subject": row["attempt"]})["items"]
    assert (entry["action"], entry["after"]["how"], entry["after"]["at_stake"]) == (
        "attempt.resolved", "give_up", row["money_at_stake"],
    )  # fmt: skip


def test_it_is_sent_again_where_a_person_says_so_and_only_then(maquette: Said, client: Client, twin: Twin) -> None:
    job = doubtful(client, "the repeat")
    sent = len(twin.bill())
    twin.set_faults(rate=0.0)
    try:
        assert maquette("attention", "resolve", job, "--how", "resubmit")[0] == 0
        assert client.wait(job).state == "succeeded"
    finally:
        twin.set_faults(rate=1.0)
    assert len(twin.bill()) == sent + 1
    assert listed(client, job) == []


def test_a_file_that_was_found_at_the_provider_is_attached(maquette: Said, client: Client, tmp_path: Path) -> None:
    from tests.api.running import png

    job, file = doubtful(client, "the file"), tmp_path / "found.png"
    file.write_bytes(png())
    assert maquette("attention", "resolve", job, "--how", "attach", "--file", str(file))[0] == 0
    ended = client.job(job)
    assert (ended.state, [asset.mime for asset in ended.assets]) == ("succeeded", ["image/png"])
    assert listed(client, job) == []


def test_a_job_that_was_cancelled_meanwhile_is_still_listed_and_not_run_again(maquette: Said, client: Client) -> None:
    job = doubtful(client, "the cancelled")
    client.cancel(job)
    (row,) = listed(client, job)
    assert (row["job_state"], row["ways"]) == ("cancelled", ["attach", "give_up"])
    code, _, err = maquette("attention", "resolve", job, "--how", "resubmit")
    assert (code, "cancelled" in err) == (4, True)
    assert maquette("attention", "resolve", job, "--how", "give_up")[0] == 0
    assert (state(client, job), listed(client, job)) == ("cancelled", [])


@pytest.mark.parametrize("words", [["--how", "attach"], ["--how", "give_up", "--handle", "x"]])
def test_what_does_not_go_together_is_told_before_anything_is_done(maquette: Said, words: list[str]) -> None:
    code, _, err = maquette("attention", "resolve", "job_" + "0" * 32, *words)
    assert (code, "--how attach" in err) == (2, True)


def test_workspaces_are_made_and_listed_and_a_lost_key_is_replaced(maquette: Said, child: Running) -> None:
    code, token, said = maquette("workspaces", "create", "printers")
    assert (code, token.startswith("mq_"), "not shown again" in said) == (0, True, True)
    rows = json.loads(maquette("workspaces", "list", "--json")[1])["items"]
    made = next(row["id"] for row in rows if row["name"] == "printers")
    code, fresh, _ = maquette("workspaces", "admit", made)
    assert (code, fresh != token) == (0, True)
    for key in (token, fresh):
        with Client(json.loads((child.home / "server.json").read_text())["url"], key.strip()) as client:
            assert client.request("GET", "/api/v1/session")["workspace"] == made
    assert maquette("workspaces", "create", "printers")[0] == 4
