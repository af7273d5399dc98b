"""Every server of the family makes, changes and enlarges pictures; cancel stops our task and no other."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from maquette.core.action import Result
from maquette.core.errors import (
    AccountRejected,
    GenerationFailed,
    JobCancelled,
    OutcomeUnknown,
    QuotaExhausted,
    RateLimited,
    RequestRejected,
)
from maquette.providers.automatic1111 import PROVIDER
from maquette.providers.automatic1111.picture import Enlarge, Imagine, Inpaint, Rework
from maquette.providers.automatic1111.settings import Account
from tests.providers.lent import LentCall, lent
from tests.twins.automatic1111.dialect import FLAVOURS
from tests.twins.marker import marker_in
from tests.twins.picture import Picture, painted
from tests.twins.running import Name, Twin, running

NAME: Name = "automatic1111"


def account(twin: Twin, **more: Any) -> Account:
    return Account.model_validate({"base_url": twin.url} | more)


def imagine(prompt: str, **more: Any) -> Imagine:
    return Imagine.model_validate({"prompt": prompt, "width": 64, "height": 64, "steps": 3, "seed": 5} | more)


def markers(result: Result) -> list[str | None]:
    return [marker_in(output.content) for output in result.outputs if isinstance(output.content, bytes)]


def size(result: Result) -> tuple[int, int]:
    content = result.outputs[0].content
    assert isinstance(content, bytes)
    return Image.open(io.BytesIO(content)).size


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not await asyncio.to_thread(true):
            await asyncio.sleep(0.01)


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running(NAME, tmp_path_factory.mktemp(NAME), step_delay=0.005) as found:
        yield found


@pytest.fixture
async def call(twin: Twin, tmp_path: Path) -> AsyncIterator[LentCall]:
    async with lent(PROVIDER, account(twin), tmp_path) as made:
        yield made


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.accepts("S2.3", "S1.74")
async def test_every_server_of_the_family_makes_as_many_pictures_as_asked_for(tmp_path: Path, flavour: str) -> None:
    with running(NAME, tmp_path, flavour=flavour) as server:
        async with lent(PROVIDER, account(server), tmp_path) as call:
            await PROVIDER.check(call)
            assert await PROVIDER.models(call)
            result = await PROVIDER.txt2img(imagine("two [[m:two]]", n=2), call)
        assert markers(result) == ["two", "two"]
        assert [output.seed for output in result.outputs] == [5, 6]
        names = {"a1111": "AUTOMATIC1111", "forge": "Forge", "sdcpp": "stable-diffusion.cpp"}
        assert result.response["server"] == names.get(flavour, "SD.Next 2026-07-23")
        assert (server.bills("two"), server.state()["unknown"]) == (1, [])


@pytest.mark.accepts("S2.22")
async def test_every_choice_reaches_the_server_for_this_request_alone(call: LentCall, twin: Twin) -> None:
    wanted = {"steps": 4, "guidance": 6.5, "sampler": "DPM++ 2M", "scheduler": "Karras", "negative_prompt": "blur"}
    await PROVIDER.txt2img(imagine("all", model="twin-sdxl.safetensors [9999999999]", **wanted), call)
    sent = twin.state()["last"]
    assert (sent["steps"], sent["cfg_scale"], sent["sampler_name"]) == (4, 6.5, "DPM++ 2M")
    assert (sent["scheduler"], sent["negative_prompt"]) == ("Karras", "blur")
    assert sent["override_settings"]["sd_model_checkpoint"] == "twin-sdxl.safetensors [9999999999]"
    assert sent["override_settings_restore_afterwards"] is True


async def test_choices_are_those_of_the_server(call: LentCall) -> None:
    assert [row["id"] for row in await PROVIDER.choices("sampler", call)] == ["Euler a", "DPM++ 2M"]
    assert [row["id"] for row in await PROVIDER.choices("upscaler", call)] == ["Lanczos", "R-ESRGAN 4x+"]
    assert await PROVIDER.choices("vae", call) == [], "this server has no such list"
    assert await PROVIDER.choices("prompt", call) == []


@pytest.mark.accepts("S1.56")
async def test_a_picture_is_changed_whole_under_a_mask_and_enlarged(call: LentCall, twin: Twin) -> None:
    image = call.lend(painted(Picture(100, 72, "source"), "png"))
    mask = call.lend(painted(Picture(100, 72, "mask"), "png"))
    rework = Rework.model_validate({"prompt": "re [[m:re]]", "image": image, "steps": 2, "seed": 1})
    first = await PROVIDER.img2img(rework, call)
    assert (markers(first), size(first), twin.state()["last"]["masked"]) == (["re"], (96, 72), False)
    call.again()
    inpaint = Inpaint.model_validate({"prompt": "in [[m:in]]", "image": image, "mask": mask, "steps": 2, "seed": 1})
    second = await PROVIDER.inpaint(inpaint, call)
    sent = twin.state()["last"]
    assert (markers(second), sent["masked"], sent["inpainting_mask_invert"]) == (["in"], True, 0)
    call.again()
    larger = await PROVIDER.upscale(Enlarge.model_validate({"image": image, "factor": 2}), call)
    assert size(larger) == (200, 144)
    assert larger.response["upscaler"] == "R-ESRGAN 4x+"


async def test_progress_only_grows_and_previews_are_shown(tmp_path: Path) -> None:
    with running(NAME, tmp_path, step_delay=0.05) as server:
        async with lent(PROVIDER, account(server), tmp_path) as call:
            await PROVIDER.txt2img(imagine("live", steps=20), call)
    fractions = [fraction for fraction, _ in call.told if fraction is not None]
    assert fractions == sorted(fractions)
    assert len(set(fractions)) > 3
    assert call.previews


async def test_cancel_waits_for_our_turn_and_interrupts_our_task_alone(tmp_path: Path) -> None:
    with running(NAME, tmp_path, step_delay=0.05) as server:
        async with (
            lent(PROVIDER, account(server), tmp_path) as other,
            lent(PROVIDER, account(server), tmp_path) as ours,
        ):
            kept = asyncio.create_task(PROVIDER.txt2img(imagine("other [[m:other]]", steps=20), other))
            await until(lambda: server.state()["current"] == other.token)
            stopped = asyncio.create_task(PROVIDER.txt2img(imagine("ours", steps=150), ours))
            await until(lambda: server.state()["queue"] == [ours.token])
            ours.cancelled.set()
            assert markers(await kept) == ["other"], "the one before us was left alone"
            with pytest.raises(JobCancelled, match="the server stopped"):
                await asyncio.wait_for(stopped, 5)
        interrupts = [line["note"] for line in server.log("side") if "interrupt" in line["path"]]
        assert interrupts == [ours.token]


@pytest.mark.parametrize(("exclusive", "interrupts"), [(False, 0), (True, 1)])
async def test_a_server_that_does_not_tell_whose_work_runs_is_only_stopped_if_it_is_ours_alone(
    tmp_path: Path, *, exclusive: bool, interrupts: int
) -> None:
    with running(NAME, tmp_path, flavour="sdnext", step_delay=0.02) as server:
        async with lent(PROVIDER, account(server, exclusive=exclusive), tmp_path) as call:
            task = asyncio.create_task(PROVIDER.txt2img(imagine("ours [[m:ours]]", steps=40), call))
            await until(lambda: server.state()["current"])
            call.cancelled.set()
            if exclusive:
                with pytest.raises(JobCancelled):
                    await task
            else:
                assert markers(await task) == ["ours"], "it runs to its end, and the late result is kept"
        assert len([line for line in server.log("side") if "interrupt" in line["path"]]) == interrupts


@pytest.mark.parametrize("flavour", ["a1111", "forge"])
@pytest.mark.parametrize(
    ("change", "message"), [({"sampler": "nope"}, "Sampler not found"), ({"model": "missing"}, "Unknown checkpoint")]
)
async def test_what_the_server_refuses_is_told_in_its_words(
    tmp_path: Path, flavour: str, change: dict[str, Any], message: str
) -> None:
    with running(NAME, tmp_path, flavour=flavour) as server:
        async with lent(PROVIDER, account(server), tmp_path) as call:
            with pytest.raises(RequestRejected, match=message):
                await PROVIDER.txt2img(imagine("refused", **change), call)
        assert server.bill() == []


async def test_a_login_is_sent_and_a_wrong_one_is_told(tmp_path: Path) -> None:
    with running(NAME, tmp_path, auth="me:secret") as server:
        async with lent(PROVIDER, account(server, user="me", password="secret"), tmp_path) as call:
            await PROVIDER.check(call)
        async with lent(PROVIDER, account(server, user="me", password="wrong"), tmp_path) as call:
            with pytest.raises(AccountRejected, match="Incorrect username or password"):
                await PROVIDER.check(call)


async def test_a_server_without_its_api_is_told_with_the_cure(tmp_path: Path) -> None:
    with running(NAME, tmp_path, api="no") as server:
        async with lent(PROVIDER, account(server), tmp_path) as call:
            with pytest.raises(RequestRejected) as caught:
                await PROVIDER.check(call)
    assert "--api" in caught.value.advice


@pytest.mark.parametrize(("words", "hint"), [("[[full]]", "smaller picture"), ("[[break]]", "console")])
async def test_work_that_broke_in_the_servers_hands_has_failed_and_leaves_no_doubt(
    tmp_path: Path, words: str, hint: str
) -> None:
    with running(NAME, tmp_path, flavour="a1111") as server:
        async with lent(PROVIDER, account(server), tmp_path) as call:
            with pytest.raises(GenerationFailed, match="The server failed") as caught:
                await PROVIDER.txt2img(imagine(f"large {words}"), call)
    assert hint in caught.value.advice


async def test_a_server_that_breaks_without_a_word_leaves_the_work_in_doubt(tmp_path: Path) -> None:
    with running(NAME, tmp_path, flavour="forge") as server:
        async with lent(PROVIDER, account(server), tmp_path) as call:
            with pytest.raises(OutcomeUnknown):
                await PROVIDER.txt2img(imagine("large [[full]]"), call)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("status_401", AccountRejected),
        ("payment_402", QuotaExhausted),
        ("rate_seconds", RateLimited),
        ("moderation", RequestRejected),
        ("reset_billed", OutcomeUnknown),
        ("truncate", OutcomeUnknown),
        ("error_billed", OutcomeUnknown),
        ("error_unbilled", OutcomeUnknown),
    ],
)
async def test_each_fault_of_a_submit_is_its_own_error(tmp_path: Path, fault: str, error: type[Exception]) -> None:
    with running(NAME, tmp_path, faults=1.0, elsewhere=0.0, kinds=[fault]) as server:
        async with lent(PROVIDER, account(server), tmp_path) as call:
            with pytest.raises(error) as caught:
                await PROVIDER.txt2img(imagine(f"a fault [[m:{fault}]]"), call)
    assert type(caught.value) is error
