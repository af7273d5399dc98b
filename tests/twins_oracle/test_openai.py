"""The vendor's own SDK reads what the OpenAI twin says."""

from __future__ import annotations

import base64
import io
import json
import wave
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from PIL import Image
from pydantic import BaseModel

from tests.twins.marker import marker_in
from tests.twins.picture import Picture, painted
from tests.twins.running import Twin

MODEL = "gpt-image-2.5-flare"


@pytest.fixture(scope="module")
def client(openai_twin: Twin) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{openai_twin.url}/v1", api_key="sk-twin", max_retries=0, timeout=10) as made:
        yield made


@pytest.mark.parametrize("output_format", ["png", "jpeg", "webp"])
def test_an_image_is_real_and_carries_the_marker(client: openai.OpenAI, openai_twin: Twin, output_format: Any) -> None:
    marker = f"image-{output_format}"
    answer = client.images.generate(
        model=MODEL, prompt=f"a fox [[m:{marker}]]", size="1024x768", output_format=output_format, quality="low"
    )
    assert answer.data is not None
    data = base64.b64decode(answer.data[0].b64_json or "")
    with Image.open(io.BytesIO(data)) as found:
        assert (found.format, found.size) == (output_format.upper(), (1024, 768))
    assert marker_in(data) == marker
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens
    assert answer.output_format == output_format
    assert openai_twin.bills(marker) == 1


def test_the_tokens_of_a_square_image_are_the_published_ones(client: openai.OpenAI) -> None:
    answer = client.images.generate(model="gpt-image-2", prompt="x", size="1024x1024", quality="high")
    assert answer.usage is not None
    assert answer.usage.output_tokens == 7024


def test_several_images_are_several_images(client: openai.OpenAI, openai_twin: Twin) -> None:
    answer = client.images.generate(model=MODEL, prompt="three [[m:three]]", n=3)
    images = {image.b64_json for image in answer.data or ()}
    assert len(images) == 3
    assert [line["units"] for line in openai_twin.bill() if line["marker"] == "three"] == [3]


def test_a_transparent_image_has_a_clear_ground(client: openai.OpenAI) -> None:
    answer = client.images.generate(model=MODEL, prompt="clear [[m:clear]]", background="transparent")
    data = base64.b64decode((answer.data or [])[0].b64_json or "")
    with Image.open(io.BytesIO(data)) as found:
        assert found.getchannel("A").getextrema()[0] == 0
    assert marker_in(data) == "clear"


def test_an_image_streams_partials_and_then_the_whole(client: openai.OpenAI) -> None:
    events = list(client.images.generate(model=MODEL, prompt="s [[m:streamed]]", stream=True, partial_images=2))
    assert [event.type for event in events] == [*["image_generation.partial_image"] * 2, "image_generation.completed"]
    assert marker_in(base64.b64decode(events[-1].b64_json)) == "streamed"


def test_an_image_is_edited_from_one_or_more_images_and_a_mask(client: openai.OpenAI) -> None:
    source = painted(Picture(256, 256, "source"))
    one = client.images.edit(model=MODEL, image=("a.png", source), mask=("m.png", source), prompt="e [[m:edited]]")
    assert marker_in(base64.b64decode((one.data or [])[0].b64_json or "")) == "edited"
    two = client.images.edit(model=MODEL, image=[("a.png", source), ("b.png", source)], prompt="both")
    assert two.usage is not None
    assert two.usage.input_tokens_details.image_tokens == 600


def test_an_edit_streams_events_of_its_own_name(client: openai.OpenAI) -> None:
    source = ("a.png", painted(Picture(256, 256, "source")))
    events = list(client.images.edit(model=MODEL, image=source, prompt="e", stream=True, partial_images=1))
    assert [event.type for event in events] == ["image_edit.partial_image", "image_edit.completed"]


def test_an_edit_of_no_image_or_of_a_mask_of_another_size_is_refused(client: openai.OpenAI) -> None:
    source, small = painted(Picture(256, 256, "source")), painted(Picture(128, 128, "small"))
    with pytest.raises(openai.BadRequestError, match="Invalid image file"):
        client.images.edit(model=MODEL, image=("a.png", b"not an image"), prompt="e")
    with pytest.raises(openai.BadRequestError, match="mask"):
        client.images.edit(model=MODEL, image=("a.png", source), mask=("m.png", small), prompt="e")


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"n": 11}, "n"),
        ({"size": "1000x1000"}, "size"),
        ({"size": "3840x1024"}, "size"),
        ({"size": "256x256"}, "size"),
        ({"quality": "hd"}, "quality"),
        ({"background": "transparent", "output_format": "jpeg"}, "background"),
        ({"response_format": "b64_json"}, "response_format"),
        ({"style": "vivid"}, "style"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": "x" * 32_001}, "prompt"),
    ],
)
def test_a_field_that_is_not_valid_is_named_and_costs_nothing(
    client: openai.OpenAI, openai_twin: Twin, fields: dict[str, Any], param: str
) -> None:
    before = len(openai_twin.bill())
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.generate(**{"model": MODEL, "prompt": "x", **fields})
    assert caught.value.param == param
    assert caught.value.type == "invalid_request_error"
    assert len(openai_twin.bill()) == before


