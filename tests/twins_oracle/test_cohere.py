"""The vendor's own SDK reads what the Cohere twin says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.twins.running import Twin, running

cohere: Any = pytest.importorskip("cohere")
httpx: Any = pytest.importorskip("httpx")


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running("cohere", tmp_path_factory.mktemp("cohere")) as found:
        yield found


def test_a_prompt_is_answered_and_counted_and_a_model_that_is_gone_is_not_found(twin: Twin) -> None:
    with httpx.Client() as wire:
        client = cohere.ClientV2(base_url=twin.url, api_key="sk-twin", httpx_client=wire)
        answer = client.chat(model="command-a-03-2025", messages=[{"role": "user", "content": "a fox [[m:sdk]]"}])
        assert "(twin:sdk)" in answer.message.content[0].text
        assert answer.finish_reason == "COMPLETE"
        assert answer.usage.billed_units.output_tokens > 0
        assert twin.bills("sdk") == 1
        with pytest.raises(cohere.NotFoundError):
            client.chat(model="command-r", messages=[{"role": "user", "content": "x"}])
        stranger = cohere.ClientV2(base_url=twin.url, api_key="wrong", httpx_client=wire)
        with pytest.raises(cohere.UnauthorizedError):
            stranger.chat(model="m", messages=[])
        assert "command-a-03-2025" in [model.name for model in client.models.list().models]
