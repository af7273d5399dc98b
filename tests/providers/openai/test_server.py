"""Servers that speak the protocol: Azure's two kinds, servers of one's own, and what each of them has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import HttpUrl, SecretStr, ValidationError

from maquette.core.action import Answer
from maquette.core.adapt import adapt
from maquette.core.errors import AccountRejected, ContentRejected, RequestRejected
from maquette.core.registry import Registry
from maquette.providers.openai import PROVIDER
from maquette.providers.openai.image import Imagine, generation
from maquette.providers.openai.provider import billed
from maquette.providers.openai.settings import Account, unserved
from maquette.providers.openai.speech import Speak
from maquette.providers.openai.text import Write, chat_reply, written
from tests.providers.lent import lent
from tests.twins.marker import marker_in
from tests.twins.running import Twin

VERSION = "2025-04-01-preview"


def azure(twin: Twin, flavour: str, **more: Any) -> Account:
    given = {"base_url": HttpUrl(twin.url), "api_key": SecretStr("sk-twin"), "flavour": flavour, **more}
    return Account(**given)


@pytest.mark.accepts("S3.7")
@pytest.mark.parametrize(
    ("flavour", "version"), [("azure-v1", ""), ("azure-v1", "preview"), ("azure-classic", VERSION)]
)
async def test_azure_is_reached_at_its_own_paths_with_its_own_header(
    twin: Twin, tmp_path: Path, flavour: str, version: str
) -> None:
    account, marker = azure(twin, flavour, api_version=version), f"{flavour}{version}"
    async with lent(PROVIDER, account, tmp_path) as call:
        await PROVIDER.check(call)
        result = await PROVIDER.txt2img(Imagine(prompt=f"a fox [[m:{marker}]]", model="gpt-image-2"), call)
        call.again()
        text = await PROVIDER.txt2txt(Write(prompt="say it", max_tokens=64), call)
        call.again()
        sound = await PROVIDER.speech(Speak(prompt="aloud"), call)
    assert isinstance(result.outputs[0].content, bytes)
    assert marker_in(result.outputs[0].content) == marker
    assert "The twin heard" in str(text.outputs[0].content)
    assert sound.outputs[0].media == "audio"
    root = "/openai/v1" if flavour == "azure-v1" else "/openai/deployments/gpt-image-2"
    assert f"{root}/images/generations" in [line["path"] for line in twin.log("submit")]


def test_the_two_kinds_of_azure_are_told_apart() -> None:
    host = "https://studio.openai.azure.com"
    modern = Account.model_validate({"base_url": f"{host}/openai/v1/", "api_key": "k"})
    assert (modern.kind, modern.base(), modern.headers()) == ("azure-v1", f"{host}/openai/v1", {"api-key": "k"})
    assert modern.path("/images/edits", "mine") == "/images/edits"
    assert not modern.official
    classic = Account.model_validate({"base_url": host, "flavour": "azure-classic", "api_version": VERSION})
    assert classic.base() == host
    assert classic.path("/images/edits", "a/b") == f"/openai/deployments/a%2Fb/images/edits?api-version={VERSION}"
    assert classic.path("/models") == f"/openai/models?api-version={VERSION}"
    with pytest.raises(ValidationError, match="api_version"):
        Account.model_validate({"base_url": host, "flavour": "azure-classic"})


async def test_a_deployment_that_is_not_there_is_told_with_a_way_on(twin: Twin, tmp_path: Path) -> None:
    async with lent(PROVIDER, azure(twin, "azure-classic", api_version=VERSION), tmp_path) as call:
        with pytest.raises(RequestRejected) as caught:
            await PROVIDER.txt2img(Imagine(prompt="a fox", model="nobody"), call)
    assert "name of your deployment" in caught.value.advice


def test_a_filter_of_azure_is_named() -> None:
    inner = {
        "code": "ResponsibleAIPolicyViolation",
        "content_filter_result": {"violence": {"filtered": True}, "hate": {"filtered": False}},
    }
    found = PROVIDER.refusal(400, {"error": {"code": "content_filter", "message": "no", "innererror": inner}})
    assert isinstance(found, ContentRejected)
    assert found.message.endswith("no (violence)")


@pytest.mark.accepts("S3.7")
@pytest.mark.parametrize(
    ("flavour", "can", "cannot"),
    [
        ("ollama", ["txt2txt", "speech", "transcribe"], ["txt2img", "txt2vid"]),
        ("lm-studio", ["txt2txt"], ["txt2img", "speech", "transcribe"]),
        ("vllm", ["txt2txt", "transcribe"], ["speech", "txt2vid"]),
        ("vllm-omni", ["txt2img", "img2img", "speech", "txt2vid", "img2vid"], ["transcribe"]),
        ("localai", ["txt2img", "speech", "transcribe"], ["txt2vid", "img2img"]),
        ("openrouter", ["txt2txt"], ["txt2vid", "speech"]),
        ("litellm", ["txt2txt", "txt2vid", "txt2img"], []),
        ("compatible", ["txt2txt", "txt2vid", "txt2img"], []),
        ("openai", ["txt2txt", "txt2img", "inpaint"], ["txt2vid", "img2vid"]),
        ("azure-v1", ["txt2img", "transcribe"], ["txt2vid"]),
    ],
)
def test_a_kind_of_server_has_its_endpoints_and_an_account_may_know_better(
    flavour: str, can: list[str], cannot: list[str]
) -> None:
    settings = {"base_url": "http://127.0.0.1:8000/v1", "flavour": flavour}
    assert [name for name in (*can, *cannot) if PROVIDER.serves(name, settings) is None] == can
    assert unserved("txt2vid", settings | {"endpoints": ["videos"]}) is None
    assert "no endpoint for text" in str(unserved("txt2txt", settings | {"endpoints": ["videos"]}))
    assert "'openai', has no endpoint for videos" in str(PROVIDER.serves("txt2vid", {}))


async def test_work_on_a_server_of_ones_own_costs_nothing(twin: Twin, tmp_path: Path) -> None:
    own = Account(base_url=HttpUrl(f"{twin.url}/v1"), api_key=SecretStr("sk-twin"), flavour="vllm-omni")
    async with lent(PROVIDER, own, tmp_path) as call:
        result = await PROVIDER.txt2img(Imagine(prompt="a fox"), call)
        assert result.cost is not None
        assert (result.cost.micro_usd, result.cost.source) == (0, "computed")
        gateway = own.model_copy(update={"flavour": "litellm"})
    async with lent(PROVIDER, gateway, tmp_path) as call:
        told = billed(call, result, Answer(200, {"x-litellm-response-cost": "0.0123"}, b""))
        assert told.cost is not None
        assert (told.cost.micro_usd, told.cost.source, told.cost.amount) == (12_300, "reported", "$0.0123")


def test_a_gateway_that_tells_the_cost_is_believed() -> None:
    body = (
        b'{"choices":[{"message":{"content":"hi"}}],"usage":{"prompt_tokens":4,"completion_tokens":2,"cost":0.00042}}'
    )
    cost = written(Write(prompt="p"), chat_reply(body)).cost
    assert cost is not None
    assert (cost.micro_usd, cost.source) == (420, "reported")


async def test_a_check_names_the_cause_and_the_cure(account: Account, twin: Twin, tmp_path: Path) -> None:
    for url in (f"{twin.url}/v1/chat", twin.url):
        async with lent(PROVIDER, account.model_copy(update={"base_url": HttpUrl(url)}), tmp_path) as call:
            with pytest.raises(RequestRejected, match="does not answer as an OpenAI-compatible service") as caught:
                await PROVIDER.check(call)
        assert "such as https://api.openai.com/v1" in caught.value.advice
    wrong = account.model_copy(update={"api_key": SecretStr("sk-wrong-key")})
    async with lent(PROVIDER, wrong, tmp_path) as call:
        with pytest.raises(AccountRejected) as refused:
            await PROVIDER.check(call)
    assert "another region" in refused.value.advice


@pytest.mark.accepts("C17", "S2.24")
@pytest.mark.parametrize(
    ("asked", "used", "warned"),
    [
        ({"quality": "hd", "size": "1792x1024"}, {"quality": "high", "size": "1792x1024"}, ["quality"]),
        ({"quality": "standard", "size": "1024x1792"}, {"quality": "auto", "size": "1024x1792"}, ["quality"]),
        ({"style": "vivid", "size": "1024x1024"}, {"size": "1024x1024"}, ["style"]),
        ({"style": "natural", "response_format": "b64_json"}, {}, ["style", "response_format"]),
        ({"style": "watercolour"}, {}, ["style"]),
    ],
)
def test_what_was_retired_is_translated_or_dropped_with_a_warning(
    asked: dict[str, Any], used: dict[str, Any], warned: list[str]
) -> None:
    made, warnings = adapt(Registry().action("media.openai.txt2img"), {"prompt": "a fox", **asked})
    left = made.model_dump()
    assert {word: left[word] for word in used} == used
    assert sorted(each["field"] for each in warnings) == sorted(warned)
    assert all(each["why"] for each in warnings)


@pytest.mark.accepts("S4.13")
def test_a_negative_prompt_is_dropped_with_a_warning_where_the_vendor_takes_none() -> None:
    made, warnings = adapt(Registry().action("media.openai.txt2img"), {"prompt": "a fox", "negative_prompt": "text"})
    assert "negative" not in str(generation(Imagine.model_validate(made.model_dump())))
    assert [(each["field"], each["used"]) for each in warnings] == [("negative_prompt", None)]


@pytest.mark.accepts("S4.41")
def test_words_of_a_text_are_no_words_of_a_picture() -> None:
    texts = {"max_tokens", "temperature", "response_format", "json_schema"}
    for name in ("txt2img", "img2img", "inpaint"):
        assert not texts & Registry().action(f"media.openai.{name}").schema()["properties"].keys()
    assert not texts & generation(Imagine(prompt="a fox", quality="high", format="webp", compression=50)).keys()
