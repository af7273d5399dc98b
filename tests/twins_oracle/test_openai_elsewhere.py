"""The vendor's own SDK reads the OpenAI twin at Azure's paths, and its transcripts and films."""

from __future__ import annotations

import base64
import warnings
from collections.abc import Iterator

import openai
import pytest

from tests.twins.marker import marker_in
from tests.twins.running import Twin
from tests.twins.sound import wav


@pytest.fixture(scope="module")
def client(openai_twin: Twin) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{openai_twin.url}/v1", api_key="sk-twin", max_retries=0, timeout=10) as made:
        yield made


def test_a_picture_is_made_at_a_classic_deployment_of_azure(openai_twin: Twin) -> None:
    version = "2025-04-01-preview"
    with openai.AzureOpenAI(
        azure_endpoint=openai_twin.url, api_key="sk-twin", api_version=version, max_retries=0
    ) as client:
        answer = client.images.generate(model="gpt-image-2", prompt="a fox [[m:azure]]")
        assert marker_in(base64.b64decode((answer.data or [])[0].b64_json or "")) == "azure"
        with pytest.raises(openai.NotFoundError, match="deployment"):
            client.images.generate(model="nobody", prompt="a fox")
        assert [model.id for model in client.models.list()]
    paths = [line["path"] for line in openai_twin.log("submit") if line["marker"] == "azure"]
    assert paths == ["/openai/deployments/gpt-image-2/images/generations"]


def test_a_recording_is_written_down(client: openai.OpenAI, openai_twin: Twin) -> None:
    sound = ("a.wav", wav("hello there", "heard"), "audio/wav")
    answer = client.audio.transcriptions.create(model="gpt-transcribe", file=sound)
    assert "(twin:heard)" in answer.text
    subtitles = client.audio.transcriptions.create(model="whisper-1", file=sound, response_format="srt")
    assert str(subtitles).startswith("1\n00:00")
    assert openai_twin.bills("heard") == 2


def test_a_film_is_made_by_the_protocol_that_the_vendor_ended(client: openai.OpenAI) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        film = client.videos.create_and_poll(prompt="a wave [[m:wave]]", model="sora-2", seconds="4", size="1280x720")
        assert film.status == "completed"
        assert marker_in(client.videos.download_content(film.id).content) == "wave"
