"""FLUX pictures at Black Forest Labs."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import HttpUrl, SecretStr

from maquette.core.errors import (
    ContentRejected,
    GenerationFailed,
    QuotaExhausted,
    RequestRejected,
    UrlRefused,
)
from maquette.core.registry import Registry
from maquette.providers.bfl import PROVIDER, Account, Inpaint, Picture, Rework, body, picture_price
from tests.providers.hosted import FAULTS, after_crash, fault, refused_checks
from tests.providers.lent import LentCall, Memory, lent
from tests.twins.picture import Picture as Drawing
from tests.twins.picture import painted
from tests.twins.running import Twin, running


async def test_a_picture_is_asked_after_at_the_host_that_the_answer_names(
    account: Account, tmp_path: Path, twin: Twin
) -> None:
    memory, params = Memory(), Picture(prompt="a fox [[m:fox]]", seed=3)
    async with lent(PROVIDER, account, tmp_path, memory) as call:
        made = await PROVIDER.txt2img(params, call)
        assert call.told == [(0.5, "pending"), (0.5, "pending")]
        again = await PROVIDER.txt2img(params, after_crash(call, memory))
    assert again == made
    assert "//localhost:" in memory.handle["polling_url"]
    assert made.outputs[0].seed == 3
    assert twin.bills("fox") == 1


async def test_the_cost_is_what_the_vendor_said(call: LentCall) -> None:
    params = Picture(prompt="a large fox", width=2048, height=1024)
    made = await PROVIDER.txt2img(params, call)
    assert made.cost is not None
    assert (made.cost.micro_usd, made.cost.source, made.cost.amount) == (45_000, "reported", "4.5 credits")
    expected = picture_price(params)
    assert expected is not None
    assert expected.likely == 45_000


async def test_pictures_and_masks_go_within_the_request(call: LentCall, twin: Twin) -> None:
    one, two = (call.lend(painted(Drawing(64, 64, words))) for words in ("one", "two"))
    await PROVIDER.img2img(Rework(prompt="both [[m:both]]", image=one, references=(two,)), call)
    call.again()
    await PROVIDER.inpaint(Inpaint(prompt="part [[m:part]]", image=one, mask=two), call)
    assert (twin.bills("both"), twin.bills("part")) == (1, 1)


def test_a_model_is_told_only_what_it_knows() -> None:
    wide = Picture(prompt="p", model="flux-kontext-pro", aspect_ratio="16:9", steps=5)
    assert body(wide, wide.model) == {
        "prompt": "p",
        "aspect_ratio": "16:9",
        "output_format": "jpeg",
        "safety_tolerance": 2,
    }
    action = Registry().action("media.bfl.txt2img")
    assert not {"aspect_ratio", "steps"} & set(action.schema("flux-2-max")["properties"])
    assert action.schema("flux-pro-1.1")["properties"]["width"]["maximum"] == 1440


@pytest.mark.parametrize(
    ("prompt", "kind", "words"),
    [
        ("[[refuse]]", ContentRejected, "Violence"),
        ("[[moderate]]", ContentRejected, "Derivative"),
        ("[[fail]]", GenerationFailed, "The model broke"),
    ],
)
async def test_moderation_before_and_after_is_one_error_and_a_failure_another(
    call: LentCall, prompt: str, kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        await PROVIDER.txt2img(Picture(prompt=prompt), call)


async def test_a_key_is_not_sent_to_a_host_outside_the_vendors_domain(
    account: Account, tmp_path: Path, twin: Twin
) -> None:
    narrow = account.model_copy(update={"domain": "bfl.ai"})
    async with lent(PROVIDER, narrow, tmp_path) as call:
        with pytest.raises(UrlRefused, match="not on the account's server"):
            await PROVIDER.txt2img(Picture(prompt="x [[m:outside]]"), call)


@pytest.mark.parametrize(
    ("url", "trusted"),
    [
        ("https://api.eu2.bfl.ai/v1/get_result?id=1", True),
        ("https://bfl.ai/x", True),
        ("http://api.eu2.bfl.ai/x", False),
        ("https://api.bfl.ai.example.org/x", False),
        ("https://notbfl.ai/x", False),
    ],
)
def test_only_hosts_of_the_vendors_domain_are_trusted(url: str, trusted: bool) -> None:
    assert Account(api_key=SecretStr("x")).trusts(url) is trusted


async def test_an_unknown_model_is_refused_with_the_vendors_words(call: LentCall) -> None:
    with pytest.raises(RequestRejected, match="Not Found"):
        await PROVIDER.txt2img(Picture(prompt="x", model="flux-9"), call)


@pytest.mark.accepts("S2.7")
async def test_the_check_names_cause_and_cure(account: Account, tmp_path: Path) -> None:
    async with lent(PROVIDER, account, tmp_path) as call:
        await PROVIDER.check(call)
    await refused_checks(PROVIDER, account, tmp_path, "", "Black Forest Labs")
    with running("bfl", tmp_path / "poor", balance=0) as poor:
        empty = account.model_copy(update={"base_url": HttpUrl(poor.url)})
        async with lent(PROVIDER, empty, tmp_path) as call:
            with pytest.raises(QuotaExhausted, match="no credits left"):
                await PROVIDER.check(call)


@pytest.mark.parametrize("name", [name for name in FAULTS if name != "moderation"])
async def test_each_fault_of_the_vendor_is_its_own_error(
    account: Account, twin: Twin, tmp_path: Path, name: str
) -> None:
    await fault(twin, PROVIDER, account, tmp_path, name, lambda call: PROVIDER.txt2img(Picture(prompt="x"), call))


@pytest.mark.parametrize("url", ["http://169.254.169.254/latest", "http://metadata.google.internal/x"])
async def test_not_even_a_trusted_host_may_be_one_that_hands_out_credentials(
    account: Account, tmp_path: Path, url: str
) -> None:
    domain = url.split("/")[2]
    async with lent(PROVIDER, account.model_copy(update={"domain": domain}), tmp_path) as call:
        with pytest.raises(UrlRefused, match="cannot be the server of an account"):
            await call.http.get(url)
