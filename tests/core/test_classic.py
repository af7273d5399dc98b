"""Providers in the shape of the workflow document: a class with a `db` and methods that return addresses."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from maquette.core import classic
from maquette.core.adapt import adapt
from maquette.core.classic import medium_of
from maquette.core.errors import UnknownAction, Unsupported
from maquette.core.registry import Registry, get_sub_action_handler, register_sub_action
from tests.core.form import SpokenTo

Progress = Callable[[int, str], None]
PATIENCE_S = 30


class OldBase:
    """What the document's own base class does."""

    def __init__(self, db: Any) -> None:
        self.db = db

    def txt2img(self, params: dict[str, Any], progress_callback: Progress | None = None) -> tuple[list[str], dict]:
        raise NotImplementedError

    def img2vid(self, params: dict[str, Any], progress_callback: Progress | None = None) -> tuple[list[str], dict]:
        raise NotImplementedError("no films here")


class Shop(OldBase):
    """A shop."""

    thread = 0

    def txt2img(self, params: dict[str, Any], progress_callback: Progress | None = None) -> tuple[list[str], dict]:
        """Make pictures of a prompt."""
        type(self).thread = threading.get_ident()
        assert progress_callback
        for number in range(3):
            progress_callback(number * 500, f"step {number}")
        return [f"https://shop.test/{number}.png" for number in range(2)], {"asked": params}

    async def txt2vid(self, params: dict[str, Any], progress_callback: Progress) -> tuple[list[str], dict[str, Any]]:
        """Make a film."""
        await asyncio.sleep(0)
        progress_callback(10, "rolling")
        return ["https://shop.test/film.mp4"], {"id": 7}


