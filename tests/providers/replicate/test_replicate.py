"""Pictures and films by the models at Replicate."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import HttpUrl, SecretStr

from maquette.core.action import Result
from maquette.core.adapt import adapt
from maquette.core.errors import ContentRejected, GenerationFailed, MaquetteError, RequestRejected
from maquette.core.registry import Registry
from maquette.providers.replicate import PROVIDER, Account, Film, Picture, _outputs, price
from tests.providers.hosted import FAULTS, after_crash, fault, refused_checks
from tests.providers.lent import LentCall, Memory, lent
from tests.twins.picture import Picture as Drawing
from tests.twins.picture import painted
from tests.twins.replicate import VERSION
from tests.twins.running import Twin, running


async def adapted(call: LentCall, operation: str, **given: Any) -> Result:
    """Run an action as a job runs it: what its model does not take is bent or dropped first."""
    action = Registry().action(f"media.replicate.{operation}")
    return await action.run(adapt(action, given)[0], call)


def test_no_seed_is_drawn_for_a_model_that_nobody_knows() -> None:
    action = Registry().action("media.replicate.txt2img")
    seeds = [
        adapt(action, {"prompt": "a fox", "model": model})[0].model_dump()["seed"]
        for model in ("nobody/knows", "black-forest-labs/flux-schnell")
    ]
    assert seeds[0] == -1
    assert seeds[1] >= 0


async def test_a_picture_is_submitted_once_and_asked_after(account: Account, tmp_path: Path, twin: Twin) -> None:
    memory, params = Memory(), Picture(prompt="two foxes [[m:foxes]]", n=2, seed=3)
    async with lent(PROVIDER, account, tmp_path, memory) as call:
        made = await PROVIDER.txt2img(params, call)
        assert call.told == [(None, "starting"), (0.5, "processing")]
        again = await PROVIDER.txt2img(params, after_crash(call, memory))
    assert again == made
    assert [output.seed for output in made.outputs] == [3, 3]
    assert made.cost is not None
    assert (made.cost.micro_usd, made.cost.source) == (6_000, "computed")
    expected = price(params)
    assert expected is not None
    assert expected.likely == 6_000
    assert made.response["metrics"] == {"predict_time": 0.4}
    assert twin.bills("foxes") == 1


@pytest.mark.parametrize(
    ("operation", "model"),
    [
        ("img2img", "black-forest-labs/flux-dev"),
        ("img2img", "google/nano-banana"),
        ("txt2vid", "bytedance/seedance-1-pro"),
        ("img2vid", "bytedance/seedance-1-pro"),
        ("img2vid", "kwaivgi/kling-v2.5-turbo-pro"),
        ("txt2img", f"black-forest-labs/flux-schnell:{VERSION}"),
    ],
)
async def test_each_model_is_asked_in_its_own_words(call: LentCall, twin: Twin, operation: str, model: str) -> None:
    # The twin refuses a word that the model lacks.
    marker = f"{operation}-{model[:40]}"
    given: dict[str, Any] = {"prompt": f"x [[m:{marker.replace('/', '.')}]]", "model": model}
    if operation.startswith("img"):
        given["image"] = call.lend(painted(Drawing(64, 64, "one")))
    made = await adapted(call, operation, **given)
    assert made.outputs
    assert twin.bills(marker.replace("/", ".")) == 1


async def test_a_large_picture_goes_through_the_vendors_store_and_once(call: LentCall, twin: Twin) -> None:
    large = call.lend(painted(Drawing(64, 64, "large")) + os.urandom(300_000))
    await adapted(call, "img2img", prompt="first", image=large)
    call.again()
    await adapted(call, "img2img", prompt="second", image=large)
    twin.settle()
    assert len([line for line in twin.log("side") if line["path"] == "/v1/files"]) == 1


@pytest.mark.parametrize(
    ("prompt", "kind", "said"),
    [
        ("[[moderate]]", ContentRejected, "NSFW"),
        ("[[fail]]", GenerationFailed, "CUDA out of memory"),
    ],
)
async def test_moderation_is_one_error_and_a_failure_another(
    call: LentCall, prompt: str, kind: type[MaquetteError], said: str
) -> None:
    with pytest.raises(kind, match=said):
        await PROVIDER.txt2img(Picture(prompt=prompt), call)


@pytest.mark.parametrize(
    ("output", "urls"),
    [
        ("https://a/1", ["https://a/1"]),
        (["https://a/1", "https://a/2"], ["https://a/1", "https://a/2"]),
        ({"film": "https://a/1", "words": "a caption"}, ["https://a/1"]),
        ("a text", []),
        (None, []),
    ],
)
def test_addresses_are_read_out_of_whatever_shape_a_model_answers_in(output: Any, urls: list[str]) -> None:
    assert [made.url for made in _outputs("image", output, None)] == urls


async def test_a_result_that_is_gone_is_told(account: Account, tmp_path: Path, call: LentCall) -> None:
    from maquette.providers.replicate import _ended

    class Gone:
        async def get(self, path: str) -> dict[str, Any]:
            return {"status": "succeeded", "output": None}

    call._http = Gone()  # type: ignore[assignment]
    with pytest.raises(GenerationFailed, match="keeps it for an hour"):
        await _ended("p", call)


@pytest.mark.parametrize(("looks", "stopped"), [(100, True), (0, False)])
async def test_a_cancel_says_whether_the_prediction_stopped(
    account: Account, tmp_path: Path, looks: int, stopped: bool
) -> None:
    with running("replicate", tmp_path / "other", looks=looks) as other:
        there = account.model_copy(update={"base_url": HttpUrl(f"{other.url}/v1")})
        async with lent(PROVIDER, there, tmp_path) as call:
            taken = await call.http.post(
                "/models/black-forest-labs/flux-schnell/predictions", {"input": {"prompt": "x"}}
            )
            assert await PROVIDER.cancel({"id": taken["id"]}, call) is stopped


async def test_a_field_that_is_not_valid_is_named_and_costs_nothing(call: LentCall, twin: Twin) -> None:
    before = len(twin.bill())
    with pytest.raises(RequestRejected, match="Additional property shine"):
        await PROVIDER.txt2img(Picture(prompt="x", extra={"shine": 1}), call)
    with pytest.raises(RequestRejected):
        await PROVIDER.txt2vid(Film(prompt="x", model="nobody/knows"), call)
    assert len(twin.bill()) == before


@pytest.mark.accepts("S2.7")
async def test_the_check_names_cause_and_cure(account: Account, tmp_path: Path) -> None:
    async with lent(PROVIDER, account, tmp_path) as call:
        await PROVIDER.check(call)
    await refused_checks(PROVIDER, account, tmp_path, "/v1", "Replicate")


@pytest.mark.parametrize("name", FAULTS)
async def test_each_fault_of_the_vendor_is_its_own_error(
    account: Account, twin: Twin, tmp_path: Path, name: str
) -> None:
    await fault(twin, PROVIDER, account, tmp_path, name, lambda call: PROVIDER.txt2img(Picture(prompt="x"), call))


@pytest.mark.parametrize(
    ("base", "url", "trusted"),
    [
        ("https://api.replicate.com/v1", "https://replicate.delivery/pbxt/a.png", True),
        ("https://api.replicate.com/v1", "https://xezq.replicate.delivery/a.png", True),
        ("https://api.replicate.com/v1", "http://replicate.delivery/a.png", False),
        ("https://api.replicate.com/v1", "https://replicate.delivery.example.org/a.png", False),
        ("https://api.replicate.com/v1", "https://notreplicate.delivery/a.png", False),
        # Whoever stands between does not lend its own key to the vendor.
        ("https://gateway.example.org/v1", "https://replicate.delivery/a.png", False),
    ],
)
def test_only_the_vendors_own_stores_are_trusted(base: str, url: str, trusted: bool) -> None:
    assert Account(api_key=SecretStr("x"), base_url=HttpUrl(base)).trusts(url) is trusted