def test_a_retired_model_is_not_found(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="has been shut down") as caught:
        client.images.generate(model="dall-e-3", prompt="x")
    assert caught.value.code == "model_not_found"


def test_speech_is_a_playable_file_with_the_marker(client: openai.OpenAI) -> None:
    import av

    spoken = "Good morning. " * 8 + "[[m:spoken]]"
    sound = client.audio.speech.create(model="tts-1", voice="alloy", input=spoken, response_format="wav").content
    with wave.open(io.BytesIO(sound)) as file:
        assert file.getnframes() / file.getframerate() > 1
    assert marker_in(sound) == "spoken"
    music = client.audio.speech.create(model="tts-1", voice="alloy", input=spoken).content
    with av.open(io.BytesIO(music), "r") as container:
        assert sum(frame.samples for frame in container.decode(container.streams.audio[0])) > 44_100
    assert marker_in(music) == "spoken"


def test_speech_streams_as_events(client: openai.OpenAI) -> None:
    with client.audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts", voice="marin", input="hi [[m:sse]]", stream_format="sse", response_format="wav"
    ) as answer:
        events = [json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: ")]
    assert events[-1]["type"] == "speech.audio.done"
    assert marker_in(b"".join(base64.b64decode(event.get("audio", "")) for event in events)) == "sse"


def test_a_response_says_something_with_the_marker(client: openai.OpenAI) -> None:
    answer = client.responses.create(model="gpt-6-luna", input="Name a colour [[m:said]]", instructions="Be brief")
    assert answer.status == "completed"
    assert marker_in(answer.output_text.encode()) == "said"


def test_a_response_streams_to_the_same_text(client: openai.OpenAI) -> None:
    with client.responses.stream(model="gpt-6-luna", input="Name a colour [[m:flowing]]") as stream:
        text = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
        final = stream.get_final_response()
    assert text == final.output_text
    assert marker_in(text.encode()) == "flowing"


class Story(BaseModel):
    """A shape that an answer is asked to take."""

    title: str
    scenes: list[str]
    rating: int


def test_answers_take_the_shape_of_a_schema(client: openai.OpenAI) -> None:
    response = client.responses.parse(model="gpt-6-luna", input="A story [[m:shape]]", text_format=Story)
    assert response.output_parsed is not None
    assert marker_in(response.output_parsed.title.encode()) == "shape"
    chat = client.chat.completions.parse(
        model="gpt-6-luna", messages=[{"role": "user", "content": "A story"}], response_format=Story
    )
    assert chat.choices[0].message.parsed is not None


def test_a_chat_answers_whole_and_in_pieces(client: openai.OpenAI) -> None:
    said: Any = {"model": "gpt-6-luna", "messages": [{"role": "user", "content": "Hello [[m:chat]]"}]}
    whole = client.chat.completions.create(**said).choices[0].message.content
    chunks = list(client.chat.completions.create(**said, stream=True, stream_options={"include_usage": True}))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == whole
    assert chunks[-1].usage.total_tokens > 0
    assert marker_in(whole.encode()) == "chat"


def test_a_model_may_refuse(client: openai.OpenAI) -> None:
    chat = client.chat.completions.create(model="gpt-6-luna", messages=[{"role": "user", "content": "[[refuse]]"}])
    assert chat.choices[0].message.refusal
    response = client.responses.create(model="gpt-6-luna", input="[[refuse]]")
    assert response.output[0].content[0].type == "refusal"
    with client.responses.stream(model="gpt-6-luna", input="[[refuse]]") as stream:
        assert "response.refusal.done" in [event.type for event in stream]


def test_models_are_listed_with_the_day_of_their_end(client: openai.OpenAI) -> None:
    ends = {model.id: model.shutdown_date for model in client.models.list()}
    assert ends[MODEL] is None
    assert ends["tts-1"] == "2027-01-06"
    assert client.models.retrieve(MODEL).id == MODEL


def test_a_wrong_key_is_an_authentication_error(openai_twin: Twin) -> None:
    with openai.OpenAI(base_url=f"{openai_twin.url}/v1", api_key="sk-wrong-key", max_retries=0) as stranger:
        with pytest.raises(openai.AuthenticationError, match="Incorrect API key") as caught:
            stranger.images.generate(model=MODEL, prompt="x")
        assert caught.value.code == "invalid_api_key"
        assert caught.value.request_id
        with pytest.raises(openai.AuthenticationError):
            stranger.models.list()
