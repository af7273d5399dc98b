"""`article.images`: many pictures from prompts as one job, one after the other; one that fails stops none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Annotated, Any

from pydantic import Field

from maquette.core.action import Action, Result
from maquette.core.article import Kind
from maquette.core.errors import GenerationFailed
from maquette.core.illustration import (
    CONVERTED,
    SUMMARY,
    TITLE,
    ImageFormat,
    ImageType,
    images,
    percent,
    succeeded,
)
from maquette.core.module import Made, Stage, module
from maquette.core.params import Params
from maquette.core.prompt import Format, fill
from maquette.core.staged import Phase

_PHASES: Mapping[str, str] = {
    "INIT": "Validating image prompts...",
    "PREP": "Preparing image generation queue...",
    "AI_CALL": "Generating images with AI...",
    "PARSE": "Processing image URLs...",
    "SAVE": "Saving image URLs...",
    "DONE": "Images generated!",
}
_SHAPED = ("size", "width", "height", "aspect_ratio")


class Item(Params):
    """One picture."""

    key: Annotated[str, Field(min_length=1, max_length=150)]
    """What it is called among the others; unique."""
    prompt: Annotated[str, Field(max_length=32_000)] = ""
    """What it shows; without one it is skipped."""
    post_title: Annotated[str, Field(max_length=2_000)] = ""
    """What the article is called."""
    kind: Kind = "in_article"
    """What it is in the article."""
    place: int | None = None
    """The number of its section."""
    size: Annotated[str, Field(pattern=r"^\d{2,4}x\d{2,4}$")] = "1024x1024"
    """Its width and height."""


class ArticleImages(Params):
    """Which pictures to make, by what."""

    items: Annotated[list[Item], Field(min_length=1, max_length=1_000)]
    """The pictures."""
    action: Annotated[str, Field(min_length=3, max_length=200)]
    """The action that makes them."""
    account: Annotated[str, Field(max_length=200)] | None = None
    """The account to use; without one, whichever serves the action."""
    params: dict[str, Any] = Field(default_factory=dict)
    """Further parameters of the action."""
    image_type: ImageType = "realistic"
    """The look that the prompts ask for."""
    image_format: ImageFormat = "webp"
    """The format into which every picture is brought."""
    image_prompt_template: Annotated[str, Field(min_length=1, max_length=8_000)] = "{image_prompt}"
    """What is asked of the action: image_prompt, post_title and image_type are filled in."""
    template_format: Format = "brace"
    """Whether variables stand in it as {name} or as {{ name }}."""
    values: dict[str, Any] = Field(default_factory=dict)
    """Values of its further variables."""
    negative_prompt: Annotated[str, Field(max_length=8_000)] = ""
    """What to keep out, where the action can do that."""
    concurrency: Annotated[int, Field(ge=1, le=20)] = 1
    """How many are made at once."""
    prompts: dict[str, Any] | None = None
    """What `article.prompts` is asked first, where a model is to choose the places and word the prompts."""


@dataclass(slots=True)
class _Meter:
    """How far each picture is; the whole is as far as they are on average."""

    call: Stage
    order: Sequence[str]
    reached: dict[str, float] = field(default_factory=dict[str, float])

    async def enter(self, item: Item, phase: Phase, message: str) -> None:
        """Tell that a picture has come to a phase."""
        self.reached[item.key] = max(self.reached.get(item.key, 0.0), percent(phase))
        await self.call.progress(self.whole, message, phase=phase)

    def leave(self, item: Item) -> None:
        """Note that nothing more happens to a picture."""
        self.reached[item.key] = 100.0

    @property
    def whole(self) -> float:
        """The mean of all, 0 to 1."""
        return sum(self.reached.get(key, 0.0) for key in self.order) / len(self.order) / 100


@module("article.images", title=TITLE)
async def make(params: ArticleImages, call: Stage) -> Result:
    """Make pictures from prompts, each with its own outcome, so that one that fails stops none."""
    meter = _Meter(call, [item.key for item in params.items])
    await call.progress(0.0, _PHASES["INIT"], phase="INIT")
    action = await call.action(params.action)
    warnings, items = await _worded(params, call)
    await call.progress(percent("PREP") / 100, f"Preparing to generate {images(len(items))}", phase="PREP")
    meter.reached = {item.key: percent("PREP") for item in items}
    lanes = [items[start :: params.concurrency] for start in range(min(params.concurrency, len(items)))]
    works = [partial(_lane, lane, params, action, meter) for lane in lanes]
    ended = {row["key"]: row for lane in await call.together(*works) for row in lane}
    return Result(value=_value([ended[item.key] for item in items]) | ({"warnings": warnings} if warnings else {}))


async def _worded(params: ArticleImages, call: Stage) -> tuple[list[str], list[Item]]:
    """Return the items with the prompts that a model wrote; where it fails, those that are there are used."""
    if params.prompts is None:
        return [], list(params.items)
    try:
        made = await call.child("prompts", "article.prompts", params.prompts)
    except GenerationFailed as error:
        return [f"The drafted prompts were used: {error.message}"], list(params.items)
    return [], [_reworded(item, made.value, number) for item, number in _numbered(params.items)]


def _numbered(items: Sequence[Item]) -> list[tuple[Item, int]]:
    within = [item for item in items if item.kind == "in_article"]
    return [(item, within.index(item) if item.kind == "in_article" else -1) for item in items]


def _reworded(item: Item, value: Mapping[str, Any], number: int) -> Item:
    rows = value["images"]
    row = value["featured"] if number < 0 else rows[number] if number < len(rows) else None
    return item if row is None else item.model_copy(update={"prompt": row["prompt"], "place": row.get("place")})


async def _lane(items: Sequence[Item], params: ArticleImages, action: Action, meter: _Meter) -> list[dict[str, Any]]:
    """Make pictures one after the other."""
    rows = list[dict[str, Any]]()
    for item in items:
        rows.append(await _one(item, params, action, meter))
        meter.leave(item)
    return rows


async def _one(item: Item, params: ArticleImages, action: Action, meter: _Meter) -> dict[str, Any]:
    if not item.prompt.strip():
        return {"key": item.key, "status": "skipped", "detail": "It has no prompt"}
    at, total = meter.order.index(item.key) + 1, len(meter.order)
    await meter.enter(item, "AI_CALL", f"Generating image {at} of {total} with AI")
    wanted = wish(item, params, action)
    try:
        made = await meter.call.child(item.key, params.action, wanted, account=params.account, title=f"Image {at}")
    except GenerationFailed as error:
        return {**error.problem(), "key": item.key, "status": "failed"}
    await meter.enter(item, "PARSE", f"{images(1)} generated")
    await meter.enter(item, "SAVE", f"Saving {images(1)}")
    if not made.assets:
        return {"key": item.key, "status": "failed", "detail": "The action made no picture", "child": made.job}
    return {"key": item.key, "status": "generated", "job": made.job, **await _formed(item, params, made, meter.call)}


async def _formed(item: Item, params: ArticleImages, made: Made, call: Stage) -> dict[str, Any]:
    """Bring the first picture into the format; where that fails, the picture that was paid for is kept as it is."""
    first, form = made.assets[0], CONVERTED[params.image_format]
    if first.mime == f"image/{form}":
        return {"asset": first.id}
    asked = {"images": [first.id], "format": form}
    try:
        done = await call.child(f"{item.key}/form", "media.converter.reformat", asked, title=f"Save as {form}")
    except GenerationFailed as error:
        return {"asset": first.id, "detail": f"It stays {first.mime}: {error.message}"}
    return {"asset": done.assets[0].id}


def wish(item: Item, params: ArticleImages, action: Action) -> dict[str, Any]:
    """Return the parameters of the action for one picture."""
    own = {"image_prompt": item.prompt, "post_title": item.post_title, "image_type": params.image_type}
    values, form = {**params.values, **own}, params.template_format
    wanted: dict[str, Any] = {"prompt": fill(params.image_prompt_template, values, form, "image_prompt_template")}
    if params.negative_prompt and action.schema().get("properties"):
        # An action that has none drops it with a warning.
        wanted["negative_prompt"] = fill(params.negative_prompt, values, form, "negative_prompt")
    if not any(word in params.params for word in _SHAPED):
        wide, _, high = item.size.partition("x")
        wanted |= {"width": int(wide), "height": int(high)}
    return wanted | params.params


def _value(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    made = [row for row in rows if row["status"] == "generated"]
    failed = [row for row in rows if row["status"] == "failed"]
    if failed and not made:
        first = failed[0]
        raise GenerationFailed(
            f"No image was made: {first['detail']}", hint=first.get("hint"), child=first.get("child")
        )
    return {
        "images": list(rows),
        "assets": [row["asset"] for row in made],
        "images_generated": len(made),
        "images_failed": len(failed),
        "images_skipped": len(rows) - len(made) - len(failed),
        "message": succeeded(len(made)),
    }


MODULE = replace(make, summary=SUMMARY, phases=_PHASES)
