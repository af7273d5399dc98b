"""Check documents: open every page of a PDF, unpack a DOCX within bounds."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any
from xml.parsers import expat

from .kind import Unfit

_MOST_PAGES = 5000
_MOST_ENTRIES = 10_000
_MOST_UNPACKED = 512 * 2**20
_MOST_RATIO = 200
_FREE_BYTES = 2**20
"""Up to so many bytes an entry may be packed as tightly as it likes."""
_TYPES, _MAIN = "[Content_Types].xml", "word/document.xml"
_WORD_MAIN = b"wordprocessingml.document.main+xml"


def check_pdf(path: Path) -> dict[str, Any]:
    """Return `pages`; raises `Unfit` if a page cannot be opened or the first one cannot be drawn."""
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(path) as document:
            pages = len(document)
            if not 1 <= pages <= _MOST_PAGES:
                raise Unfit(f"the PDF has {pages} pages")
            for number in range(pages):
                document[number].close()
            page = document[0]
            page.render(scale=256 / max(1.0, *page.get_size())).close()
            page.close()
    except pypdfium2.PdfiumError as error:
        raise Unfit(f"the PDF cannot be opened: {error}") from error
    return {"pages": pages}


def check_docx(path: Path) -> None:
    """Raise `Unfit` unless the file is a Word document without macros that unpacks to a reasonable size."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check_entries(archive.infolist())
            types = _unpacked(archive, _TYPES)
            if _WORD_MAIN not in types or b"macroEnabled" in types:
                raise Unfit("the archive is no Word document, or one with macros")
            for entry in archive.infolist():
                data = _unpacked(archive, entry.filename)
                if entry.filename in (_TYPES, _MAIN):
                    _check_xml(data)
    except (KeyError, NotImplementedError, OSError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise Unfit(f"the DOCX cannot be unpacked: {error}") from error


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    if len(names) > _MOST_ENTRIES or len(set(names)) != len(names):
        raise Unfit("the archive has too many entries, or two of one name")
    if _TYPES not in names or _MAIN not in names:
        raise Unfit("the archive is no Word document")
    for name in names:
        if name.startswith("/") or ".." in name.split("/") or "\\" in name or "vbaProject" in name:
            raise Unfit("the archive holds an entry that no Word document has")
    if sum(entry.file_size for entry in entries) > _MOST_UNPACKED:
        raise Unfit("the archive unpacks to more than is taken")
    for entry in entries:
        if entry.file_size > _FREE_BYTES and entry.file_size > _MOST_RATIO * max(1, entry.compress_size):
            raise Unfit("the archive is packed as tightly as only a bomb is")


def _unpacked(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return an entry's bytes; the size that it claims bounds what is unpacked, and its checksum is verified."""
    with archive.open(name) as entry:
        return entry.read()


def _check_xml(data: bytes) -> None:
    parser = expat.ParserCreate()
    parser.EntityDeclHandler = _refuse_entity
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise Unfit(f"the DOCX is not well-formed: {error}") from error


def _refuse_entity(*_: object) -> None:
    raise Unfit("the DOCX declares an entity")
