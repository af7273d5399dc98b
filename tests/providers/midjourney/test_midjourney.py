"""Midjourney through two gateways: five operations, one bill each, and every refusal by its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from maquette.core.errors import (
    AccountRejected,
    ContentRejected,
    GenerationFailed,
    MaquetteError,
    ProviderUnavailable,
    QuotaExhausted,
    RequestRejected,
    Unsupported,
)
from maquette.core.registry import Registry
from maquette.providers.midjourney import PROVIDER
from maquette.providers.midjourney.midapi import _is_fresh
from maquette.providers.midjourney.shape import Animate, Imagine, Pick, Rework
from tests.providers.hosted import FAULTS, Service
from tests.providers.lent import LentCall
from tests.twins.picture import Picture, painted
from tests.twins.running import Twin, running


def source(call: LentCall, **made: Any) -> str:
    return call.lend(painted(Picture(96, 96, "source")), **made)


def sent(twin: Twin, task: str) -> dict[str, Any]:
    """Return the request from which a task was made."""
    found: dict[str, Any] = twin.state()["works"][task]
    return found


@pytest.mark.accepts("S0.23")
def test_the_operations_of_the_document_are_there_and_films_besides() -> None:
    found = {name.rpartition(".")[2]: action.produces for name, action in Registry().of("midjourney").items()}
    assert found == {"txt2img": "image", "img2img": "image", "upscale": "image", "vary": "image", "img2vid": "video"}


@pytest.mark.accepts("S0.24")
async def test_a_prompt_becomes_four_pictures_through_midapi(call: LentCall, service: Service) -> None:
    assert call.settings.driver == "midapi"
    params = Imagine(prompt="a fox [[m:four]]", negative_prompt="snow,\n ice", aspect_ratio="16:9", stylize=250)
    result = await PROVIDER.txt2img(params, call)
    assert [output.notes["index"] for output in result.outputs] == [0, 1, 2, 3]
    body = sent(service.twin, result.outputs[0].notes["task"])
    assert body["taskType"] == "mj_txt2img"
    assert body["prompt"] == "a fox [[m:four]] --no snow, ice"
    assert (body["aspectRatio"], body["stylization"], body["speed"]) == ("16:9", 250, "relaxed")
    assert service.twin.bills("four") == 1


async def test_one_of_the_four_is_enlarged_and_varied_by_what_was_noted_of_it(call: LentCall, twin: Twin) -> None:
    four = await PROVIDER.txt2img(Imagine(prompt="a fox"), call)
    picked = source(call, provider="midjourney", notes=four.outputs[2].notes)
    call.again()
    large = await PROVIDER.upscale(Pick(image=picked), call)
    assert len(large.outputs) == 1
    assert sent(twin, large.outputs[0].notes["task"])["imageIndex"] == 2
    call.again()
    others = await PROVIDER.vary(Pick(image=picked), call)
    assert len(others.outputs) == 4
    # This gateway counts from one where it varies, and from zero where it enlarges.
    assert sent(twin, others.outputs[0].notes["task"])["imageIndex"] == 3


async def test_a_picture_of_somebody_else_cannot_be_picked(call: LentCall, twin: Twin) -> None:
    before = len(twin.bill())
    with pytest.raises(RequestRejected, match="not made by Midjourney here") as caught:
        await PROVIDER.upscale(Pick(image=source(call)), call)
    assert "another provider" in caught.value.advice
    with pytest.raises(RequestRejected, match="holds all four"):
        await PROVIDER.vary(Pick(image=source(call, provider="midjourney", notes={"task": "t"})), call)
    assert len(twin.bill()) == before


async def test_pictures_are_sent_as_addresses_its_own_by_the_gateways_and_others_by_our_store(
    call: LentCall, twin: Twin
) -> None:
    four = await PROVIDER.txt2img(Imagine(prompt="a fox"), call)
    own = source(call, provider="midjourney", notes=four.outputs[1].notes)
    other = call.lend(painted(Picture(80, 80, "other")))
    call.again()
    made = await PROVIDER.img2img(Rework(prompt="a hat", image=own, references=(other,)), call)
    body = sent(twin, made.outputs[0].notes["task"])
    assert body["fileUrls"] == [four.outputs[1].url, f"https://files.example/{other}"]
    assert body["taskType"] == "mj_img2img"


@pytest.mark.parametrize("form", ["", " [[epoch]]"])
@pytest.mark.parametrize("age", ["", " [[old]]"])
async def test_the_gateways_own_address_of_a_picture_is_used_as_long_as_it_is_sure_to_be_there(
    call: LentCall, twin: Twin, form: str, age: str
) -> None:
    four = await PROVIDER.txt2img(Imagine(prompt=f"a fox{form}{age}"), call)
    own = source(call, provider="midjourney", notes=four.outputs[1].notes)
    call.again()
    call.memory.memo.clear()
    made = await PROVIDER.img2img(Rework(prompt="a hat", image=own), call)
    (address,) = sent(twin, made.outputs[0].notes["task"])["fileUrls"]
    assert address == (f"https://files.example/{own}" if age else four.outputs[1].url)


async def test_a_picture_whose_task_the_gateway_has_forgotten_is_lent_by_our_store(call: LentCall, twin: Twin) -> None:
    own = source(call, provider="midjourney", notes={"task": "gone", "index": 1})
    made = await PROVIDER.img2img(Rework(prompt="a hat", image=own), call)
    assert sent(twin, made.outputs[0].notes["task"])["fileUrls"] == [f"https://files.example/{own}"]


@pytest.mark.parametrize(
    ("time", "fresh"),
    [
        (None, False),
        ("soon", False),
        (1, False),
        ("2020-01-01 00:00:00", False),
        ("2100-01-01T00:00:00Z", True),
        (4102444800, True),
        ("4102444800000", True),
    ],
)
def test_the_times_of_a_gateway_are_read_in_each_of_their_forms(time: Any, fresh: bool) -> None:
    assert _is_fresh(time) is fresh


async def test_a_subject_is_kept_by_its_weight_and_without_a_speed(call: LentCall, twin: Twin) -> None:
    params = Rework(prompt="a hat", image=source(call), use="omni", omni_weight=400)
    made = await PROVIDER.img2img(params, call)
    body = sent(twin, made.outputs[0].notes["task"])
    assert (body["taskType"], body["ow"], "speed" in body) == ("mj_omni_reference", 400, False)


async def test_a_picture_becomes_films(call: LentCall, twin: Twin) -> None:
    params = Animate(prompt="it jumps [[m:jump]]", image=source(call), n=2, resolution="720p", motion="low")
    made = await PROVIDER.img2vid(params, call)
    assert [output.media for output in made.outputs] == ["video", "video"]
    body = sent(twin, made.outputs[0].notes["task"])
    assert (body["taskType"], body["motion"], body["videoBatchSize"]) == ("mj_video_hd", "low", 2)


async def test_the_other_driver_speaks_as_midjourney_proxy(proxied: LentCall, twin: Twin) -> None:
    params = Imagine(prompt="a fox [[m:grid]]", version="niji6", weird=50, speed="turbo")
    grid = await PROVIDER.txt2img(params, proxied)
    (output,) = grid.outputs
    body = sent(twin, output.notes["task"])
    assert body["prompt"] == "a fox [[m:grid]] --ar 1:1 --s 100 --w 50 --c 0 --niji 6 --turbo"
    assert body["state"] == proxied.token
    assert [share for share, _ in proxied.told][-1] == 1.0
    whole = source(proxied, provider="midjourney", notes=output.notes)
    proxied.again()
    with pytest.raises(RequestRejected, match="holds all four") as caught:
        await PROVIDER.upscale(Pick(image=whole), proxied)
    assert "`number`" in caught.value.advice
    large = await PROVIDER.upscale(Pick(image=whole, number=3), proxied)
    assert sent(twin, large.outputs[0].notes["task"])["index"] == 3


async def test_the_other_driver_takes_pictures_inside_the_request_and_makes_no_films(
    proxied: LentCall, twin: Twin
) -> None:
    made = await PROVIDER.img2img(Rework(prompt="a hat", image=source(proxied)), proxied)
    (picture,) = sent(twin, made.outputs[0].notes["task"])["base64Array"]
    assert picture.startswith("data:image/png;base64,")
    with pytest.raises(Unsupported, match="makes no films"):
        await PROVIDER.img2vid(Animate(prompt="it jumps", image=source(proxied)), proxied)
    with pytest.raises(Unsupported, match="style"):
        await PROVIDER.img2img(Rework(prompt="a hat", image=source(proxied), use="style"), proxied)


@pytest.mark.parametrize("driver", ["midapi", "mj-proxy"])
async def test_what_ends_without_a_result_says_why(service: Service, tmp_path: Path, driver: str) -> None:
    async with service.lent(tmp_path, driver=driver) as call:
        with pytest.raises(ContentRejected, match="Midjourney refused"):
            await PROVIDER.txt2img(Imagine(prompt="bad [[refuse]]"), call)
        call.again()
        with pytest.raises(GenerationFailed, match="Internal error"):
            await PROVIDER.txt2img(Imagine(prompt="bad [[fail]]"), call)


async def test_a_failure_may_be_told_by_the_code_of_the_answer(call: LentCall, service: Service) -> None:
    with pytest.raises(RequestRejected, match="took no task"):
        await PROVIDER.txt2img(Imagine(prompt="bad [[unmade]] [[m:unmade]]"), call)
    assert service.twin.bills("unmade") == 0
    call.again()
    with pytest.raises(ContentRejected, match="moderator"):
        await PROVIDER.txt2img(Imagine(prompt="bad [[envelope]] [[refuse]]"), call)
    call.again()
    with pytest.raises(GenerationFailed, match="Internal error"):
        await PROVIDER.txt2img(Imagine(prompt="bad [[envelope]] [[fail]]"), call)


async def test_a_banned_prompt_is_refused_at_once(proxied: LentCall, service: Service) -> None:
    with pytest.raises(ContentRejected, match="sensitive words"):
        await PROVIDER.txt2img(Imagine(prompt="[[banned]] [[m:banned]]"), proxied)
    assert service.twin.bills("banned") == 0


@pytest.mark.parametrize("name", FAULTS)
async def test_each_fault_is_its_own_error_though_the_gateway_answers_200(
    service: Service, tmp_path: Path, name: str
) -> None:
    await service.fault(tmp_path, name, lambda call: PROVIDER.txt2img(Imagine(prompt=f"a fault [[m:{name}]]"), call))


async def test_the_check_tells_a_wrong_key_an_empty_account_and_a_stranger_apart(
    service: Service, tmp_path: Path
) -> None:
    async with service.lent(tmp_path, api_key=SecretStr("sk-wrong")) as call:
        with pytest.raises(AccountRejected):
            await PROVIDER.check(call)
    async with service.lent(tmp_path, api_key=SecretStr("sk-wrong"), driver="mj-proxy") as call:
        with pytest.raises(AccountRejected):
            await PROVIDER.check(call)
    async with service.lent(tmp_path, driver="mj-proxy") as call:
        await PROVIDER.check(call)
    long = Service(PROVIDER, service.twin, "/api/v1")
    async with long.lent(tmp_path) as call:
        with pytest.raises(RequestRejected, match="does not answer as") as caught:
            await PROVIDER.check(call)
    assert "Take the path '/api/v1' off" in caught.value.advice
    with running("midjourney", tmp_path / "poor", credits=0) as poor:
        async with Service(PROVIDER, poor).lent(tmp_path) as call:
            with pytest.raises(QuotaExhausted, match="no credits left"):
                await PROVIDER.check(call)


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({"code": 200, "data": {}}, None, type(None)),
        ({"code": 22}, None, type(None)),
        ({"status": "SUCCESS"}, None, type(None)),
        ({"code": 402, "msg": "no credits"}, 402, QuotaExhausted),
        ({"code": 455, "msg": "maintenance"}, 422, ProviderUnavailable),
        ({"code": 505, "msg": "disabled"}, 422, RequestRejected),
        ({"code": 501, "msg": "failed"}, 422, GenerationFailed),
        ({"code": 501, "msg": "blocked by moderation"}, 422, ContentRejected),
        ({"code": 500, "msg": "broke"}, 500, type(None)),
        ({"code": 23, "description": "queue is full"}, 429, MaquetteError),
    ],
)
def test_codes_inside_answers_are_read_as_statuses(body: dict[str, Any], status: int | None, error: type[Any]) -> None:
    assert PROVIDER.status_of(body) == status
    if status is not None:
        assert isinstance(PROVIDER.refusal(status, body), error)


def test_what_is_kept_out_counts_for_the_length_of_the_prompt() -> None:
    with pytest.raises(ValidationError, match="more than 2000"):
        Imagine(prompt="x" * 1990, negative_prompt="y" * 20)


def test_a_cost_is_told_only_where_somebody_said_what_a_credit_is_worth(service: Service) -> None:
    assert service.account().cost() is None
    cost = service.account(job_credits=3, credit_usd=0.02).cost()
    assert (cost.micro_usd, cost.source, cost.amount) == (60_000, "estimated", "3 credits")
