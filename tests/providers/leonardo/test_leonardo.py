"""Leonardo: two versions of one API, uploads that carry no key, variations, and costs told at the submit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

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
from maquette.providers.leonardo import PROVIDER
from maquette.providers.leonardo.shape import Animate, Enlarge, Painted, Rework, Vary
from tests.providers.hosted import FAULTS, Service
from tests.providers.lent import LentCall
from tests.twins.leonardo import LUCID, OTHER, PHOENIX
from tests.twins.picture import Picture, painted
from tests.twins.running import Twin, running


def source(call: LentCall, **made: Any) -> str:
    return call.lend(painted(Picture(96, 96, "source")), **made)


def sent(twin: Twin, result: Any) -> dict[str, Any]:
    """Return the request that a result came from."""
    found: dict[str, Any] = twin.state()["works"][result.response["id"]]
    return found


@pytest.mark.accepts("S0.25")
def test_the_operations_of_the_document_are_there() -> None:
    found = {name.rpartition(".")[2]: action.produces for name, action in Registry().of("leonardo").items()}
    assert found["txt2img"] == found["upscale"] == "image"
    assert found["img2vid"] == "video"


@pytest.mark.accepts("S0.25")
async def test_a_prompt_becomes_pictures_by_the_first_version(call: LentCall, service: Service) -> None:
    params = Painted(prompt="a fox [[m:fox]]", negative_prompt="snow", n=2, seed=9, contrast="high")
    result = await PROVIDER.txt2img(params, call)
    assert [output.seed for output in result.outputs] == [9, 9]
    body = sent(service.twin, result)
    assert body["modelId"] == "de7d3faf-762f-48e0-b3b7-9d0ac3a3fcf3"
    assert (body["contrast"], body["negative_prompt"], body["public"]) == (4.5, "snow", False)
    assert result.cost is not None
    assert (result.cost.micro_usd, result.cost.source, result.cost.amount) == (12_500, "reported", "0.0125 USD")
    assert service.twin.bills("fox") == 1


async def test_a_newer_model_of_the_first_version_goes_without_the_old_pipeline(call: LentCall, twin: Twin) -> None:
    body = sent(twin, await PROVIDER.txt2img(Painted(prompt="a fox", model="lucid_origin"), call))
    assert body["alchemy"] is False
    assert "contrast" not in body


@pytest.mark.parametrize(("model", "contrast", "alchemy"), [(PHOENIX, 3.5, True), (LUCID, None, False)])
async def test_a_known_model_by_its_id_is_asked_as_by_its_name(
    call: LentCall, twin: Twin, model: str, contrast: float | None, alchemy: bool
) -> None:
    params, _ = adapt(Registry().action("media.leonardo.txt2img"), {"prompt": "a fox", "model": model})
    assert isinstance(params, Painted)
    body = sent(twin, await PROVIDER.txt2img(params, call))
    assert (body["modelId"], body.get("contrast"), body["alchemy"]) == (model, contrast, alchemy)


async def test_any_other_name_is_a_model_of_the_second_version(call: LentCall, twin: Twin) -> None:
    result = await PROVIDER.txt2img(Painted(prompt="a fox", model="google/nano-banana-2.1", n=3, seed=4), call)
    assert len(result.outputs) == 3
    body = sent(twin, result)
    assert (body["model"], body["public"]) == ("google/nano-banana-2.1", False)
    words = {"prompt": "a fox", "width": 1024, "height": 1024, "quantity": 3, "seed": 4, "prompt_enhance": "OFF"}
    assert body["parameters"] == words


async def test_a_picture_is_uploaded_once_and_what_was_made_there_not_at_all(call: LentCall, twin: Twin) -> None:
    result = await PROVIDER.img2img(Rework(prompt="a hat", image=source(call), strength=0.3), call)
    body = sent(twin, result)
    assert body["init_strength"] == 0.7
    assert twin.state()["uploads"][body["init_image_id"]] == len(painted(Picture(96, 96, "source")))
    before = len(twin.state()["uploads"])
    made = call.lend(painted(Picture(80, 80, "made")), provider="leonardo", notes=result.outputs[0].notes)
    call.again()
    again = await PROVIDER.img2img(Rework(prompt="a scarf", image=made), call)
    assert sent(twin, again)["init_generation_image_id"] == result.outputs[0].notes["image"]
    assert len(twin.state()["uploads"]) == before


async def test_the_second_version_looks_at_an_uploaded_picture(call: LentCall, twin: Twin) -> None:
    params = Rework(prompt="a hat", image=source(call), model="openai/gpt-image-2.5-sunburst")
    (guide,) = sent(twin, await PROVIDER.img2img(params, call))["parameters"]["guidances"]["image_reference"]
    assert guide["image"]["type"] == "UPLOADED"


@pytest.mark.accepts("S0.25")
async def test_a_picture_becomes_a_film_by_either_version(call: LentCall, twin: Twin) -> None:
    first = await PROVIDER.img2vid(Animate(prompt="it runs", image=source(call), resolution="720p"), call)
    (film,) = first.outputs
    assert film.media == "video"
    assert str(film.url).endswith(".mp4")
    body = sent(twin, first)
    assert (body["model"], body["resolution"], body["imageType"]) == ("MOTION2", "RESOLUTION_720", "UPLOADED")
    call.again()
    second = await PROVIDER.img2vid(Animate(prompt="it runs", image=source(call), model="kling-3.0", duration=5), call)
    assert sent(twin, second)["parameters"]["duration"] == 5
    assert "start_frame" in sent(twin, second)["parameters"]["guidances"]


@pytest.mark.parametrize(
    ("model", "resolution", "duration"),
    [
        ("MOTION2", "RESOLUTION_480", None),
        ("MOTION2FAST", "RESOLUTION_480", None),
        ("VEO3", "RESOLUTION_720", 6),
        ("VEO3FAST", "RESOLUTION_720", 6),
        ("KLING2_1", "RESOLUTION_1080", 5),
        ("KLING2_5", "RESOLUTION_1080", 5),
    ],
)
async def test_a_film_is_asked_for_as_its_model_takes_it(
    call: LentCall, twin: Twin, model: str, resolution: str, duration: int | None
) -> None:
    action = Registry().action("media.leonardo.img2vid")
    asked = {"prompt": "it runs", "image": source(call), "model": model}
    params, none = adapt(action, asked)
    assert none == []
    assert isinstance(params, Animate)
    assert sent(twin, await PROVIDER.img2vid(params, call))["resolution"] == resolution
    call.again()
    params, _ = adapt(action, asked | {"duration": 5 + (duration == 6)})
    assert isinstance(params, Animate)
    assert sent(twin, await PROVIDER.img2vid(params, call)).get("duration") == duration
    with pytest.raises(ParamsInvalid, match="resolution"):
        adapt(action, asked | {"resolution": "1080p" if model.startswith("MOTION") else "480p"})


@pytest.mark.accepts("S0.25")
async def test_a_picture_is_enlarged_and_one_of_its_own_is_varied(call: LentCall, twin: Twin) -> None:
    made = await PROVIDER.txt2img(Painted(prompt="a fox"), call)
    call.again()
    large = await PROVIDER.upscale(Enlarge(image=source(call), factor=2, style="2d art"), call)
    body = sent(twin, large)
    assert (body["upscaleMultiplier"], body["upscalerStyle"]) == (2, "2D ART & ILLUSTRATION")
    own = call.lend(painted(Picture(80, 80, "own")), provider="leonardo", notes=made.outputs[0].notes)
    call.again()
    varied = await PROVIDER.vary(Vary(image=own, way="no_background"), call)
    assert sent(twin, varied)["id"] == made.outputs[0].notes["image"]
    with pytest.raises(RequestRejected, match="not made by Leonardo here"):
        await PROVIDER.vary(Vary(image=source(call)), call)


async def test_a_cost_in_credits_needs_the_rate_of_the_account(tmp_path: Path) -> None:
    with running("leonardo", tmp_path / "credits", unit="CREDITS") as twin:
        service = Service(PROVIDER, twin, "/api/rest")
        async with service.lent(tmp_path) as call:
            assert (await PROVIDER.txt2img(Painted(prompt="a fox"), call)).cost is None
        async with service.lent(tmp_path, credit_usd=0.002) as call:
            cost = (await PROVIDER.txt2img(Painted(prompt="a fox"), call)).cost
    assert cost is not None
    assert (cost.micro_usd, cost.source, cost.amount) == (24_000, "computed", "12 credits")


async def test_a_flagged_picture_is_kept_with_its_flag_and_a_failure_is_told(call: LentCall) -> None:
    flagged = await PROVIDER.txt2img(Painted(prompt="bare [[refuse]]"), call)
    assert flagged.outputs[0].notes["nsfw"] is True
    call.again()
    with pytest.raises(GenerationFailed, match="Leonardo failed"):
        await PROVIDER.txt2img(Painted(prompt="bad [[fail]]"), call)


@pytest.mark.parametrize("name", FAULTS)
async def test_each_fault_is_its_own_error(service: Service, tmp_path: Path, name: str) -> None:
    await service.fault(tmp_path, name, lambda call: PROVIDER.txt2img(Painted(prompt=f"a fault [[m:{name}]]"), call))


async def test_the_check_tells_a_wrong_key_an_empty_account_and_a_wrong_address_apart(
    service: Service, tmp_path: Path
) -> None:
    async with service.lent(tmp_path, api_key=SecretStr("sk-wrong")) as call:
        with pytest.raises(AccountRejected):
            await PROVIDER.check(call)
    for root in ("", "/api/rest/v1", "/other/rest"):
        async with Service(PROVIDER, service.twin, root).lent(tmp_path) as call:
            with pytest.raises(RequestRejected, match=r"path|does not answer as") as caught:
                await PROVIDER.check(call)
        assert "https://cloud.leonardo.ai/api/rest" in caught.value.advice
    with running("leonardo", tmp_path / "poor", tokens=0) as poor:
        async with Service(PROVIDER, poor, "/api/rest").lent(tmp_path) as call:
            with pytest.raises(QuotaExhausted, match="no API tokens left"):
                await PROVIDER.check(call)


async def test_the_list_of_models_holds_the_catalogs_and_the_platforms(call: LentCall) -> None:
    rows = {row["id"]: row["media"] for row in await PROVIDER.models(call)}
    assert rows["phoenix_1_0"] == "image"
    assert rows["VEO3"] == "video"
    assert rows[OTHER] == "image"
    # What has a name here is listed once.
    assert not {PHOENIX, LUCID} & set(rows)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("not enough api tokens", QuotaExhausted),
        ("Content moderation filter: blocked", ContentRejected),
        ("width must be a multiple of 8", type(None)),
    ],
)
def test_only_what_the_status_does_not_say_is_read_from_a_body(said: str, error: type[object]) -> None:
    assert type(PROVIDER.refusal(400, {"error": said})) is error
    assert PROVIDER.refusal(503, {"error": said}) is None


def test_many_large_pictures_are_refused_before_anything_is_sent() -> None:
    with pytest.raises(ValidationError, match="at most 4"):
        Painted(prompt="foxes", n=5)
    assert Painted(prompt="foxes", n=8, width=512, height=512).n == 8
