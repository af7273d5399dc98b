"""Runway: shapes by model and action, credits told before and after, waiting, stopping, uploads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from maquette import catalog
from maquette.core.action import Cost
from maquette.core.adapt import adapt
from maquette.core.errors import (
    AccountRejected,
    ContentRejected,
    GenerationFailed,
    ParamsInvalid,
    QuotaExhausted,
    RequestRejected,
)
from maquette.core.registry import Registry
from maquette.providers.runway import PROVIDER
from maquette.providers.runway.provider import _MOST_INLINE, _dropped
from maquette.providers.runway.shape import Animate, Enlarge, Film, Paint, film_price, picture_price
from maquette.providers.runway.shape import body as body_of
from tests.providers.hosted import FAULTS, Service
from tests.providers.lent import LentCall
from tests.twins.picture import Picture, painted
from tests.twins.running import Twin, running


def source(call: LentCall, words: str = "source") -> str:
    return call.lend(painted(Picture(96, 96, words)))


def sent(twin: Twin, result: Any) -> dict[str, Any]:
    """Return the request that a result came from."""
    found: dict[str, Any] = twin.state()["works"][result.response["id"]]
    return found


@pytest.mark.accepts("S3.20")
async def test_words_become_a_film_at_the_credits_that_were_charged(call: LentCall, service: Service) -> None:
    result = await PROVIDER.txt2vid(Film(prompt="a fox [[m:fox]]", seed=3), call)
    (film,) = result.outputs
    assert (film.media, film.seed) == ("video", 3)
    body = sent(service.twin, result)
    assert (body["model"], body["ratio"], body["duration"], body["seed"]) == ("gen4.5", "1280:720", 5, 3)
    assert not {"audio", "negativePrompt", "resolution"} & set(body)
    assert result.cost is not None
    assert (result.cost.micro_usd, result.cost.source, result.cost.amount) == (250_000, "reported", "25 credits")
    assert service.twin.bills("fox") == 1
    assert any("free place" in words for _, words in call.told)


@pytest.mark.accepts("S3.20")
async def test_a_picture_becomes_a_film_and_may_be_followed_by_a_last_one(call: LentCall, twin: Twin) -> None:
    one = await PROVIDER.img2vid(Animate(prompt="it runs", image=source(call)), call)
    assert sent(twin, one)["promptImage"].startswith("data:image/png;base64,")
    call.again()
    params = Animate(prompt="it runs", image=source(call), last_image=source(call, "end"))
    two = await PROVIDER.img2vid(params, call)
    assert [frame["position"] for frame in sent(twin, two)["promptImage"]] == ["first", "last"]


async def test_pictures_are_made_and_enlarged(call: LentCall, twin: Twin) -> None:
    made = await PROVIDER.txt2img(Paint(prompt="a fox", references=(source(call),)), call)
    body = sent(twin, made)
    assert (body["model"], body["ratio"], len(body["referenceImages"])) == ("gen4_image", "1024:1024", 1)
    call.again()
    large = await PROVIDER.upscale(Enlarge(image=source(call), factor=4, flavour="sublime"), call)
    assert (sent(twin, large)["scaleFactor"], sent(twin, large)["flavor"]) == (4, "sublime")


async def test_a_picture_too_large_for_the_request_is_uploaded(call: LentCall, twin: Twin) -> None:
    large = call.lend(painted(Picture(96, 96, "large")) + bytes(_MOST_INLINE))
    made = await PROVIDER.img2vid(Animate(prompt="it runs", image=large), call)
    link = sent(twin, made)["promptImage"]
    assert link.startswith("runway://")
    assert twin.state()["uploads"][link] > _MOST_INLINE


def test_a_model_narrows_each_action_in_its_own_way() -> None:
    registry = Registry()
    words, picture = registry.action("media.runway.txt2vid"), registry.action("media.runway.img2vid")
    fields = words.schema("gen4.5")["properties"]
    assert fields["size"]["enum"] == ["1280x720", "720x1280"]
    assert (fields["duration"]["minimum"], fields["duration"]["maximum"]) == (2, 10)
    assert "negative_prompt" not in fields
    assert "960x960" in picture.schema("gen4.5")["properties"]["size"]["enum"]
    assert words.schema("veo3.1")["properties"]["duration"]["enum"] == [4, 6, 8]
    assert "size" not in words.schema("hailuo3")["properties"]
    assert words.schema("hailuo3")["properties"]["resolution"]["default"] == "768p"


def test_values_are_fitted_to_the_model() -> None:
    action = Registry().action("media.runway.txt2vid")
    params, warnings = adapt(action, {"prompt": "p", "model": "veo3.1", "duration": 7, "size": "1024x1024"})
    assert (params.duration, params.size) in [(6, "1280x720"), (8, "1280x720")]  # type: ignore[attr-defined]
    assert {warning["field"] for warning in warnings} == {"duration", "size"}
    with pytest.raises(ParamsInvalid, match="audio"):
        adapt(action, {"prompt": "p", "model": "gen4.5", "audio": False})
    with pytest.raises(ParamsInvalid, match="prompt"):
        adapt(action, {"prompt": "p" * 1001, "model": "gen4.5"})
    assert adapt(action, {"prompt": "p" * 1001, "model": "veo3.1"})


async def test_a_model_is_refused_where_it_does_not_serve_the_action(call: LentCall, twin: Twin) -> None:
    before = len(twin.log())
    with pytest.raises(RequestRejected, match="does not serve txt2vid") as caught:
        await PROVIDER.txt2vid(Film(prompt="a fox", model="gen4_turbo"), call)
    assert "gen4.5" in caught.value.advice
    assert len(twin.log()) == before


async def test_of_an_unknown_model_only_what_was_asked_is_said_and_its_refusal_names_the_field(
    call: LentCall,
) -> None:
    with pytest.raises(RequestRejected, match="model: Invalid discriminator value"):
        await PROVIDER.txt2vid(Film(prompt="a fox", model="gen9", audio=False), call)


def test_an_unknown_model_is_told_nothing_unasked_though_a_job_keeps_every_parameter() -> None:
    action = Registry().action("media.runway.txt2vid")
    kept = adapt(action, {"prompt": "a fox", "model": "gen9", "audio": False})[0].model_dump(exclude_none=True)
    params = Film.model_validate(kept)
    assert set(body_of(params, _dropped("txt2vid", params))) == {"model", "promptText", "ratio", "duration", "audio"}


async def test_a_running_task_is_stopped_and_a_finished_one_is_left_alone(
    service: Service, no_faults: Twin, tmp_path: Path
) -> None:
    async with service.lent(tmp_path) as call:
        done = await PROVIDER.txt2vid(Film(prompt="done"), call)
        assert await PROVIDER.cancel({"id": done.response["id"]}, call) is False
        assert not sent(no_faults, done)["stopped"]
        no_faults.set_faults(step_delay=5.0)
        begun = await call.http.post("/v1/text_to_video", _body())
        assert await PROVIDER.cancel(begun, call) is True
        assert no_faults.state()["works"][begun["id"]]["stopped"]


def _body() -> dict[str, Any]:
    return {"model": "gen4.5", "promptText": "slow", "ratio": "1280:720", "duration": 5}


async def test_moderation_and_failure_are_told_apart_by_their_codes(call: LentCall) -> None:
    with pytest.raises(ContentRejected) as refused:
        await PROVIDER.txt2vid(Film(prompt="bad [[refuse]]"), call)
    assert refused.value.details["provider_code"] == "SAFETY.OUTPUT.VIDEO"
    assert refused.value.cost == Cost(0, "reported", "0 credits")
    call.again()
    with pytest.raises(GenerationFailed, match="Runway failed") as failed:
        await PROVIDER.txt2vid(Film(prompt="bad [[fail]]"), call)
    assert failed.value.cost == Cost(120_000, "reported", "12 credits")


@pytest.mark.parametrize("name", FAULTS)
async def test_each_fault_is_its_own_error(service: Service, tmp_path: Path, name: str) -> None:
    await service.fault(tmp_path, name, lambda call: PROVIDER.txt2vid(Film(prompt=f"a fault [[m:{name}]]"), call))


async def test_the_check_tells_a_wrong_key_an_empty_account_and_a_stranger_apart(
    service: Service, tmp_path: Path
) -> None:
    async with service.lent(tmp_path, api_key=SecretStr("sk-wrong")) as call:
        with pytest.raises(AccountRejected):
            await PROVIDER.check(call)
    async with Service(PROVIDER, service.twin, "/v1").lent(tmp_path) as call:
        with pytest.raises(RequestRejected, match="does not answer as") as caught:
            await PROVIDER.check(call)
    assert "Take the path '/v1' off" in caught.value.advice
    with running("runway", tmp_path / "poor", credits=0) as poor:
        async with Service(PROVIDER, poor).lent(tmp_path) as call:
            with pytest.raises(QuotaExhausted, match="no credits left"):
                await PROVIDER.check(call)


async def test_the_models_are_those_of_the_tier(call: LentCall) -> None:
    rows = {row["id"]: row for row in await PROVIDER.models(call)}
    assert rows["gen4.5"]["media"] == "video"
    assert "kling_4" not in rows
    assert rows["gen9"]["title"] == "gen9"


def test_what_it_will_cost_is_known_beforehand_where_the_price_is() -> None:
    film = film_price(Film(prompt="p", duration=10))
    assert film is not None
    assert (film.low, film.likely, film.high) == (1_200_000, 1_200_000, 1_200_000)
    assert "2026-11-20" in film.source
    small, large = picture_price(Paint(prompt="p")), picture_price(Paint(prompt="p", size="1920x1080"))
    assert small is not None
    assert large is not None
    assert (small.likely, large.likely) == (50_000, 80_000)
    assert film_price(Film(prompt="p", model="kling_4")) is None


def test_the_defaults_are_models_of_the_catalog_that_serve_the_action() -> None:
    for kind, way in ((Film, "txt2vid"), (Animate, "img2vid"), (Paint, "txt2img")):
        known = catalog.model("runway", kind.model_fields["model"].default)
        assert known is not None
        assert way in known.by_operation
