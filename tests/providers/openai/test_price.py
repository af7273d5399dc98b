"""Whatever is asked for, what it is settled at lies within what was estimated: over the whole price table."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from maquette import catalog
from maquette.catalog import charge
from maquette.core.action import Cost, Price
from maquette.core.narrow import Narrowing
from maquette.providers.openai import image, speech, text
from maquette.providers.openai.image import _Usage
from tests.twins.openai.image import DEFAULT_SIZE, Wish, usage

SIZES = ("auto", "1024x1024", "1536x1024", "1024x1536", "2048x2048", "3840x2160", "768x256")
PROMPTS = ("a fox", "a fox in the snow, seen from above, " * 12)
ASSET = "asset_" + "0" * 32
TODAY = datetime.now(UTC).date()


def models(media: str) -> list[str]:
    return [name for name, row in catalog.models("openai").items() if row.media == media and row.rates]


def cut(model: str, word: str, values: tuple[str, ...]) -> list[str]:
    left = catalog.narrowing("openai", model) or Narrowing(frozenset(), {})
    allowed = left.fields.get(word, {}).get("enum")
    return [value for value in values if allowed is None or value in allowed]


def pictures() -> Iterator[tuple[image.Imagine | image.Edit, int]]:
    """Yield every request of the table, with the number of pictures that go with it."""
    for model in models("image"):
        qualities = cut(model, "quality", ("auto", "low", "medium", "high", "xhigh", "max"))
        for size, quality, n, prompt in itertools.product(SIZES, qualities, (1, 4), PROMPTS):
            words: dict[str, Any] = {"prompt": prompt, "model": model, "size": size, "quality": quality, "n": n}
            yield image.Imagine(**words), 0
            yield image.Edit(**words, image=ASSET), 1
            yield image.Edit(**words, image=ASSET, references=(ASSET,)), 2
            if n == 1:
                yield image.Imagine(**words, partial_images=2), 0


def billed(params: image.Imagine | image.Edit, inputs: int) -> Cost | None:
    """Return what a request is settled at, from what the twin says it used."""
    width, height = DEFAULT_SIZE if params.size == "auto" else map(int, params.size.split("x"))
    wish = Wish(
        kind="image_generation", prompt=params.prompt, count=params.n, width=width, height=height,
        quality="medium" if params.quality == "auto" else params.quality, background="opaque", output_format="png",
        compression=100, stream=params.grows, partials=params.partial_images, inputs=inputs, frames=params.frames,
    )  # fmt: skip
    return charge.cost("openai", params.model, msgspec.convert(usage(wish), _Usage).by_rate())


def within(price: Price | None, cost: Cost | None, of: object) -> None:
    assert price is not None and cost is not None
    assert 0 < price.low <= price.likely <= price.high
    assert price.low <= cost.micro_usd <= price.high, f"{of}: {cost} is not within {price}"


@pytest.mark.accepts("S4.33")
def test_every_picture_of_the_table_is_settled_within_its_estimate() -> None:
    count = 0
    for params, inputs in pictures():
        price = image.edit_price(params) if isinstance(params, image.Edit) else image.generation_price(params)
        within(price, billed(params, inputs), params)
        count += 1
    assert count > 2000


def test_every_text_of_the_table_is_settled_within_its_estimate() -> None:
    writing = [name for name in models("text") if "output" in (catalog.price("openai", name) or {})]
    for model, prompt, most, written in itertools.product(writing, PROMPTS, (None, 64), (1, 12, 64)):
        read = len(prompt) // 4 + 1
        cost = charge.cost("openai", model, {"input": read, "output": written})
        within(text.writing_price(text.Write(prompt=prompt, model=model, max_tokens=most)), cost, model)


def test_every_speech_of_the_table_is_settled_within_its_estimate() -> None:
    for model, prompt in itertools.product(models("audio"), PROMPTS):
        params = speech.Speak(prompt=prompt, model=model)
        within(speech.reading_price(params), speech._cost(params), model)


@pytest.mark.parametrize("name", list(catalog.models("openai")))
def test_every_price_says_where_it_is_from_and_when_it_was_looked_at(name: str) -> None:
    row = catalog.models("openai")[name]
    assert row.source
    assert row.checked_on <= TODAY
