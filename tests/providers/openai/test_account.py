"""Accounts at OpenAI and at servers that speak its protocol: addresses, keys, models, errors, prices."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import HttpUrl, SecretStr

from maquette import catalog
from maquette.core.errors import (
    AccountRejected,
    ContentRejected,
    MaquetteError,
    ModelRetired,
    OutcomeUnknown,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
    RequestRejected,
)
from maquette.core.registry import Registry
from maquette.providers.openai import PROVIDER
from maquette.providers.openai.image import Edit, Imagine, edit_price, generation_price
from maquette.providers.openai.money import picture_tokens
from maquette.providers.openai.settings import Account
from maquette.providers.openai.speech import Speak, reading_price
from maquette.providers.openai.text import Write, writing_price
from tests.providers.lent import LentCall, lent
from tests.twins.openai.dialect import SPENT
from tests.twins.running import Twin

ASSET = f"asset_{'0' * 32}"


def test_the_provider_offers_pictures_speech_and_text() -> None:
    found = {name: action.produces for name, action in Registry().of("openai").items()}
    assert found == {
        "media.openai.img2img": "image",
        "media.openai.img2vid": "video",
        "media.openai.inpaint": "image",
        "media.openai.speech": "audio",
        "media.openai.transcribe": "text",
        "media.openai.txt2img": "image",
        "media.openai.txt2txt": "text",
        "media.openai.txt2vid": "video",
    }


def test_the_key_goes_into_a_header_and_an_account_may_do_without() -> None:
    account = Account(api_key=SecretStr("sk-secret"), organization="org", project="proj")
    assert account.headers() == {
        "Authorization": "Bearer sk-secret",
        "OpenAI-Organization": "org",
        "OpenAI-Project": "proj",
    }
    assert Account().headers() == {}
    assert "sk-secret" not in repr(account)


@pytest.mark.parametrize(
    ("settings", "official", "responses"),
    [
        ({}, True, True),
        ({"base_url": "http://127.0.0.1:11434/v1"}, False, False),
        ({"base_url": "http://127.0.0.1:11434/v1", "api": "responses"}, False, True),
        ({"base_url": "http://127.0.0.1:11434/v1", "flavour": "openai"}, True, True),
        ({"api": "chat"}, True, False),
        ({"base_url": "https://api.openai.com.example.org/v1"}, False, False),
    ],
)
def test_the_address_decides_unless_the_account_does(settings: dict[str, str], official: bool, responses: bool) -> None:
    account = Account.model_validate(settings)
    assert (account.official, account.responses) == (official, responses)


async def test_the_check_passes_with_the_key_and_fails_without(account: Account, tmp_path: Path) -> None:
    async with lent(PROVIDER, account, tmp_path) as call:
        await PROVIDER.check(call)
    wrong = account.model_copy(update={"api_key": SecretStr("sk-wrong-key")})
    async with lent(PROVIDER, wrong, tmp_path) as call:
        with pytest.raises(AccountRejected):
            await PROVIDER.check(call)


async def test_the_list_of_models_tells_what_each_makes_and_when_it_goes(call: LentCall) -> None:
    models = {row["id"]: row for row in await PROVIDER.models(call)}
    assert models["gpt-image-2.5-flare"]["media"] == "image"
    assert "retires_on" not in models["gpt-image-2.5-flare"]
    assert models["gpt-4o-mini-tts"]["retires_on"] == "2027-01-06"
    assert models["gpt-5.1"]["replaced_by"] == "gpt-6-luna"


async def test_a_retired_model_is_refused_before_anything_is_sent(call: LentCall, twin: Twin) -> None:
    before = len(twin.log())
    with pytest.raises(ModelRetired, match="dall-e-3") as caught:
        await PROVIDER.txt2img(Imagine(prompt="old", model="dall-e-3"), call)
    assert caught.value.details["replaced_by"] == "gpt-image-2.5-flare"
    assert "gpt-image-2.5-flare" in caught.value.advice
    assert len(twin.log()) == before


async def test_a_server_of_ones_own_may_serve_a_model_that_the_vendor_retired(account: Account, tmp_path: Path) -> None:
    own = account.model_copy(update={"flavour": "compatible"})
    async with lent(PROVIDER, own, tmp_path) as call:
        # The twin then answers as the vendor would: the refusal names the replacement too.
        with pytest.raises(ModelRetired) as caught:
            await PROVIDER.txt2img(Imagine(prompt="old", model="dall-e-3"), call)
    assert caught.value.details["replaced_by"] == "gpt-image-2.5-flare"


async def test_an_unknown_model_is_refused_with_a_way_on(call: LentCall) -> None:
    with pytest.raises(RequestRejected, match="gpt-image-9") as caught:
        await PROVIDER.txt2img(Imagine(prompt="new", model="gpt-image-9"), call)
    assert not isinstance(caught.value, ModelRetired)
    assert "list of models" in caught.value.advice


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("status_401", AccountRejected),
        ("payment_402", QuotaExhausted),
        ("quota_429", QuotaExhausted),
        ("rate_seconds", RateLimited),
        ("rate_date", RateLimited),
        ("rate_body", RateLimited),
        ("rate_bare", RateLimited),
        ("moderation", ContentRejected),
        ("error_unbilled", OutcomeUnknown),
        ("error_billed", OutcomeUnknown),
        ("reset_billed", OutcomeUnknown),
        ("reset_midway", OutcomeUnknown),
    ],
)
async def test_each_fault_of_the_vendor_is_its_own_error(
    account: Account, storm: Twin, tmp_path: Path, fault: str, error: type[MaquetteError]
) -> None:
    storm.set_faults(rate=1.0, elsewhere=0.0, kinds=[fault], retry_after=2)
    there = account.model_copy(update={"base_url": HttpUrl(f"{storm.url}/v1")})
    async with lent(PROVIDER, there, tmp_path) as call:
        with pytest.raises(error) as caught:
            await PROVIDER.txt2img(Imagine(prompt=f"a fault [[m:{fault}]]"), call)
    assert type(caught.value) is error
    if fault in ("rate_seconds", "rate_date", "rate_body"):
        assert caught.value.retry_after == pytest.approx(2, abs=1.5)


async def test_a_limit_of_spending_is_no_rate_whatever_its_code(account: Account, storm: Twin, tmp_path: Path) -> None:
    storm.set_faults(rate=1.0, elsewhere=0.0, kinds=["quota_429"])
    there = account.model_copy(update={"base_url": HttpUrl(f"{storm.url}/v1")})
    codes = set[str]()
    for turn in SPENT:
        async with lent(PROVIDER, there, tmp_path / turn) as call:
            with pytest.raises(QuotaExhausted) as caught:
                await PROVIDER.txt2img(Imagine(prompt=f"a fault [[m:{turn}]]"), call)
        codes.add(caught.value.details["provider_code"])
    assert codes == set(SPENT)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"code": "organization_spend_limit", "message": "no"}, QuotaExhausted),
        ({"type": "billing_error", "code": None, "message": "no"}, QuotaExhausted),
        ({"code": "token_quota_exceeded", "message": "Tokens per minute limit exceeded"}, type(None)),
        ({"code": "rate_limit_exceeded", "message": "slower"}, type(None)),
    ],
)
def test_what_a_429_asks_for_is_read_from_its_body(fault: dict[str, Any], error: type[object]) -> None:
    assert type(PROVIDER.refusal(429, {"error": fault})) is error


async def test_a_server_that_is_not_there_is_unavailable(account: Account, tmp_path: Path) -> None:
    nowhere = account.model_copy(update={"base_url": HttpUrl("http://127.0.0.1:9/v1")})
    async with lent(PROVIDER, nowhere, tmp_path) as call:
        with pytest.raises(ProviderUnavailable):
            await PROVIDER.txt2img(Imagine(prompt="nobody"), call)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"error": {"code": "content_policy_violation", "message": "no"}}, ContentRejected),
        ({"error": {"code": "x", "innererror": {"code": "ResponsibleAIPolicyViolation"}}}, ContentRejected),
        ({"error": {"type": "insufficient_quota", "message": "none left"}}, QuotaExhausted),
        ({"error": {"code": "rate_limit_exceeded", "message": "try again in 1m2.5s"}}, RateLimited),
        ({"error": {"code": "rate_limit_exceeded", "message": "later"}}, type(None)),
        ({"error": {"code": "invalid_value", "message": "bad"}}, type(None)),
        ({"error": "plain"}, type(None)),
        ({}, type(None)),
    ],
)
def test_bodies_add_only_what_their_status_does_not_say(body: dict[str, Any], error: type[object]) -> None:
    found = PROVIDER.refusal(400, body)
    assert type(found) is error
    if isinstance(found, RateLimited):
        assert found.retry_after == 62.5
    assert PROVIDER.refusal(503, body) is None


@pytest.mark.parametrize(
    ("width", "height", "quality", "tokens"),
    [(1024, 1024, "low", 196), (1536, 1024, "medium", 1372), (2048, 2048, "high", 14272), (3840, 2160, "high", 13342)],
)
def test_the_tokens_of_a_picture_fit_the_published_figures(width: int, height: int, quality: str, tokens: int) -> None:
    assert picture_tokens(width, height, quality) == tokens


def test_a_price_is_known_before_and_brackets_what_is_not() -> None:
    exact = generation_price(Imagine(prompt="fox", size="1024x1024", quality="high", n=2))
    assert exact is not None
    assert exact.likely == 2 * 7024 * 30 + 5
    assert exact.likely - 3 <= exact.low <= exact.high <= exact.likely + 5, "only the words of the prompt are guessed"
    assert "2026-11-20" in exact.source
    open_ = generation_price(Imagine(prompt="fox"))
    assert open_ is not None
    assert open_.low < open_.likely < open_.high
    dearest = generation_price(Imagine(prompt="fox", quality="max"))
    assert dearest is not None
    assert dearest.low < dearest.high
    edit = edit_price(Edit(prompt="fox", image=ASSET, references=(ASSET,), size="1024x1024", quality="high"))
    assert edit is not None
    assert edit.likely == 7024 * 30 + 5 + 2 * 1500 * 8
    assert generation_price(Imagine(prompt="fox", model="own-model")) is None


def test_texts_and_speech_are_priced_too() -> None:
    text = writing_price(Write(prompt="x" * 4000, max_tokens=2_000))
    assert text is not None
    assert (text.low, text.likely, text.high) == (51, 600, 1200)
    assert writing_price(Write(prompt="p", model="own-model")) is None
    speech = reading_price(Speak(prompt="x" * 900))
    assert speech is not None
    assert speech.low < speech.likely < speech.high
    assert reading_price(Speak(prompt="p", model="own-model")) is None


def test_the_default_models_are_known_and_do_not_end_with_the_sheet() -> None:
    for params in (Imagine(prompt="p"), Write(prompt="p")):
        found = catalog.model("openai", params.model)
        assert found is not None
        assert not found.retired(date(2027, 11, 20))
