"""What callers get of articles and of their pictures."""

from __future__ import annotations

from typing import Any

from maquette.api.shape import AssetShape, Shape
from maquette.core.article import Form, Kind
from maquette.core.illustration import SlotNow, Status, images
from maquette.core.staged import Phase
from maquette.services.content import NO_PLACE, ContentView
from maquette.services.illustrate import NONE_PENDING, Begun


class ImageShape(Shape):
    """A picture of an article, made or still to be made."""

    id: str
    kind: Kind
    anchor: int | None
    """The number of its section; null stands at the top."""
    position: int
    prompt: str
    revised_prompt: str | None
    """The prompt as the provider changed it."""
    alt: str
    caption: str
    status: Status
    percent: float
    """How far it is, while it is made."""
    phase: Phase | None
    error: dict[str, Any] | None
    image_url: str | None
    """Where it is; the address is this server's and never changes."""
    asset: AssetShape | None
    job: str | None
    """The job that makes it, while one does."""
    cost_micro_usd: int
    """What it has cost, over all tries."""
    updated_at: int | None
    legacy_id: int | None

    @classmethod
    def of(cls, now: SlotNow, view: ContentView) -> ImageShape:
        """Return an image as it is shown."""
        slot, found = now.slot, view.assets.get(now.slot.asset or "")
        asset = AssetShape.of(found) if found else None
        return cls(
            id=slot.id, kind=slot.kind, anchor=slot.anchor, position=slot.position, prompt=slot.prompt, alt=slot.alt,
            caption=slot.caption, status=slot.status, percent=round(now.percent, 1), phase=now.phase,
            error=dict(slot.error) if slot.error else None, image_url=asset.urls.content if asset else None,
            asset=asset, job=now.child, cost_micro_usd=slot.cost, updated_at=slot.updated_at, legacy_id=slot.legacy_id,
            revised_prompt=now.revised_prompt,
        )  # fmt: skip


class RowAction(Shape):
    """Something that can be done with a row: the server says what, an interface draws it."""

    key: str
    label: str
    icon: str
    variant: str
    """`primary`, `secondary` or `danger`."""
    method: str
    path: str
    body: dict[str, Any]
    enabled: bool
    reason: str | None
    """Why not, where it is not enabled."""


class ContentShape(Shape):
    """An article with its pictures."""

    id: str
    title: str
    meta_title: str | None
    format: Form
    source: str
    """The asset with its document, which never changes."""
    settings: dict[str, Any]
    featured_image: ImageShape | None
    in_article_images: list[ImageShape]
    desktop_image: ImageShape | None
    mobile_image: ImageShape | None
    job: str | None
    """The job that makes its pictures, while one does."""
    percent: float
    """How far that job is with them: the mean of all."""
    phases: dict[str, str]
    """What is said in each phase."""
    message: str
    """How its pictures stand, in words."""
    cost_micro_usd: int
    actions: list[RowAction]
    created_at: int
    updated_at: int | None
    legacy_id: int | None
    as_of: int | None = None
    """The sequence number of the log at which it was read."""

    @classmethod
    def of(cls, view: ContentView, as_of: int | None = None) -> ContentShape:
        """Return an article as it is shown."""
        rows = [ImageShape.of(each, view) for each in view.slots]
        single = {row.kind: row for row in rows if row.kind != "in_article"}
        content = view.content
        return cls(
            id=content.id, title=content.title, meta_title=content.meta_title, format=content.format,
            source=content.source, settings=dict(content.settings), featured_image=single.get("featured"),
            in_article_images=[row for row in rows if row.kind == "in_article"], desktop_image=single.get("desktop"),
            mobile_image=single.get("mobile"), job=view.job.id if view.job else None, percent=round(view.percent, 1),
            phases=PHASES, message=_message(rows), cost_micro_usd=sum(row.cost_micro_usd for row in rows),
            actions=_actions(content.id, rows), created_at=content.created_at, updated_at=content.updated_at,
            legacy_id=content.legacy_id, as_of=as_of,
        )  # fmt: skip


PHASES = {
    "INIT": "Validating image prompts",
    "PREP": "Preparing image generation queue",
    "AI_CALL": "Generating images with AI",
    "PARSE": "Processing image URLs",
    "SAVE": "Saving image URLs",
    "DONE": "Images generated!",
}


def _message(rows: list[ImageShape]) -> str:
    if not rows:
        return NO_PLACE
    counts = {status: sum(row.status == status for row in rows) for status in ("generated", "failed", "skipped")}
    said = [f"{counts['generated']} of {images(len(rows))} generated"]
    return ", ".join(
        [*said, *(f"{count} {status}" for status, count in counts.items() if count and status != "generated")]
    )


def _actions(content: str, rows: list[ImageShape]) -> list[RowAction]:
    """Return what can be done; a button that cannot be used says why."""
    busy = any(row.status == "generating" for row in rows)
    due = [row.id for row in rows if row.status in ("pending", "skipped") and row.prompt.strip()]
    failed = [row.id for row in rows if row.status == "failed"]
    wait = "Images are just being made" if busy else None
    made = [_action("generate_images", "Generate Images", "bolt", due, wait or (None if due else NONE_PENDING))]
    if failed:
        label = f"Retry {images(len(failed))} that failed"
        made.append(_action("retry_failed", label, "retry", failed, wait, only="failed"))
    for action in made:
        action.body["ids"] = action.body["ids"] or [content]
    return made


def _action(key: str, label: str, icon: str, ids: list[str], reason: str | None, only: str = "pending") -> RowAction:
    return RowAction(
        key=key, label=label, icon=icon, variant="primary", method="POST", path="/contents/images",
        enabled=reason is None, body={"ids": ids, "only": only}, reason=reason,
    )  # fmt: skip


class PassedShape(Shape):
    """An image that is not made, and why."""

    image: str
    detail: str


class BegunShape(Shape):
    """The job that makes pictures."""

    job: str
    images: list[str]
    skipped: list[PassedShape]
    message: str

    @classmethod
    def of(cls, begun: Begun) -> BegunShape:
        """Return what has begun."""
        skipped = [PassedShape(image=each.image, detail=each.detail) for each in begun.skipped]
        message = f"Preparing to generate {images(len(begun.images))}"
        return cls(job=begun.job.id, images=list(begun.images), skipped=skipped, message=message)
