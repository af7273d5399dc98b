"""Begin to make the pictures of articles: many as one job, those that may be made and are not made already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from maquette.core import pattern as patterns
from maquette.core.article import Article, places
from maquette.core.errors import ArticleUnfit, Conflict, GenerationDisabled, NotFound, ParamsInvalid, TemplateInvalid
from maquette.core.illustration import FUNCTION, Content, Illustration, Slot, form_of
from maquette.core.model import Job
from maquette.engine import plan as planner
from maquette.engine.plan import Wanted
from maquette.engine.studio import Studio
from maquette.modules.article_images import ArticleImages, Item, wish
from maquette.modules.article_prompts import ArticlePrompts, Passage
from maquette.services import content as contents
from maquette.services import content_state as state
from maquette.services import illustration
from maquette.services import template as templates
from maquette.services.caller import Caller, require, require_runs
from maquette.store import account as accounts
from maquette.store import asset as assets
from maquette.store import content as rows
from maquette.store.database import Tx

Only = Literal["pending", "failed", "all"]
_MOST_TOLD = 60
"""Sections of which a text model is told."""
_SHOWN = "image_prompt"
NONE_PENDING = "No pending images with prompts found"
NO_PROMPT = {"code": "prompt_missing", "detail": "It has no prompt", "hint": "Write one, and generate again."}


@dataclass(frozen=True, slots=True)
class Ask:
    """Which pictures to make: articles, or images of them."""

    ids: Sequence[str | int]
    only: Only = "pending"
    changes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What differs from the settings, for this once."""


@dataclass(frozen=True, slots=True)
class Passed:
    """An image that is not made, and why."""

    image: str
    detail: str


@dataclass(frozen=True, slots=True)
class Begun:
    """The job that makes the pictures, and what it leaves out."""

    job: Job
    images: Sequence[str]
    skipped: Sequence[Passed]


@dataclass(frozen=True, slots=True)
class _Chosen:
    contents: Mapping[str, Content]
    slots: Sequence[Slot]
    passed: Sequence[Passed]
    bare: Sequence[str]
    """Those without a prompt."""


async def begin(studio: Studio, caller: Caller, ask: Ask) -> Begun:
    """Start one job for the pictures that are due; nothing is begun where any of what it needs is missing.

    Raises `NotFound`, `ArticleUnfit`, `Conflict` where nothing is due, `GenerationDisabled`, or what planning raises.
    """
    require(caller, "member")
    await studio.store.write(caller.workspace, lambda tx: _settle(tx, ask))
    settings, chosen = await studio.store.read(caller.workspace, lambda tx: _prepared(tx, ask))
    if not settings.is_active:
        raise GenerationDisabled(
            "Pictures for articles are switched off in the settings",
            hint="Set `is_active` in the settings of articles.",
        )
    if not chosen.slots:
        await studio.store.write(caller.workspace, lambda tx: _skip(tx, chosen))
        raise _nothing(chosen)
    prompts = await _prompts(studio, caller, settings, chosen)
    words = await _words(studio, caller, settings)
    draft = ArticleImages(
        items=_items(settings, chosen), action=settings.asked or "?.?", account=settings.account,
        prompts=prompts.model_dump(mode="json", exclude_none=True) if prompts else None,
        image_type=settings.image_type, image_format=settings.image_format, concurrency=settings.concurrency,
        **words,
    )  # fmt: skip
    job = await studio.store.read(caller.workspace, lambda tx: _planned(tx, studio, caller, settings, chosen, draft))

    def unit(tx: Tx) -> Begun:
        now = rows.slots(tx, [slot.id for slot in chosen.slots], lock=True)
        if any(slot.job is not None for slot in now.values()):
            raise Conflict("Images of these are just being made", hint="Wait for that job, or cancel it.")
        _skip(tx, chosen)
        for slot in now.values():
            rows.keep(tx, replace(slot, job=job.id, error=None))
        made = planner.insert(tx, job)
        for content in sorted({slot.content for slot in now.values()}):
            tx.emit("content.changed", job.id, {"content": content, "job": job.id})
        return Begun(made, [slot.id for slot in chosen.slots], chosen.passed)

    return await studio.store.write(caller.workspace, unit)


def _nothing(chosen: _Chosen) -> Exception:
    if not chosen.passed and chosen.contents:
        return ArticleUnfit(contents.NO_PLACE)
    reasons = sorted({each.detail for each in chosen.passed})
    return Conflict(NONE_PENDING, hint="; ".join(reasons) or None, skipped=[[p.image, p.detail] for p in chosen.passed])


def _settle(tx: Tx, ask: Ask) -> None:
    state.settled(tx, _named(tx, ask.ids)[1])


def _named(tx: Tx, ids: Sequence[str | int]) -> tuple[dict[str, Content], list[Slot]]:
    """Return the articles and the slots that are named; raises `NotFound` for an id that names none."""
    images, articles = rows.legacy(tx, [each for each in ids if isinstance(each, int)])
    names = [each if isinstance(each, str) else images.get(each) or articles.get(each) or str(each) for each in ids]
    slots = rows.slots(tx, names)
    found = rows.several(tx, [*names, *(slot.content for slot in slots.values())])
    missing = [given for given, name in zip(ids, names, strict=True) if not _is_there(name, slots, found)]
    if missing:
        raise NotFound(f"No image and no article {', '.join(map(repr, missing[:5]))}", missing=missing[:100])
    for slot in rows.slots_of(tx, [name for name in names if name in found]):
        slots.setdefault(slot.id, slot)
    return found, sorted(slots.values(), key=lambda slot: (slot.content, slot.position, slot.kind))


def _is_there(name: str, slots: Mapping[str, Slot], found: Mapping[str, Content]) -> bool:
    return name in found or (name in slots and slots[name].content in found)


