"""Speech by Google Cloud Text-to-Speech."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import HttpUrl, SecretStr, ValidationError

from maquette.core.errors import AccountRejected, GenerationFailed, RequestRejected
from maquette.providers.google_speech import PROVIDER, Account, Speak, reading, reading_price, spoken
from tests.providers.lent import Memory, lent
from tests.twins.marker import marker_in
from tests.twins.running import Twin, running


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running("google_speech", tmp_path_factory.mktemp("google_speech")) as found:
        yield found


@pytest.fixture
def account(twin: Twin) -> Account:
    return Account(base_url=HttpUrl(twin.url), api_key=SecretStr("sk-twin"))


@pytest.mark.accepts("S3.21")
@pytest.mark.parametrize("format_", ["mp3", "wav"])
async def test_a_text_is_read_aloud_once_and_billed_by_the_character(
    account: Account, tmp_path: Path, twin: Twin, format_: Any
) -> None:
    memory, prompt = Memory(), f"Hello there [[m:{format_}]]"
    made = []
    for _ in range(2):
        async with lent(PROVIDER, account, tmp_path, memory) as call:
            made.append(await PROVIDER.speech(Speak(prompt=prompt, format=format_, speed=1.5), call))
    assert made[0] == made[1]
    assert isinstance(made[0].outputs[0].content, bytes)
    assert marker_in(made[0].outputs[0].content) == format_
    assert twin.bills(format_) == 1
    assert made[0].cost is not None
    assert (made[0].cost.micro_usd, made[0].cost.source) == (len(prompt) * 30, "computed")


def test_a_text_is_counted_in_bytes() -> None:
    Speak(prompt="ä" * 2_500)
    with pytest.raises(ValidationError, match="cut it into parts"):
        Speak(prompt="ä" * 2_501)


def test_a_voice_brings_its_language_and_a_model_of_gemini_its_voices() -> None:
    assert reading(Speak(prompt="p", voice="de-DE-Wavenet-C"))["voice"]["languageCode"] == "de-DE"
    gemini = Speak(prompt="p", voice="Kore", model="gemini-3.8-flash-tts", instructions="calm", language="fr-FR")
    body = reading(gemini)
    assert body["voice"] == {"languageCode": "fr-FR", "name": "Kore", "modelName": "gemini-3.8-flash-tts"}
    assert body["input"] == {"text": "p", "prompt": "calm"}
    assert reading(Speak(prompt="<speak/>", markup=True))["input"] == {"ssml": "<speak/>"}
    price = reading_price(gemini)
    assert price is not None
    assert price.low <= price.likely < price.high
    assert reading_price(Speak(prompt="p", voice="Nobody")) is None


async def test_what_the_vendor_does_not_have_is_refused_in_its_words(account: Account, tmp_path: Path) -> None:
    async with lent(PROVIDER, account, tmp_path) as call:
        with pytest.raises(RequestRejected, match="en-US-Nobody"):
            await PROVIDER.speech(Speak(prompt="who", voice="en-US-Nobody"), call)


async def test_a_wrong_key_is_told_though_it_comes_as_a_bad_request(account: Account, tmp_path: Path) -> None:
    wrong = account.model_copy(update={"api_key": SecretStr("sk-other")})
    async with lent(PROVIDER, wrong, tmp_path) as call:
        with pytest.raises(AccountRejected, match="key"):
            await PROVIDER.check(call)


def test_an_answer_without_sound_is_a_failure() -> None:
    with pytest.raises(GenerationFailed):
        spoken(Speak(prompt="p"), b"{}")


def test_an_account_needs_a_key_or_a_service_account() -> None:
    with pytest.raises(ValidationError, match="enter an `api_key`"):
        Account()
