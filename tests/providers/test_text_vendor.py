"""Vendors of text: what is asked reaches them once, what they say comes back with its cost, and each no is an error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pydantic import HttpUrl, SecretStr

from maquette import catalog
from maquette.core.action import Action, Settings
from maquette.core.adapt import adapt
from maquette.core.errors import (
    AccountRejected,
    ContentRejected,
    GenerationFailed,
    MaquetteError,
    ModelRetired,
    OutcomeUnknown,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
    RequestRejected,
)
from maquette.core.registry import Registry
from tests.providers.lent import Memory, lent
from tests.twins.running import Name, Twin, running

VENDORS: list[Name] = ["anthropic", "cohere", "google"]
SCHEMA = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}
each_vendor = pytest.mark.parametrize("name", VENDORS)


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Twin]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(running(name, tmp_path_factory.mktemp(name))) for name in VENDORS}


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry()


def account(registry: Registry, name: str, url: str, key: str = "sk-twin") -> Settings:
    return registry.provider(name).settings.model_validate({"base_url": url, "api_key": SecretStr(key)})


def writer(registry: Registry, name: str) -> Action:
    return registry.action(f"media.{name}.txt2txt")


@each_vendor
@pytest.mark.accepts("S3.7", "S3.22")
async def test_a_prompt_is_answered_once_over_a_crash_at_the_price_of_the_sheet(
    registry: Registry, twins: dict[str, Twin], tmp_path: Path, name: str
) -> None:
    twin, action, memory = twins[name], writer(registry, name), Memory()
    params, _ = adapt(action, {"prompt": "a fox [[m:once]]", "instructions": "Be brief."})
    made = []
    for _ in range(2):
        async with lent(registry.provider(name), account(registry, name, twin.url), tmp_path, memory) as call:
            made.append(await action.run(params, call))
    assert made[0] == made[1]
    assert "(twin:once)" in str(made[0].outputs[0].content)
    assert twin.bills("once") == 1
    usage, rates = made[0].response["usage"], catalog.price(name, params.model_dump()["model"])
    assert made[0].cost is not None
    assert rates is not None
    assert made[0].cost.source == "computed"
    assert made[0].cost.micro_usd == round(usage["input"] * rates["input"] + usage["output"] * rates["output"])


@each_vendor
async def test_an_answer_follows_a_schema(
    registry: Registry, twins: dict[str, Twin], tmp_path: Path, name: str
) -> None:
    action = writer(registry, name)
    given = {"prompt": "a title", "json_schema": SCHEMA, "max_tokens": 64}
    effort = {"effort": "low"} if "effort" in action.schema()["properties"] else {}
    params, _ = adapt(action, given | effort)
    async with lent(registry.provider(name), account(registry, name, twins[name].url), tmp_path) as call:
        result = await action.run(params, call)
    assert str(result.outputs[0].content).startswith('{"title": "The twin heard: a title')


@pytest.mark.parametrize(
    ("name", "error", "says"),
    [
        ("anthropic", ContentRejected, "usage policy"),
        ("google", ContentRejected, "PROHIBITED_CONTENT"),
        ("cohere", GenerationFailed, "ERROR"),
    ],
)
async def test_a_refusal_inside_a_good_answer_is_told_with_the_vendors_reason(
    registry: Registry, twins: dict[str, Twin], tmp_path: Path, name: str, error: type[MaquetteError], says: str
) -> None:
    action = writer(registry, name)
    params, _ = adapt(action, {"prompt": "do it [[refuse]]"})
    async with lent(registry.provider(name), account(registry, name, twins[name].url), tmp_path) as call:
        with pytest.raises(error, match=says):
            await action.run(params, call)


async def test_a_vendor_that_has_no_room_has_taken_nothing(
    registry: Registry, twins: dict[str, Twin], tmp_path: Path
) -> None:
    action, provider = writer(registry, "anthropic"), registry.provider("anthropic")
    params, _ = adapt(action, {"prompt": "hello [[overloaded]] [[m:overloaded]]"})
    async with lent(provider, account(registry, "anthropic", twins["anthropic"].url), tmp_path) as call:
        with pytest.raises(ProviderUnavailable, match="overloaded"):
            await action.run(params, call)
    assert twins["anthropic"].bills("overloaded") == 0


@each_vendor
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
        ("malformed", OutcomeUnknown),
        ("html", OutcomeUnknown),
        ("no_id", (OutcomeUnknown, GenerationFailed)),
    ],
)
async def test_each_fault_of_the_vendor_is_its_own_error(
    registry: Registry, twins: dict[str, Twin], tmp_path: Path, name: str, fault: str, error: Any
) -> None:
    twin, action = twins[name], writer(registry, name)
    twin.set_faults(rate=1.0, elsewhere=0.0, kinds=[fault], retry_after=2)
    try:
        async with lent(registry.provider(name), account(registry, name, twin.url), tmp_path) as call:
            with pytest.raises(error) as caught:
                await action.run(adapt(action, {"prompt": f"a fault [[m:{fault}]]"})[0], call)
    finally:
        twin.set_faults(rate=0.0)
    assert type(caught.value) in (error if isinstance(error, tuple) else (error,))
    if fault in ("rate_seconds", "rate_date", "rate_body"):
        assert caught.value.retry_after == pytest.approx(2, abs=1.5)


@each_vendor
async def test_a_check_names_the_cause_and_the_cure(
    registry: Registry, twins: dict[str, Twin], tmp_path: Path, name: str
) -> None:
    provider, url = registry.provider(name), twins[name].url
    async with lent(provider, account(registry, name, url), tmp_path) as call:
        await provider.check(call)
        assert {row["media"] for row in await provider.models(call)} >= {"text"}
    async with lent(provider, account(registry, name, url, "sk-wrong"), tmp_path) as call:
        with pytest.raises(AccountRejected) as refused:
            await provider.check(call)
    assert "another region" in refused.value.advice
    async with lent(provider, account(registry, name, f"{url}/v1/chat"), tmp_path) as call:
        with pytest.raises(RequestRejected, match=r"does not answer as .* under '/v1/chat'") as lost:
            await provider.check(call)
    assert "Take the path '/v1/chat' off" in lost.value.advice


async def test_a_server_that_is_something_else_is_told_apart(
    registry: Registry, twins: dict[str, Twin], tmp_path: Path
) -> None:
    provider, settings = registry.provider("cohere"), account(registry, "cohere", twins["cohere"].url)
    there = settings.model_copy(update={"base_url": HttpUrl(twins["google"].url)})
    async with lent(provider, there, tmp_path) as call:
        with pytest.raises((RequestRejected, AccountRejected)) as caught:
            await provider.check(call)
    assert caught.value.advice


@pytest.mark.parametrize(
    ("name", "model", "error"),
    [
        ("cohere", "command-r", ModelRetired),
        ("google", "gemini-2.5-flash-preview-tts", ModelRetired),
        ("anthropic", "claude-nobody", RequestRejected),
        ("cohere", "command-nobody", RequestRejected),
        ("google", "gemini-nobody", RequestRejected),
    ],
)
async def test_a_model_that_is_not_served_is_told_with_a_way_on(
    registry: Registry, twins: dict[str, Twin], tmp_path: Path, name: str, model: str, error: type[MaquetteError]
) -> None:
    action = writer(registry, name)
    params, _ = adapt(action, {"prompt": "who", "model": model})
    async with lent(registry.provider(name), account(registry, name, twins[name].url), tmp_path) as call:
        with pytest.raises(error, match=model) as caught:
            await action.run(params, call)
    assert type(caught.value) is error
    assert "Use '" in caught.value.advice or "list of models" in caught.value.advice


@pytest.mark.accepts("S3.7")
def test_anthropic_is_never_sent_a_temperature(registry: Registry) -> None:
    from maquette.providers.anthropic import Write, writing

    body = writing(Write(prompt="p", instructions="i", effort="high", json_schema=SCHEMA))
    assert not {"temperature", "top_p", "top_k"} & body.keys()
    assert body["output_config"] == {"effort": "high", "format": {"type": "json_schema", "schema": SCHEMA}}
    assert "temperature" not in writer(registry, "anthropic").schema()["properties"]


@pytest.mark.parametrize(
    ("status", "kind", "message", "error"),
    [
        (400, "invalid_request_error", "Your credit balance is too low to access the API", QuotaExhausted),
        (403, "permission_error", "Your key may not use this model", AccountRejected),
        (404, "not_found_error", "Not found", type(None)),
        (400, "invalid_request_error", "max_tokens: too many", type(None)),
    ],
)
def test_what_only_the_body_of_anthropic_says_is_read(
    registry: Registry, status: int, kind: str, message: str, error: type[object]
) -> None:
    found = registry.provider("anthropic").refusal(status, {"error": {"type": kind, "message": message}})
    assert type(found) is error