def _prepared(tx: Tx, ask: Ask) -> tuple[Illustration, _Chosen]:
    found, slots = _named(tx, ask.ids)
    own = next(iter(found.values())).settings if len(found) == 1 else {}
    settings = illustration.merged(illustration.saved(tx), own, ask.changes)
    there = assets.several(tx, [slot.asset for slot in slots if slot.asset])
    chosen, passed, bare = list[Slot](), list[Passed](), list[str]()
    for slot in slots:
        why = _unfit(slot, ask.only, lost=slot.asset is not None and slot.asset not in there)
        if why is None:
            chosen.append(slot)
        else:
            passed.append(Passed(slot.id, why))
            bare += [slot.id] if why == NO_PROMPT["detail"] else []
    return settings, _Chosen(found, chosen, passed, bare)


def _unfit(slot: Slot, only: Only, *, lost: bool) -> str | None:
    """Return why a picture is not made; None if it is due."""
    if slot.job is not None:
        return "It is just being made"
    due: Mapping[Only, Sequence[str]] = {"pending": ("pending", "skipped"), "failed": ("failed",), "all": ()}
    if due[only] and slot.status not in due[only] and not lost:
        return f"It is {slot.status}"
    return None if slot.prompt.strip() else NO_PROMPT["detail"]


def _skip(tx: Tx, chosen: _Chosen) -> None:
    for slot in rows.slots(tx, chosen.bare, lock=True).values():
        if slot.job is None and slot.status == "pending":
            rows.keep(tx, replace(slot, status="skipped", error=NO_PROMPT))


async def _prompts(studio: Studio, caller: Caller, settings: Illustration, chosen: _Chosen) -> ArticlePrompts | None:
    """Return what a text model is asked first, where one is set and nobody has worded the prompts yet."""
    fresh = all(slot.status == "pending" and not slot.edited and not slot.cost for slot in chosen.slots)
    if settings.text_action is None or not fresh or len(chosen.contents) != 1:
        return None
    (content,) = chosen.contents.values()
    source = await studio.store.read(caller.workspace, lambda tx: assets.get(tx, content.source))
    found = await contents.article(studio, source, content.format)
    return _passages(content, found, settings, sum(slot.kind == "in_article" for slot in chosen.slots))


def _passages(content: Content, found: Article, settings: Illustration, count: int) -> ArticlePrompts:
    told = places(found.sections, _MOST_TOLD) if len(found.sections) > _MOST_TOLD else found.sections
    return ArticlePrompts(
        title=content.post_title[:2000],
        passages=[Passage(number=each.number, heading=each.heading[:2000], text=each.text) for each in told],
        count=count,
        image_type=settings.image_type,
        action=settings.text_action,
        params=settings.text_params,
    )


async def _words(studio: Studio, caller: Caller, settings: Illustration) -> dict[str, Any]:
    """Return the words of the template: those of the settings go before the workspace's, and these before shipped ones.

    Raises `NotFound` or `TemplateInvalid`.
    """
    found = (await templates.get(studio, caller, settings.template)).template
    text, known = settings.image_prompt_template, patterns.names(found)
    if text is None and _SHOWN not in known:
        message = f"the template {found.name!r} has no variable {_SHOWN!r}, so all images would be the same"
        raise TemplateInvalid(message, errors=[{"path": "base_prompt", "message": message}])
    own = {name: name for name in (_SHOWN, "post_title", "image_type") if name in known}
    shared = {**found.default_params, **settings.params} | ({"model": settings.model} if settings.model else {})
    return {
        "image_prompt_template": text or found.base_prompt,
        "template_format": form_of(text) if text else found.format,
        "negative_prompt": found.negative_prompt if settings.negative_prompt is None else settings.negative_prompt,
        "values": {} if text else dict(patterns.chosen(found, own, {})),
        "params": shared,
    }


def _items(settings: Illustration, chosen: _Chosen) -> list[Item]:
    return [
        Item(
            key=slot.id, prompt=slot.prompt, post_title=chosen.contents[slot.content].post_title[:2000], kind=slot.kind,
            place=slot.anchor, size=settings.size_of(slot.kind),
        )
        for slot in chosen.slots
    ]  # fmt: skip


def _planned(
    tx: Tx, studio: Studio, caller: Caller, settings: Illustration, chosen: _Chosen, draft: ArticleImages
) -> Job:
    """Return the job, not yet inserted, once its first picture is proven to have a provider and an account."""
    known, first = accounts.listed(tx), draft.items[0]
    plain = Wanted(settings.asked, {"prompt": first.prompt}, account=settings.account, workspace=caller.workspace)
    plain = plain if plain.action else replace(plain, media="image")
    name = settings.asked or planner.plan(studio.registry, studio.config, known, plain).action
    action = studio.registry.action(name)
    if action.produces != "image":
        message = f"{name!r} makes {action.produces}, and no picture"
        raise ParamsInvalid(message, errors=[{"path": "settings.action", "message": message}])
    asked = wish(first, draft, action)
    planner.plan(studio.registry, studio.config, known, replace(plain, action=name, media=None, params=asked))
    writing = [str(draft.prompts["action"])] if draft.prompts and draft.prompts.get("action") else []
    require_runs(caller, {name, state.ACTION, *writing})
    one = next(iter(chosen.contents)) if len(chosen.contents) == 1 else None
    params = draft.model_dump(mode="json", exclude_none=True) | {"action": name}
    source = {"function": FUNCTION, "contents": sorted(chosen.contents), "template": {"name": settings.template}}
    wanted = Wanted(state.ACTION, params, subject=one, created_by=caller.key, workspace=caller.workspace, source=source)
    return planner.plan(studio.registry, studio.config, known, wanted)
