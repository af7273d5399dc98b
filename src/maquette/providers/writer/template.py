"""Write drafts by templates: the words come from the prompt, the sentences from a stock. Pure.

The same arguments give the same text on every machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

from maquette.providers.writer import phrasing
from maquette.providers.writer.phrasing import Tone
from maquette.providers.writer.subject import Subject, complete, find, series

Kind = Literal["article", "caption", "alt_text", "outline", "storyboard", "blurb", "prompt"]
Length = Literal["short", "medium", "long"]

T = TypeVar("T")

_SIZE: Final[dict[Length, int]] = {"short": 1, "medium": 2, "long": 3}
_SECONDS: Final = 3


@dataclass(frozen=True, slots=True)
class Brief:
    """What to write about, how, how much, and which of the many ways to take."""

    subject: Subject
    tone: Tone
    size: int
    seed: int
    prompt: str = ""
    """The words as they were given."""

    def drawn(self, options: Sequence[T], count: int) -> list[T]:
        """Choose `count` of the options by the seed and keep their order."""
        ranked = sorted(range(len(options)), key=lambda at: _hash(f"{self.seed}:{options[at]}"))
        return [options[at] for at in sorted(ranked[:count])]

    def fill(self, sentence: str) -> str:
        """Put the subject into a sentence."""
        subject = self.subject
        words = {"it": subject.phrase, "again": subject.again, "Again": subject.starting, "Title": subject.title}
        return sentence.format_map(words)


def write(prompt: str, *, kind: Kind, tone: Tone, length: Length, seed: int) -> str:
    """Write a draft about what the prompt names, as Markdown."""
    return _WRITERS[kind](Brief(find(prompt), tone, _SIZE[length], seed, prompt.strip()))


def _article(brief: Brief) -> str:
    (opening,) = brief.drawn(phrasing.OPENINGS[brief.tone], 1)
    (closing,) = brief.drawn(phrasing.CLOSINGS[brief.tone], 1)
    parts = [f"# {brief.subject.title}", " ".join([brief.fill(opening), *_details(brief)])]
    sections = brief.drawn(phrasing.SECTIONS, 2 * brief.size - (brief.size == 3))
    for number, (heading, sentences) in enumerate(sections):
        chosen = [brief.fill(sentence) for sentence in brief.drawn(sentences, brief.size + 2)]
        # The author's own sentences are spread over the sections, each at its section's head.
        own = brief.subject.notes[number :: len(sections)]
        parts += [f"## {heading}", " ".join([*own, *chosen])]
    return "\n\n".join([*parts, brief.fill(closing)])


def _caption(brief: Brief) -> str:
    (caption,) = brief.drawn(phrasing.CAPTIONS[brief.tone], 1)
    details = [complete(series(brief.subject.details))] if brief.subject.details else []
    extra = [*details, *brief.subject.notes][: brief.size - 1]
    return " ".join([brief.fill(caption), *extra])


def _alt_text(brief: Brief) -> str:
    """Describe a picture in plain words: what the prompt says and nothing that it does not."""
    told = ", ".join([brief.subject.title, *brief.subject.details])
    return " ".join([complete(told), *brief.subject.notes][: brief.size])


def _outline(brief: Brief) -> str:
    sections = brief.drawn(phrasing.SECTIONS, brief.size + 2)
    lines = [f"# {brief.subject.title}", "", f"1. **Introduction:** present {brief.subject.phrase}"]
    for number, (heading, sentences) in enumerate(sections, 2):
        lines.append(f"{number}. **{heading}**")
        own = brief.subject.notes[number - 2 :: len(sections)]
        points = [*own, *(brief.fill(sentence) for sentence in brief.drawn(sentences, brief.size + 1))]
        lines += [f"    - {point}" for point in points]
    lines.append(f"{len(sections) + 2}. **Conclusion:** say what should stay in mind about {brief.subject.again}")
    return "\n".join(lines)


def _storyboard(brief: Brief) -> str:
    first, *middle, last = phrasing.SHOTS
    shots = [first, *brief.drawn(middle, 2 * brief.size), last]
    lines = [f"# Storyboard: {brief.subject.title}", ""]
    for number, (frame, picture, camera) in enumerate(shots):
        notes = brief.subject.notes[number :: len(shots)]
        seen = " ".join([brief.fill(picture), *notes, *(_details(brief) if number == 0 else [])])
        start = number * _SECONDS
        lines.append(f"{number + 1}. **{frame}** (from 0:{start:02} to 0:{start + _SECONDS:02}). {seen} *{camera}*")
    return "\n".join(lines)


def _blurb(brief: Brief) -> str:
    first, *middle, last = phrasing.BLURBS[brief.tone]
    body = [brief.fill(sentence) for sentence in [first, *brief.drawn(middle, brief.size), last]]
    highlights = [f"- {complete(detail).rstrip('.')}" for detail in brief.subject.details]
    text = " ".join([body[0], *brief.subject.notes, *body[1:]])
    return "\n\n".join([f"**{brief.subject.title}**", text, *(["\n".join(highlights)] if highlights else [])])


def _prompt(brief: Brief) -> str:
    """Return the words as they are, with a frame, a light and details that suit any picture."""
    added = [phrase for group in phrasing.PICTURES[: brief.size + 1] for phrase in brief.drawn(group, 1)]
    return ", ".join([brief.prompt.rstrip(".,;: "), *added])


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="replace")).digest()


def _details(brief: Brief) -> list[str]:
    details = brief.subject.details
    return [f"Details to keep in view: {series(details)}."] if details else []


_WRITERS: Final[dict[Kind, Callable[[Brief], str]]] = {
    "article": _article,
    "caption": _caption,
    "alt_text": _alt_text,
    "outline": _outline,
    "storyboard": _storyboard,
    "blurb": _blurb,
    "prompt": _prompt,
}
