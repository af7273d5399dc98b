"""HTML: find the paragraphs behind which a picture may stand, and put pictures there.

It is read as it stands, broken or not, and nothing of it is ever run, corrected or written anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from html.parser import HTMLParser

from typing_extensions import override

from .article import Article, Figure, Gathering, Source

_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)
_OPEN = frozenset(("html", "body", "main", "article", "section", "div", "header", "hgroup"))
"""Elements within which a paragraph is one of the article itself."""
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = (
    _OPEN
    | frozenset(
        ("address", "aside", "blockquote", "details", "dl", "fieldset", "figure", "footer", "form", "hr", "nav", "ol")
    )
    | {"p", "pre", "table", "ul", *_HEADINGS}
)
_SILENT = frozenset(
    ("script", "style", "template", "noscript", "head", "svg", "math", "iframe", "object", "select", "textarea")
)


class _Reader(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.gathering = Gathering()
        self.top: int | None = None
        self.title = ""
        self._text = text
        self._lines = [0]
        for line in text.split("\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)
        self._stack = list[str]()
        self._open: str | None = None
        self._words = list[str]()
        self._depth = 0

    @property
    def _here(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._open and tag in _BLOCKS:
            self._finish(self._here)  # a paragraph without an end ends where the next block begins
        if tag == "body":
            self.top = self._behind()
            self._stack = ["html"]
        if (tag == "p" or tag in _HEADINGS) and self._reachable():
            self._open, self._words, self._depth = tag, [], len(self._stack)
        elif tag not in _VOID:
            self._stack.append(tag)
        elif self._open:
            self._words.append(" ")

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            self.handle_starttag(tag, attrs)

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag == self._open:
            self._finish(self._behind())
        elif tag in self._stack:
            if self._open and tag in _OPEN:
                self._finish(self._here)
            while self._stack.pop() != tag:
                pass

    @override
    def handle_data(self, data: str) -> None:
        if "title" in self._stack and "svg" not in self._stack:
            self.title += data
        elif not _SILENT.isdisjoint(self._stack):
            return
        elif self._open:
            self._words.append(data)
        else:
            self.gathering.other(data)

    def _reachable(self) -> bool:
        return all(each in _OPEN for each in self._stack)

    def _behind(self) -> int:
        end = self._text.find(">", self._here)
        return len(self._text) if end < 0 else end + 1

    def _finish(self, end: int) -> None:
        words, tag = " ".join("".join(self._words).split()), self._open or ""
        self._open = None
        del self._stack[self._depth :]  # what was opened within and never closed
        if tag in _HEADINGS:
            self.gathering.heading(words, _HEADINGS[tag], end)
        else:
            self.gathering.paragraph(words, end)

    def finish(self) -> Article:
        """Return the article."""
        if self._open:
            self._finish(len(self._text))
        return self.gathering.done(self.top or 0, " ".join(self.title.split()))


def read(text: str) -> Article:
    """Return the sections of an article in HTML."""
    reader = _Reader(text)
    reader.feed(text)
    reader.close()
    return reader.finish()


def illustrated(text: str, figures: Sequence[Figure]) -> str:
    """Return the text with pictures at their places; all else stays as it is, to the byte."""
    end = "\r\n" if "\r\n" in text else "\n"
    pieces, at = list[str](), 0
    for figure in sorted(figures, key=lambda each: each.at):
        pieces += [text[at : figure.at], end + picture(figure, end)]
        at = figure.at
    return "".join([*pieces, text[at:]])


def picture(figure: Figure, end: str = "\n") -> str:
    """Return a `figure` with its sources: smaller sizes of it, and the pictures for wide and narrow screens."""
    sources = list[str]()
    if figure.narrow:
        sources.append(f'<source media="(max-width: 640px)" srcset="{escape(figure.narrow)}">')
    if figure.wide:
        sources.append(f'<source media="(min-width: 1200px)" srcset="{escape(figure.wide)}">')
    sizes = [*figure.smaller, Source(figure.address, figure.width)] if figure.smaller else []
    named = ", ".join(f"{escape(each.address)} {each.width}w" for each in sizes)
    responsive = f' srcset="{named}" sizes="(max-width: {figure.width}px) 100vw, {figure.width}px"' if named else ""
    image = (
        f'<img src="{escape(figure.address)}"{responsive} width="{figure.width}" height="{figure.height}"'
        f' alt="{escape(figure.alt)}" loading="lazy">'
    )
    inner = ["<picture>", *sources, image, "</picture>"] if sources else [image]
    caption = [f"<figcaption>{escape(figure.caption)}</figcaption>"] if figure.caption else []
    return end.join(["<figure>", *inner, *caption, "</figure>"])
