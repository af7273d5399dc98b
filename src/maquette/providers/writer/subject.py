"""Find in a prompt what a text is to be about. Pure.

English only: of a prompt in another language the words are quoted as they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_REQUEST: Final = re.compile(
    r"(?:please\s+)?(?:can you\s+|could you\s+)?"
    r"(?:write|create|make|draft|compose|generate|produce|give me|tell me)\b"
    r"(?:\s+[\w-]+){0,7}?\s+(?:about|on|for|of)\s+",
    re.IGNORECASE,
)
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+|\s*\n+\s*")
_PREPOSITIONS: Final = re.compile(
    r"above|across|after|against|along|among|around|at|before|behind|below|beneath|beside|between|beyond|by|"
    r"during|for|from|in|inside|into|near|of|off|on|onto|out|outside|over|past|through|to|toward|towards|under|"
    r"until|up|upon|with|within|without"
)
_DETERMINERS: Final = re.compile(r"a|an|the|this|that|these|those|my|your|his|her|its|our|their")
_VERBS: Final = re.compile(
    r"is|are|was|were|be|been|has|have|had|do|does|did|will|would|can|could|should|must|may|might|goes|went|comes|"
    r"came|makes|made|takes|took|gets|got|says|said|sees|saw|becomes|became|begins|began|keeps|kept|lets|how|why|"
    r"what|who|when|where|which"
)
_NUMBERS: Final = re.compile(r"one|two|three|four|five|six|seven|eight|nine|ten|several|many|some|few|both")
_COMMON: Final = re.compile(f"{_DETERMINERS.pattern}|{_NUMBERS.pattern}")
_LONGEST: Final = 16


@dataclass(frozen=True, slots=True)
class Subject:
    """What a text is about, in the forms in which a sentence can take it."""

    phrase: str
    """As the object of a sentence, e.g. `a red fox in the snow`; a whole clause stands in quotation marks."""
    again: str
    """When it is named again, e.g. `the red fox`."""
    title: str
    """As a title, without a full stop."""
    details: tuple[str, ...]
    """What the prompt adds after commas."""
    notes: tuple[str, ...]
    """The further sentences of the prompt, each complete."""

    @property
    def starting(self) -> str:
        """The second form at the start of a sentence."""
        return capital(self.again)


def find(prompt: str) -> Subject:
    """Find the subject of a prompt: its first sentence without the request around it."""
    first, *notes = [part.strip() for part in _SENTENCE.split(prompt.strip()) if part.strip()] or [prompt]
    asked = _REQUEST.sub("", first, count=1).strip(" .!?:;\"'“”") or first
    core, *details = [part.strip() for part in re.split(r"[,;]\s+", asked) if part.strip()] or [asked]
    phrase = _phrase(core)
    return Subject(
        phrase=phrase,
        again=_again(phrase),
        title=capital(core),
        details=tuple(re.sub(r"^and\s+", "", detail) for detail in details),
        notes=tuple(complete(note) for note in notes),
    )


def capital(text: str) -> str:
    """Start a text with a capital letter and leave the rest as it is."""
    return text[:1].upper() + text[1:]


def complete(text: str) -> str:
    """Make a full sentence of a line of notes: a capital letter, no bullet, and a mark at its end."""
    line = capital(text.lstrip("-*•# \t"))
    return line if line.endswith((".", "!", "?", "…", "”")) else f"{line}."


def series(parts: tuple[str, ...]) -> str:
    """Join words as English does: `a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _phrase(core: str) -> str:
    words = core.split()
    if not words or _is_clause([word.lower() for word in words]) or len(words) > _LONGEST:
        return f"“{core}”"
    article, *rest = words
    # Only an article or a number loses its capital: any other word may be a name.
    return " ".join([article.lower(), *rest]) if _COMMON.fullmatch(article.lower()) else core


def _again(phrase: str) -> str:
    article, *words = phrase.split()
    if article not in {"a", "an"}:
        return phrase
    before = _before_preposition(words)
    return " ".join(["the", *(words[:before] or words)])


def _is_clause(words: list[str]) -> bool:
    """Tell whether the words are more than a noun with its attributes, as far as a few rules can."""
    if not words[0].isascii() or any(map(_VERBS.fullmatch, words)):
        return True
    before = _before_preposition(words)
    ends = [at for at, word in enumerate(words) if at and re.fullmatch(r"[a-z]+[^siu]s", word)]
    # "leaves the" has a verb; and after "a" or "an" the noun is no plural, so that an ending in -s is a verb's.
    followed = any(at + 1 < len(words) and _DETERMINERS.fullmatch(words[at + 1]) for at in ends)
    return followed or (words[0] in {"a", "an"} and any(at < before for at in ends))


def _before_preposition(words: list[str]) -> int:
    return next((at for at, word in enumerate(words) if _PREPOSITIONS.fullmatch(word)), len(words))
