"""The vendor's own SDK reads what the Anthropic twin says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.twins.running import Twin, running

anthropic: Any = pytest.importorskip("anthropic")
SCHEMA = {
    "type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"], "additionalProperties": False,
}  # fmt: skip


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running("anthropic", tmp_path_factory.mktemp("anthropic")) as found:
        yield found


@pytest.fixture(scope="module")
def client(twin: Twin) -> Iterator[Any]:
    with anthropic.Anthropic(base_url=twin.url, api_key="sk-twin", max_retries=0, timeout=10) as made:
        yield made


def ask(client: Any, prompt: str, **more: Any) -> Any:
    messages = [{"role": "user", "content": prompt}]
    return client.messages.create(model="claude-haiku-5-5", max_tokens=64, messages=messages, **more)


def test_a_prompt_is_answered_and_counted(client: Any, twin: Twin) -> None:
    answer = ask(client, "a fox [[m:sdk]]", system="brief")
    assert "(twin:sdk)" in answer.content[0].text
    assert answer.stop_reason == "end_turn"
    assert answer.usage.input_tokens > 0
    assert twin.bills("sdk") == 1


def test_a_refusal_and_a_schema_are_read(client: Any) -> None:
    refused = ask(client, "do it [[refuse]]")
    assert (refused.stop_reason, refused.stop_details.type) == ("refusal", "refusal")
    shaped = ask(client, "t", output_config={"format": {"type": "json_schema", "schema": SCHEMA}})
    assert json.loads(shaped.content[0].text)["title"]


def test_models_are_listed_and_refusals_are_the_vendors_own_errors(client: Any, twin: Twin) -> None:
    assert "claude-haiku-5-5" in [model.id for model in client.models.list()]
    with pytest.raises(anthropic.NotFoundError):
        client.messages.create(model="nobody", max_tokens=8, messages=[{"role": "user", "content": "x"}])
    with pytest.raises(anthropic.BadRequestError):
        ask(client, "x", extra_body={"temperature": 1.0})
    stranger = client.with_options(api_key="sk-wrong")
    with pytest.raises(anthropic.AuthenticationError):
        ask(stranger, "x")
    twin.set_faults(rate=1.0, elsewhere=0.0, kinds=["rate_seconds"])
    with pytest.raises(anthropic.RateLimitError):
        ask(client, "x")
    twin.set_faults(rate=0.0)
