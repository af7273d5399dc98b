from __future__ import annotations

import re
from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from maquette.providers.writer import PROVIDER, Draft
from maquette.providers.writer.phrasing import Tone
from maquette.providers.writer.subject import find
from maquette.providers.writer.template import Kind, Length, write
from tests.providers.narrator.lent import LentCall

EVERY = list(product(get_args(Kind), get_args(Tone), get_args(Length)))


def draft(prompt, kind="article", tone="neutral", length="medium", seed=1):
    return write(prompt, kind=kind, tone=tone, length=length, seed=seed)


async def test_a_draft_says_honestly_that_no_model_wrote_it(tmp_path):
    params = Draft(prompt="a red fox", kind="caption", n=2, seed=7)
    outputs = (await PROVIDER.txt2txt(params, LentCall(tmp_path))).outputs
    assert [output.seed for output in outputs] == [7, 8]
    for output in outputs:
        assert "fox" in output.content and output.source == "algorithm" and output.name == "caption.md"
        assert "no language model" in output.notes["label"]


@pytest.mark.parametrize(("kind", "tone", "length"), EVERY)
def test_every_kind_tone_and_length_gives_a_clean_text_about_the_subject(kind, tone, length):
    text = draft("a red fox in the snow, soft light and tall trees", kind, tone, length)
    assert "red fox" in text
    assert not re.search(r"[{}]|  +\S|\.\.|\ba [aeio]|None", text.replace("    - ", "- "))
    # A prompt begins as it was written; everything else is sentences.
    assert kind == "prompt" or not re.search(r"(?:^|[.!?] )[a-z]", text, re.MULTILINE)


@pytest.mark.parametrize("kind", get_args(Kind))
def test_a_longer_draft_has_more_words(kind):
    prompt = "A lighthouse, stormy sea. The keeper left. The lamp still turns."
    sizes = [len(draft(prompt, kind, length=length).split()) for length in get_args(Length)]
    assert sizes[0] < sizes[1] < sizes[2]


def test_the_same_seed_gives_the_same_text_and_others_differ():
    texts = [draft("a red fox", seed=seed) for seed in range(8)]
    assert texts == [draft("a red fox", seed=seed) for seed in range(8)]
    assert len({*texts}) >= 6


def test_an_article_has_a_title_sections_and_the_sentences_of_its_author():
    text = draft("Write an article about urban gardening. Balcony boxes save water. herbs are easiest")
    assert text.startswith("# Urban gardening\n") and len(re.findall(r"^## ", text, re.MULTILINE)) == 4
    assert "Balcony boxes save water." in text and "Herbs are easiest." in text


def test_a_storyboard_numbers_its_shots_and_times_them_without_gaps():
    text = draft("a lighthouse on a cliff", "storyboard", length="long")
    assert [int(n) for n in re.findall(r"^(\d+)\. ", text, re.MULTILINE)] == list(range(1, 9))
    times = re.findall(r"from 0:(\d\d) to 0:(\d\d)", text)
    assert [start for start, _ in times[1:]] == [end for _, end in times[:-1]]


def test_alt_text_adds_nothing_to_what_the_prompt_says():
    assert draft("a red fox in the snow, soft light", "alt_text") == "A red fox in the snow, soft light."


@pytest.mark.parametrize(
    ("prompt", "phrase", "again"),
    [
        ("a red fox in the snow", "a red fox in the snow", "the red fox"),
        ("Write a short blog post about An old clock.", "an old clock", "the old clock"),
        ("wireless headphones", "wireless headphones", "wireless headphones"),
        ("Three blue squares", "three blue squares", "three blue squares"),
        ("Berlin", "Berlin", "Berlin"),
        ("A small boat leaves the harbour", "“A small boat leaves the harbour”", "“A small boat leaves the harbour”"),
        ("a fox runs through snow", "“a fox runs through snow”", "“a fox runs through snow”"),
        ("Why do cats purr?", "“Why do cats purr”", "“Why do cats purr”"),
    ],
)
def test_the_subject_is_put_so_that_a_sentence_can_take_it(prompt, phrase, again):
    subject = find(prompt)
    assert (subject.phrase, subject.again) == (phrase, again)


@given(prompt=st.text(min_size=1, max_size=200), choice=st.sampled_from(EVERY), seed=st.integers(0, 2**32))
def test_any_prompt_gives_a_text(prompt, choice, seed):
    kind, tone, length = choice
    assert len(draft(prompt, kind, tone, length, seed).strip()) > 0


def test_braces_in_a_prompt_are_words_like_others():
    assert "{again} {0}" in draft("{again} {0}", "alt_text")


@pytest.mark.parametrize("bad", [{"prompt": ""}, {"prompt": "a", "kind": "poem"}, {"prompt": "a", "n": 9}])
def test_the_schema_refuses_what_cannot_be_written(bad):
    with pytest.raises(ValidationError):
        Draft.model_validate(bad)
