"""An article as its pictures see it: its sections, and the places where a picture may stand.

A place is an offset into the text as it was written; pictures are put in there, and nothing else of it is touched.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Form = Literal["markdown", "html", "docx"]
Kind = Literal["featured", "in_article", "desktop", "mobile"]
KINDS: tuple[Kind, ...] = ("featured", "in_article", "desktop", "mobile")
MOST_WORDS = 200_000
"""Most words of an article."""
MOST_IN_ARTICLE = 5
_PASSAGE = 1_200
_PROMPT, _ALT = 400, 125
_SENTENCE = re.compile(r"(?<=[.!?…])\s+")
_REFERRING = re.compile(
    r"^(references|sources|bibliography|footnotes|notes|further reading|literature)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands below it."""

    number: int
    heading: str
    text: str
    """The words of its paragraphs, as far as a prompt needs them."""
    at: int
    """Where a picture goes: after its first paragraph."""


@dataclass(frozen=True, slots=True)
class Article:
    """What was read of a document."""

    title: str
    opening: int
    """Where the featured picture goes: below the title, or at the top."""
    sections: Sequence[Section]
    """Those with a place for a picture."""
    words: int


@dataclass(frozen=True, slots=True)
class Draft:
    """What a picture is to show, and what is said of it."""

    prompt: str
    alt: str
    caption: str
    place: int | None = None
    """The number of its section; None for the featured one."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a file of a picture is, and how wide it is."""

    address: str
    width: int


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture at its place."""

    at: int
    alt: str
    caption: str
    address: str
    width: int
    height: int
    smaller: Sequence[Source] = ()
    """The same picture in smaller sizes."""
    wide: str | None = None
    """The one for wide screens, where there is one of its own."""
    narrow: str | None = None
    """The one for narrow screens."""
    content: bytes = b""
    """Its bytes, for documents that hold their pictures."""
    extension: str = "png"


class Unreadable(Exception):
    """The document is none of the kind that it was taken for; the message is for people."""


class Gathering:
    """Collect sections in the order in which their parts are read."""

    def __init__(self) -> None:
        self.sections = list[Section]()
        self.title = ""
        self.words = 0
        self._heading = ""
        self._parts = list[str]()
        self._at: int | None = None
        self.opening: int | None = None

    def heading(self, text: str, level: int, end: int) -> None:
        """Begin a section; the first heading of the first level, or any that comes first, is the title."""
        self.words += len(text.split())
        first = not self.title and not self.sections and not self._parts
        self._close()
        if first or (level == 1 and not self.title):
            self.title = self.title or text
            self.opening = end if self.opening is None else self.opening
            self._heading = ""
        else:
            self._heading = text

    def paragraph(self, text: str, end: int) -> None:
        """Add a paragraph; a picture may stand behind the first one of its section."""
        if not text.strip():
            return
        self.words += len(text.split())
        self._at = end if self._at is None else self._at
        if sum(map(len, self._parts)) < _PASSAGE:
            self._parts.append(" ".join(text.split()))

    def other(self, text: str) -> None:
        """Count words that stand where no picture may."""
        self.words += len(text.split())

    def done(self, opening: int, title: str = "") -> Article:
        """Return the article; `opening` is where the featured picture goes if there is no title."""
        self._close()
        at = opening if self.opening is None else self.opening
        return Article(self.title or title, at, tuple(self.sections), self.words)

    def _close(self) -> None:
        if self._at is not None:
            text = " ".join(self._parts)[:_PASSAGE]
            self.sections.append(Section(len(self.sections), self._heading, text, self._at))
        self._parts, self._at = [], None


def places(sections: Sequence[Section], count: int) -> list[Section]:
    """Choose sections for so many pictures, spread over the article; lists of references get none."""
    fitting = [each for each in sections if not _REFERRING.match(each.heading)]
    # What stands before the first heading has the featured picture already.
    chosen = [each for each in fitting if each.heading] or fitting
    if len(chosen) <= count:
        return list(chosen)
    return [chosen[(2 * number + 1) * len(chosen) // (2 * count)] for number in range(count)]


def drafted(title: str, section: Section | None, opening: str = "") -> Draft:
    """Word a prompt, an alternative text and a caption by rules alone, from a section or for the whole article."""
    about = title if section is None else section.heading or title
    first = _first_sentence(opening if section is None else section.text)
    subject = ". ".join(part.rstrip(".") for part in (about, first) if part) or title
    alt = about or first
    return Draft(
        prompt=_cut(subject, _PROMPT),
        alt=_cut(alt, _ALT),
        caption=_cut(section.heading, _ALT) if section is not None else "",
        place=None if section is None else section.number,
    )


def _first_sentence(text: str) -> str:
    return _SENTENCE.split(text.strip(), maxsplit=1)[0] if text.strip() else ""


def _cut(text: str, most: int) -> str:
    """Shorten a text at a word."""
    if len(text) <= most:
        return text
    return text[: most - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"
