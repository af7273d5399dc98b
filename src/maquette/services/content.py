"""Articles: hand one in, look at its pictures, change what they show."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from maquette.core import article_form
from maquette.core.article import (
    KINDS,
    MOST_IN_ARTICLE,
    MOST_WORDS,
    Article,
    Draft,
    Form,
    Kind,
    Unreadable,
    drafted,
    places,
)
from maquette.core.errors import ArticleUnfit, Conflict, NotFound, ParamsInvalid
from maquette.core.ids import new_id
from maquette.core.illustration import Content, Illustration, Slot, SlotNow
from maquette.core.model import Asset, Job
from maquette.engine.studio import Studio
from maquette.services import asset as asset_service
from maquette.services import content_state as state
from maquette.services import illustration
from maquette.services.asset import Upload
from maquette.services.caller import Caller, require
from maquette.store import asset as assets
from maquette.store import content as rows
from maquette.store import event as events
from maquette.store.database import Tx

NO_PLACE = "The article has no place for an image: it has no paragraph of its own outside lists, tables and code"


@dataclass(frozen=True, slots=True)
class Wished:
    """A picture that the caller describes."""

    kind: Kind
    prompt: str = ""
    alt: str = ""
    caption: str = ""
    anchor: int | None = None
    legacy_id: int | None = None


@dataclass(frozen=True, slots=True)
class Fresh:
    """An article that is handed in: as a text, or as an asset."""

    text: str | None = None
    asset: str | None = None
    form: Form | None = None
    title: str | None = None
    meta_title: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    images: Sequence[Wished] | None = None
    """The pictures; without them, as many as the settings say."""
    legacy_id: int | None = None


@dataclass(frozen=True, slots=True)
class ContentView:
    """An article with its pictures as they are now."""

    content: Content
    slots: Sequence[SlotNow]
    job: Job | None
    """The newest job that makes pictures for it, while one does."""
    assets: Mapping[str, Asset]

    @property
    def percent(self) -> float:
        """How far the pictures are that are being made: the mean of all of the job."""
        made = [each.percent for each in self.slots if self.job and each.slot.job is not None]
        return sum(made) / len(made) if made else 0.0


@dataclass(frozen=True, slots=True)
class Page:
    """Some articles, and the sequence number of the log at which they were read."""

    items: Sequence[ContentView]
    as_of: int


async def create(studio: Studio, caller: Caller, fresh: Fresh) -> ContentView:
    """Keep an article with the slots of its pictures; raises `ArticleUnfit`, `UploadRejected` or `ParamsInvalid`."""
    require(caller, "member")
    settings = await _settings(studio, caller, fresh.settings)
    source = await _source(studio, caller, fresh)
    form = fresh.form or article_form.form_of(source.name, source.mime)
    if form is None or (form == "docx") != (source.mime == article_form.MIMES["docx"]):
        raise ArticleUnfit(f"{source.name or source.id!r} is {source.mime}, and no article in {form or 'a known form'}")
    found = await article(studio, source, form)
    content = Content(
        id=new_id("content"),
        workspace=caller.workspace,
        title=fresh.title or found.title or fresh.meta_title or "",
        meta_title=fresh.meta_title,
        format=form,
        source=source.id,
        settings=dict(fresh.settings),
        created_at=studio.store.clock.now(),
        legacy_id=fresh.legacy_id,
    )
    wished = _drafts(content.post_title, found, settings) if fresh.images is None else _checked(fresh.images, found)
    slots = _slots(content, wished)

    def unit(tx: Tx) -> None:
        if taken := _taken(tx, content, slots):
            raise Conflict(f"The number {taken} is taken", hint="Each legacy_id names one article, or one image.")
        rows.insert(tx, content, slots)
        tx.emit("content.created", None, {"content": content.id})

    await studio.store.write(caller.workspace, unit)
    return (await get(studio, caller, content.id))[0]


def _taken(tx: Tx, content: Content, slots: Sequence[Slot]) -> int | None:
    numbers = [slot.legacy_id for slot in slots if slot.legacy_id is not None]
    images, _ = rows.legacy(tx, numbers)
    _, articles = rows.legacy(tx, [content.legacy_id] if content.legacy_id is not None else [])
    return next(iter([*images, *articles]), None)


async def _settings(studio: Studio, caller: Caller, own: Mapping[str, Any]) -> Illustration:
    saved = await illustration.current(studio, caller)
    return illustration.merged(saved, own)


async def _source(studio: Studio, caller: Caller, fresh: Fresh) -> Asset:
    if fresh.asset is not None:
        return await asset_service.get(studio, caller, fresh.asset)
    form = fresh.form or "markdown"
    path = await asyncio.to_thread(asset_service.scratch, studio)
    try:
        await asyncio.to_thread(path.write_text, fresh.text or "", "utf-8", newline="")
        name = f"{(fresh.title or 'article')[:80]}.{article_form.EXTENSIONS[form]}"
        return await asset_service.upload(studio, caller, Upload(path, None, name))
    finally:
        await asyncio.to_thread(path.unlink, missing_ok=True)


async def article(studio: Studio, source: Asset, form: Form) -> Article:
    """Read an article; raises `ArticleUnfit` where it is not what it should be, or too long."""
    try:
        found = await asyncio.to_thread(article_form.read, form, await data(studio, source))
    except Unreadable as reason:
        raise ArticleUnfit(f"{source.name or source.id!r} cannot be read: {reason}", asset=source.id) from reason
    if found.words > MOST_WORDS:
        message = f"{source.name or source.id!r} has {found.words:,} words; at most {MOST_WORDS:,} are taken"
        raise ArticleUnfit(message, hint="Hand it in in parts; the file itself is kept.", asset=source.id)
    return found


async def data(studio: Studio, source: Asset) -> bytes:
    """Return the document of an article."""
    return b"".join([piece async for piece in asset_service.content(studio, source, 0, source.size)])


def _drafts(title: str, found: Article, settings: Illustration) -> list[Wished]:
    """Return the pictures that an article gets by the settings, drafted by rules."""
    if not found.sections:
        return []
    featured = drafted(title or found.title, None, found.sections[0].text)
    extra: list[Kind] = [kind for kind in ("desktop", "mobile") if getattr(settings, f"{kind}_enabled")]
    within = [drafted(title, each) for each in places(found.sections, settings.max_in_article_images)]
    return [
        *(_wished(kind, featured) for kind in ("featured", *extra)),
        *(_wished("in_article", each) for each in within),
    ]


def _wished(kind: Kind, draft: Draft) -> Wished:
    return Wished(kind, draft.prompt, draft.alt, draft.caption, draft.place)


def _checked(images: Sequence[Wished], found: Article) -> list[Wished]:
    """Refuse more pictures of a kind than an article has; raises `ParamsInvalid`."""
    made = list[Wished]()
    for number, each in enumerate(images):
        most = MOST_IN_ARTICLE if each.kind == "in_article" else 1
        if sum(other.kind == each.kind for other in made) >= most:
            message = f"an article has at most {most} of the kind {each.kind!r}"
            raise ParamsInvalid(message, errors=[{"path": f"images.{number}.kind", "message": message}])
        if each.anchor is not None and not 0 <= each.anchor < len(found.sections):
            message = f"the article has {len(found.sections)} sections with a place, counted from 0"
            raise ParamsInvalid(message, errors=[{"path": f"images.{number}.anchor", "message": message}])
        if each.kind == "in_article" and each.anchor is None and found.sections:
            at = sum(other.kind == "in_article" for other in made)
            each = replace(each, anchor=at * len(found.sections) // MOST_IN_ARTICLE)  # noqa: PLW2901
        made.append(each)
    return made


def _slots(content: Content, wished: Sequence[Wished]) -> list[Slot]:
    within, slots = 0, list[Slot]()
    for each in wished:
        within += each.kind == "in_article"
        position = within if each.kind == "in_article" else 0
        values: dict[str, Any] = {name: getattr(each, name) for name in Wished.__slots__}
        slots.append(Slot(new_id("img"), content.workspace, content.id, position=position, **values))
    return sorted(slots, key=lambda slot: (slot.position, KINDS.index(slot.kind)))


async def get(studio: Studio, caller: Caller, content: str) -> tuple[ContentView, int]:
    """Return an article with its pictures, and the sequence number at which it was read; raises `NotFound`."""

    def unit(tx: Tx) -> tuple[ContentView, int]:
        as_of = events.last(tx)
        return views(tx, [rows.get(tx, content)])[0], as_of

    return await studio.store.read(caller.workspace, unit)


async def page(studio: Studio, caller: Caller, before: str | None, limit: int) -> Page:
    """Return a page of articles, newest first."""

    def unit(tx: Tx) -> Page:
        as_of = events.last(tx)
        return Page(views(tx, rows.page(tx, before, limit)), as_of)

    return await studio.store.read(caller.workspace, unit)


def views(tx: Tx, found: Sequence[Content]) -> list[ContentView]:
    """Return articles with their pictures, in a fixed number of queries."""
    slots = rows.slots_of(tx, [content.id for content in found])
    known = state.work(tx, slots)
    stand = [state.now(slot, known) for slot in slots]
    there = assets.several(tx, [each.slot.asset for each in stand if each.slot.asset])
    return [_view(content, stand, known, there) for content in found]


def _view(content: Content, stand: Sequence[SlotNow], known: state.Work, there: Mapping[str, Asset]) -> ContentView:
    mine = [each for each in stand if each.slot.content == content.id]
    jobs = {each.slot.job: known.parents.get(each.slot.job or "") for each in mine if each.slot.status == "generating"}
    running = [job for job in jobs.values() if job is not None]
    return ContentView(
        content, mine, max(running, key=lambda job: job.id, default=None),
        {name: there[name] for each in mine if (name := each.slot.asset or "") in there},
    )  # fmt: skip


async def update(studio: Studio, caller: Caller, content: str, values: Mapping[str, Any]) -> ContentView:
    """Change the titles or the settings of an article; its text never changes. Raises `NotFound`, `ParamsInvalid`."""
    require(caller, "member")
    if "settings" in values:
        await _settings(studio, caller, values["settings"])

    def unit(tx: Tx) -> None:
        rows.update(tx, content, **values)
        tx.emit("content.changed", None, {"content": content})

    await studio.store.write(caller.workspace, unit)
    return (await get(studio, caller, content))[0]


async def reword(studio: Studio, caller: Caller, image: str, values: Mapping[str, Any]) -> ContentView:
    """Change what a picture shows, or what is said of it; with a prompt, one that was skipped is due again."""
    require(caller, "member")

    def unit(tx: Tx) -> str:
        (slot,) = state.settled(tx, [_slot(tx, image)])
        if slot.job is not None and values.keys() & {"prompt"}:
            raise Conflict(f"Image {image!r} is just being made", hint="Change its prompt when that has ended.")
        kept = replace(slot, edited=True, **values)
        due = bool(values.get("prompt")) and slot.status in ("skipped", "failed")
        rows.keep(tx, replace(kept, status="pending", error=None) if due else kept)
        tx.emit("content.changed", None, {"content": slot.content})
        return slot.content

    content = await studio.store.write(caller.workspace, unit)
    return (await get(studio, caller, content))[0]


def _slot(tx: Tx, image: str) -> Slot:
    found = rows.slots(tx, [image], lock=True).get(image)
    if found is None or found.content not in rows.several(tx, [found.content]):
        raise NotFound(f"No image {image!r}")
    return found


async def delete(studio: Studio, caller: Caller, content: str) -> None:
    """Delete an article; its document and its pictures stay among the assets."""
    require(caller, "member")

    def unit(tx: Tx) -> None:
        rows.update(tx, content, deleted_at=tx.now)
        tx.emit("content.deleted", None, {"content": content})

    await studio.store.write(caller.workspace, unit)
