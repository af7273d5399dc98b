"""The first words of documents, for the card that stands for them."""

from __future__ import annotations

import zipfile
from html.parser import HTMLParser
from pathlib import Path
from xml.parsers import expat

from typing_extensions import override

MOST = 4000
"""Letters that are looked for."""
_MOST_BYTES = 4 * 2**20
_SILENT = frozenset({"head", "script", "style", "template"})


def from_docx(path: Path) -> str:
    """Return the first words of a DOCX."""
    reader = _Word()
    with zipfile.ZipFile(path) as archive, archive.open("word/document.xml") as entry:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = reader.start
        parser.EndElementHandler = reader.end
        parser.CharacterDataHandler = reader.data
        parser.Parse(entry.read(_MOST_BYTES), False)
    return "".join(reader.words)[:MOST]


def from_html(text: str) -> str:
    """Return the first visible words of an HTML page."""
    reader = _Page()
    reader.feed(text)
    return "\n".join(line for line in "".join(reader.words).splitlines() if line.strip())[:MOST]


class _Word:
    def __init__(self) -> None:
        self.words: list[str] = []
        self._text = False

    def start(self, name: str, _: dict[str, str]) -> None:
        self._text = name.endswith(" t")

    def end(self, name: str) -> None:
        self._text = False
        if name.endswith(" p"):
            self.words.append("\n")

    def data(self, text: str) -> None:
        if self._text:
            self.words.append(text)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._silent = 0

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in _SILENT

    @override
    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in _SILENT and self._silent > 0

    @override
    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(data)
