"""A server that a document describes works like a provider that somebody wrote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from maquette.core import notation
from maquette.core.errors import AccountUnknown, ParamsInvalid
from maquette.engine.studio import Studio
from maquette.providers.http.document import read
from maquette.services import catalog
from maquette.services import definition as definitions
from maquette.services import tool as tools
from maquette.services.definition import Document
from maquette.store import account as accounts
from tests.engine.studio import Stage, account, assets_of, ledger, log_of, reached, submit, until
from tests.house.tree import ROOT
from tests.providers.http.kiln import Kiln, burning
from tests.services.house import CALLER, opened

SERVERS = ROOT / "docs" / "how-to" / "servers"


@pytest.fixture
def kiln() -> Iterator[Kiln]:
    with burning() as found:
        yield found


def described(name: str, kiln: Kiln) -> dict[str, Any]:
    """Return a worked description, with the twin in the place of its server."""
    document: dict[str, Any] = notation.read((SERVERS / f"{name}.yaml").read_text("utf-8")).value
    return document | {"server": kiln.url}


async def desk(studio: Studio, server: str) -> str:
    made = await account(studio, "http")
    await studio.store.write("default", lambda tx: accounts.update(tx, made.id, settings={"server": server}) and None)
    return made.id


async def taken(stage: Stage, kiln: Kiln, name: str, **words: Any) -> tuple[Studio, str]:
    """Import a description beside an account on its server, and return its one action."""
    studio = await opened(stage)
    await desk(studio, kiln.url)
    made = await definitions.create(studio, CALLER, Document("http", "kiln", described(name, kiln) | words))
    return studio, made.actions[0]


async def test_a_described_action_is_ready_once_an_account_has_its_server(stage: Stage, kiln: Kiln) -> None:
    studio = await opened(stage)
    mine = await account(studio, "http")
    made = await definitions.create(studio, CALLER, Document("http", "kiln", described("stable-diffusion-cpp", kiln)))

    async def offered() -> tuple[bool, str, bool]:
        (found,) = await catalog.offered(studio, CALLER, [studio.registry.action(made.actions[0])])
        usable = {each.name for each in await tools.offered(studio, CALLER)}
        return found.ready, found.by, tools.name_of(made.actions[0]) in usable

    assert await offered() == (False, "HTTP", False)
    server = {"server": kiln.url}
    await studio.store.write("default", lambda tx: accounts.update(tx, mine.id, settings=server) and None)
    assert await offered() == (True, "HTTP", True)
    await studio.store.write("default", lambda tx: accounts.update(tx, mine.id, enabled=False) and None)
    assert await offered() == (False, "HTTP", False)


@pytest.mark.accepts("S3.19", "S0.28")
async def test_described_work_is_submitted_once_followed_and_kept(stage: Stage, kiln: Kiln) -> None:
    document = described("stable-diffusion-cpp", kiln)
    document["actions"]["txt2img"] |= {
        "progress": {"at": "answer.share", "of": 100},
        "cost": {"at": "answer.credits", "unit": "credits", "usd": 0.01},
        "price": 0.05,
    }
    studio, action = await taken(stage, kiln, "stable-diffusion-cpp", actions=document["actions"])
    kiln.hold = True
    job = await submit(studio, action, params={"prompt": "a fox", "width": 256})
    assert job.reserved == 50_000
    await until(lambda: _told(studio, job))
    kiln.hold = False
    job = await reached(studio, job)
    assert job.state == "succeeded", job.error
    assert kiln.bill == [{"prompt": "a fox", "width": 256, "height": 512, "sample_params": {"sample_steps": 20}}]
    (made,) = await assets_of(studio, job)
    assert (made.media, made.mime) == ("image", "image/png")
    (attempt,) = await ledger(studio, job)
    assert (attempt.cost, attempt.cost_source) == (30_000, "reported")


async def _told(studio: Studio, job: Any) -> bool:
    found = [event.data for event in await log_of(studio, job) if event.type == "attempt.progressed"]
    return any(data["fraction"] == 0.4 and data["message"] == "generating" for data in found)


async def test_a_cancel_reaches_the_described_server(stage: Stage, kiln: Kiln) -> None:
    studio, action = await taken(stage, kiln, "stable-diffusion-cpp")
    kiln.hold = True
    job = await submit(studio, action, prompt="a fox")
    await until(lambda: bool(kiln.tasks))
    await studio.engine.cancel("default", job.id)
    assert (await reached(studio, job)).state == "cancelled"
    assert kiln.tasks == {"job_1": "cancelled"}


async def test_a_failure_is_told_in_the_words_of_the_server(stage: Stage, kiln: Kiln) -> None:
    studio, action = await taken(stage, kiln, "stable-diffusion-cpp")
    kiln.outcome = "failed"
    job = await reached(studio, await submit(studio, action, prompt="a fox"))
    assert job.error is not None
    assert (job.state, job.error["code"]) == ("failed", "generation_failed")
    assert "the clay cracked" in job.error["detail"]


async def test_a_refusal_of_the_content_is_not_tried_again(stage: Stage, kiln: Kiln) -> None:
    document = described("stable-diffusion-cpp", kiln)
    document["actions"]["txt2img"]["status"] |= {"refused": ["nsfw"]}
    studio, action = await taken(stage, kiln, "stable-diffusion-cpp", actions=document["actions"])
    kiln.outcome = "nsfw"
    job = await reached(studio, await submit(studio, action, prompt="a fox"))
    assert job.error is not None
    assert job.error["code"] == "content_rejected"
    assert len(kiln.bill) == 1


async def test_an_answer_that_is_the_sound_itself_is_kept(stage: Stage, kiln: Kiln) -> None:
    studio, action = await taken(stage, kiln, "speech")
    job = await reached(studio, await submit(studio, action, params={"prompt": "Good morning", "speed": 2}))
    assert job.state == "succeeded", job.error
    (made,) = await assets_of(studio, job)
    assert made.mime == "audio/wav"
    assert kiln.bill[0] | {"model": "tts"} == {
        "model": "tts", "input": "Good morning", "voice": "alloy", "speed": 2, "response_format": "wav",
    }  # fmt: skip


async def test_a_token_is_never_sent_to_another_server_than_its_own(stage: Stage, kiln: Kiln) -> None:
    studio = await opened(stage)
    await desk(studio, "http://127.0.0.1:9")
    document = Document("http", "kiln", described("stable-diffusion-cpp", kiln))
    action = (await definitions.create(studio, CALLER, document)).actions[0]
    with pytest.raises(AccountUnknown, match=r"its server is http://127\.0\.0\.1:9, and the action is served by"):
        await submit(studio, action, prompt="a fox")
    assert kiln.bill == []


FAULTS = {
    "a word too many": ({"colour": 1}, "/colour"),
    "no action": ({"actions": {}}, "/actions"),
    "a server that is none": ({"server": "127.0.0.1"}, "/server"),
}
OFFERS = {
    "another name": ({}, "/actions/A b"),
    "no status": ({"status": None}, "/actions/txt2img/status"),
    "a task that nobody asks after": ({"poll": None, "status": None}, "/actions/txt2img"),
    "a place outside the answer": ({"error": "params.prompt"}, "/actions/txt2img/error"),
    "a place that is no path": ({"task": "answer..id"}, "/actions/txt2img/task"),
    "an unknown parameter": ({"submit": {"path": "/x/{{ params.colour }}"}}, "/actions/txt2img/submit/path"),
    "another's variable": ({"submit": {"path": "/x/{{ secret.key }}"}}, "/actions/txt2img/submit/path"),
    "a brace that stays open": ({"submit": {"path": "/x/{{ params"}}, "/actions/txt2img/submit/path"),
    "an address of its own": ({"submit": {"path": "https://evil.example/x"}}, "/actions/txt2img/submit/path"),
    "no schema": ({"params": {"type": "string"}}, "/actions/txt2img/params"),
    "a schema that is none": (
        {"params": {"type": "object", "properties": {"prompt": {"type": 7}}}},
        "/actions/txt2img/params/properties/prompt/type",
    ),
    "a schema elsewhere": (
        {"params": {"type": "object", "properties": {"prompt": {"$ref": "https://evil.example/s"}}}},
        "/actions/txt2img/params/properties/prompt/$ref",
    ),
    "a hint that is none": (
        {"params": {"type": "object", "properties": {"prompt": {"x-colour": 1}}}},
        "/actions/txt2img/params/properties/prompt/x-colour",
    ),
    "outputs without a place": ({"outputs": {"as": "url"}}, "/actions/txt2img/outputs/at"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_a_description_is_told_with_its_place(name: str) -> None:
    change, place = FAULTS[name]
    document = {"server": "http://127.0.0.1:1", "actions": described_offers()} | change
    assert place in [fault["path"] for fault in refusal(document)]


@pytest.mark.parametrize("name", OFFERS)
def test_a_fault_of_an_action_is_told_with_its_place(name: str) -> None:
    change, place = OFFERS[name]
    offer = described_offers()["txt2img"] | change
    offers = {place.split("/")[2]: {key: value for key, value in offer.items() if value is not None}}
    found = refusal({"server": "http://127.0.0.1:1", "actions": offers})
    assert place in [fault["path"] for fault in found], found


def described_offers() -> dict[str, Any]:
    offers: dict[str, Any] = described("stable-diffusion-cpp", Kiln("http://127.0.0.1:1"))["actions"]
    return offers


def refusal(document: dict[str, Any]) -> list[dict[str, str]]:
    with pytest.raises(ParamsInvalid) as caught:
        read(document)
    found: list[dict[str, str]] = caught.value.details["errors"]
    return found


async def test_a_description_may_be_written_in_yaml_and_its_faults_have_lines(stage: Stage, kiln: Kiln) -> None:
    studio = await opened(stage)
    text = (SERVERS / "speech.yaml").read_text("utf-8")
    made = await definitions.create(studio, CALLER, Document("http", "voice", text))
    assert made.actions == ["media.http.voice_speak"]
    bad = text.replace("outputs: {as: body}", "outputs: {as: nobody}")
    with pytest.raises(ParamsInvalid, match=r"^Line \d+: The document, at /actions/speak/outputs/as") as caught:
        await definitions.create(studio, CALLER, Document("http", "voice", bad))
    assert caught.value.details["errors"][0]["line"] == bad.split("outputs:")[0].count("\n") + 1


async def test_a_new_version_of_a_description_takes_the_place_of_the_old_one(stage: Stage, kiln: Kiln) -> None:
    studio, action = await taken(stage, kiln, "speech")
    document = described("speech", kiln)
    document["actions"] = {"read": document["actions"]["speak"] | {"title": "Read"}}
    made = await definitions.create(studio, CALLER, Document("http", "kiln", document))
    assert (made.definition.version, made.actions) == (2, ["media.http.kiln_read"])
    assert action not in studio.registry.of("http")
