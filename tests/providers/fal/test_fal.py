"""Pictures and films by the models at fal."""

from __future__ import annotations

from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest
from pydantic import HttpUrl

from maquette.catalog.spell import spelled
from maquette.core.action import Result
from maquette.core.adapt import adapt
from maquette.core.errors import (
    AccountRejected,
    ContentRejected,
    GenerationFailed,
    JobCancelled,
    MaquetteError,
    ProviderError,
    ProviderUnavailable,
    QuotaExhausted,
    RequestRejected,
)
from maquette.core.registry import Registry
from maquette.providers.fal import PROVIDER
from maquette.providers.fal.ask import USUAL, Film, Moving, Picture, Rework, price, words
from maquette.providers.fal.provider import Account
from tests.providers.hosted import FAULTS, after_crash, fault
from tests.providers.lent import LentCall, Memory, lent
from tests.twins.picture import Picture as Drawing
from tests.twins.picture import painted
from tests.twins.running import Twin, running


async def adapted(call: LentCall, operation: str, **given: Any) -> Result:
    """Run an action as a job runs it: what its model does not take is bent or dropped first."""
    action = Registry().action(f"media.fal.{operation}")
    return await action.run(adapt(action, given)[0], call)


def test_no_seed_is_drawn_for_a_model_that_nobody_knows() -> None:
    def said(model: str, **more: Any) -> dict[str, Any]:
        asked = {"prompt": "a fox", "model": model} | more
        return words(adapt(Registry().action("media.fal.txt2img"), asked)[0], model)

    assert "seed" not in said("fal-ai/tomorrow")
    assert said("fal-ai/tomorrow", seed=7)["seed"] == 7
    assert "seed" in said("fal-ai/flux/dev")


async def test_a_picture_is_submitted_once_and_asked_after(account: Account, tmp_path: Path, twin: Twin) -> None:
    memory, params = Memory(), Picture(prompt="two foxes [[m:foxes]]", n=2, seed=3)
    async with lent(PROVIDER, account, tmp_path, memory) as call:
        made = await PROVIDER.txt2img(params, call)
        assert [message for _, message in call.told] == ["waiting, 1 before it", "running"]
        again = await PROVIDER.txt2img(params, after_crash(call, memory))
    assert again == made
    assert [output.seed for output in made.outputs] == [3, 3]
    assert memory.handle["status_url"].startswith("/fal-ai/flux/requests/")
    assert made.cost is not None
    assert (made.cost.micro_usd, made.cost.source) == (50_000, "computed")
    assert twin.bills("foxes") == 1


@pytest.mark.accepts("S3.20")
@pytest.mark.parametrize(
    ("operation", "model", "seconds"),
    [
        ("txt2vid", "fal-ai/pika/v2.2/text-to-video", 5),
        ("img2vid", "fal-ai/pika/v2.2/image-to-video", 10),
        ("txt2vid", "fal-ai/kling-video/v3/pro/text-to-video", 7),
        ("img2vid", "fal-ai/kling-video/v3/pro/image-to-video", 3),
        ("txt2vid", "bytedance/seedance-2.0/mini/text-to-video", 4),
        ("img2vid", "bytedance/seedance-2.0/mini/image-to-video", 15),
    ],
)
async def test_each_family_of_films_is_asked_in_its_own_words(
    call: LentCall, twin: Twin, operation: str, model: str, seconds: int
) -> None:
    # The twin refuses a word that the model lacks, a number where it wants a text, and a picture under another name.
    marker = model.replace("/", ".")
    given: dict[str, Any] = {"prompt": f"it moves [[m:{marker}]]", "model": model, "duration": seconds}
    if operation == "img2vid":
        given["image"] = call.lend(painted(Drawing(64, 64, "one")))
    made = await adapted(call, operation, **given)
    assert made.outputs[0].media == "video"
    assert twin.bills(marker) == 1


async def test_a_length_that_a_model_lacks_becomes_the_nearest(call: LentCall, twin: Twin) -> None:
    await adapted(call, "txt2vid", prompt="x [[m:near]]", model="fal-ai/pika/v2.2/text-to-video", duration=9)
    assert twin.bills("near") == 1


async def test_several_pictures_go_as_a_list_where_the_model_takes_one(call: LentCall, twin: Twin) -> None:
    one, two = (call.lend(painted(Drawing(64, 64, word))) for word in ("one", "two"))
    params = {"prompt": "both [[m:both]]", "model": "fal-ai/nano-banana/edit", "image": one, "references": [two]}
    await adapted(call, "img2img", **params)
    call.again()
    await adapted(call, "img2img", prompt="one [[m:single]]", image=one, strength=0.5)
    assert (twin.bills("both"), twin.bills("single")) == (1, 1)
    assert spelled("fal", "fal-ai/nano-banana/edit", {"image": "a", "references": ["b", "c"]}, USUAL) == {
        "image_urls": ["a", "b", "c"]
    }


async def test_a_model_of_which_nothing_is_known_runs_by_its_name_and_its_own_words(call: LentCall, twin: Twin) -> None:
    params = Picture(prompt="odd [[m:odd]]", model="example/unlisted", extra={"mood": "grim"})
    assert words(params, params.model) == {"prompt": params.prompt}
    made = await PROVIDER.txt2img(params, call)
    assert made.cost is None
    assert twin.bills("odd") == 1


