"""Speech at OpenAI and at servers that speak its protocol."""

from __future__ import annotations

from pathlib import Path

import pytest

from maquette.core.action import Answer
from maquette.core.errors import OutcomeUnknown
from maquette.providers.openai import PROVIDER
from maquette.providers.openai.settings import Account
from maquette.providers.openai.speech import Speak, heard
from tests.providers.lent import Memory, lent
from tests.twins.marker import marker_in
from tests.twins.running import Twin


@pytest.fixture
def server(account: Account) -> Account:
    """An account whose models never retire, whatever the day of the test."""
    return account.model_copy(update={"flavour": "compatible"})


@pytest.mark.parametrize("format_", ["mp3", "wav"])
async def test_a_text_is_read_aloud_once(server: Account, tmp_path: Path, twin: Twin, format_: str) -> None:
    memory, marker = Memory(), f"speech-{format_}"
    params = Speak.model_validate({"prompt": f"Hello there [[m:{marker}]]", "format": format_, "speed": 1.25})
    async with lent(PROVIDER, server, tmp_path, memory) as first:
        made = await PROVIDER.speech(params, first)
    async with lent(PROVIDER, server, tmp_path, memory) as second:
        assert await PROVIDER.speech(params, second) == made
    (output,) = made.outputs
    assert output.media == "audio"
    assert isinstance(output.content, bytes)
    assert marker_in(output.content) == marker
    assert twin.bills(marker) == 1


async def test_speech_billed_by_the_character_is_exact_and_by_the_token_an_estimate(
    server: Account, tmp_path: Path
) -> None:
    text = "x" * 1_000
    async with lent(PROVIDER, server, tmp_path) as call:
        by_character = (await PROVIDER.speech(Speak(prompt=text, model="tts-1", voice="alloy"), call)).cost
    assert by_character is not None
    assert (by_character.micro_usd, by_character.source) == (15_000, "computed")
    by_token = heard(Speak(prompt=text), Answer(200, {"content-type": "audio/mpeg"}, b"sound")).cost
    assert by_token is not None
    # A thousand characters take some 67 seconds, at about $0.015 a minute.
    assert 12_000 < by_token.micro_usd < 22_000
    assert by_token.source == "estimated"


@pytest.mark.parametrize(("kind", "body"), [("text/html", b"<html>"), ("application/json", b"{}"), ("audio/mpeg", b"")])
def test_an_answer_that_is_no_sound_leaves_the_outcome_open(kind: str, body: bytes) -> None:
    with pytest.raises(OutcomeUnknown):
        heard(Speak(prompt="hello"), Answer(200, {"content-type": f"{kind}; charset=utf-8"}, body))
