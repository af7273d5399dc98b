"""Pictures and music at Stability AI."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from pydantic import HttpUrl

from maquette import catalog
from maquette.catalog import retirement
from maquette.core.action import Answer, Cost
from maquette.core.errors import ContentRejected, ModelRetired, OutcomeUnknown, QuotaExhausted, RequestRejected
from maquette.core.registry import Registry
from maquette.providers.stability import PROVIDER
from maquette.providers.stability.form import Inpaint, Music, Outpaint, Picture, Rework, Upscale, picture_price
from maquette.providers.stability.provider import Account, _read
from tests.providers.hosted import FAULTS, after_crash, fault, refused_checks
from tests.providers.lent import LentCall, Memory, lent
from tests.twins.marker import marker_in
from tests.twins.picture import Picture as Drawing
from tests.twins.picture import painted
from tests.twins.running import Twin, running


def content(result: object) -> bytes:
    """Return the bytes of the only output."""
    (output,) = result.outputs  # type: ignore[attr-defined]
    assert isinstance(output.content, bytes)
    return output.content


@pytest.mark.parametrize(
    ("model", "micro_usd"), [("stable-image-core", 30_000), ("stable-image-ultra", 80_000), ("sd3.5-flash", 25_000)]
)
async def test_a_picture_of_each_family_costs_its_credits(
    call: LentCall, twin: Twin, model: str, micro_usd: int
) -> None:
    params = Picture.model_validate({"prompt": f"a fox [[m:{model}]]", "model": model, "seed": 5, "style": "anime"})
    made = await PROVIDER.txt2img(params, call)
    assert marker_in(content(made)) == model
    assert made.outputs[0].seed == 5
    assert made.cost is not None
    assert (made.cost.micro_usd, made.cost.source) == (micro_usd, "computed")
    expected = picture_price(params)
    assert expected is not None
    assert expected.likely == micro_usd
    assert twin.bills(model) == 1


async def test_pictures_are_changed_repainted_extended_and_enlarged(call: LentCall, twin: Twin) -> None:
    image, mask = call.lend(painted(Drawing(64, 64, "one"))), call.lend(painted(Drawing(64, 64, "two")))
    made = {
        "moved": await PROVIDER.img2img(Rework(prompt="a [[m:moved]]", image=image, strength=0.4, guidance=5), call),
    }
    call.again()
    made["painted"] = await PROVIDER.inpaint(Inpaint(prompt="a [[m:painted]]", image=image, mask=mask), call)
    call.again()
    made["wider"] = await PROVIDER.outpaint(Outpaint(prompt="a [[m:wider]]", image=image, left=64), call)
    call.again()
    made["larger"] = await PROVIDER.upscale(Upscale(prompt="a [[m:larger]]", image=image, format="webp"), call)
    for marker, result in made.items():
        assert marker_in(content(result)) == marker
        assert twin.bills(marker) == 1
    assert Image.open(io.BytesIO(content(made["larger"]))).format == "WEBP"


async def test_the_fast_enlargement_needs_no_prompt_and_the_others_say_that_they_do(call: LentCall) -> None:
    image = call.lend(painted(Drawing(64, 64, "one")))
    fast = await PROVIDER.upscale(Upscale(image=image, method="fast"), call)
    assert fast.cost is not None
    assert fast.cost.micro_usd == 20_000
    call.again()
    with pytest.raises(RequestRejected, match="'creative' needs a prompt"):
        await PROVIDER.upscale(Upscale(image=image, method="creative"), call)
    with pytest.raises(RequestRejected, match="Nothing is to be added"):
        await PROVIDER.outpaint(Outpaint(image=image, right=0), call)


@pytest.mark.accepts("S3.20")
async def test_what_takes_longer_is_asked_after_under_its_id(account: Account, tmp_path: Path, twin: Twin) -> None:
    memory = Memory()
    async with lent(PROVIDER, account, tmp_path, memory) as call:
        made = await PROVIDER.music(Music(prompt="a march [[m:march]]", duration=30), call)
        assert [message for _, message in call.told] == ["in progress", "in progress"]
        again = await PROVIDER.music(Music(prompt="a march [[m:march]]", duration=30), after_crash(call, memory))
    assert again.outputs == made.outputs
    assert made.outputs[0].media == "audio"
    assert marker_in(content(made)) == "march"
    assert made.cost is not None
    assert made.cost.micro_usd == 260_000
    assert twin.bills("march") == 1


async def test_what_is_asked_after_and_fails_is_not_charged(call: LentCall) -> None:
    with pytest.raises(RequestRejected, match="The work failed") as caught:
        await PROVIDER.music(Music(prompt="a tune [[fail]]", duration=5), call)
    assert caught.value.cost == Cost(0, "computed")


async def test_a_creative_enlargement_is_asked_after_too(call: LentCall, twin: Twin) -> None:
    image = call.lend(painted(Drawing(64, 64, "one")))
    made = await PROVIDER.upscale(Upscale(prompt="a [[m:invented]]", image=image, method="creative"), call)
    assert call.polls == 3
    assert marker_in(content(made)) == "invented"
    assert twin.bills("invented") == 1


@pytest.mark.parametrize(("prompt", "words"), [("[[refuse]]", "content moderation"), ("[[moderate]]", "the result")])
async def test_moderation_before_and_after_is_one_error(call: LentCall, prompt: str, words: str) -> None:
    with pytest.raises(ContentRejected, match=words):
        await PROVIDER.txt2img(Picture(prompt=prompt), call)


async def test_a_prompt_in_another_language_is_refused_in_the_vendors_words(call: LentCall) -> None:
    with pytest.raises(RequestRejected, match="English is the only supported language"):
        await PROVIDER.txt2img(Picture(prompt="ein Füchslein"), call)


def test_a_model_narrows_what_it_takes() -> None:
    action = Registry().action("media.stability.txt2img")
    assert "guidance" not in action.schema("stable-image-core")["properties"]
    assert action.schema("sd3.5-medium")["properties"]["format"]["enum"] == ["png", "jpeg"]


@pytest.mark.accepts("S3.20")
def test_the_vendors_video_model_is_known_to_be_gone() -> None:
    known = catalog.model("stability", "stable-video-diffusion")
    assert known is not None
    assert (known.media, str(known.retires_on)) == ("video", "2025-07-24")
    with pytest.raises(ModelRetired, match="stable-video-diffusion"):
        retirement.admit("stability", "stable-video-diffusion")


@pytest.mark.parametrize(("kind", "body"), [("text/html", b"<html>"), ("application/json", b"{}"), ("image/png", b"")])
def test_an_answer_that_is_no_picture_leaves_the_outcome_open(kind: str, body: bytes) -> None:
    with pytest.raises(OutcomeUnknown):
        _read(Answer(200, {"content-type": kind}, body), "image", "inpaint")


@pytest.mark.accepts("S2.7")
async def test_the_check_names_cause_and_cure(account: Account, tmp_path: Path) -> None:
    async with lent(PROVIDER, account, tmp_path) as call:
        await PROVIDER.check(call)
    await refused_checks(PROVIDER, account, tmp_path, "", "Stability AI")
    with running("stability", tmp_path / "poor", balance=0) as poor:
        empty = account.model_copy(update={"base_url": HttpUrl(poor.url)})
        async with lent(PROVIDER, empty, tmp_path) as call:
            with pytest.raises(QuotaExhausted, match="no credits left"):
                await PROVIDER.check(call)


@pytest.mark.parametrize("name", FAULTS)
async def test_each_fault_of_the_vendor_is_its_own_error(
    account: Account, twin: Twin, tmp_path: Path, name: str
) -> None:
    await fault(twin, PROVIDER, account, tmp_path, name, lambda call: PROVIDER.txt2img(Picture(prompt="x"), call))
