"""Pictures, films, accounts and errors at ElevenLabs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import HttpUrl

from maquette.core.action import Cost
from maquette.core.adapt import adapt
from maquette.core.errors import (
    AccountRejected,
    ContentRejected,
    GenerationFailed,
    ModelRetired,
    QuotaExhausted,
    RequestRejected,
)
from maquette.core.registry import Registry
from maquette.providers.elevenlabs import PROVIDER
from maquette.providers.elevenlabs.flow import Film, Moving, Picture, Rework, body
from maquette.providers.elevenlabs.settings import Account
from maquette.providers.elevenlabs.sound import Speak
from tests.providers.hosted import FAULTS, after_crash, fault, refused_checks
from tests.providers.lent import LentCall, Memory, lent
from tests.twins.picture import Picture as Drawing
from tests.twins.picture import painted
from tests.twins.running import Twin, running


async def test_a_picture_is_submitted_once_and_fetched_when_it_is_done(
    account: Account, tmp_path: Path, twin: Twin
) -> None:
    memory = Memory()
    async with lent(PROVIDER, account, tmp_path, memory) as call:
        made = await PROVIDER.txt2img(Picture(prompt="a fox [[m:fox]]", seed=3), call)
        assert [message for _, message in call.told] == ["pending", "generating"]
        again = await PROVIDER.txt2img(Picture(prompt="a fox [[m:fox]]", seed=3), after_crash(call, memory))
    assert again.outputs == made.outputs
    assert (made.outputs[0].media, made.outputs[0].seed) == ("image", 3)
    assert str(made.outputs[0].url).startswith(f"{twin.url}/files/")
    assert twin.bills("fox") == 1


async def test_pictures_go_within_the_request(call: LentCall, twin: Twin) -> None:
    one, two = (call.lend(painted(Drawing(64, 64, words))) for words in ("one", "two"))
    await PROVIDER.img2img(Rework(prompt="both [[m:both]]", image=one, references=(two,)), call)
    call.again()
    film = await PROVIDER.img2vid(Moving(prompt="it moves [[m:moves]]", image=one, last_image=two), call)
    assert film.outputs[0].media == "video"
    assert (twin.bills("both"), twin.bills("moves")) == (1, 1)


def test_a_model_is_told_only_what_it_knows() -> None:
    assert body(Film(prompt="p", model="veo-3.1-generate-001", negative_prompt="rain", seed=2, duration=8)) == {
        "model_id": "veo-3.1-generate-001",
        "prompt": "p",
        "negative_prompt": "rain",
        "seed": 2,
        "duration_secs": 8,
        "resolution": "720p",
        "generate_audio": True,
    }
    assert "seed" not in body(Film(prompt="p", model="bytedance-seedance-v2.5", seed=2))
    schema = Registry().action("media.elevenlabs.txt2img").schema("gpt-image-2")
    assert "seed" not in schema["properties"]
    assert "3:1" in schema["properties"]["aspect_ratio"]["enum"]


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("txt2img", "gpt-image-2.5-flare"),
        ("txt2img", "gpt-image-2.5-sunburst"),
        ("txt2img", "tomorrow-image"),
        ("txt2vid", "tomorrow-video"),
    ],
)
async def test_a_model_that_takes_no_seed_gets_none_and_one_that_nobody_knows_gets_nothing_unasked(
    call: LentCall, name: str, model: str
) -> None:
    params, warnings = adapt(Registry().action(f"media.elevenlabs.{name}"), {"prompt": "a fox", "model": model})
    assert warnings == []
    made = await getattr(PROVIDER, name)(params, call)
    assert made.outputs[0].seed is None


def test_an_unknown_model_is_told_what_was_asked_for() -> None:
    action = Registry().action("media.elevenlabs.txt2vid")
    asked = {"prompt": "p", "model": "tomorrow-video", "seed": 7, "duration": 9, "resolution": "720p"}
    params, _ = adapt(action, asked)
    assert isinstance(params, Film)
    # What is asked for as it is anyway cannot be told from what was not asked for.
    assert body(params) == {"model_id": "tomorrow-video", "prompt": "p", "seed": 7, "duration_secs": 9}


async def test_a_moderated_flow_and_a_failed_one_are_told_apart(call: LentCall) -> None:
    with pytest.raises(ContentRejected, match="The work was moderated") as refused:
        await PROVIDER.txt2img(Picture(prompt="[[moderate]]"), call)
    assert refused.value.cost == Cost(0, "computed")
    call.again()
    with pytest.raises(GenerationFailed, match="model_error") as caught:
        await PROVIDER.txt2vid(Film(prompt="[[fail]]"), call)
    assert "does not charge" in caught.value.advice
    assert caught.value.cost == Cost(0, "computed")


async def test_a_retired_model_is_refused_before_anything_is_sent(call: LentCall, twin: Twin) -> None:
    before = len(twin.log())
    with pytest.raises(ModelRetired) as caught:
        await PROVIDER.txt2img(Picture(prompt="old", model="gpt-image-1"), call)
    assert caught.value.details["replaced_by"] == "gpt-image-2"
    assert len(twin.log()) == before


async def test_nothing_offers_to_stop_what_the_vendor_cannot_stop() -> None:
    assert not PROVIDER.offers("cancel")


@pytest.mark.accepts("S2.7")
async def test_the_check_names_cause_and_cure(account: Account, tmp_path: Path) -> None:
    async with lent(PROVIDER, account, tmp_path) as call:
        await PROVIDER.check(call)
    await refused_checks(PROVIDER, account, tmp_path, "", "ElevenLabs")
    with running("elevenlabs", tmp_path / "poor", balance=0) as poor:
        empty = account.model_copy(update={"base_url": HttpUrl(poor.url)})
        async with lent(PROVIDER, empty, tmp_path) as call:
            with pytest.raises(QuotaExhausted, match="All 100000 credits"):
                await PROVIDER.check(call)


@pytest.mark.parametrize("name", FAULTS)
async def test_each_fault_of_the_vendor_is_its_own_error(
    account: Account, twin: Twin, tmp_path: Path, name: str
) -> None:
    await fault(twin, PROVIDER, account, tmp_path, name, lambda call: PROVIDER.speech(Speak(prompt="a fault"), call))


@pytest.mark.parametrize(
    ("detail", "kind", "words"),
    [
        ({"status": "quota_exceeded", "message": "none left"}, QuotaExhausted, "none left"),
        ({"status": "missing_permissions", "message": "needs music_generation"}, AccountRejected, "music_generation"),
        ({"status": "content_against_policy", "message": "no"}, ContentRejected, "no"),
        ([{"loc": ["body", "text"], "msg": "Field required"}], RequestRejected, "text: Field required"),
        ({"status": "voice_not_found", "message": "?"}, type(None), ""),
        ("plain", type(None), ""),
    ],
)
def test_bodies_add_only_what_their_status_does_not_say(detail: Any, kind: type[object], words: str) -> None:
    found = PROVIDER.refusal(422 if isinstance(detail, list) else 401, {"detail": detail})
    assert type(found) is kind
    assert words in str(found)
    assert PROVIDER.refusal(503, {"detail": detail}) is None


async def test_the_models_are_the_accounts_own_and_those_that_are_known(call: LentCall) -> None:
    rows = {row["id"]: row for row in await PROVIDER.models(call)}
    assert (rows["eleven_v4"]["media"], rows["veo-3.1-generate-001"]["media"]) == ("audio", "video")
    assert rows["gpt-image-1"] | {"replaced_by": "gpt-image-2", "retires_on": "2026-10-23"} == rows["gpt-image-1"]
    assert rows["eleven_next"] == {"id": "eleven_next", "title": "Eleven Next", "media": "audio"}
