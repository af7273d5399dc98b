"""What a conversation says of a scene, found by fixed rules: the same messages always give the same. Pure.

English only: of messages in another language the texts themselves are found, and little else. What is not found is
left out, so that a template whose variable it was to fill says so instead of becoming blank.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from .lexicon import COLOURS, MOODS, PLACES, STOP, STYLES, TIMES, WEATHERS

WORDS: Mapping[str, str] = {
    "character_name": "The name that is said most.",
    "character_names": "Every name that is said, the most frequent first.",
    "subject": "What the user asked to see last, without the request around it.",
    "appearance": "What somebody was said to wear or to have, the last time.",
    "setting": "The place that was named last, in the words of the message.",
    "style": "The manner of picture that was named last.",
    "mood": "The feeling that was named last.",
    "time_of_day": "The time of day that was named last.",
    "weather": "The weather that was named last.",
    "colours": "Every colour that is named, in order.",
    "palette": "The same colours as one text.",
    "keywords": "The words that are said most, at most eight.",
    "last_message": "The last message.",
    "last_user_message": "The last message of the user.",
    "last_assistant_message": "The last message of the assistant.",
    "message_count": "How many messages there are.",
}
"""What may be found, by its name, each with what it is."""

_SENTENCE = re.compile(r"(?<=[.!?…])[\s\"'\u201d\u2019)]+|\n+")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_NAME = r"[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ]+(?:[-'\u2019][A-ZÀ-ÖØ-Þ]?[a-zà-öø-ÿ]+)*"
_NAMED = re.compile(
    rf"(?:\b(?i:named|called|name is|name's|name:|(?:hero|heroine|character|protagonist) is)\s+)({_NAME}(?:\s{_NAME})?)"
)
_CAPITAL = re.compile(rf"\b{_NAME}(?:\s{_NAME})?\b")
_PLACE = re.compile(
    r"\b(?:in|at|on|inside|within|near|outside|through|above|beside|under|across|along|by|of|into|to)\s+"
    rf"((?:an?|the|this|that|his|her|their|my|our|some)\s+(?:[\w'\u2019-]+\s+){{0,4}}?(?:{'|'.join(sorted(PLACES))}))\b",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    r"^(?:(?:please|now|then|and|ok|okay|so)[,\s]+)*(?:(?:can|could|would|will) you\s+)?(?:please\s+)?"
    r"(?:draw|paint|show|make|create|generate|render|picture|imagine|design|sketch|give|illustrate|write about)\b"
    r"(?:\s+(?:me|us))?(?:\s+(?:an?|the)\s+(?:[\w-]+\s+){0,2}?"
    r"(?:image|picture|painting|photo|photograph|drawing|portrait|illustration|scene)\s+(?:of|with|showing))?[:,\s]+",
    re.IGNORECASE,
)
_LOOKS = re.compile(
    r"\b(?:wearing|wears|dressed in|clad in|with|has)\s+((?:an?|the|his|her|long|short)\s[^.;:!?\n]{2,80})",
    re.IGNORECASE,
)
_NO_NAMES = frozenset({
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "January", "February", "March",
    "April", "May", "June", "July", "August", "September", "October", "November", "December", "English", "French",
    "German", "Italian", "Spanish", "Chinese", "Japanese", "Victorian", "Gothic", "God", "Okay", "Yes", "No", "Hello",
    "Hi", "Hey", "Dear", "Mr", "Mrs", "Ms", "Dr", "Sir", "Lady", "Lord", "King", "Queen", "The",
})  # fmt: skip
_MOST_KEYWORDS = 8
_LONGEST = 300


class Said(Protocol):
    """A message, as far as its context is read."""

    @property
    def role(self) -> str:
        """Who says it."""
        ...

    @property
    def text(self) -> str:
        """What is said."""
        ...


def extract_context_from_messages(messages: Sequence[Said | Mapping[str, Any]]) -> dict[str, Any]:
    """Return what messages say of a scene; `WORDS` tells the keys, and what is not found has none.

    Args:
        messages: Oldest first: rows with `role` and `text`, or mappings with `role` and `content` (or `text`).
    """
    said = [(role, text) for role, text in map(_read, messages) if text]
    texts = [text for role, text in said if role != "system"]
    names, newest, colours = _names(texts), list(reversed(texts)), list(dict.fromkeys(_all(texts, COLOURS)))
    asked = _last(said, "user")
    found: dict[str, Any] = {
        "character_name": names[0] if names else None,
        "character_names": names,
        "subject": _subject(asked) if asked else None,
        "appearance": next((looks[-1].strip() for text in newest if (looks := _LOOKS.findall(text))), None),
        "setting": next((place for text in newest if (place := _setting(text))), None),
        "style": _latest(newest, STYLES),
        "mood": _latest(newest, MOODS),
        "time_of_day": _latest(newest, TIMES),
        "weather": _latest(newest, WEATHERS),
        "colours": colours,
        "palette": ", ".join(colours),
        "keywords": _keywords(texts),
        "last_message": texts[-1] if texts else None,
        "last_user_message": asked,
        "last_assistant_message": _last(said, "assistant"),
    }
    return {name: value for name, value in found.items() if value} | {"message_count": len(said)}


def sentences(text: str) -> list[str]:
    """Split a text into its sentences."""
    return [part.strip() for part in _SENTENCE.split(text) if part.strip()]


def words(text: str) -> list[str]:
    """Return the telling words of a text, in lower case."""
    return [word for word in (found.lower() for found in _WORD.findall(text)) if len(word) > 2 and word not in STOP]


def _read(message: Said | Mapping[str, Any]) -> tuple[str, str]:
    if isinstance(message, Mapping):
        return str(message.get("role", "user")), str(message.get("content") or message.get("text") or "").strip()
    return message.role, message.text.strip()


def _last(said: Sequence[tuple[str, str]], role: str) -> str | None:
    return next((text for who, text in reversed(said) if who == role), None)


def _subject(text: str) -> str:
    """Return the first sentence of a text without the request around it."""
    first = sentences(text)[0]
    return (_REQUEST.sub("", first, count=1).strip(" .!?:;,") or first)[:_LONGEST]


def _names(texts: Iterable[str]) -> list[str]:
    """Return names by how often they are said: those that are introduced as one, and capitals within a sentence."""
    seen, firm = Counter[str](), set[str]()
    for text in texts:
        for sentence in sentences(text):
            introduced = [found[1] for found in _NAMED.finditer(sentence)]
            firm.update(introduced)
            seen.update(introduced or _capitals(sentence))
    known = {name: count for name, count in seen.items() if name in firm or name.split()[0] not in _NO_NAMES}
    # "Mara Vell" and "Mara" are one: the short form counts for the long one.
    whole = {name: next((other for other in known if other.startswith(f"{name} ")), name) for name in known}
    total = Counter[str]()
    for name, count in known.items():
        total[whole[name]] += count
    return [name for name, _ in total.most_common()]


def _capitals(sentence: str) -> Iterator[str]:
    """Yield what is written as a name in the midst of an English sentence; at its start every word has a capital."""
    if not any(word.lower() in STOP for word in _WORD.findall(sentence)):
        return
    for found in _CAPITAL.finditer(sentence):
        if sentence[: found.start()].strip(" \"'\u201c\u2018(*_-—"):
            yield found[0]


def _setting(text: str) -> str | None:
    """Return the last phrase of a text that names a place."""
    found = [each[1] for each in _PLACE.finditer(text)]
    return " ".join(found[-1].split()) if found else None


def _latest(newest: Iterable[str], known: Sequence[str]) -> str | None:
    """Return the known word that was said last."""
    return next((found[-1] for text in newest if (found := _all([text], known))), None)


def _all(texts: Iterable[str], known: Sequence[str]) -> list[str]:
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, known))})\b", re.IGNORECASE)
    return [found.lower() for text in texts for found in pattern.findall(text)]


def _keywords(texts: Iterable[str]) -> list[str]:
    counted = Counter(word for text in texts for word in words(text))
    order = {word: place for place, word in enumerate(counted)}
    ranked = sorted(counted, key=lambda word: (-counted[word], order[word]))
    return ranked[:_MOST_KEYWORDS]
