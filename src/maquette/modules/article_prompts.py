"""`article.prompts`: where in an article pictures belong and what they show; by a text model, or by rules alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field

from maquette.core.action import Result
from maquette.core.article import MOST_IN_ARTICLE, Draft, Section, drafted, places
from maquette.core.errors import GenerationFailed
from maquette.core.illustration import ImageType
from maquette.core.module import Made, Stage, module
from maquette.core.params import Params
from maquette.core.workflow import unfit

_TASK = """Choose where pictures belong in the article below, and say what each one shows. For the whole article
("featured") and for {count} of its numbered sections, write: a prompt of one or two sentences for an image model that
names subject, setting and light and asks for no lettering; an alternative text of at most 125 characters for readers
who do not see the picture; a short caption. The look is {image_type}. Write in the language of the article. Answer with
JSON alone, of the form that the schema describes.

Schema: {schema}

Title: {title}

{passages}"""
_WORDING = {"type": "string", "minLength": 1, "maxLength": 2000}
_MOST_TOLD, _MOST_HEADING = 15_000, 120


class Passage(Params):
    """A section of the article."""

    number: Annotated[int, Field(ge=0)]
    """Its number, which the answer names."""
    heading: Annotated[str, Field(max_length=2_000)] = ""
    """Its heading."""
    text: Annotated[str, Field(max_length=20_000)] = ""
    """What it says."""


class ArticlePrompts(Params):
    """The article, and how many pictures it gets."""

    title: Annotated[str, Field(max_length=2_000)] = ""
    """What the article is called."""
    passages: Annotated[list[Passage], Field(min_length=1, max_length=100)]
    """Its sections that have a place for a picture."""
    count: Annotated[int, Field(ge=0, le=MOST_IN_ARTICLE)] = 3
    """How many pictures stand within it, besides the featured one."""
    image_type: ImageType = "realistic"
    """The look that the prompts ask for."""
    action: Annotated[str, Field(max_length=200)] | None = None
    """An action that writes text; without one, rules word the prompts."""
    params: dict[str, Any] = Field(default_factory=dict)
    """Further parameters of that action."""


@module("article.prompts", title="Prompts from an article")
async def prompts(params: ArticlePrompts, call: Stage) -> Result:
    """Choose the places for pictures in an article and word their prompts, alternative texts and captions."""
    sections = [Section(each.number, each.heading, each.text, 0) for each in params.passages]
    drafts = [drafted(params.title, each) for each in places(sections, params.count)]
    featured = drafted(params.title, None, sections[0].text)
    if params.action is None:
        return Result(value={"featured": _row(featured), "images": [_row(each) for each in drafts]})
    return Result(value=await _asked(params, params.action, drafts, call))


def _row(draft: Draft) -> dict[str, Any]:
    row = {"prompt": draft.prompt, "alt": draft.alt, "caption": draft.caption}
    return row if draft.place is None else row | {"place": draft.place}


async def _asked(params: ArticlePrompts, name: str, drafts: Sequence[Draft], call: Stage) -> dict[str, Any]:
    action, schema = await call.action(name), _schema(params)
    told = _TASK.format(
        count=params.count,
        image_type=params.image_type,
        schema=json.dumps(schema, ensure_ascii=False),
        title=params.title,
        passages="\n\n".join(_told(params.passages)),
    )
    wanted = {"prompt": told} | params.params
    if "json_schema" in action.schema().get("properties", {}):
        wanted["json_schema"] = schema
    made = await call.child("words", name, wanted, title=action.title)
    answer = _read(await _text(made, call), schema, made.job)
    chosen = {each["place"]: each for each in reversed(answer["images"])}
    missing = (_row(each) for each in drafts if each.place not in chosen)
    rows = [*chosen.values(), *missing][: params.count]
    return {"featured": answer["featured"], "images": sorted(rows, key=lambda row: int(row["place"]))}


def _told(passages: Sequence[Passage]) -> Iterator[str]:
    """Yield the sections, each shortened so that the whole of a long article is told."""
    most = _MOST_TOLD // len(passages)
    for each in passages:
        yield f"[{each.number}] {each.heading[:_MOST_HEADING]}\n{each.text[:most]}"


async def _text(made: Made, call: Stage) -> str:
    if (short := made.value.get("text")) is not None:
        return str(short)
    return await call.text(made.assets[0].id) if made.assets else ""


def _schema(params: ArticlePrompts) -> dict[str, Any]:
    words = {"prompt": _WORDING, "alt": _WORDING, "caption": _WORDING}
    place = {"type": "integer", "enum": [each.number for each in params.passages]}
    one = {"type": "object", "properties": words, "required": list(words), "additionalProperties": False}
    within = {**one, "properties": {"place": place, **words}, "required": ["place", *words]}
    made = {"featured": one, "images": {"type": "array", "items": within}}
    return {"type": "object", "properties": made, "required": list(made), "additionalProperties": False}


def _read(text: str, schema: Mapping[str, Any], job: str) -> dict[str, Any]:
    """Return what a model answered; raises `GenerationFailed` where it does not have the asked shape."""
    plain = text.strip().removeprefix("```json").removeprefix("```").removesuffix("```")
    try:
        found: dict[str, Any] = json.loads(plain)
    except ValueError as error:
        raise GenerationFailed(f"The model's answer is no JSON: {error}", child=job) from error
    if faults := list(unfit(schema, found, "")):
        raise GenerationFailed(f"The model's answer: {faults[0]['path']}: {faults[0]['message']}", child=job)
    return found


MODULE = prompts
