"""What a file is, told from its bytes and from nothing else."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from maquette.core.params import Media

HEAD = 4096
"""Bytes that sniffing looks at."""


class Unfit(Exception):
    """The file is not what it should be; the message is for people and names no path."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One allowed type of file."""

    extension: str
    mime: str
    media: Media
    title: str


_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.extension: kind
        for kind in (
            Kind("png", "image/png", "image", "PNG"),
            Kind("jpg", "image/jpeg", "image", "JPEG"),
            Kind("webp", "image/webp", "image", "WebP"),
            Kind("gif", "image/gif", "image", "GIF"),
            Kind("avif", "image/avif", "image", "AVIF"),
            Kind("svg", "image/svg+xml", "image", "SVG"),
            Kind("mp4", "video/mp4", "video", "MP4"),
            Kind("mov", "video/quicktime", "video", "QuickTime"),
            Kind("webm", "video/webm", "video", "WebM"),
            Kind("weba", "audio/webm", "audio", "WebM audio"),
            Kind("m4a", "audio/mp4", "audio", "M4A"),
            Kind("mp3", "audio/mpeg", "audio", "MP3"),
            Kind("wav", "audio/wav", "audio", "WAV"),
            Kind("flac", "audio/flac", "audio", "FLAC"),
            Kind("ogg", "audio/ogg", "audio", "Ogg"),
            Kind("txt", "text/plain", "text", "plain text"),
            Kind("md", "text/markdown", "text", "Markdown"),
            Kind("json", "application/json", "text", "JSON"),
            Kind("html", "text/html", "document", "HTML"),
            Kind("pdf", "application/pdf", "document", "PDF"),
            Kind("docx", _WORD, "document", "DOCX"),
        )
    }
)
"""Every type that is taken, by its extension."""

_STARTS = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"fLaC", "flac"),
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "docx"),
    (b"ID3", "mp3"),
    (b"OggS", "ogg"),
)
_BRANDS = {b"avif": "avif", b"avis": "avif", b"qt  ": "mov", b"M4A ": "m4a", b"M4B ": "m4a"}
_MOVIES = (b"iso", b"mp4", b"avc", b"M4V", b"dash", b"f4v", b"MSN", b"mmp", b"3gp", b"cmf")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_HTML = frozenset({"html", "head", "body", "script", "iframe", "!doctype html"})
_TAG = re.compile(r"<(!doctype\s+\w+|(?:[\w-]+:)?[a-z][\w-]*)", re.IGNORECASE)
_SKIPPED = (("<?", "?>"), ("<!--", "-->"))
_MARKDOWN = re.compile(r"^(#{1,6} |```|\* |- |\d+\. |> |\|.*\|)|\*\*\w|\]\(\w", re.MULTILINE)


def sniff(head: bytes) -> Kind:
    """Tell the kind from the first `HEAD` bytes; raises `Unfit` for whatever is not allowed."""
    if not head:
        raise Unfit("the file is empty")
    name = _binary(head) or _text(head)
    if name is None:
        raise Unfit("the bytes are of no type that is taken; a text has to be in UTF-8")
    return KINDS[name]


def _binary(head: bytes) -> str | None:
    for start, name in _STARTS:
        if head.startswith(start):
            return name
    if head[:4] == b"RIFF":
        return {b"WEBP": "webp", b"WAVE": "wav"}.get(head[8:12])
    if head[:4] == b"\x1aE\xdf\xa3":
        return "webm" if b"webm" in head[:64] else None
    if head[4:8] == b"ftyp":
        return _brand(head)
    if len(head) > 4 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and head[2] >> 4 not in (0, 15):
        return "mp3"
    return None


def _brand(head: bytes) -> str | None:
    (size,) = struct.unpack_from(">I", head)
    box = head[8 : min(size, len(head))]
    brands = [box[:4]] + [box[at : at + 4] for at in range(8, len(box), 4)]
    for brand in brands:
        if brand in _BRANDS:
            return _BRANDS[brand]
    return "mp4" if any(brand.startswith(_MOVIES) for brand in brands) else None


def _text(head: bytes) -> str | None:
    if _CONTROL.search(head):
        return None
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # A character may be cut in two where the head ends.
        if len(head) < HEAD or error.start < HEAD - 4:
            return None
        text = head[: error.start].decode("utf-8-sig")
    return markup(text) or "txt"


def markup(text: str) -> str | None:
    """Tell SVG, HTML, JSON and Markdown apart by how a text begins; JSON is only a guess."""
    tag = _first_tag(text)
    if tag in ("svg", "!doctype svg"):
        return "svg"
    if tag in _HTML:
        return "html"
    if text.lstrip()[:1] in ("{", "["):
        return "json"
    return "md" if _MARKDOWN.search(text) else None


def _first_tag(text: str) -> str | None:
    """Return the first tag's name without its prefix, past declarations and comments."""
    rest = text.lstrip()
    while skipped := next((end for start, end in _SKIPPED if rest.startswith(start)), None):
        rest = rest.partition(skipped)[2].lstrip()
    tag = _TAG.match(rest)
    return " ".join(tag[1].lower().rpartition(":")[2].split()) if tag else None
