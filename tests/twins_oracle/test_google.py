"""The vendor's own SDK reads what the Google twin says."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.twins.marker import marker_in
from tests.twins.running import Twin, running

genai: Any = pytest.importorskip("google.genai")


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running("google", tmp_path_factory.mktemp("google"), step_delay=0.002) as found:
        yield found


@pytest.fixture(scope="module")
def client(twin: Twin) -> Iterator[Any]:
    options = genai.types.HttpOptions(base_url=twin.url, api_version="v1")
    with genai.Client(api_key="sk-twin", http_options=options) as made:
        yield made


def test_a_text_and_a_picture_are_read_and_counted(client: Any, twin: Twin) -> None:
    text = client.models.generate_content(model="gemini-3.8-flash", contents="a fox [[m:words]]")
    assert "(twin:words)" in text.text
    config = genai.types.GenerateContentConfig(
        response_modalities=["TEXT", "IMAGE"],
        image_config=genai.types.ImageConfig(aspect_ratio="16:9", image_size="2K"),
    )
    drawn = client.models.generate_content(model="gemini-nano-banana-2.1", contents="a fox [[m:drawn]]", config=config)
    data = next(part.inline_data.data for part in drawn.candidates[0].content.parts if part.inline_data)
    assert marker_in(data) == "drawn"
    assert drawn.usage_metadata.candidates_tokens_details[0].token_count == 1680
    assert [twin.bills(marker) for marker in ("words", "drawn")] == [1, 1]


def test_refusals_are_read(client: Any) -> None:
    text = client.models.generate_content(model="gemini-3.8-flash", contents="[[refuse]]")
    assert text.prompt_feedback.block_reason == genai.types.BlockedReason.PROHIBITED_CONTENT
    drawn = client.models.generate_content(model="gemini-nano-banana-2.1", contents="[[refuse]]")
    assert drawn.candidates[0].finish_reason == genai.types.FinishReason.IMAGE_SAFETY
    with pytest.raises(genai.errors.ClientError, match="not found"):
        client.models.generate_content(model="nobody", contents="x")


def test_a_film_is_made_by_an_interaction_and_one_is_cancelled(client: Any, twin: Twin) -> None:
    shape = {"type": "video", "aspect_ratio": "16:9", "resolution": "360p", "duration": "3s", "delivery": "uri"}
    asked = {"model": "gemini-omni-1.2-flash", "background": True, "store": True, "response_format": shape}
    begun = client.interactions.create(input="a wave [[m:film]]", **asked)
    for _ in range(200):
        found = client.interactions.get(begun.id)
        if found.status == "completed":
            break
        time.sleep(0.01)  # the SDK has no way to be told
    assert found.steps[0].content[0].uri.startswith(twin.url)
    twin.set_faults(step_delay=5.0)
    begun = client.interactions.create(input="slow", **asked)
    assert client.interactions.cancel(begun.id).status == "cancelled"
    twin.set_faults(step_delay=0.002)


def test_models_are_listed(client: Any) -> None:
    assert "models/gemini-3.8-flash" in [model.name for model in client.models.list()]