def test_a_model_narrows_what_it_takes() -> None:
    action = Registry().action("media.fal.txt2vid")
    pika = action.schema("fal-ai/pika/v2.2/text-to-video")["properties"]
    assert (pika["duration"]["enum"], pika["resolution"]["enum"]) == ([5, 10], ["720p", "1080p"])
    assert "resolution" not in action.schema("fal-ai/kling-video/v3/pro/text-to-video")["properties"]
    assert "4k" in action.schema("somebody/else")["properties"]["resolution"]["enum"]


@pytest.mark.parametrize(
    ("params", "micro_usd"),
    [
        (Picture(prompt="x", width=2048, height=1024, n=2), 100_000),
        (Picture(prompt="x", model="fal-ai/flux/schnell", n=3), 9_000),
        (Film(prompt="x", resolution="480p", duration=10), 721_000),
        (Film(prompt="x", model="bytedance/seedance-2.0/text-to-video", resolution="auto", duration=5), 1_517_000),
    ],
)
def test_a_price_follows_count_size_and_length(params: Picture | Film, micro_usd: int) -> None:
    found = price(params)
    assert found is not None
    assert (found.low, found.likely, found.high) == (micro_usd,) * 3
    assert price(Film(prompt="x", model="fal-ai/pika/v2.2/text-to-video")) is None


@pytest.mark.parametrize(
    ("prompt", "kind", "said"),
    [
        ("[[refuse]]", ContentRejected, "The content was flagged"),
        ("[[moderate]]", ContentRejected, "blackened"),
        ("[[fail]]", GenerationFailed, "The runner broke"),
    ],
)
async def test_moderation_in_each_form_is_one_error_and_a_failure_another(
    call: LentCall, prompt: str, kind: type[MaquetteError], said: str
) -> None:
    with pytest.raises(kind, match=said):
        await PROVIDER.txt2img(Picture(prompt=prompt), call)


async def test_a_field_that_is_not_valid_is_named(call: LentCall, twin: Twin) -> None:
    before = len(twin.bill())
    with pytest.raises(RequestRejected, match="shine: Extra inputs"):
        await PROVIDER.txt2img(Picture(prompt="x", extra={"shine": 1}), call)
    assert len(twin.bill()) == before


class Cancelling(LentCall):
    """A call whose job is cancelled after some looks."""

    after = 0

    async def poll(self, check: Any, *, every: float = 2.0) -> Any:
        for _ in range(self.after):
            await check()
        raise JobCancelled("cancelled")


@pytest.mark.parametrize(("looks", "stopped"), [(0, True), (1, False)])
async def test_a_cancel_stops_what_waits_and_says_no_of_what_runs(
    account: Account, tmp_path: Path, looks: int, stopped: bool
) -> None:
    with running("fal", tmp_path / "slow", looks=100) as slow:
        there = account.model_copy(update={"base_url": HttpUrl(slow.url)})
        memory = Memory()
        async with lent(PROVIDER, there, tmp_path, memory) as call:
            cancelling = Cancelling(call.http, there, call._spool, memory)
            cancelling.after = looks
            with pytest.raises(JobCancelled):
                await PROVIDER.txt2img(Picture(prompt="x"), cancelling)
            assert await PROVIDER.cancel(memory.handle, call) is stopped
        slow.settle()
        assert [line["path"].endswith("/cancel") for line in slow.log("side")] == [True]


async def test_a_cancel_that_comes_too_late_is_refused(call: LentCall) -> None:
    await PROVIDER.txt2img(Picture(prompt="done"), call)
    with pytest.raises(ProviderError):
        await PROVIDER.cancel(call.memory.handle, call)


@pytest.mark.accepts("S2.7")
async def test_the_check_names_cause_and_cure(account: Account, twin: Twin, tmp_path: Path) -> None:
    async with lent(PROVIDER, account, tmp_path) as call:
        await PROVIDER.check(call)
    assert {row["media"] for row in await PROVIDER.models(call)} == {"image", "video"}
    changes: list[tuple[dict[str, Any], type[MaquetteError], str]] = [
        ({"api_key": "sk-somebody-else"}, AccountRejected, "Enter what fal gave out for"),
        ({"platform_url": f"{twin.url}/v1/api"}, RequestRejected, "Set the account's base URL to that of fal"),
        ({"base_url": "https://queue.fal.run/api"}, RequestRejected, "Take the path '/api' off"),
        ({"platform_url": "http://127.0.0.1:9/v1"}, ProviderUnavailable, "base URL"),
    ]
    for change, kind, cure in changes:
        settings = Account.model_validate(account.model_dump() | change)
        async with lent(PROVIDER, settings, tmp_path) as call:
            with pytest.raises(kind) as caught:
                await PROVIDER.check(call)
        assert cure in caught.value.advice


@pytest.mark.parametrize("name", FAULTS)
async def test_each_fault_of_the_vendor_is_its_own_error(
    account: Account, twin: Twin, tmp_path: Path, name: str
) -> None:
    def run(call: LentCall) -> Awaitable[Result]:
        return PROVIDER.txt2img(Picture(prompt="x"), call)

    found = await fault(twin, PROVIDER, account, tmp_path, name, run)
    if isinstance(found, QuotaExhausted):
        assert "Exhausted balance" in found.message


@pytest.mark.parametrize("model", ["../../secret", "fal-ai", "https://elsewhere.example/x", "a/b?c=d"])
def test_a_model_that_is_no_endpoint_is_refused(model: str) -> None:
    with pytest.raises(ValueError, match="model"):
        Moving(prompt="x", model=model, image=f"asset_{'0' * 32}")
    with pytest.raises(ValueError, match="model"):
        Rework(prompt="x", model=model, image=f"asset_{'0' * 32}")
