"""The type of a file is told from its bytes alone."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maquette.engine.media.header import picture_size
from maquette.engine.media.kind import HEAD, KINDS, Unfit, sniff
from tests.engine.media.sample import MAKERS, sample


@pytest.mark.parametrize("name", MAKERS)
def test_every_kind_is_told_from_its_first_bytes(name: str) -> None:
    assert sniff(sample(name)[:HEAD]) == KINDS[name.rpartition(".")[2]]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x7fELF\x02",
        b"MZ\x90\0",
        b"BM\x36\0\0\0\0\0",
        b"II*\0\x08\0\0\0",
        b"\0\0\0\x18ftypXXXX\0\0\0\0XXXX",
        b"\x80abc",
    ],
)
def test_what_is_not_on_the_list_is_refused(content: bytes) -> None:
    with pytest.raises(Unfit):
        sniff(content)


@pytest.mark.parametrize(
    ("text", "extension"),
    [
        ("<!-- x --> <!DOCTYPE html><p>", "html"),
        ("\ufeff<HTML>", "html"),
        ("<script>alert(1)</script>", "html"),
        ("<!--a--><!--b--><?xml?><x:svg>", "svg"),
        ("<!DOCTYPE  svg PUBLIC>", "svg"),
        ("[1, 2]", "json"),
        ("1. one\n2. two", "md"),
        ("a < b", "txt"),
        ("<poem>", "txt"),
    ],
)
def test_texts_are_told_apart_by_how_they_begin(text: str, extension: str) -> None:
    assert sniff(text.encode()).extension == extension


def test_a_letter_that_the_head_cuts_in_two_does_not_matter() -> None:
    for shift in range(4):
        assert sniff((("x" * shift + "猫" * HEAD).encode())[:HEAD]).extension == "txt"


def test_a_text_of_open_comments_is_told_in_no_time() -> None:
    assert sniff(b"<!---->" * 580).extension == "txt"


@given(st.binary(max_size=200))
def test_any_bytes_get_a_kind_or_a_refusal(content: bytes) -> None:
    with suppress(Unfit):
        assert sniff(content) in KINDS.values()


@pytest.mark.parametrize("name", [n for n in MAKERS if n.rpartition(".")[2] in ("png", "jpg", "webp", "gif")])
def test_the_header_tells_the_size_before_anything_is_decoded(name: str) -> None:
    assert picture_size(name.rpartition(".")[2], memoryview(sample(name))) == (96, 64)


@given(st.sampled_from(["png", "jpg", "webp", "gif"]), st.binary(max_size=100))
def test_any_header_gives_a_size_or_a_refusal(extension: str, content: bytes) -> None:
    with suppress(Unfit):
        assert picture_size(extension, memoryview(sample(extension)[:12] + content)) is not None
