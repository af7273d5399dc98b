"""Check what is written: plain text, JSON, HTML, and SVG, which must hold nothing that runs or reaches out."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.parsers import expat

from .kind import Unfit, markup

MOST_BYTES = 64 * 2**20
_MOST_ELEMENTS = 500_000
_MOST_DEPTH = 200
_FORBIDDEN = frozenset({"script", "foreignobject", "iframe", "embed", "object", "handler", "listener"})
_LINKS = frozenset({"href", "src"})
_OUTSIDE = re.compile(r"(?!#|data:image/(png|jpeg|gif|webp)[;,])", re.IGNORECASE)
_REACHING = re.compile(
    r"@import|url\(\s*['\"]?(?!#|data:image/(png|jpeg|gif|webp)[;,])|javascript:|expression\(", re.IGNORECASE
)


def check_text(path: Path) -> str:
    """Return `json`, `md` or `txt`; raises `Unfit` if the file is no text."""
    text = read(path)
    if not text.strip():
        raise Unfit("the text is empty")
    guess = markup(text[:4096])
    if guess == "json" and _is_json(text):
        return "json"
    return "md" if guess == "md" else "txt"


def read(path: Path) -> str:
    """Return a file's text; raises `Unfit` if it is too long, not UTF-8 or holds control characters."""
    if path.stat().st_size > MOST_BYTES:
        raise Unfit(f"the text is longer than {MOST_BYTES} bytes")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unfit("the text is not UTF-8") from error
    if "\0" in text:
        raise Unfit("the text holds bytes that no text has")
    return text


def check_svg(path: Path) -> None:
    """Raise `Unfit` unless the file is well-formed SVG without scripts, handlers, entities and outside references."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True  # a style is judged as a whole, not in the pieces in which it is read
    watch = _Watch()
    parser.StartElementHandler = watch.start
    parser.EndElementHandler = watch.end
    parser.CharacterDataHandler = watch.data
    parser.EntityDeclHandler = watch.entity
    parser.ProcessingInstructionHandler = watch.instruction
    try:
        parser.Parse(read(path).encode(), True)
    except expat.ExpatError as error:
        raise Unfit(f"the SVG is not well-formed: {error}") from error


class _Watch:
    def __init__(self) -> None:
        self._depth = self._count = 0
        self._style = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        plain = _local(name)
        self._depth += 1
        self._count += 1
        if self._count == 1 and plain != "svg":
            raise Unfit("the file is no SVG")
        if self._depth > _MOST_DEPTH or self._count > _MOST_ELEMENTS:
            raise Unfit("the SVG has too many or too deeply nested elements")
        if plain in _FORBIDDEN:
            raise Unfit(f"the SVG holds <{plain}>, which can run code")
        self._style = plain == "style"
        for attribute, value in attributes.items():
            _check_attribute(plain, _local(attribute), value.strip())

    def end(self, _: str) -> None:
        self._depth -= 1
        self._style = False

    def data(self, text: str) -> None:
        if self._style and _REACHING.search(text):
            raise Unfit("the SVG's style reaches outside the file")

    def entity(self, name: str, *_: object) -> None:
        raise Unfit(f"the SVG declares the entity {name!r}")

    def instruction(self, target: str, _: str) -> None:
        raise Unfit(f"the SVG holds the instruction {target!r}")


def _check_attribute(element: str, name: str, value: str) -> None:
    if name.startswith("on"):
        raise Unfit(f"the SVG holds the handler {name!r}, which can run code")
    if name in _LINKS and value and element != "a" and _OUTSIDE.match(value):
        raise Unfit(f"the SVG's <{element}> reaches outside the file")
    if _REACHING.search(value):
        raise Unfit(f"the SVG's {name!r} reaches outside the file")


def _local(name: str) -> str:
    return name.rpartition(" ")[2].lower()


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (RecursionError, ValueError):
        return False
    return True
