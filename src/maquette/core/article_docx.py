"""DOCX: find the paragraphs behind which a picture may stand, and put pictures there.

The main part is read by positions; a picture is a paragraph put in between, its file a further part of the package.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from .article import Article, Figure, Gathering, Unreadable

_MAIN, _RELATIONS = "word/document.xml", "word/_rels/document.xml.rels"
_TYPES, _STYLES = "[Content_Types].xml", "word/styles.xml"
_MOST_PART, _MOST_ALL = 64 * 2**20, 512 * 2**20
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_EMU = 9525
"""English Metric Units of a pixel."""
_WIDEST = 5_486_400
"""Six inches: the width of the text on usual paper."""
_MIME = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg"}
_HEADING = re.compile(r"(?:heading|title)\s*(\d?)$", re.IGNORECASE)
_DRAWN = re.compile(rb'<wp:docPr\b[^>]*?\bid="(\d{1,9})"')


def read(data: bytes) -> Article:
    """Return the sections of a Word document; raises `Unreadable`."""
    parts = _unpacked(data)
    reader = _Reader(_levels(parts.get(_STYLES, b"")))
    reader.parse(parts[_MAIN])
    return reader.gathering.done(reader.top or 0)


def _unpacked(data: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if _MAIN not in archive.namelist() or _TYPES not in archive.namelist():
                raise Unreadable("it is an archive, but no Word document")
            if sum(each.file_size for each in entries) > _MOST_ALL or archive.getinfo(_MAIN).file_size > _MOST_PART:
                raise Unreadable("it unpacks to more than is taken")
            wanted = [name for name in (_MAIN, _TYPES, _STYLES, _RELATIONS) if name in archive.namelist()]
            return {name: archive.read(name) for name in wanted}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError) as error:
        raise Unreadable(f"it is no Word document: {error}") from error


@dataclass(slots=True)
class _Paragraph:
    level: int = 0
    words: list[str] = field(default_factory=list[str])


class _Reader:
    """Read the main part, with the position of each byte at hand."""

    def __init__(self, levels: Mapping[str, int]) -> None:
        self.gathering = Gathering()
        self.top: int | None = None
        self._levels = levels
        self._data = b""
        self._path = list[str]()
        self._open: _Paragraph | None = None
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._refuse

    def parse(self, data: bytes) -> None:
        """Read the part; raises `Unreadable`."""
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise Unreadable("its text is not written in UTF-8")
        self._data = data
        try:
            self._parser.Parse(data, True)
        except expat.ExpatError as error:
            raise Unreadable(f"its text is not well-formed: {error}") from error

    def _refuse(self, *_: object) -> None:
        raise Unreadable("it declares a document type")

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        tag = name.rpartition(" ")[2]
        self._path.append(tag)
        if self._path == ["document", "body"]:
            self.top = self._behind()
        elif self._path == ["document", "body", "p"]:
            self._open = _Paragraph()
        elif self._open is not None:
            self._within(tag, attributes.get(f"{_WORD} val", ""))

    def _within(self, tag: str, value: str) -> None:
        assert self._open is not None  # noqa: S101 - asked before
        if tag == "pStyle":
            self._open.level = self._levels.get(value, 0)
        elif tag == "outlineLvl" and value.isdigit() and int(value) < 9:
            self._open.level = self._open.level or int(value) + 1
        elif tag in ("br", "tab"):
            self._open.words.append(" ")

    def _text(self, text: str) -> None:
        if self._path[-1:] != ["t"]:
            return
        if self._open is None:
            self.gathering.other(text)
        else:
            self._open.words.append(text)

    def _end(self, _: str) -> None:
        if self._path == ["document", "body", "p"] and self._open is not None:
            words, level = " ".join("".join(self._open.words).split()), self._open.level
            self._open = None
            if level and words:
                self.gathering.heading(words, level, self._behind())
            else:
                self.gathering.paragraph(words, self._behind())
        self._path.pop()

    def _behind(self) -> int:
        return self._data.index(b">", self._parser.CurrentByteIndex) + 1


def _levels(styles: bytes) -> dict[str, int]:
    """Return the level of each style that is one of a heading; the names of styles are the same in every language."""
    found, now = dict[str, int](), [""]

    def start(name: str, attributes: Mapping[str, str]) -> None:
        tag = name.rpartition(" ")[2]
        if tag == "style":
            now[0] = attributes.get(f"{_WORD} styleId", "")
        elif tag == "name" and (heading := _HEADING.match(attributes.get(f"{_WORD} val", ""))):
            found[now[0]] = int(heading[1] or 1)

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    try:
        parser.Parse(styles or b"<none/>", True)
    except expat.ExpatError:
        return {}  # without its styles a document is one without headings
    return found


def illustrated(data: bytes, figures: Sequence[Figure]) -> bytes:
    """Return the document with pictures at their places; every other byte of its parts stays as it is."""
    parts = _unpacked(data)
    main, placed = parts[_MAIN], sorted(figures, key=lambda each: each.at)
    drawn = max((int(each) for each in _DRAWN.findall(main)), default=0)
    relations = parts.get(
        _RELATIONS, f'<?xml version="1.0"?><Relationships xmlns="{_PACKAGE}"></Relationships>'.encode()
    )
    pieces, at, added = list[bytes](), 0, dict[str, bytes]()
    for number, figure in enumerate(placed, 1):
        name = _free(f"illustration{number}.{figure.extension}", data)
        added[f"word/media/{name}"] = figure.content
        reference = f"rIdIllustration{number}" + ("x" * relations.count(b'"rIdIllustration1"'))
        row = f'<Relationship Id="{reference}" Type="{_OFFICE}/image" Target="media/{name}"/>'
        relations = _before(relations, b"</Relationships>", row.encode())
        pieces += [
            main[at : figure.at],
            _paragraphs(figure, reference, drawn + number, b'"Caption"' in parts.get(_STYLES, b"")),
        ]
        at = figure.at
    changed = {
        _MAIN: b"".join([*pieces, main[at:]]),
        _RELATIONS: relations,
        _TYPES: _typed(parts[_TYPES], {figure.extension for figure in placed}),
    }
    return _packed(data, changed | added) if placed else data


def _free(name: str, data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        taken = set(archive.namelist())
    while f"word/media/{name}" in taken:
        name = f"x{name}"
    return name


def _before(part: bytes, end: bytes, row: bytes) -> bytes:
    at = part.rfind(end)
    if at < 0:
        raise Unreadable("a list of its parts is not written as usual")
    return part[:at] + row + part[at:]


def _typed(types: bytes, extensions: set[str]) -> bytes:
    for extension in sorted(extensions):
        if not re.search(rb'Extension="' + extension.encode() + b'"', types, re.IGNORECASE):
            row = f'<Default Extension="{extension}" ContentType="{_MIME[extension]}"/>'
            types = _before(types, b"</Types>", row.encode())
    return types


def _packed(data: bytes, changed: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry, changed.get(entry.filename) or old.read(entry), entry.compress_type)
        there = set(old.namelist())
        for name, content in changed.items():
            if name not in there:
                new.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _paragraphs(figure: Figure, reference: str, number: int, styled: bool) -> bytes:
    wide = min(figure.width * _EMU, _WIDEST)
    high = round(wide * figure.height / max(1, figure.width))
    named = f'id="{number}" name="Illustration {number}" descr={quoteattr(figure.alt)}'
    box = f'<a:xfrm><a:off x="0" y="0"/><a:ext cx="{wide}" cy="{high}"/></a:xfrm>'
    drawn = (
        f'<w:p xmlns:w="{_WORD}" xmlns:r="{_OFFICE}" xmlns:wp="{_DRAWING}/wordprocessingDrawing"'
        f' xmlns:a="{_DRAWING}/main" xmlns:pic="{_DRAWING}/picture">'
        f'<w:pPr>{"<w:keepNext/>" if figure.caption else ""}<w:jc w:val="center"/></w:pPr><w:r><w:drawing>'
        f'<wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{wide}" cy="{high}"/><wp:docPr {named}/>'
        f'<a:graphic><a:graphicData uri="{_DRAWING}/picture"><pic:pic><pic:nvPicPr><pic:cNvPr {named}/><pic:cNvPicPr/>'
        f'</pic:nvPicPr><pic:blipFill><a:blip r:embed="{reference}"/><a:stretch><a:fillRect/></a:stretch>'
        f'</pic:blipFill><pic:spPr>{box}<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"
    )
    return (drawn + (_caption(figure.caption, styled) if figure.caption else "")).encode()


def _caption(text: str, styled: bool) -> str:
    style = '<w:pStyle w:val="Caption"/>' if styled else ""
    shown = quoteattr(text)[1:-1]
    return (
        f'<w:p xmlns:w="{_WORD}"><w:pPr>{style}<w:jc w:val="center"/></w:pPr><w:r><w:rPr><w:i/></w:rPr>'
        f'<w:t xml:space="preserve">{shown}</w:t></w:r></w:p>'
    )
