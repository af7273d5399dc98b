"""Pictures at OpenAI: made, changed, streamed, counted and paid for once."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from maquette.core.action import Result
from maquette.core.errors import OutcomeUnknown, RequestRejected
from maquette.providers.openai import PROVIDER
from maquette.providers.openai.image import Edit, Imagine, Inpaint, generation
from maquette.providers.openai.settings import Account
from tests.providers.lent import LentCall, Memory, lent
from tests.twins.marker import marker_in
from tests.twins.picture import Picture, painted
from tests.twins.running import Twin


@pytest.mark.accepts("S2.5")
async def test_a_prompt_becomes_as_many_pictures_as_asked_for(call: LentCall, twin: Twin) -> None:
    result = await PROVIDER.txt2img(Imagine(prompt="two foxes [[m:two]]", n=2, format="webp", size="1024x1024"), call)
    assert [output.media for output in result.outputs] == ["image", "image"]
    found = [bytes(output.content) for output in result.outputs if isinstance(output.content, bytes)]
    assert [marker_in(content) for content in found] == ["two", "two"]
    assert {Image.open(io.BytesIO(content)).format for content in found} == {"WEBP"}
    assert twin.bills("two") == 1


async def test_the_cost_is_computed_from_the_tokens_that_were_used(call: LentCall) -> None:
    params = Imagine(prompt="a fox", quality="high", size="1536x1024")
    result = await PROVIDER.txt2img(params, call)
    # 5488 tokens of output at $30 a million and 2 of text at $5, in micro-USD.
    assert result.cost is not None
    assert (result.cost.micro_usd, result.cost.source) == (5488 * 30 + 2 * 5, "computed")
    assert result.response["usage"]["output_tokens"] == 5488
    assert result.response["size"] == "1536x1024"
    assert "b64_json" not in str(result.response)


async def test_a_stream_shows_unfinished_pictures_and_ends_in_the_same_result(call: LentCall) -> None:
    whole = await PROVIDER.txt2img(Imagine(prompt="a quiet lake [[m:lake]]"), call)
    call.again()
    streamed = await PROVIDER.txt2img(Imagine(prompt="a quiet lake [[m:lake]]", partial_images=2), call)
    assert len(call.previews) == 2
    assert all(Image.open(io.BytesIO(content)).format == "PNG" for content in call.previews)
    assert streamed.outputs == whole.outputs
    for word in ("model", "size", "quality", "background", "format"):
        assert streamed.response[word] == whole.response[word]
    assert streamed.cost is not None
    assert whole.cost is not None
    assert streamed.cost.micro_usd == whole.cost.micro_usd + 2 * 100 * 30


@pytest.mark.parametrize("partial_images", [0, 2])
async def test_an_answer_that_was_spooled_is_read_again_and_not_asked_for_again(
    account: Account, tmp_path: Path, twin: Twin, partial_images: int
) -> None:
    memory, marker = Memory(), f"again{partial_images}"
    params = Imagine(prompt=f"once [[m:{marker}]]", partial_images=partial_images)
    async with lent(PROVIDER, account, tmp_path, memory) as first:
        made = await PROVIDER.txt2img(params, first)
    async with lent(PROVIDER, account, tmp_path, memory) as second:
        assert await PROVIDER.txt2img(params, second) == made
    assert twin.bills(marker) == 1


async def test_pictures_are_changed_by_words_and_other_pictures(call: LentCall, twin: Twin) -> None:
    sources = [call.lend(painted(Picture(96, 96, word), "png")) for word in ("one", "two")]
    params = Edit(prompt="join them [[m:join]]", image=sources[0], references=(sources[1],))
    result = await PROVIDER.img2img(params, call)
    (output,) = result.outputs
    assert isinstance(output.content, bytes)
    assert marker_in(output.content) == "join"
    assert result.response["usage"]["input_tokens_details"]["image_tokens"] == 600
    assert twin.bills("join") == 1


@pytest.mark.parametrize("way", ["img2img", "inpaint"])
async def test_a_change_shows_unfinished_pictures_and_ends_in_the_same_result(
    call: LentCall, twin: Twin, way: str
) -> None:
    source, mask = (call.lend(painted(Picture(96, 96, word), "png")) for word in ("source", "mask"))

    async def changed(previews: int) -> Result:
        prompt = f"a hat [[m:{way}{previews}]]"
        if way == "inpaint":
            return await PROVIDER.inpaint(
                Inpaint(prompt=prompt, image=source, mask=mask, partial_images=previews), call
            )
        return await PROVIDER.img2img(Edit(prompt=prompt, image=source, partial_images=previews), call)

    whole = await changed(0)
    assert call.previews == []
    call.again()
    streamed = await changed(3)
    assert [Image.open(io.BytesIO(content)).format for content in call.previews] == ["PNG"] * 3
    (output,) = streamed.outputs
    assert isinstance(output.content, bytes)
    assert marker_in(output.content) == f"{way}3"
    assert streamed.cost is not None
    assert whole.cost is not None
    assert streamed.cost.micro_usd == whole.cost.micro_usd + 3 * 100 * 30
    assert twin.bills(f"{way}3") == 1


async def test_several_changes_at_once_are_not_streamed(call: LentCall) -> None:
    source = call.lend(painted(Picture(96, 96, "source"), "png"))
    result = await PROVIDER.img2img(Edit(prompt="hats [[m:hats]]", image=source, n=2, partial_images=3), call)
    assert (len(result.outputs), call.previews) == (2, [])


async def test_a_part_of_a_picture_is_repainted_through_its_mask(call: LentCall) -> None:
    source, mask = (call.lend(painted(Picture(96, 96, word), "png")) for word in ("source", "mask"))
    result = await PROVIDER.inpaint(Inpaint(prompt="a hat [[m:hat]]", image=source, mask=mask), call)
    assert isinstance(result.outputs[0].content, bytes)
    assert marker_in(result.outputs[0].content) == "hat"


async def test_a_mask_of_another_size_is_refused_in_the_vendors_words(call: LentCall) -> None:
    source, mask = call.lend(painted(Picture(96, 96, "s"), "png")), call.lend(painted(Picture(48, 48, "m"), "png"))
    with pytest.raises(RequestRejected, match="mask"):
        await PROVIDER.inpaint(Inpaint(prompt="a hat", image=source, mask=mask), call)


async def test_a_size_that_the_vendor_does_not_make_is_refused_without_a_bill(call: LentCall, twin: Twin) -> None:
    with pytest.raises(RequestRejected, match="multiples of 16"):
        await PROVIDER.txt2img(Imagine(prompt="odd [[m:odd]]", size="1000x1000"), call)
    assert twin.bills("odd") == 0


@pytest.mark.parametrize("kind", ["no_id", "malformed", "empty", "html", "truncate"])
async def test_an_answer_that_holds_no_picture_leaves_the_outcome_open(
    call: LentCall, storm: Twin, kind: str, tmp_path: Path
) -> None:
    storm.set_faults(rate=1.0, elsewhere=0.0, kinds=[kind])
    settings = call.settings.model_copy(update={"base_url": f"{storm.url}/v1"})
    async with lent(PROVIDER, settings, tmp_path / kind) as other:
        with pytest.raises((OutcomeUnknown, ValueError)):
            await PROVIDER.txt2img(Imagine(prompt="lost [[m:lost]]"), other)


def test_only_what_differs_from_the_vendors_defaults_is_sent() -> None:
    plain = generation(Imagine(prompt="a fox"))
    assert plain == {"model": "gpt-image-2.5-flare", "prompt": "a fox", "n": 1}
    full = generation(Imagine(prompt="a fox", format="jpeg", compression=80, moderation="low", background="opaque"))
    assert full.keys() - plain.keys() == {"output_format", "output_compression", "moderation", "background"}
