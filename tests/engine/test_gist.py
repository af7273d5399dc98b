"""What is kept of an answer for the record: everything but the strings that are bytes in disguise."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maquette.core.action import Answer
from maquette.engine import gist

LONG = gist.LONG


def answer(body: bytes, kind: str = "application/json; charset=utf-8") -> Answer:
    """Return an answer of a provider."""
    return Answer(200, {"content-type": kind}, body)


async def read(value: Any) -> Any:
    """Return what is kept of a JSON answer."""
    kept = await gist.of(answer(msgspec.json.encode(value)))
    assert kept is not None
    return kept["answer"]


async def test_a_long_string_is_kept_by_its_beginning_and_its_length() -> None:
    kept = await read({"created": 1, "data": [{"b64_json": "iVBO" * LONG}], "usage": {"total_tokens": 7}})
    assert kept == {
        "created": 1,
        "data": [{"b64_json": f"{'iVBO' * 20}… ({4 * LONG} characters)"}],
        "usage": {"total_tokens": 7},
    }


@pytest.mark.parametrize(
    "value",
    [
        {"embedding": [0.25] * LONG, "next": "x"},
        ["a", [1] * (2 * LONG), "b", {}],
        {"text": 'he said "no" ' * 3},
        [1] * (2 * LONG),
        {"ü": "y" * (LONG + 1)},
        {"escaped": "a\\b" * LONG},
        "plain",
    ],
)
async def test_whatever_is_no_long_plain_string_is_kept_whole(value: Any) -> None:
    assert await read(value) == value


@given(st.lists(st.text(max_size=20) | st.integers(0, 9).map(lambda n: "A" * (LONG - 4 + n)) | st.integers(0, 9)))
async def test_the_same_is_kept_as_of_the_whole_answer(parts: list[Any]) -> None:
    def cut(part: Any) -> Any:
        return gist.shown(part, len(part)) if isinstance(part, str) and len(part) > LONG else part

    plain = all(isinstance(part, int) or part.isascii() for part in parts)
    assert await read(parts) == ([cut(part) for part in parts] if plain else parts)


@pytest.mark.parametrize(
    "given_answer", [None, answer(b"\x89PNG", "image/png"), answer(b"{"), answer(b'{"a": "' + b"x" * 9000)]
)
async def test_nothing_is_kept_of_what_is_no_json(given_answer: Answer | None) -> None:
    assert await gist.of(given_answer) is None
