"""The vendors' own SDKs read what the twins of hosted vendors say."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from PIL import Image

from tests.twins.marker import marker_in
from tests.twins.picture import Picture, painted
from tests.twins.running import Twin

httpx = pytest.importorskip("httpx")
elevenlabs = pytest.importorskip("elevenlabs")
fal_client = pytest.importorskip("fal_client")
replicate = pytest.importorskip("replicate")
ApiError = pytest.importorskip("elevenlabs.core.api_error").ApiError

VOICE = "JBFqnCBsd6RMkjVDRZzb"
SCHNELL = "black-forest-labs/flux-schnell"


@pytest.fixture(scope="module")
def voices(elevenlabs_twin: Twin) -> Iterator[elevenlabs.ElevenLabs]:
    with httpx.Client() as wire:
        yield elevenlabs.ElevenLabs(api_key="sk-twin", base_url=elevenlabs_twin.url, httpx_client=wire)


def test_elevenlabs_reads_speech_and_its_price(voices: elevenlabs.ElevenLabs, elevenlabs_twin: Twin) -> None:
    with voices.text_to_speech.with_raw_response.convert(
        VOICE, text="Good morning [[m:speech]]", model_id="eleven_v4", seed=3, output_format="mp3_44100_128"
    ) as answer:
        sound = b"".join(answer.data)
    assert answer.headers["character-cost"] == str(len("Good morning [[m:speech]]"))
    assert marker_in(sound) == "speech"
    assert elevenlabs_twin.bills("speech") == 1


def test_elevenlabs_reads_dialogue_effects_and_music(voices: elevenlabs.ElevenLabs, elevenlabs_twin: Twin) -> None:
    turns = [elevenlabs.DialogueInput(text="Hello [[m:scene]]", voice_id=VOICE)]
    made = {
        "scene": voices.text_to_dialogue.convert(inputs=turns, model_id="eleven_v3"),
        "door": voices.text_to_sound_effects.convert(text="a door [[m:door]]", duration_seconds=2, loop=True),
        "march": voices.music.compose(prompt="a march [[m:march]]", music_length_ms=3000, model_id="music_v2"),
    }
    for marker, chunks in made.items():
        assert marker_in(b"".join(chunks)) == marker
        assert elevenlabs_twin.bills(marker) == 1


def test_elevenlabs_lists_voices_models_and_what_is_left(voices: elevenlabs.ElevenLabs) -> None:
    assert [voice.name for voice in voices.voices.search(search="sar").voices] == ["Sarah"]
    assert "eleven_v4" in {model.model_id for model in voices.models.list()}
    assert voices.user.subscription.get().character_limit == 100_000


def test_elevenlabs_follows_a_flow_to_its_end(voices: elevenlabs.ElevenLabs, elevenlabs_twin: Twin) -> None:
    request = {"model_id": "bytedance-seedream-5-lite", "prompt": "a fox [[m:flow]]", "aspect_ratio": "1:1"}
    taken = voices.flows.image.create(request=request)  # type: ignore[arg-type]
    assert voices.flows.image.get(taken.id).status == "pending"
    done = voices.flows.image.get(taken.id)
    assert done.status == "completed"
    assert marker_in(httpx.get(done.content_url).content) == "flow"
    assert elevenlabs_twin.bills("flow") == 1


def test_elevenlabs_knows_a_wrong_key(elevenlabs_twin: Twin) -> None:
    with httpx.Client() as wire:
        stranger = elevenlabs.ElevenLabs(api_key="sk-wrong", base_url=elevenlabs_twin.url, httpx_client=wire)
        with pytest.raises(ApiError) as caught:
            stranger.models.list()
    assert caught.value.status_code == 401


@pytest.fixture
def queue(fal_twin: Twin, monkeypatch: pytest.MonkeyPatch) -> Iterator[fal_client.SyncClient]:
    monkeypatch.setattr("fal_client.client.QUEUE_URL_FORMAT", f"{fal_twin.url}/")
    made = fal_client.SyncClient(key="sk-twin")
    yield made
    made._client.close()


def test_fal_submits_waits_and_reads_the_answer(queue: fal_client.SyncClient, fal_twin: Twin) -> None:
    handle = queue.submit("fal-ai/flux/dev", {"prompt": "two foxes [[m:foxes]]", "num_images": 2, "seed": 4})
    told = [type(state) for state in handle.iter_events(interval=0.01)]
    assert told == [fal_client.Queued, fal_client.InProgress, fal_client.Completed]
    answer = handle.get()
    assert answer["seed"] == 4
    assert [marker_in(httpx.get(image["url"]).content) for image in answer["images"]] == ["foxes", "foxes"]
    assert fal_twin.bills("foxes") == 1


def test_fal_knows_a_field_that_is_not_valid_and_a_cancel(queue: fal_client.SyncClient) -> None:
    with pytest.raises(fal_client.FalClientHTTPError) as caught:
        queue.submit("fal-ai/pika/v2.2/text-to-video", {"prompt": "x", "duration": 7})
    assert caught.value.status_code == 422
    handle = queue.submit("fal-ai/pika/v2.2/text-to-video", {"prompt": "x", "duration": 5})
    handle.cancel()
    assert isinstance(handle.status(), fal_client.Completed)


@contextmanager
def client(twin: Twin, key: str) -> Iterator[replicate.Client]:
    made = replicate.Client(api_token=key, base_url=twin.url)
    try:
        yield made
    finally:
        # The SDK has no close of its own, and an open socket is a warning here.
        made._client.close()


@pytest.fixture
def predictions(replicate_twin: Twin) -> Iterator[replicate.Client]:
    with client(replicate_twin, "sk-twin") as made:
        yield made


def test_replicate_runs_a_model_and_fetches_its_pictures(predictions: replicate.Client, replicate_twin: Twin) -> None:
    made = predictions.models.predictions.create(SCHNELL, input={"prompt": "foxes [[m:foxes]]", "num_outputs": 2})
    assert made.status == "starting"
    made.wait()
    assert made.status == "succeeded"
    found = [httpx.get(url).content for url in made.output or ()]
    assert [marker_in(content) for content in found] == ["foxes", "foxes"]
    assert Image.open(io.BytesIO(found[0])).format == "WEBP"
    assert made.metrics == {"predict_time": 0.4}
    assert replicate_twin.bills("foxes") == 1


def test_replicate_uploads_a_file_and_cancels(predictions: replicate.Client) -> None:
    file = predictions.files.create(io.BytesIO(painted(Picture(64, 64, "large"))))
    words = {"prompt": "x", "image": file.urls["get"]}
    made = predictions.models.predictions.create("black-forest-labs/flux-dev", input=words)
    made.cancel()
    assert made.status == "canceled"


def test_replicate_knows_a_wrong_key_and_a_field_that_is_not_valid(
    predictions: replicate.Client, replicate_twin: Twin
) -> None:
    wrong = pytest.raises(replicate.exceptions.ReplicateError, match="valid authentication token")
    with client(replicate_twin, "sk-wrong") as stranger, wrong:
        stranger.models.predictions.create(SCHNELL, input={"prompt": "x"})
    with pytest.raises(replicate.exceptions.ReplicateError, match="Additional property shine"):
        predictions.models.predictions.create(SCHNELL, input={"prompt": "x", "shine": 1})