@pytest.fixture(autouse=True)
def shop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register the shop for one test."""
    monkeypatch.setattr(classic, "_handlers", {})  # nothing else in this process is to meet the shop
    for method in ("txt2img", "txt2vid", "img2vid"):
        register_sub_action(f"media.shop.{method}", Shop, method)


async def run(name: str, **values: Any) -> tuple[Any, SpokenTo]:
    action, call = Registry().action(name), SpokenTo()
    params, warnings = adapt(action, values)
    assert warnings == []
    return await action.run(params, call), call


@pytest.mark.accepts("S0.19", "A5")
def test_a_handler_is_registered_and_found_in_one_step() -> None:
    assert get_sub_action_handler("media.shop.txt2img") == (Shop, "txt2img")


@pytest.mark.accepts("S0.20")
def test_an_unknown_handler_is_a_value_error() -> None:
    with pytest.raises(ValueError, match=r"^Unknown action type: media\.shop\.nothing$") as caught:
        get_sub_action_handler("media.shop.nothing")
    assert isinstance(caught.value, UnknownAction)


@pytest.mark.accepts("S0.21", "S0.28")
def test_a_registered_class_is_in_the_catalog_without_an_instance() -> None:
    registry = Registry()
    assert "shop" in registry.names()
    assert sorted(registry.of("shop")) == ["media.shop.img2vid", "media.shop.txt2img", "media.shop.txt2vid"]
    action = registry.action("media.shop.txt2img")
    assert (action.provider, action.produces, action.summary) == ("shop", "image", "Make pictures of a prompt.")
    assert action.schema()["properties"]["prompt"]["type"] == "string"
    assert registry.provider("shop").keyless


def test_a_handler_that_is_registered_later_appears_as_well() -> None:
    registry = Registry()
    assert "media.shop.upscale" not in registry.of("shop")
    register_sub_action("media.shop.upscale", Shop, "txt2img")
    assert "media.shop.upscale" in registry.of("shop")


@pytest.mark.accepts("S0.21", "S0.22")
async def test_a_synchronous_method_runs_in_a_thread_with_its_progress_and_outputs() -> None:
    result, call = await run("media.shop.txt2img", prompt="a heron", aspect_ratio="16:9", stylize=100)
    assert [output.url for output in result.outputs] == ["https://shop.test/0.png", "https://shop.test/1.png"]
    assert {output.media for output in result.outputs} == {"image"}
    assert result.response == {"asked": {"prompt": "a heron", "aspect_ratio": "16:9", "stylize": 100}}
    assert Shop.thread != threading.get_ident()
    assert call.told == [(None, "step 0"), (None, "step 1"), (None, "step 2")]
    assert call.threads == {threading.get_ident()}, "progress is handed over to the loop's own thread"
    assert len(call.handles) == 1, "the method is the one paid call"


@pytest.mark.accepts("S0.22")
async def test_an_asynchronous_method_serves_as_well() -> None:
    result, call = await run("media.shop.txt2vid", prompt="a heron")
    assert [(output.url, output.media) for output in result.outputs] == [("https://shop.test/film.mp4", "video")]
    assert call.told == [(None, "rolling")]


@pytest.mark.accepts("S0.21")
async def test_an_operation_that_a_class_does_not_have_is_a_typed_error() -> None:
    with pytest.raises(Unsupported, match="no films here") as caught:
        await run("media.shop.img2vid", prompt="a heron")
    assert caught.value.code == "unsupported"


async def test_an_error_of_the_method_comes_out_as_it_is_after_its_last_progress() -> None:
    class Broken(OldBase):
        def txt2img(self, params: dict[str, Any], progress_callback: Progress | None = None) -> tuple[list[str], dict]:
            assert progress_callback
            progress_callback(1, "so far")
            raise LookupError("the shop burned down")

    register_sub_action("media.shop.broken", Broken, "txt2img")
    action, call = Registry().action("media.shop.broken"), SpokenTo()
    with pytest.raises(LookupError, match="burned"):
        await action.run(adapt(action, {"prompt": "a heron"})[0], call)
    assert call.told == [(None, "so far")]


async def test_the_loop_goes_on_while_eight_synchronous_calls_run() -> None:
    everybody = threading.Barrier(9, timeout=PATIENCE_S)
    release = threading.Event()

    class Slow(OldBase):
        def txt2img(self, params: dict[str, Any], progress_callback: Progress | None = None) -> tuple[list[str], dict]:
            everybody.wait()
            assert release.wait(PATIENCE_S)
            return ["https://shop.test/slow.png"], {}

    register_sub_action("media.shop.slow", Slow, "txt2img")
    running = [asyncio.create_task(run("media.shop.slow", prompt="a heron")) for _ in range(8)]
    await asyncio.to_thread(everybody.wait)  # all eight are inside their blocking call now
    late = []
    for _ in range(200):
        before = time.perf_counter()
        await asyncio.sleep(0)
        late.append(time.perf_counter() - before)
    assert not any(task.done() for task in running)
    release.set()
    results = await asyncio.gather(*running)
    assert [result.outputs[0].url for result, _ in results] == ["https://shop.test/slow.png"] * 8
    assert sorted(late)[197] < 0.1


@pytest.mark.parametrize(
    ("operation", "medium"),
    [("txt2img", "image"), ("img2vid", "video"), ("txt2vid", "video"), ("video_extend", "video"), ("upscale", "image")],
)
def test_the_name_of_an_operation_tells_what_it_makes(operation: str, medium: str) -> None:
    assert medium_of(operation) == medium
    register_sub_action(f"media.shop.{operation}", Shop, "txt2img")
    assert Registry().action(f"media.shop.{operation}").produces == medium


def test_a_class_may_bring_its_own_schema() -> None:
    class Framed(Shop):
        param_schema: ClassVar = {
            "type": "object",
            "properties": {"prompt": {"type": "string"}, "frame": {"enum": ["oak", "gold"]}},
            "additionalProperties": False,
        }

    register_sub_action("media.shop.framed", Framed, "txt2img")
    action = Registry().action("media.shop.framed")
    assert action.schema() == Framed.param_schema
    _, warnings = adapt(action, {"prompt": "a heron", "frame": "oak", "steps": 5})
    assert [warning["field"] for warning in warnings] == ["steps"]
