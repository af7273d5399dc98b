"""Models on this machine: what can be tested without the library, and with it where it is installed."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from maquette.core.action import Result
from maquette.core.errors import ContentRejected, GenerationFailed, ProviderError, RequestRejected
from maquette.providers.diffusers import PROVIDER
from maquette.providers.diffusers.process import Worker, fault
from maquette.providers.diffusers.provider import Imagine, Inpaint, Rework
from maquette.providers.diffusers.settings import Account
from tests.providers.diffusers.tiny import build
from tests.providers.lent import LentCall, lent
from tests.twins.picture import Picture, painted

THERE = all(find_spec(name) is not None for name in ("torch", "diffusers", "transformers"))
with_library = pytest.mark.skipif(not THERE, reason="needs the extra maquette[diffusers]")
without_library = pytest.mark.skipif(THERE, reason="tells what is said where the extra is missing")


def shelf(folder: Path, *names: str) -> Path:
    """Make folders that look like models."""
    for name in names:
        (folder / name).mkdir(parents=True)
        (folder / name / "model_index.json").write_text("{}")
    return folder


def test_a_model_is_one_of_the_folder_and_nothing_else(tmp_path: Path) -> None:
    account = Account(models=str(shelf(tmp_path / "models", "b", "a")))
    (tmp_path / "models" / "no-model").mkdir()
    shelf(tmp_path, "outside")
    assert account.listed() == ["a", "b"]
    assert account.place("") == str(tmp_path / "models" / "a")
    for strange in ("../outside", "c", str(tmp_path / "outside"), "owner/name", "no-model"):
        with pytest.raises(RequestRejected, match="no model") as caught:
            account.place(strange)
        assert "There are: a, b." in caught.value.advice


def test_a_name_on_the_hub_is_taken_only_where_the_account_lets_it(tmp_path: Path) -> None:
    account = Account(models=str(shelf(tmp_path / "models", "a")), downloads=True)
    assert account.place("owner/name") == "owner/name"
    with pytest.raises(RequestRejected):
        account.place("../../etc")


def test_a_lora_is_a_file_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "ink.safetensors").write_bytes(b"")
    account = Account(models=str(tmp_path), loras=str(tmp_path))
    assert account.adapter("ink.safetensors") == str(tmp_path / "ink.safetensors")
    with pytest.raises(RequestRejected, match="no LoRA"):
        account.adapter("../ink.safetensors")


@pytest.mark.parametrize(
    ("kind", "error"),
    [("flagged", ContentRejected), ("model", RequestRejected), ("memory", GenerationFailed), ("x", GenerationFailed)],
)
def test_what_the_process_could_not_do_is_its_own_error(kind: str, error: type[ProviderError]) -> None:
    assert type(fault(kind, "it\nfailed")) is error


async def test_an_account_without_models_is_told_where_to_put_one(tmp_path: Path) -> None:
    async with lent(PROVIDER, Account(models=str(tmp_path / "none")), tmp_path) as call:
        assert list(await PROVIDER.models(call)) == []
        with pytest.raises(RequestRejected, match="No model is installed"):
            await PROVIDER.txt2img(imagine("x"), call)


@without_library
async def test_without_the_library_the_check_names_the_extra(tmp_path: Path) -> None:
    async with lent(PROVIDER, Account(models=str(shelf(tmp_path / "models", "a"))), tmp_path) as call:
        with pytest.raises(RequestRejected, match="torch") as caught:
            await PROVIDER.check(call)
    assert "maquette[diffusers]" in caught.value.advice


async def test_a_process_that_cannot_do_a_thing_answers_and_goes_on(tmp_path: Path) -> None:
    worker = Worker(60, 1, downloads=False)
    try:
        for _ in range(2):
            with pytest.raises(GenerationFailed, match="KeyError"):
                await worker.ask({"strange": True}, _silent)
    finally:
        await worker.close()


async def test_a_process_that_ends_is_told_and_started_again(tmp_path: Path) -> None:
    worker = Worker(60, 1, downloads=False)
    try:
        with pytest.raises(GenerationFailed, match="KeyError"):
            await worker.ask({"strange": True}, _silent)
        await worker.close()
        with pytest.raises(GenerationFailed, match="KeyError"):
            await worker.ask({"strange": True}, _silent)
    finally:
        await worker.close()


async def _silent(_: Any) -> None:
    return None


def imagine(prompt: str, **more: Any) -> Imagine:
    return Imagine.model_validate({"prompt": prompt, "width": 64, "height": 64, "steps": 4, "seed": 5} | more)


def contents(result: Result) -> list[bytes]:
    return [output.content for output in result.outputs if isinstance(output.content, bytes)]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    build(folder / "first")
    build(folder / "second", seed=1)
    return folder


@asynccontextmanager
async def running(account: Account, folder: Path) -> AsyncIterator[LentCall]:
    """Lend a call, and end the process that it started."""
    async with lent(PROVIDER, account, folder) as made:
        try:
            yield made
        finally:
            await PROVIDER.close()


@pytest.fixture
async def call(models: Path, tmp_path: Path) -> AsyncIterator[LentCall]:
    async with running(Account(models=str(models), device="cpu"), tmp_path) as made:
        yield made


@with_library
async def test_a_model_on_this_machine_makes_pictures_that_its_seed_repeats(call: LentCall) -> None:
    await PROVIDER.check(call)
    first = await PROVIDER.txt2img(imagine("a boat", n=2), call)
    again = await PROVIDER.txt2img(imagine("a boat"), call)
    other = await PROVIDER.txt2img(imagine("a boat", model="second"), call)
    assert [output.seed for output in first.outputs] == [5, 6]
    assert contents(first)[0] == contents(again)[0] != contents(other)[0]
    assert Image.open(io.BytesIO(contents(first)[0])).size == (64, 64)
    assert first.response == {"device": "cpu", "pipeline": "StableDiffusionPipeline"}
    fractions = [fraction for fraction, message in call.told if message.startswith("step")]
    assert fractions[:8] == sorted(fractions[:8])
    assert len(fractions) == 16


@with_library
async def test_a_picture_is_changed_whole_and_under_a_mask(call: LentCall) -> None:
    image = call.lend(painted(Picture(72, 64, "source"), "png"))
    given = {"prompt": "a boat", "image": image, "steps": 4, "seed": 1}
    whole = await PROVIDER.img2img(Rework.model_validate(given), call)
    part = await PROVIDER.inpaint(Inpaint.model_validate(given | {"mask": image}), call)
    assert Image.open(io.BytesIO(contents(whole)[0])).size == (72, 64)
    assert (whole.response["pipeline"], part.response["pipeline"]) == (
        "StableDiffusionImg2ImgPipeline",
        "StableDiffusionInpaintPipeline",
    )


@with_library
async def test_only_as_many_models_stay_loaded_as_are_to_be_kept(models: Path, call: LentCall) -> None:
    for name in ("first", "second"):
        await PROVIDER.txt2img(imagine("x", model=name, steps=1), call)
    (worker,) = PROVIDER._workers.values()
    machine = {"device": "cpu", "dtype": "auto", "offload": "none", "downloads": False}
    told = await worker.ask({"work": "probe", **machine}, _silent)
    assert told["loaded"] == [str(models / "second")]
    assert (told["device"], told["dtype"]) == ("cpu", "float32")


@with_library
async def test_a_cancel_stops_at_the_next_step_and_the_model_stays_loaded(call: LentCall) -> None:
    await PROVIDER.txt2img(imagine("warm", steps=1), call)
    (worker,) = PROVIDER._workers.values()
    before = worker._process
    call.told.clear()
    task = asyncio.create_task(PROVIDER.txt2img(imagine("long", steps=150), call))
    async with asyncio.timeout(30):
        while not any(message.startswith("step") for _, message in call.told):
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(call.told) < 150
    assert contents(await PROVIDER.txt2img(imagine("after", steps=1), call))
    assert worker._process is before


@with_library
async def test_a_model_that_cannot_be_loaded_is_refused_and_a_killed_process_is_told(
    models: Path, tmp_path: Path
) -> None:
    shelf(tmp_path / "models", "broken")
    async with running(Account(models=str(tmp_path / "models"), device="cpu"), tmp_path) as call:
        with pytest.raises(RequestRejected, match="cannot be used"):
            await PROVIDER.txt2img(imagine("x"), call)
    async with running(Account(models=str(models), device="cpu"), tmp_path) as call:
        await PROVIDER.txt2img(imagine("x", steps=1), call)
        call.told.clear()
        task = asyncio.create_task(PROVIDER.txt2img(imagine("long", steps=150), call))
        async with asyncio.timeout(30):
            while not any(message.startswith("step") for _, message in call.told):
                await asyncio.sleep(0.01)
        (worker,) = PROVIDER._workers.values()
        assert worker._process is not None
        worker._process.kill()
        with pytest.raises(GenerationFailed, match="ended"):
            await task
        assert contents(await PROVIDER.txt2img(imagine("again", steps=1), call))


@with_library
async def test_a_lora_is_added_for_one_picture_alone(models: Path, tmp_path: Path) -> None:
    loras = tmp_path / "loras"
    loras.mkdir()
    (loras / "empty.safetensors").write_bytes(b"not a file of weights")
    async with running(Account(models=str(models), loras=str(loras), device="cpu"), tmp_path) as call:
        with pytest.raises(ProviderError):
            await PROVIDER.txt2img(imagine("x", steps=1, lora="empty.safetensors"), call)
        assert contents(await PROVIDER.txt2img(imagine("x", steps=1), call))
