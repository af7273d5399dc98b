"""Transcripts, films and the rarer options of pictures."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pydantic import HttpUrl

from maquette.core.action import Answer, Result
from maquette.core.errors import ContentRejected, GenerationFailed, ModelRetired, OutcomeUnknown, RequestRejected
from maquette.providers.openai import PROVIDER
from maquette.providers.openai.image import Edit, Imagine, generation
from maquette.providers.openai.settings import Account
from maquette.providers.openai.speech import Speak
from maquette.providers.openai.transcript import Transcribe, heard, listening
from maquette.providers.openai.video import Animate, Film, pause
from tests.providers.lent import LentCall, Memory, lent
from tests.twins.marker import marker_in
from tests.twins.picture import Picture, painted
from tests.twins.running import Twin
from tests.twins.sound import wav


@pytest.mark.parametrize(("format_", "begins"), [("text", "A recording"), ("srt", "1\n00:00"), ("vtt", "WEBVTT")])
async def test_a_recording_is_written_down_once_and_billed_by_the_second(
    account: Account, twin: Twin, tmp_path: Path, format_: Any, begins: str
) -> None:
    memory, marker = Memory(), f"said{format_}"
    made: list[Result] = []
    for _ in range(2):
        async with lent(PROVIDER, account, tmp_path, memory) as call:
            sound = call.lend(wav("x" * 120, marker), mime="audio/wav")
            made.append(await PROVIDER.transcribe(Transcribe(audio=sound, language="en", format=format_), call))
    assert made[0] == made[1]
    text = str(made[0].outputs[0].content)
    assert text.startswith(begins)
    assert f"(twin:{marker})" in text
    assert twin.bills(marker) == 1
    if format_ == "text":
        assert made[0].cost is not None
        assert made[0].cost.micro_usd == round(2.0 * 75)


async def test_a_recording_that_is_none_or_too_large_is_refused(call: LentCall) -> None:
    with pytest.raises(RequestRejected, match="could not be decoded"):
        await PROVIDER.transcribe(Transcribe(audio=call.lend(b"noise" * 100, mime="audio/wav")), call)
    large = call.assets[call.lend(b"x", mime="audio/wav")]
    object.__setattr__(large, "content", bytes(26 * 2**20))
    with pytest.raises(RequestRejected, match="bytes"):
        listening(Transcribe(audio=large.id), large)
    with pytest.raises(GenerationFailed, match="no words"):
        heard(Transcribe(audio=large.id), b'{"text": " "}')


async def test_speech_of_the_vendor_is_billed_by_the_tokens_that_its_stream_tells(
    account: Account, tmp_path: Path, twin: Twin
) -> None:
    memory, params = Memory(), Speak(prompt="Hello [[m:counted]]", model="gpt-4o-mini-tts")
    made = []
    for _ in range(2):
        async with lent(PROVIDER, account, tmp_path, memory) as call:
            made.append(await PROVIDER.speech(params, call))
    assert made[0] == made[1]
    assert isinstance(made[0].outputs[0].content, bytes)
    assert marker_in(made[0].outputs[0].content) == "counted"
    assert twin.bills("counted") == 1
    spent = made[0].response["usage"]
    assert made[0].cost is not None
    assert made[0].cost.source == "computed"
    assert made[0].cost.micro_usd == round(spent["input"] * 0.6 + spent["output"] * 12)


@pytest.mark.accepts("S0.26")
async def test_a_server_that_speaks_the_videos_protocol_films_over_a_crash_with_one_bill(
    account: Account, twin: Twin, tmp_path: Path
) -> None:
    memory, own = Memory(), account.model_copy(update={"flavour": "vllm-omni"})
    made, pauses = list[Result](), list[float]()
    for _ in range(2):
        async with lent(PROVIDER, own, tmp_path, memory) as call:
            made.append(await PROVIDER.txt2vid(Film(prompt="a wave [[m:film]]", duration=2, size="720x1280"), call))
            told, pauses = call.told, pauses or call.pauses
            film = await call.http.send("GET", str(made[-1].outputs[0].url))
            assert marker_in(film.body) == "film"
    assert made[0] == made[1]
    assert memory.handle["video"].startswith("video_")
    assert memory.handle["pause"] == 0.15
    assert pauses == [0.1] * len(pauses) != []
    assert told[-1] == (1.0, "completed")
    assert twin.bills("film") == 1
    assert made[0].cost is not None
    assert made[0].cost.micro_usd == 0


async def test_a_picture_begins_a_film(account: Account, tmp_path: Path, twin: Twin) -> None:
    own = account.model_copy(update={"flavour": "vllm-omni"})
    async with lent(PROVIDER, own, tmp_path) as call:
        source = call.lend(painted(Picture(96, 96, "source")))
        result = await PROVIDER.img2vid(Animate(prompt="move [[m:begin]]", image=source, duration=1), call)
        assert result.outputs[0].media == "video"
        assert twin.bills("begin") == 1
        call.again()
        with pytest.raises(ContentRejected, match="safety system"):
            await PROVIDER.txt2vid(Film(prompt="no [[refuse]]", duration=1), call)


@pytest.mark.parametrize(("told", "seconds"), [("2500", 2.5), ("1", 0.1), ("999999", 60.0), ("soon", 1.0), ("", 1.0)])
def test_a_server_is_asked_as_often_as_it_wants(told: str, seconds: float) -> None:
    assert pause(Answer(200, {"openai-poll-after-ms": told}, b"")) == seconds


async def test_sora_is_gone_at_its_vendor_and_an_answer_without_an_id_leaves_the_outcome_open(
    account: Account, storm: Twin, tmp_path: Path
) -> None:
    async with lent(PROVIDER, account, tmp_path) as call:
        with pytest.raises(ModelRetired, match="2026-09-24"):
            await PROVIDER.txt2vid(Film(prompt="old", model="sora-2"), call)
    storm.set_faults(rate=1.0, elsewhere=0.0, kinds=["no_id"])
    there = account.model_copy(update={"flavour": "compatible", "base_url": HttpUrl(f"{storm.url}/v1")})
    async with lent(PROVIDER, there, tmp_path / "storm") as call:
        with pytest.raises(OutcomeUnknown, match="no id"):
            await PROVIDER.txt2vid(Film(prompt="lost"), call)


@pytest.mark.accepts("S2.24")
async def test_a_moving_picture_has_its_frames_and_a_markup_takes_the_place_of_a_mask(
    call: LentCall, twin: Twin
) -> None:
    result = await PROVIDER.txt2img(Imagine(prompt="blink [[m:gif]]", format="gif", frames=3, partial_images=2), call)
    assert isinstance(result.outputs[0].content, bytes)
    with Image.open(io.BytesIO(result.outputs[0].content)) as found:
        assert (found.format, getattr(found, "n_frames", 1)) == ("GIF", 3)
    call.again()
    source, marks = (call.lend(painted(Picture(96, 96, word))) for word in ("source", "marks"))
    params = Edit(prompt="there [[m:marks]]", image=source, markup=marks)
    assert (await PROVIDER.img2img(params, call)).outputs
    call.again()
    with pytest.raises(RequestRejected, match="markup"):
        await PROVIDER.img2img(params.model_copy(update={"mask": marks}), call)
    assert (twin.bills("gif"), twin.bills("marks")) == (1, 1)


async def test_what_an_account_says_of_its_users_goes_along(account: Account, tmp_path: Path) -> None:
    named = account.model_copy(update={"safety_identifier": "studio-7"})
    async with lent(PROVIDER, named, tmp_path) as call:
        source = call.lend(painted(Picture(96, 96, "source")))
        assert (await PROVIDER.img2img(Edit(prompt="x", image=source, fidelity="high"), call)).outputs
    assert "frame_count" not in generation(Imagine(prompt="x", frames=5))
    assert generation(Imagine(prompt="x", format="gif", frames=5))["frame_count"] == 5
