"""Google through both of its doors: pictures, speech, films, and what each door no longer serves."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from pydantic import HttpUrl, SecretStr, ValidationError

from maquette.core.action import Output, Result
from maquette.core.adapt import adapt
from maquette.core.errors import ContentRejected, GenerationFailed, ModelRetired, ParamsInvalid, RequestRejected
from maquette.core.google_api import bearer
from maquette.core.registry import Registry
from maquette.providers.google import PROVIDER
from maquette.providers.google.content import check_size, drawn
from maquette.providers.google.image import Edit, Imagine, drawing_price, predicting
from maquette.providers.google.interaction import Speak, speaking_price
from maquette.providers.google.settings import Account
from maquette.providers.google.video import Animate, Film, filming_price, operated
from tests.providers.lent import LentCall, Memory, lent
from tests.twins.marker import marker_in
from tests.twins.picture import Picture, painted
from tests.twins.running import Twin

KEYLESS = Registry().action


def content(output: Output) -> bytes:
    """Return the bytes of an output, fetched as the engine does."""
    if isinstance(output.content, bytes):
        return output.content
    request = urllib.request.Request(str(output.url), headers={"x-goog-api-key": "sk-twin"})
    with urllib.request.urlopen(request) as answer:
        data: bytes = answer.read()
        return data


def lend(call: LentCall, words: str = "source") -> str:
    return call.lend(painted(Picture(96, 96, words)))


@pytest.mark.accepts("S2.2")
async def test_a_prompt_becomes_a_picture_at_the_price_of_its_tokens(call: LentCall, twin: Twin) -> None:
    params = Imagine(
        prompt="a fox [[m:fox]]", aspect_ratio="16:9", resolution="2K", safety="block_only_high", negative_prompt="text"
    )
    result = await PROVIDER.txt2img(params, call)
    assert marker_in(content(result.outputs[0])) == "fox"
    assert result.outputs[0].notes == {"remark": "Here it is."}
    assert result.cost is not None
    usage = result.response["usage"]
    # 1680 tokens of picture at $30 a million, 12 of text and thought at $7.50, and the prompt at $1.50.
    assert usage == {"input": usage["input"], "cached_input": 0, "output": 12, "image_output": 1680}
    assert result.cost.micro_usd == round(1680 * 30 + 12 * 7.5 + usage["input"] * 1.5)
    assert twin.bills("fox") == 1


async def test_a_picture_is_changed_by_words_and_other_pictures(call: LentCall) -> None:
    params = Edit(prompt="join [[m:join]]", image=lend(call), references=(lend(call, "two"),))
    result = await PROVIDER.img2img(params, call)
    assert marker_in(content(result.outputs[0])) == "join"


async def test_a_refused_picture_is_told_with_the_vendors_word(call: LentCall) -> None:
    with pytest.raises(ContentRejected, match="IMAGE_SAFETY"):
        await PROVIDER.txt2img(Imagine(prompt="do it [[refuse]]"), call)


def test_an_answer_without_a_picture_says_what_the_model_said_instead() -> None:
    said = {"candidates": [{"content": {"parts": [{"text": "I would rather not."}]}, "finishReason": "STOP"}]}
    with pytest.raises(GenerationFailed, match="rather not"):
        drawn("gemini-nano-banana-2.1", json.dumps(said).encode())


@pytest.mark.accepts("S2.2", "S2.21")
async def test_imagen_draws_several_on_vertex_and_is_refused_at_the_other_door(
    call: LentCall, cloud: LentCall, twin: Twin
) -> None:
    params = Imagine(
        prompt="two [[m:imagen]]",
        model="imagen-4.0-generate-001",
        n=2,
        aspect_ratio="3:4",
        people="dont_allow",
        safety="block_only_high",
    )
    result = await PROVIDER.txt2img(params, cloud)
    assert [marker_in(content(each)) for each in result.outputs] == ["imagen", "imagen"]
    with pytest.raises(ModelRetired, match="imagen-4") as caught:
        await PROVIDER.txt2img(params, call)
    assert caught.value.details["replaced_by"] == "gemini-nano-banana-2.1"
    cloud.again()
    with pytest.raises(ContentRejected, match="safety policy"):
        await PROVIDER.txt2img(params.model_copy(update={"prompt": "no [[refuse]]"}), cloud)
    assert twin.bills("imagen") == 1
    wanted = {
        "sampleCount": 2,
        "aspectRatio": "3:4",
        "safetySetting": "block_only_high",
        "personGeneration": "dont_allow",
    }
    assert predicting(params)["parameters"] == wanted


@pytest.mark.accepts("S3.21")
@pytest.mark.parametrize("format_", ["mp3", "wav"])
async def test_a_text_is_read_aloud(call: LentCall, format_: Any) -> None:
    params = Speak(prompt=f"Hello [[m:{format_}]]", format=format_, language="en-GB", instructions="Whisper")
    result = await PROVIDER.speech(params, call)
    assert marker_in(content(result.outputs[0])) == format_
    assert result.cost is not None
    # What is thought and said besides is charged as the sound is.
    assert result.response["usage"]["output"] == 10
    assert result.cost.micro_usd == round(110 * 6 + result.response["usage"]["input"] * 0.5)


@pytest.mark.parametrize(("lines", "wide"), [("720p", "16:9"), ("1080p", "9:16")])
async def test_omni_films_over_a_crash_with_one_bill(
    account: Account, twin: Twin, tmp_path: Path, lines: Any, wide: Any
) -> None:
    memory, marker = Memory(), f"omni{lines}"
    params = Film(prompt=f"a wave [[m:{marker}]]", duration=4, resolution=lines, aspect_ratio=wide)
    made: list[Result] = []
    for _ in range(2):
        async with lent(PROVIDER, account, tmp_path, memory) as call:
            made.append(await PROVIDER.txt2vid(params, call))
    assert made[0] == made[1]
    assert set(memory.handle) == {"interaction"}
    assert marker_in(content(made[0].outputs[0])) == marker
    assert twin.bills(marker) == 1
    assert made[0].cost is not None
    expected = filming_price(params)
    assert expected is not None
    assert expected.low < made[0].cost.micro_usd < expected.high


async def test_a_picture_begins_a_film_and_more_pictures_are_drawn_from(call: LentCall) -> None:
    params = Animate(prompt="move [[m:move]]", image=lend(call), references=(lend(call, "other"),), duration=3)
    result = await PROVIDER.img2vid(params, call)
    assert marker_in(content(result.outputs[0])) == "move"


async def test_a_film_that_the_filter_takes_is_a_refusal(call: LentCall, cloud: LentCall) -> None:
    with pytest.raises(ContentRejected, match="safety policy"):
        await PROVIDER.txt2vid(Film(prompt="no [[refuse]]"), call)
    with pytest.raises(ContentRejected, match="safety policy"):
        await PROVIDER.txt2vid(Film(prompt="no [[refuse]]", model="veo-3.1-lite-generate-001"), cloud)


async def test_work_that_waits_for_a_move_of_ours_has_ended(call: LentCall) -> None:
    with pytest.raises(GenerationFailed, match="requires_continuation"):
        await PROVIDER.txt2vid(Film(prompt="long [[continue]]"), call)


async def test_a_step_that_failed_says_why(call: LentCall) -> None:
    with pytest.raises(GenerationFailed, match="ran out of its budget"):
        await PROVIDER.txt2vid(Film(prompt="bad [[break]]"), call)
    call.again()
    with pytest.raises(ContentRejected, match="safety filter"):
        await PROVIDER.txt2vid(Film(prompt="bad [[break]] [[refuse]]"), call)
    call.again()
    with pytest.raises(GenerationFailed, match="ran out of its budget"):
        await PROVIDER.speech(Speak(prompt="bad [[break]]"), call)


async def test_a_film_that_is_cancelled_stops_at_the_provider_and_one_on_vertex_does_not(
    call: LentCall, cloud: LentCall, twin: Twin
) -> None:
    twin.set_faults(step_delay=5.0)
    body = {"model": "gemini-omni-1.2-flash", "input": "long", "background": True}
    shape = {"duration": "3s", "resolution": "360p", "aspect_ratio": "16:9"}
    begun = await call.http.post("/v1/interactions", body | {"response_format": shape})
    assert await PROVIDER.cancel({"interaction": begun["id"]}, call) is True
    with pytest.raises(GenerationFailed, match="cancelled"):
        await PROVIDER.txt2vid(Film(prompt="x"), _handled(call, {"interaction": begun["id"]}))
    assert await PROVIDER.cancel({"operation": "projects/p/operations/1"}, cloud) is False
    assert await PROVIDER.cancel(None, call) is False
    twin.set_faults(step_delay=0.002)


def _handled(call: LentCall, handle: dict[str, str]) -> LentCall:
    call.memory.handle = handle
    return call


@pytest.mark.accepts("S2.4", "S2.23")
@pytest.mark.parametrize("duration", [4, 6, 8])
async def test_veo_films_on_vertex(cloud: LentCall, twin: Twin, duration: int) -> None:
    params = Film(
        prompt=f"a wave [[m:veo{duration}]]",
        model="veo-3.1-lite-generate-001",
        duration=duration,
        resolution="1080p",
        aspect_ratio="9:16",
    )
    result = await PROVIDER.txt2vid(params, cloud)
    assert marker_in(content(result.outputs[0])) == f"veo{duration}"
    assert twin.bills(f"veo{duration}") == 1
    price = filming_price(params)
    assert result.cost is not None
    assert price is not None
    assert result.cost.micro_usd == price.likely == duration * 80_000


def test_work_that_failed_on_vertex_is_told_with_its_reason() -> None:
    params = Film(prompt="p", model="veo-3.1-lite-generate-001")
    with pytest.raises(GenerationFailed, match="out of capacity"):
        operated(params, b'{"done": true, "error": {"code": 8, "message": "out of capacity"}}')
    with pytest.raises(GenerationFailed, match="gave no film"):
        operated(params, b'{"done": true, "response": {}}')
    assert operated(params, b'{"name": "o"}') is None


async def test_veo_begins_and_ends_with_pictures(cloud: LentCall) -> None:
    params = Animate(
        prompt="from to [[m:ends]]",
        model="veo-3.1-lite-generate-001",
        image=lend(cloud),
        last_image=lend(cloud, "last"),
        duration=4,
        resolution="720p",
    )
    assert marker_in(content((await PROVIDER.img2vid(params, cloud)).outputs[0])) == "ends"


async def test_a_film_of_a_model_that_is_gone_is_refused_with_a_way_on(call: LentCall, cloud: LentCall) -> None:
    with pytest.raises(ModelRetired) as caught:
        await PROVIDER.txt2vid(Film(prompt="old", model="veo-3.0-generate-001"), cloud)
    assert caught.value.details["replaced_by"] == "veo-3.1-lite-generate-001"
    with pytest.raises(RequestRejected, match="no longer serves") as wrong:
        await PROVIDER.txt2vid(Film(prompt="new", model="veo-3.1-lite-generate-001"), call)
    assert "vertex" in wrong.value.advice


@pytest.mark.accepts("S2.23")
def test_each_model_shows_and_takes_what_it_has() -> None:
    film = KEYLESS("media.google.txt2vid")
    veo = film.schema("veo-3.1-lite-generate-001")["properties"]
    assert veo["duration"]["enum"] == [4, 6, 8]
    assert veo["resolution"]["enum"] == ["720p", "1080p"]
    assert veo["aspect_ratio"]["enum"] == ["16:9", "9:16"]
    assert "audio" not in film.schema()["properties"]["model"]
    made, warned = adapt(film, {"prompt": "p", "model": "veo-3.1-lite-generate-001", "duration": 15})
    assert (made.model_dump()["duration"], [w["field"] for w in warned]) == (8, ["duration"])
    several, told = adapt(KEYLESS("media.google.txt2img"), {"prompt": "p", "n": 4})
    assert (several.model_dump()["n"], [w["field"] for w in told]) == (1, ["n"])


async def test_vertex_is_reached_at_the_address_of_its_region(cloud: LentCall, vertex: Account) -> None:
    await PROVIDER.check(cloud)
    assert {"id": "veo-3.1-lite-generate-001", "title": "Veo 3.1 Lite", "media": "video"} in await PROVIDER.models(
        cloud
    )
    own = Account(api_key=SecretStr("k"), flavour="vertex", project="p", location="us-east5")
    assert own.base() == "https://us-east5-aiplatform.googleapis.com"
    assert own.model("m", "predict") == "/v1/projects/p/locations/us-east5/publishers/google/models/m:predict"
    assert Account(api_key=SecretStr("k"), flavour="vertex").base() == "https://aiplatform.googleapis.com"
    assert own.interactions("i") == "/v1/projects/p/locations/us-east5/interactions/i"
    assert Account(api_key=SecretStr("k"), base_url=HttpUrl("http://127.0.0.1:1/v1")).base() == "http://127.0.0.1:1"


def test_an_account_needs_a_key_or_a_service_account() -> None:
    with pytest.raises(ValidationError, match="enter an `api_key`"):
        Account()
    broken = Account(service_account=SecretStr("{}"))
    with pytest.raises(ParamsInvalid, match="service_account"):
        broken.headers()


def test_a_service_account_signs_a_token_for_itself() -> None:
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    told = json.dumps({"private_key": pem, "private_key_id": "k1", "client_email": "robot@p.example"})
    token = (
        Account(service_account=SecretStr(told), flavour="vertex").headers()["Authorization"].removeprefix("Bearer ")
    )
    text, _, signature = token.rpartition(".")
    key.public_key().verify(_decoded(signature), text.encode(), padding.PKCS1v15(), hashes.SHA256())
    claim = json.loads(_decoded(text.partition(".")[2]))
    assert (claim["iss"], claim["aud"]) == ("robot@p.example", "https://aiplatform.googleapis.com/")
    assert claim["exp"] - claim["iat"] == 3600
    assert bearer(told, "a", 1000.0) == bearer(told, "a", 1700.0) != bearer(told, "a", 1900.0)


def _decoded(text: str) -> bytes:
    import base64

    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


async def test_pictures_that_are_too_large_for_a_request_are_refused_with_a_way_on(call: LentCall) -> None:
    call.assets["big"] = call.assets[lend(call)]
    object.__setattr__(call.assets["big"], "content", bytes(16 * 2**20))
    with pytest.raises(RequestRejected, match="together") as caught:
        check_size([call.assets["big"]])
    assert "smaller" in caught.value.advice


def test_prices_are_known_before_and_none_where_nobody_published_one() -> None:
    exact = drawing_price(Imagine(prompt="fox", resolution="1K"))
    assert exact is not None
    assert exact.low == exact.likely == exact.high
    assert 33_600 <= exact.likely < 33_700
    imagen = drawing_price(Imagine(prompt="fox", model="imagen-3.0-generate-001", n=3))
    assert imagen is not None
    assert imagen.likely == 120_000
    speech = speaking_price(Speak(prompt="x" * 150))
    assert speech is not None
    assert speech.low < speech.likely < speech.high
    assert drawing_price(Imagine(prompt="fox", model="nobodys")) is None
    assert filming_price(Film(prompt="fox", model="nobodys")) is None
