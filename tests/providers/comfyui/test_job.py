"""Graphs run on a server of any generation: once, followed live, stopped by name, found again after a crash."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pydantic import HttpUrl

from maquette.core.action import Definition, Result
from maquette.core.errors import (
    AccountRejected,
    ContentRejected,
    GenerationFailed,
    MaquetteError,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
    RequestRejected,
)
from maquette.core.params import OpenParams
from maquette.providers.comfyui import PROVIDER, import_graph
from maquette.providers.comfyui.job import drive
from maquette.providers.comfyui.picture import Paint, picture_graph
from maquette.providers.comfyui.settings import Account
from tests.providers.comfyui.drawing import film, portrait
from tests.providers.lent import LentCall, Memory, lent
from tests.twins.marker import marker_in
from tests.twins.picture import Picture, painted
from tests.twins.running import Name, Twin, running

Json = dict[str, Any]
COMFY: Name = "comfyui"


def paint(prompt: str, **more: Any) -> Paint:
    return Paint.model_validate({"prompt": prompt, "width": 64, "height": 64, "steps": 3, "seed": 5} | more)


def submits(twin: Twin) -> int:
    return len(twin.log("submit"))


async def imported(call: LentCall, document: Json, values: Json) -> Result:
    body = import_graph(document, object_info=await PROVIDER.object_info(call), name="Mine")
    (action,) = [
        a for a in PROVIDER.actions([Definition("def_1", "graph", "Mine", 1, body)]) if a.name.endswith("mine")
    ]
    return await action.run(OpenParams.model_validate(values), call)


@pytest.mark.accepts("S2.1")
async def test_a_prompt_becomes_as_many_pictures_as_asked_for(call: LentCall, twin: Twin) -> None:
    result = await PROVIDER.txt2img(paint("two foxes [[m:two]]", n=2, model="twin-sdxl.safetensors"), call)
    assert [(output.media, output.seed) for output in result.outputs] == [("image", 5), ("image", 5)]
    contents = [output.content for output in result.outputs if isinstance(output.content, bytes)]
    assert [marker_in(content) for content in contents] == ["two", "two"]
    assert Image.open(io.BytesIO(contents[0])).size == (64, 64)
    assert (twin.bills("two"), result.response["prompt_id"]) == (1, call.token)


async def test_without_a_model_the_first_installed_one_is_taken(call: LentCall) -> None:
    await PROVIDER.txt2img(paint("any [[m:first]]"), call)
    assert call.memory.memo["model"] == "twin-sd15.safetensors"
    assert [row["id"] for row in await PROVIDER.models(call)][:2] == ["twin-sd15.safetensors", "twin-sdxl.safetensors"]


@pytest.mark.parametrize("version", ["old", "middle", "new"])
async def test_every_generation_of_servers_runs_stops_and_finds_a_job(tmp_path: Path, version: str) -> None:
    with running(COMFY, tmp_path, version=version, step_delay=0.1) as server:
        account = Account(base_url=HttpUrl(server.url))
        async with lent(PROVIDER, account, tmp_path) as call:
            await PROVIDER.check(call)
            made = await PROVIDER.txt2img(paint("runs [[m:runs]]"), call)
            assert isinstance(made.outputs[0].content, bytes)
            assert marker_in(made.outputs[0].content) == "runs"
            assert await PROVIDER.find(call.token, call) == call.memory.handle
            assert await PROVIDER.find("00000000-0000-4000-8000-000000000000", call) is None
        async with lent(PROVIDER, account, tmp_path) as busy, lent(PROVIDER, account, tmp_path) as queued:
            tasks = [
                asyncio.create_task(PROVIDER.txt2img(paint(f"long [[m:long{i}]]", steps=150, seed=i), call))
                for i, call in enumerate((busy, queued))
            ]
            await until(lambda: len(server.bill()) == 3 and len(server.state()["running"]) == 1)
            running_id, (pending_id,) = server.state()["running"][0], server.state()["pending"]
            assert await PROVIDER.cancel({"prompt_id": pending_id}, queued) is True
            assert server.state()["running"] == [running_id]
            assert await PROVIDER.cancel({"prompt_id": running_id}, busy) is True
            await until(lambda: not server.state()["running"])
            assert await PROVIDER.cancel({"prompt_id": running_id}, busy) is False
            await ended(tasks)
        assert [line["note"] for line in server.log() if line.get("note")] == []


async def until(true: Any) -> None:
    async with asyncio.timeout(10):
        while not await asyncio.to_thread(true):
            await asyncio.sleep(0.01)


async def ended(tasks: list[asyncio.Task[Result]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_progress_only_grows_and_previews_are_shown(call: LentCall) -> None:
    await PROVIDER.txt2img(paint("live [[m:live]]", steps=40, seed=77), call)
    fractions = [fraction for fraction, _ in call.told if fraction is not None]
    assert fractions == sorted(fractions)
    assert len(set(fractions)) > 3
    assert "KSampler" in {message for _, message in call.told}
    assert call.previews
    assert all(Image.open(io.BytesIO(content)).format == "JPEG" for content in call.previews)


async def test_without_a_socket_the_job_is_followed_by_asking(account: Account, tmp_path: Path, twin: Twin) -> None:
    before = len(twin.log("socket"))
    silent = account.model_copy(update={"enable_websocket": False})
    async with lent(PROVIDER, silent, tmp_path) as call:
        result = await PROVIDER.txt2img(paint("silent [[m:silent]]", steps=30, seed=78), call)
    assert len(result.outputs) == 1
    assert {fraction for fraction, _ in call.told} == {None}
    assert "running" in {message for _, message in call.told}
    assert len(twin.log("socket")) == before


async def test_a_socket_that_drops_harms_nothing(tmp_path: Path) -> None:
    with running(COMFY, tmp_path, kinds=["socket_drop"], elsewhere=1.0, step_delay=0.01) as server:
        async with lent(PROVIDER, Account(base_url=HttpUrl(server.url)), tmp_path) as call:
            result = await PROVIDER.txt2img(paint("dropped [[m:dropped]]", steps=30), call)
        assert len(result.outputs) == 1
        assert server.bills("dropped") == 1


async def test_a_crash_after_the_submit_follows_the_same_job(account: Account, tmp_path: Path, twin: Twin) -> None:
    memory, params = Memory(), paint("crash [[m:crash]]", steps=60, seed=79)
    async with lent(PROVIDER, account, tmp_path, memory) as first:
        task = asyncio.create_task(PROVIDER.txt2img(params, first))
        await until(lambda: memory.handle is not None)
        await ended([task])
    before = submits(twin)
    async with lent(PROVIDER, account, tmp_path, memory) as second:
        result = await PROVIDER.txt2img(params, second)
    assert isinstance(result.outputs[0].content, bytes)
    assert marker_in(result.outputs[0].content) == "crash"
    assert (submits(twin), twin.bills("crash")) == (before, 1)


async def test_a_lost_answer_is_found_by_the_id_that_was_ours(tmp_path: Path) -> None:
    with running(COMFY, tmp_path, faults=1.0, elsewhere=0.0, kinds=["reset_billed"]) as server:
        async with lent(PROVIDER, Account(base_url=HttpUrl(server.url)), tmp_path) as call:
            with pytest.raises(MaquetteError, match="lost"):
                await PROVIDER.txt2img(paint("lost [[m:lost]]"), call)
            found = await PROVIDER.find(call.token, call)
            assert found == {"prompt_id": call.token, "faults": []}
            call.memory.handle = found
            assert len((await PROVIDER.txt2img(paint("lost [[m:lost]]"), call)).outputs) == 1
        assert server.bills("lost") == 1


async def test_a_404_that_passes_is_neither_a_loss_nor_a_no(tmp_path: Path) -> None:
    with running(COMFY, tmp_path, elsewhere=1.0, kinds=["poll_404", "poll_malformed"], step_delay=0.01) as server:
        async with lent(PROVIDER, Account(base_url=HttpUrl(server.url)), tmp_path) as call:
            params = paint("patience [[m:patience]]", model="twin-sd15.safetensors", steps=20)
            call.memory.memo["version"] = [0, 33]
            assert len((await PROVIDER.txt2img(params, call)).outputs) == 1
            call.again()
            with pytest.raises(ProviderUnavailable):
                await PROVIDER.find(call.token, call)


@pytest.mark.parametrize("version", ["old", "new"])
async def test_a_job_that_a_restart_forgot_is_lost_in_the_end(tmp_path: Path, version: str) -> None:
    with running(COMFY, tmp_path, version=version, step_delay=0.1) as server:
        async with lent(PROVIDER, Account(base_url=HttpUrl(server.url)), tmp_path) as call:
            task = asyncio.create_task(PROVIDER.txt2img(paint("gone", steps=150), call))
            await until(lambda: bool(server.state()["running"]))
            await asyncio.to_thread(server.restart)
            with pytest.raises(GenerationFailed, match="lost: the server was restarted"):
                await task


async def test_a_job_that_somebody_stops_on_the_server_fails_and_says_so(call: LentCall, twin: Twin) -> None:
    task = asyncio.create_task(PROVIDER.txt2img(paint("stopped", steps=150, seed=80), call))
    await until(lambda: call.token in twin.state()["running"])
    await PROVIDER.cancel({"prompt_id": call.token}, call)
    with pytest.raises(GenerationFailed, match="stopped the job on the server"):
        await task


async def test_an_imported_graph_runs_with_what_was_filled_in(call: LentCall) -> None:
    result = await imported(call, portrait().saved(), {"prompt": "a hat [[m:hat]]", "seed": 99, "width": 96})
    (output,) = result.outputs
    assert isinstance(output.content, bytes)
    assert (marker_in(output.content), output.seed, output.name) == ("hat", 99, "portrait_00001_.png")
    assert Image.open(io.BytesIO(output.content)).size == (96, 96)


async def test_an_input_picture_is_uploaded_once_under_the_name_of_its_content(call: LentCall, twin: Twin) -> None:
    source = call.lend(painted(Picture(80, 40, "source"), "png"))
    before = len(twin.log("side"))
    await imported(call, film().saved(), {"image": source})
    call.again()
    result = await imported(call, film().saved(), {"image": source})
    (output,) = result.outputs
    assert (output.media, output.name) == ("video", "film_00001_.mp4")
    uploads = [line for line in twin.log("side")[before:] if line["path"] == "/api/upload/image"]
    assert len(uploads) == 1
    name = call.memory.memo[f"upload:{call.assets[source].digest}"]
    assert name == f"maquette/{call.assets[source].digest[:40]}.png"


async def test_a_text_and_a_sound_come_out_as_what_they_are(call: LentCall) -> None:
    graph = {
        "1": {"class_type": "EmptyAudio", "inputs": {"duration": 1.0, "sample_rate": 44100, "channels": 1}},
        "2": {"class_type": "SaveAudioMP3", "inputs": {"audio": ["1", 0], "filename_prefix": "a", "quality": "V0"}},
        "3": {"class_type": "PreviewAny", "inputs": {"source": "hello"}},
    }
    result = await drive(graph, call, None)
    assert {output.media for output in result.outputs} == {"audio", "text"}
    (text,) = [output.content for output in result.outputs if output.media == "text"]
    assert str(text).startswith("hello")


async def test_what_was_only_previewed_is_kept_where_nothing_was_saved(call: LentCall) -> None:
    blank = {"class_type": "EmptyImage", "inputs": {"width": 32, "height": 32, "batch_size": 1, "color": 7}}
    preview = {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}}
    assert [o.media for o in (await drive({"1": blank, "2": preview}, call, None)).outputs] == ["image"]
    call.again()
    save = {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "kept"}}
    both = await drive({"1": blank, "2": preview, "3": save}, call, None)
    assert [output.name for output in both.outputs] == ["kept_00001_.png"]


async def test_a_graph_that_the_server_takes_only_in_part_is_stopped_and_refused(call: LentCall, twin: Twin) -> None:
    graph = picture_graph(paint("half [[m:half]]", steps=150, seed=81), "twin-sd15.safetensors")
    graph["broken"] = {"class_type": "SaveImage", "inputs": {"images": ["decoded", 0]}}
    with pytest.raises(RequestRejected, match=r"only a part.*node broken"):
        await drive(graph, call, None)
    await until(lambda: not twin.state()["running"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": "missing.safetensors"}, "missing.safetensors"),
        ({"sampler": "no-such"}, "sampler_name"),
        ({"seed": -1}, "seed"),
    ],
)
async def test_a_value_that_the_server_does_not_take_is_refused_by_name(
    call: LentCall, twin: Twin, change: Json, message: str
) -> None:
    before = len(twin.bill())
    with pytest.raises(RequestRejected, match=message) as caught:
        await PROVIDER.txt2img(paint("refused", **change), call)
    assert len(twin.bill()) == before
    if "model" in change:
        assert "installed" in caught.value.advice


async def test_a_node_that_the_server_lacks_is_refused_with_advice(call: LentCall) -> None:
    with pytest.raises(RequestRejected) as caught:
        await drive({"1": {"class_type": "FancySave", "inputs": {}}}, call, None)
    assert "extension" in caught.value.advice


async def test_a_node_that_fails_is_named_in_one_clean_line(call: LentCall) -> None:
    blank = {"class_type": "EmptyImage", "inputs": {"width": 32, "height": 32, "batch_size": 1, "color": 7}}
    save = {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "../../escape"}}
    with pytest.raises(GenerationFailed, match=r"SaveImage \(node 2\)") as caught:
        await drive({"1": blank, "2": save}, call, None)
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("status_401", AccountRejected),
        ("payment_402", QuotaExhausted),
        ("quota_429", QuotaExhausted),
        ("rate_seconds", RateLimited),
        ("rate_body", RateLimited),
        ("moderation", ContentRejected),
    ],
)
async def test_each_refusal_of_a_proxy_is_its_own_error(
    tmp_path: Path, fault: str, error: type[MaquetteError], storm: Twin
) -> None:
    storm.set_faults(rate=1.0, elsewhere=0.0, kinds=[fault], retry_after=2)
    async with lent(PROVIDER, Account(base_url=HttpUrl(storm.url)), tmp_path) as call:
        with pytest.raises(error) as caught:
            await PROVIDER.txt2img(paint(f"a fault [[m:{fault}]]"), call)
    assert type(caught.value) is error
    assert storm.bills(fault) == 0


@pytest.fixture(scope="module")
def storm(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with running(COMFY, tmp_path_factory.mktemp("storm")) as found:
        yield found


async def test_a_server_that_is_no_comfyui_fails_the_check(tmp_path: Path) -> None:
    with running("openai", tmp_path) as other:
        async with lent(PROVIDER, Account(base_url=HttpUrl(other.url)), tmp_path) as call:
            with pytest.raises(RequestRejected, match="does not answer as ComfyUI"):
                await PROVIDER.check(call)
    async with lent(PROVIDER, Account(base_url=HttpUrl("http://127.0.0.1:9")), tmp_path) as call:
        with pytest.raises(ProviderUnavailable):
            await PROVIDER.check(call)


def test_what_a_proxy_asks_for_goes_into_headers_and_nowhere_else() -> None:
    account = Account.model_validate({"user": "me", "password": "secret"})
    assert account.headers() == {"Authorization": "Basic bWU6c2VjcmV0"}
    account = Account.model_validate({"token": "bearer-secret", "header_name": "X-Key", "header_value": "val"})
    assert account.headers() == {"Authorization": "Bearer bearer-secret", "X-Key": "val"}
    assert Account().headers() == {}
    assert "bearer-secret" not in repr(account)
