"""What a provider notes for people is shown in words, and what it notes for itself is not."""

from __future__ import annotations

from maquette.core.remark import remarks


def test_what_is_for_people_has_its_words_and_the_rest_is_left_out() -> None:
    notes = {
        "task": "17",
        "nsfw": True,
        "revised_prompt": "a red fox",
        "label": "Drawn by rule.",
        "compression": {"was": "a"},
    }
    assert remarks(notes) == [
        {"title": "", "text": "Drawn by rule."},
        {"title": "Prompt as used", "text": "a red fox"},
        {"title": "", "text": "The provider marks it as not safe for work"},
    ]


def test_nothing_is_said_where_nothing_is_noted() -> None:
    assert remarks({}) == remarks({"label": " ", "cut": False, "remark": None, "nsfw": "yes"}) == []
