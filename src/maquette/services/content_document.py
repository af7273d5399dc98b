"""The document of an article as it comes back: with its pictures, their alternative texts, captions and sizes."""

from __future__ import annotations

import asyncio
import io
import re
import zipfile
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from maquette.core import article_form
from maquette.core.article import Article, Figure, Form, Source, Unreadable
from maquette.core.errors import ArticleUnfit
from maquette.core.illustration import SlotNow
from maquette.core.model import Asset
from maquette.engine.studio import Studio
from maquette.services import asset as asset_service
from maquette.services import content as contents
from maquette.services.caller import Caller
from maquette.services.content import ContentView

_SIDES = (320, 1024)
"""The longest sides in which small pictures of every asset are kept."""
_LOOKS, _PAUSE_S = 40, 0.1
_NOT_NAMED = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True)
class Document:
    """A document, ready to be sent."""

    name: str
    mime: str
    content: bytes
    placed: Sequence[str]
    """The images that stand in it."""
    missing: Sequence[str]
    """Those that are not made, or whose picture was deleted."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A file beside the document."""

    name: str
    asset: Asset
    side: int | None = None


@dataclass(frozen=True, slots=True)
class _Read:
    view: ContentView
    found: Article
    data: bytes
    form: Form
    stem: str


async def document(studio: Studio, caller: Caller, content: str, *, base: str = "") -> Document:
    """Return the document with every picture that is made, linked by address; a DOCX holds them itself."""
    read = await _read(studio, caller, content)
    return await _written(studio, read, _Addresses(base))


async def archive(studio: Studio, caller: Caller, content: str) -> tuple[str, bytes]:
    """Return a zip of the document and the files of its pictures, in all sizes that it names."""
    read = await _read(studio, caller, content)
    names = _Names(f"{read.stem}-images")
    made = await _written(studio, read, names)
    for kind in ("desktop", "mobile"):  # a DOCX knows no screens: they come along all the same
        if (slot := _of_kind(read.view, kind)) is not None:
            names.of(read.view.assets[slot.slot.asset or ""])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr(made.name, made.content)
        for part in (
            names.parts.values() if read.form != "docx" else (p for p in names.parts.values() if p.side is None)
        ):
            target.writestr(part.name, await _bytes(studio, part), zipfile.ZIP_STORED)
    return f"{read.stem}.zip", packed.getvalue()


async def _read(studio: Studio, caller: Caller, content: str) -> _Read:
    view = await _with_sizes(studio, caller, content)
    source = await asset_service.get(studio, caller, view.content.source)
    form = view.content.format
    stem = _NOT_NAMED.sub("-", PurePosixPath(source.name or view.content.title).stem).strip("-.")[:60] or "article"
    found = await contents.article(studio, source, form)
    return _Read(view, found, await contents.data(studio, source), form, stem)


async def _with_sizes(studio: Studio, caller: Caller, content: str) -> ContentView:
    """Return an article once the small pictures of its pictures are there, or as it is after a few seconds."""
    for _ in range(_LOOKS):
        view, _ = await contents.get(studio, caller, content)
        if all(asset.thumbhash is not None for asset in view.assets.values()):
            return view
        await asyncio.sleep(_PAUSE_S)
    return (await contents.get(studio, caller, content))[0]


class _Addresses:
    """Link pictures by the addresses at which this server keeps them."""

    def __init__(self, base: str) -> None:
        self._base = f"{base}/api/v1/assets"

    def of(self, asset: Asset, side: int | None = None) -> str:
        """Return the address of a picture, or of a smaller one of it."""
        return f"{self._base}/{asset.id}/" + ("content" if side is None else f"thumb/{side}")


class _Names:
    """Link pictures by the names of files beside the document."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.parts = dict[str, _Part]()

    def of(self, asset: Asset, side: int | None = None) -> str:
        """Return the name of the file of a picture, and note that it is needed."""
        extension = "webp" if side is not None else asset.blob.rpartition(".")[2]
        size = f"-{side}" if side is not None else ""
        name = f"{self._folder}/{asset.id[-12:]}{size}.{extension}"
        self.parts[name] = _Part(name, asset, side)
        return name


async def _written(studio: Studio, read: _Read, link: _Addresses | _Names) -> Document:
    figures, placed = list[Figure](), list[str]()
    for each in read.view.slots:
        picture = read.view.assets.get(each.slot.asset or "")
        at = _place(each, read.found)
        if picture is None or at is None or each.slot.kind not in ("featured", "in_article"):
            continue
        content = await _embedded(studio, picture) if read.form == "docx" else (b"", "")
        figures.append(_figure(read.view, each, picture, at, link, content))
        placed.append(each.slot.id)
    missing = [each.slot.id for each in read.view.slots if (each.slot.asset or "") not in read.view.assets]
    try:
        made = await asyncio.to_thread(article_form.illustrated, read.form, read.data, figures)
    except Unreadable as reason:
        raise ArticleUnfit(f"{read.stem!r}: {reason}") from reason
    extension = article_form.EXTENSIONS[read.form]
    return Document(f"{read.stem}-illustrated.{extension}", article_form.MIMES[read.form], made, placed, missing)


def _place(each: SlotNow, found: Article) -> int | None:
    anchor = each.slot.anchor
    if anchor is None:
        return found.opening
    return found.sections[anchor].at if anchor < len(found.sections) else None


def _figure(
    view: ContentView, each: SlotNow, picture: Asset, at: int, link: _Addresses | _Names, content: tuple[bytes, str]
) -> Figure:
    width, height = picture.width or 1024, picture.height or 1024
    longest = max(width, height)
    sides = [side for side in _SIDES if str(side) in picture.thumbs and side < longest]
    screens = {"desktop": "wide", "mobile": "narrow"} if each.slot.kind == "featured" else {}
    variants = {word: _of_kind(view, kind) for kind, word in screens.items()}
    return Figure(
        at=at,
        alt=each.slot.alt or each.slot.caption or view.content.post_title or "Illustration",
        caption=each.slot.caption,
        address=link.of(picture),
        width=width,
        height=height,
        smaller=[Source(link.of(picture, side), max(1, round(width * side / longest))) for side in sides],
        content=content[0],
        extension=content[1] or "png",
        **{word: link.of(view.assets[found.slot.asset or ""]) for word, found in variants.items() if found},
    )


def _of_kind(view: ContentView, kind: str) -> SlotNow | None:
    made: Mapping[str, SlotNow] = {each.slot.kind: each for each in view.slots if each.slot.asset in view.assets}
    return made.get(kind)


async def _embedded(studio: Studio, picture: Asset) -> tuple[bytes, str]:
    """Return a picture as every word processor shows it."""
    extension = picture.blob.rpartition(".")[2]
    if extension in ("png", "jpg"):
        return await _bytes(studio, _Part("", picture)), extension
    content, made = await studio.ingest.converted(picture, "png", None)
    return content, made


async def _bytes(studio: Studio, part: _Part) -> bytes:
    if part.side is not None:
        return await _all(studio.blobs.read(part.asset.thumbs[str(part.side)]))
    return await _all(asset_service.content(studio, part.asset, 0, part.asset.size))


async def _all(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])
