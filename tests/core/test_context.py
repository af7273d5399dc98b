"""What a conversation says of a scene: found by rules, the same every time."""

from __future__ import annotations

from typing import Any

import pytest

from maquette.core.context import WORDS, extract_context_from_messages
from maquette.core.conversation import Message, title_of, transcript
from maquette.core.digest import digest

STORY: list[dict[str, str]] = [
    {"role": "system", "content": "You are Merlin, an old narrator in a tower."},
    {"role": "user", "content": "The heroine is called Mara Vell. She lives in a small village by the sea."},
    {"role": "assistant", "content": "One gloomy morning Mara walked into the old lighthouse with her friend Tom."},
    {"role": "user", "content": "Draw it as a watercolour: Mara in the old lighthouse at dusk, a red coat, grey sky."},
]


def test_names_setting_style_mood_and_time_are_found() -> None:
    found = extract_context_from_messages(STORY)
    assert found["character_name"] == "Mara Vell"
    assert found["character_names"] == ["Mara Vell", "Tom"]
    assert found["setting"] == "the old lighthouse"
    assert (found["style"], found["mood"], found["time_of_day"]) == ("watercolour", "gloomy", "dusk")
    assert found["colours"] == ["red", "grey"]
    assert found["last_message"] == found["last_user_message"] == STORY[-1]["content"]
    assert found["last_assistant_message"] == STORY[2]["content"]
    assert found["message_count"] == 4
    assert "lighthouse" in found["keywords"]


def test_the_same_messages_always_say_the_same() -> None:
    assert len({repr(extract_context_from_messages(STORY)) for _ in range(5)}) == 1


def test_what_was_said_last_goes_before_what_was_said_first() -> None:
    before = [{"role": "user", "content": "An oil painting of a barn at noon, in the barn, so sad."}]
    after = [*before, {"role": "user", "content": "Make it pixel art at midnight, in a forest, cheerful."}]
    assert extract_context_from_messages(before)["style"] == "oil painting"
    later = extract_context_from_messages(after)
    told = [later[name] for name in ("style", "time_of_day", "setting", "mood")]
    assert told == ["pixel art", "midnight", "a forest", "cheerful"]


@pytest.mark.parametrize("said", [[], [{"role": "user", "content": "  "}]])
def test_of_nothing_nothing_is_found_and_nothing_is_blank(said: list[dict[str, str]]) -> None:
    assert extract_context_from_messages(said) == {"message_count": 0}


def test_what_is_not_found_has_no_key() -> None:
    found = extract_context_from_messages([{"role": "user", "content": "ein Fuchs läuft über das Feld"}])
    assert not {"character_name", "setting", "style", "mood", "time_of_day", "colours"} & found.keys()
    assert found["last_message"] == "ein Fuchs läuft über das Feld"


def test_every_key_is_described() -> None:
    assert extract_context_from_messages(STORY).keys() <= WORDS.keys()


def test_a_capital_at_the_start_of_a_sentence_is_no_name() -> None:
    found = extract_context_from_messages([{"role": "user", "content": "Nobody came. Under the bridge it was dark."}])
    assert "character_names" not in found


def test_rows_are_read_like_mappings() -> None:
    rows = [message(each["role"], each["content"]) for each in STORY]
    assert extract_context_from_messages(rows) == extract_context_from_messages(STORY)


def message(role: Any, text: str) -> Message:
    return Message("msg_1", "default", "conv_1", role, text, 0)


def test_a_digest_keeps_whole_sentences_in_their_order() -> None:
    texts = [each["content"] for each in STORY[1:]]
    short = digest(texts, 2)
    assert 0 < len(short) < len(" ".join(texts))
    kept = [sentence for text in texts for sentence in (text,) if sentence in short]
    assert "Mara" in short
    assert short == digest(texts, 2)
    assert all(part in " ".join(texts) for part in kept)
    assert digest([], 3) == ""
    assert digest(["One. Two."], 5) == "One. Two."


def test_a_transcript_leaves_out_what_is_oldest() -> None:
    said = [message("user", "a" * 40), message("assistant", "b" * 40), message("user", "c")]
    assert transcript(said, 1000).splitlines()[0] == "User: " + "a" * 40
    assert transcript(said, 70) == "Assistant: " + "b" * 40 + "\nUser: c"


def test_a_title_is_one_line_cut_at_a_word() -> None:
    assert title_of("a  fox\nin snow") == "a fox in snow"
    assert title_of("word " * 40) == "word " * 11 + "word…"


@pytest.mark.parametrize(
    ("said", "subject"),
    [
        ("Please draw me a picture of a red fox in snow. Be quick!", "a red fox in snow"),
        ("Could you paint a lighthouse?", "a lighthouse"),
        ("a heron at dawn", "a heron at dawn"),
        ("Draw", "Draw"),
    ],
)
def test_the_subject_is_what_was_asked_for_without_the_request(said: str, subject: str) -> None:
    assert extract_context_from_messages([{"role": "user", "content": said}])["subject"] == subject


def test_how_somebody_looks_is_found_and_colours_make_a_palette() -> None:
    found = extract_context_from_messages([{"role": "user", "content": "Mara is wearing a long blue coat, red boots."}])
    assert found["appearance"] == "a long blue coat, red boots"
    assert found["palette"] == "blue, red"
