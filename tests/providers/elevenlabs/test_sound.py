"""Speech, dialogue, effects and music at ElevenLabs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from maquette.core.action import Answer
from maquette.core.errors import ContentRejected, OutcomeUnknown, RequestRejected
from maquette.core.registry import Registry
from maquette.providers.elevenlabs import PROVIDER
from maquette.providers.elevenlabs.settings import Account
from maquette.providers.elevenlabs.sound import (
    Dialogue,
    Effect,
    Music,
    Speak,
    effect_price,
    heard,
    music_price,
    reading_price,
    turns,
)
from tests.providers.lent import LentCall, Memory, lent
from tests.twins.marker import marker_in
from tests.twins.running import Twin


@pytest.mark.accepts("S1.64", "S3.21")
@pytest.mark.parametrize("format_", ["mp3", "wav"])
async def test_a_text_is_read_aloud_once_and_its_cost_is_what_the_vendor_counted(
    account: Account, tmp_path: Path, twin: Twin, format_: str
) -> None:
    memory, marker = Memory(), f"speech-{format_}"
    params = Speak.model_validate({"prompt": f"Hello there [[m:{marker}]]", "format": format_, "voice": "Sarah"})
    async with lent(PROVIDER, account, tmp_path, memory) as first:
        made = await PROVIDER.speech(params, first)
    async with lent(PROVIDER, account, tmp_path, memory) as second:
        assert await PROVIDER.speech(params, second) == made
    (output,) = made.outputs
    assert isinstance(output.content, bytes)
    assert (output.media, marker_in(output.content)) == ("audio", marker)
    assert made.cost is not None
    count = len(params.prompt)
    assert (made.cost.micro_usd, made.cost.source, made.cost.amount) == (count * 80, "computed", f"{count} credits")
    assert twin.bills(marker) == 1


async def test_credits_become_money_by_the_rate_of_the_accounts_plan(account: Account, tmp_path: Path) -> None:
    dear = account.model_copy(update={"usd_per_1000_credits": 0.3})
    async with lent(PROVIDER, dear, tmp_path) as call:
        made = await PROVIDER.speech(Speak(prompt="x" * 100, model="eleven_flash_v2_5"), call)
    assert made.cost is not None
    assert (made.cost.micro_usd, made.cost.amount) == (15_000, "50 credits")


async def test_a_voice_is_found_by_its_name_and_an_unknown_one_is_told(call: LentCall, twin: Twin) -> None:
    await PROVIDER.speech(Speak(prompt="named", voice="charlie"), call)
    assert call.memory.memo == {"voice:charlie": ["IKne3meq5aSn9XLyUdCD"]}
    call.again()
    before = len(twin.bill())
    with pytest.raises(RequestRejected, match="no voice 'Nobody'"):
        await PROVIDER.speech(Speak(prompt="unknown", voice="Nobody"), call)
    assert len(twin.bill()) == before


async def test_only_what_was_moved_is_said_of_the_voice(call: LentCall) -> None:
    # The twin refuses a field that the endpoint does not have.
    params = Speak(prompt="tuned", stability=0.2, similarity=0.9, style=0.3, speed=1.1, language="de", seed=4)
    made = await PROVIDER.speech(params, call)
    assert made.outputs[0].seed == 4


@pytest.mark.accepts("S1.64", "S3.21")
async def test_a_script_is_played_with_a_voice_for_each_speaker(call: LentCall, twin: Twin) -> None:
    script = "Anna: Good morning! [[m:scene]]\nBen: Morning.\nand good night\n\nAnna: Already?"
    assert turns(script) == [
        ("Anna", "Good morning! [[m:scene]]"),
        ("Ben", "Morning. and good night"),
        ("Anna", "Already?"),
    ]
    made = await PROVIDER.dialogue(Dialogue(prompt=script, voices=("George", "Sarah")), call)
    assert isinstance(made.outputs[0].content, bytes)
    assert marker_in(made.outputs[0].content) == "scene"
    assert twin.bills("scene") == 1


async def test_a_script_without_names_and_voices_is_read_by_the_accounts_own(call: LentCall, twin: Twin) -> None:
    await PROVIDER.dialogue(Dialogue(prompt="Just a line. [[m:line]]"), call)
    assert twin.bills("line") == 1


async def test_too_few_voices_are_refused_before_anything_is_sent(call: LentCall, twin: Twin) -> None:
    before = len(twin.bill())
    with pytest.raises(RequestRejected, match="2 speakers and 1 voices"):
        await PROVIDER.dialogue(Dialogue(prompt="A: one\nB: two", voices=("George",)), call)
    assert len(twin.bill()) == before


@pytest.mark.accepts("S1.64")
async def test_effects_and_music_are_made_from_words(call: LentCall, twin: Twin) -> None:
    effect = await PROVIDER.sound_effect(Effect(prompt="a door [[m:door]]", duration=2, loop=True), call)
    call.again()
    music = await PROVIDER.music(Music(prompt="a march [[m:march]]", duration=10, instrumental=True), call)
    for made, marker in ((effect, "door"), (music, "march")):
        assert isinstance(made.outputs[0].content, bytes)
        assert marker_in(made.outputs[0].content) == marker
        assert twin.bills(marker) == 1
    assert "song-id" in music.response
    # The answer to music counts nothing: what is known of its price is what it cost.
    assert music.cost is not None
    assert (music.cost.micro_usd, music.cost.source) == (125_000, "estimated")


async def test_a_refused_piece_is_a_rejected_content_with_the_vendors_reason(call: LentCall) -> None:
    with pytest.raises(ContentRejected, match="names protected work"):
        await PROVIDER.music(Music(prompt="[[refuse]]"), call)


@pytest.mark.parametrize(("kind", "body"), [("text/html", b"<html>"), ("application/json", b"{}"), ("audio/mpeg", b"")])
def test_an_answer_that_is_no_sound_leaves_the_outcome_open(account: Account, kind: str, body: bytes) -> None:
    with pytest.raises(OutcomeUnknown):
        heard(Answer(200, {"content-type": f"{kind}; charset=utf-8"}, body), account)


def test_what_is_known_of_a_price_is_told_beforehand() -> None:
    quick = reading_price(Speak(prompt="x" * 1000, model="eleven_flash_v2_5"))
    assert quick is not None
    assert (quick.low, quick.high) == (40_000, 40_000)
    assert "2026-11-20" in quick.source
    song = music_price(Music(prompt="x"))
    assert song is not None
    assert song.low < song.likely < song.high
    assert effect_price(Effect(prompt="x")) is None
    assert reading_price(Speak(prompt="x", model="own")) is None


@pytest.mark.parametrize(
    ("model", "most"), [("eleven_v4", 10_000), ("eleven_flash_v2_5", 40_000), ("eleven_flash_v2", 30_000)]
)
def test_a_model_narrows_how_much_it_reads(model: str, most: int) -> None:
    schema: dict[str, Any] = Registry().action("media.elevenlabs.speech").schema(model)
    assert schema["properties"]["prompt"]["maxLength"] == most
