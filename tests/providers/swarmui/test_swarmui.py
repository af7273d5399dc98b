"""A generation on a SwarmUI server runs once, in a session of its own, is followed live, stopped alone, found again."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pydantic import HttpUrl, SecretStr

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
from maquette.providers.swarmui import PROVIDER
from maquette.providers.swarmui.job import downloaded
from maquette.providers.swarmui.picture import Imagine, Inpaint, Rework
from maquette.providers.swarmui.settings import Account
from tests.providers.lent import LentCall, Memory, lent
from tests.twins.marker import marker_in
from tests.twins.picture import Picture, painted
from tests.twins.running import Twin, running

TOKEN = "sk-twin"
both_ways = pytest.mark.parametrize("live", [True, False])


def account(twin: Twin, **more: Any) -> Account:
    return Account.model_validate({"base_url": twin.url, "api_key": TOKEN} | more)


def imagine(prompt: str, **more: Any) -> Imagine:
    return Imagine.model_validate({"prompt": prompt, "width": 64, "height": 64, "steps": 3, "seed": 5} | more)


def markers(result: Result) -> list[str | None]:
    return [marker_in(output.content) for output in result.outputs if isinstance(output.content, bytes)]


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not await asyncio.to_thread(true):
            await asyncio.sleep(0.01)


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running("swarmui", tmp_path_factory.mktemp("swarmui"), step_delay=0.005) as found:
        yield found


@pytest.fixture
async def call(twin: Twin, tmp_path: Path) -> AsyncIterator[LentCall]:
    async with lent(PROVIDER, account(twin), tmp_path) as made:
        yield made


@both_ways
@pytest.mark.accepts("S1.5", "S1.7", "S1.10", "S1.84", "C4", "S1.9")
async def test_a_prompt_becomes_as_many_pictures_as_asked_for(twin: Twin, tmp_path: Path, *, live: bool) -> None:
    marker = f"two-{live}"
    async with lent(PROVIDER, account(twin, enable_websocket=live), tmp_path) as call:
        result = await PROVIDER.txt2img(imagine(f"two foxes [[m:{marker}]]", n=2), call)
    assert [(output.media, output.seed) for output in result.outputs] == [("image", 5), ("image", 6)]
    assert markers(result) == [marker, marker]
    assert (twin.bills(marker), result.response["version"]) == (1, "0.9.8.2")
    assert twin.state()["unknown"] == [], "the server skips what it does not know: nothing of ours may be"


async def test_progress_only_grows_and_previews_are_shown(call: LentCall) -> None:
    await PROVIDER.txt2img(imagine("live", steps=20, n=2), call)
    fractions = [fraction for fraction, _ in call.told if fraction is not None]
    assert fractions == sorted(fractions)
    assert len(set(fractions)) > 5
    assert call.previews
    assert all(Image.open(io.BytesIO(content)).format == "JPEG" for content in call.previews)


@pytest.mark.accepts("S1.42")
async def test_where_no_socket_is_let_through_the_plain_way_is_taken(tmp_path: Path) -> None:
    with running("swarmui", tmp_path, sockets="no") as server:
        async with lent(PROVIDER, account(server), tmp_path) as call:
            result = await PROVIDER.txt2img(imagine("plain [[m:plain]]"), call)
        assert (markers(result), server.bills("plain")) == (["plain"], 1)
        assert "generating" in {message for _, message in call.told}


async def test_a_socket_that_drops_loses_nothing_and_submits_nothing_twice(tmp_path: Path) -> None:
    with running("swarmui", tmp_path, kinds=["socket_drop"], elsewhere=1.0, step_delay=0.03) as server:
        async with lent(PROVIDER, account(server), tmp_path) as call:
            result = await PROVIDER.txt2img(imagine("dropped [[m:dropped]]", steps=10, n=2), call)
        assert (markers(result), server.bills("dropped")) == (["dropped", "dropped"], 1)


@pytest.mark.accepts("S1.40")
async def test_cancel_stops_our_generation_alone(tmp_path: Path) -> None:
    with running("swarmui", tmp_path, step_delay=0.02) as server:
        async with (
            lent(PROVIDER, account(server), tmp_path) as ours,
            lent(PROVIDER, account(server), tmp_path) as other,
        ):
            stopped = asyncio.create_task(PROVIDER.txt2img(imagine("ours", steps=150), ours))
            await until(lambda: server.state()["live"])
            kept = asyncio.create_task(PROVIDER.txt2img(imagine("other [[m:other]]"), other))
            await until(lambda: len(server.bill()) == 2)
            ours.cancelled.set()
            with pytest.raises(JobCancelled):
                await stopped
            assert await PROVIDER.cancel(ours.memory.handle, ours)
            assert markers(await kept) == ["other"]
        assert "interrupted others" not in [line["note"] for line in server.log()]


@pytest.mark.accepts("S1.40")
async def test_cancel_reaches_a_generation_whose_answer_is_still_awaited(tmp_path: Path) -> None:
    with running("swarmui", tmp_path, step_delay=0.05) as server:
        silent = account(server, enable_websocket=False)
        async with lent(PROVIDER, silent, tmp_path) as call:
            task = asyncio.create_task(PROVIDER.txt2img(imagine("ours", steps=150), call))
            await until(lambda: server.state()["live"])
            call.cancelled.set()
            with pytest.raises(JobCancelled, match="the server stopped"):
                await asyncio.wait_for(task, 5)
        assert server.state()["live"] == {}


@pytest.mark.accepts("S1.2", "S1.6")
async def test_one_session_serves_all_reads_and_is_renewed_when_the_server_forgot_it(tmp_path: Path) -> None:
    with running("swarmui", tmp_path) as server:
        async with lent(PROVIDER, account(server), tmp_path) as call:
            for _ in range(3):
                await PROVIDER.models(call)
            assert server.state()["opened"] == 1
            await asyncio.to_thread(server.restart)
            assert await PROVIDER.models(call)
            assert server.state()["opened"] == 2
            await PROVIDER.txt2img(imagine("own"), call)
            assert server.state()["opened"] == 3, "a generation has a session of its own"


@pytest.mark.accepts("S1.4")
async def test_a_session_that_is_forgotten_before_the_submit_lets_the_next_attempt_open_another(
    tmp_path: Path,
) -> None:
    with running("swarmui", tmp_path) as server:
        for live in (True, False):
            stale = Memory(memo={"session": {"session": "GONE", "files": "View/local", "version": ""}})
            async with lent(PROVIDER, account(server, enable_websocket=live), tmp_path, stale) as call:
                with pytest.raises(Exception, match="no longer knows the session"):
                    await PROVIDER.txt2img(imagine("stale [[m:stale]]"), call)
            assert server.bills("stale") == 0


@pytest.mark.accepts("S1.8")
async def test_models_and_other_choices_are_those_of_the_server(call: LentCall) -> None:
    names = [row["id"] for row in await PROVIDER.models(call)]
    assert names == ["OfficialStableDiffusion/sd_xl_base_1.0.safetensors", "twin-sd15.safetensors"]
    assert [row["id"] for row in await PROVIDER.choices("sampler", call)] == ["euler", "dpmpp_2m"]
    assert [row["id"] for row in await PROVIDER.choices("lora", call)] == ["ink.safetensors"]
    assert await PROVIDER.choices("prompt", call) == []


async def test_a_picture_and_its_mask_are_sent_at_the_size_of_the_picture(call: LentCall, twin: Twin) -> None:
    image = call.lend(painted(Picture(100, 72, "source"), "png"))
    mask = call.lend(painted(Picture(100, 72, "mask"), "png"))
    rework = Rework.model_validate({"prompt": "re [[m:re]]", "image": image, "steps": 2, "seed": 1})
    first = await PROVIDER.img2img(rework, call)
    call.again()
    inpaint = Inpaint.model_validate({"prompt": "in [[m:in]]", "image": image, "mask": mask, "steps": 2, "seed": 1})
    second = await PROVIDER.inpaint(inpaint, call)
    assert (markers(first), markers(second)) == (["re"], ["in"])
    assert Image.open(io.BytesIO(bytes(first.outputs[0].content or b""))).size == (96, 72)  # type: ignore[arg-type]
    assert twin.state()["unknown"] == []


@both_ways
@pytest.mark.accepts("R1", "S1.4")
async def test_a_submit_whose_answer_is_lost_is_found_by_what_the_server_does_and_saved(
    twin: Twin, tmp_path: Path, *, live: bool
) -> None:
    marker = f"lost-{live}"
    async with lent(PROVIDER, account(twin, enable_websocket=live), tmp_path) as call:
        assert await PROVIDER.find(call.token, call) is None, "no session, so nothing was sent"
        call.again()
        call.memory.memo.clear()
        await PROVIDER.txt2img(imagine(f"lost [[m:{marker}]]"), call)
        found = await PROVIDER.find(call.token, call)
        assert found is not None
        call.memory.handle = found
        again = await PROVIDER.txt2img(imagine(f"lost [[m:{marker}]]"), call)
        assert (markers(again), twin.bills(marker)) == ([marker], 1)


async def test_work_that_went_with_a_restart_fails_and_says_so(tmp_path: Path) -> None:
    with running("swarmui", tmp_path, step_delay=0.05) as server:
        async with lent(PROVIDER, account(server), tmp_path) as call:
            task = asyncio.create_task(PROVIDER.txt2img(imagine("gone", steps=150), call))
            await until(lambda: server.state()["live"])
            await asyncio.to_thread(server.restart)
            with pytest.raises(GenerationFailed, match="restarted"):
                await task


@pytest.mark.parametrize(
    ("change", "message"), [({"model": "missing"}, "Invalid model"), ({"sampler": "nope"}, "sampler")]
)
@both_ways
async def test_what_the_server_refuses_is_told_in_its_words_and_bills_nothing(
    twin: Twin, tmp_path: Path, change: dict[str, Any], message: str, *, live: bool
) -> None:
    before = len(twin.bill())
    async with lent(PROVIDER, account(twin, enable_websocket=live), tmp_path) as call:
        with pytest.raises(RequestRejected, match=message):
            await PROVIDER.txt2img(imagine("refused", **change), call)
    assert len(twin.bill()) == before


@pytest.mark.accepts("S1.3")
async def test_a_wrong_token_is_told_with_its_cure(twin: Twin, tmp_path: Path) -> None:
    async with lent(PROVIDER, account(twin, api_key="wrong"), tmp_path) as call:
        with pytest.raises(AccountRejected, match="asks for a login") as caught:
            await PROVIDER.check(call)
    assert "api_key" in caught.value.advice


@pytest.mark.accepts("S1.3", "C5")
def test_the_token_is_a_cookie_and_the_authorization_goes_out_as_it_is() -> None:
    made = Account(api_key=SecretStr("abc.1.def"), authorization=SecretStr("Basic xyz")).headers()
    assert made == {"Cookie": "swarm_token=abc.1.def", "Authorization": "Basic xyz"}
    assert Account().headers() == {}


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("status_401", AccountRejected),
        ("payment_402", QuotaExhausted),
        ("rate_seconds", RateLimited),
        ("reset_billed", OutcomeUnknown),
        ("truncate", OutcomeUnknown),
        ("error_billed", OutcomeUnknown),
    ],
)
async def test_each_fault_of_a_submit_is_its_own_error(tmp_path: Path, fault: str, error: type[Exception]) -> None:
    with running("swarmui", tmp_path, faults=1.0, elsewhere=0.0, kinds=[fault]) as server:
        async with lent(PROVIDER, account(server, enable_websocket=False), tmp_path) as call:
            with pytest.raises(error) as caught:
                await PROVIDER.txt2img(imagine(f"a fault [[m:{fault}]]"), call)
    assert type(caught.value) is error


@pytest.mark.parametrize("path", ["ERROR", "../../etc/passwd", "View/../../secret", "http://127.0.0.1:9/View/x.png"])
async def test_what_is_no_path_of_a_picture_is_not_fetched(call: LentCall, twin: Twin, path: str) -> None:
    before = len(twin.log("download"))
    with pytest.raises(GenerationFailed, match="could not save"):
        await downloaded(path, call)
    assert len(twin.log("download")) == before


def test_an_address_is_kept_without_what_it_does_not_need() -> None:
    assert Account(base_url=HttpUrl("http://box:7801/")).base() == "http://box:7801"
