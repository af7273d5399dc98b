"""How the pictures of articles stand: told from the rows of the jobs that make them, so that no second truth exists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from maquette.core.illustration import CONVERTED, Slot, SlotNow, percent
from maquette.core.model import FINAL, Asset, Job
from maquette.engine import heritage
from maquette.store import asset as assets
from maquette.store import content as rows
from maquette.store import tree
from maquette.store.database import Tx

ACTION = "article.images"
"""The module that makes them."""
_FORM = "/form"
_PROMPTS = "prompts"


@dataclass(frozen=True, slots=True)
class Work:
    """What is known of the jobs of some slots."""

    parents: Mapping[str, Job]
    """By the job that a slot names: the one that last tried it again."""
    children: Mapping[tuple[str, str], Job]
    """By parent and key."""
    assets: Mapping[str, Sequence[Asset]]
    """By the job that made them."""
    spent: Mapping[str, int]
    reached: Mapping[str, float]

    def child(self, slot: Slot, suffix: str = "") -> Job | None:
        """Return the job that makes the picture of a slot, or with a suffix a further step of it."""
        parent = self.parents.get(slot.job or "")
        return self.children.get((parent.id, slot.id + suffix)) if parent else None

    def made(self, job: Job | None) -> Asset | None:
        """Return the first thing that a job made, if it is done."""
        if job is None or job.state != "succeeded":
            return None
        return next(iter(self.assets.get(heritage.maker(job), ())), None)


def work(tx: Tx, slots: Sequence[Slot]) -> Work:
    """Read the jobs of slots, in a fixed number of queries however many they are."""
    named = sorted({slot.job for slot in slots if slot.job})
    if not named:
        return Work({}, {}, {}, {}, {})
    parents = rows.successors(tx, ACTION, named)
    below = tree.steps_of(tx, sorted({parent.id for parent in parents.values()}))
    children = {(parent, child.child_key or ""): child for parent, found in below.items() for child in found}
    ended = [heritage.maker(child) for child in children.values() if child.state == "succeeded"]
    running = [child.id for child in children.values() if child.state not in FINAL]
    return Work(
        parents=parents,
        children=children,
        assets=assets.of_jobs(tx, ended),
        spent=tree.spent(tx, [child.id for child in children.values()]),
        reached=rows.progress(tx, running),
    )


def now(slot: Slot, known: Work) -> SlotNow:
    """Return how a slot stands."""
    parent = known.parents.get(slot.job or "")
    if parent is None:
        return SlotNow(slot, 100.0 if slot.status == "generated" else 0.0)
    slot = _worded(slot, parent, known)
    first, form = known.child(slot), known.child(slot, _FORM)
    cost = slot.cost + sum(known.spent.get(each.id, 0) for each in (first, form) if each)
    slot = replace(slot, cost=cost)
    child = first.id if first else None
    if first is None:
        return _unbegun(slot, parent)
    if first.state != "succeeded":
        return _first(slot, first, known)
    picture, formed = known.made(first), known.made(form)
    ready = formed or (picture if _is_ready(picture, form, parent) else None)
    if ready is None:
        return SlotNow(replace(slot, status="generating"), percent("SAVE"), "SAVE", child)
    done = replace(slot, status="generated", asset=ready.id, error=form.error if form else None)
    return SlotNow(done, 100.0, "DONE", child, _revised(picture))


def _worded(slot: Slot, parent: Job, known: Work) -> Slot:
    """Return a slot with what a model wrote for it in this job."""
    written = known.children.get((parent.id, _PROMPTS))
    if written is None or written.state != "succeeded" or written.result is None or slot.edited:
        return slot
    if slot.kind != "in_article":
        row: Mapping[str, Any] | None = written.result.get("featured")
    else:
        found = written.result.get("images", ())
        row = next(iter(found[slot.position - 1 : slot.position]), None)
    if row is None:
        return slot
    prompt, alt, caption = (str(row.get(name, "")) for name in ("prompt", "alt", "caption"))
    return replace(slot, anchor=row.get("place", slot.anchor), prompt=prompt, alt=alt, caption=caption)


def _unbegun(slot: Slot, parent: Job) -> SlotNow:
    """Return a slot whose own job has not begun: it waits for its turn, or never got it."""
    if parent.state in FINAL:
        return SlotNow(replace(slot, status="pending" if slot.asset is None else "generated"), 0.0)
    waits = percent("PREP") if parent.state == "waiting" else percent("INIT")
    return SlotNow(replace(slot, status="generating"), waits, "PREP" if waits else "INIT")


def _first(slot: Slot, first: Job, known: Work) -> SlotNow:
    if first.state in ("failed", "cancelled"):
        error = first.error or {"detail": f"The job ended as {first.state}"}
        return SlotNow(replace(slot, status="failed", error=error), 100.0, "AI_CALL", first.id)
    reached = percent("AI_CALL", known.reached.get(first.id, 0.0))
    return SlotNow(replace(slot, status="generating"), reached, "AI_CALL", first.id)


def _is_ready(picture: Asset | None, form: Job | None, parent: Job) -> bool:
    """Tell whether a picture needs no further step: it has the format, or could not be brought into it."""
    if picture is None or (form is not None and form.state not in FINAL):
        return False
    wanted = CONVERTED.get(parent.params.get("image_format", "webp"), "webp")
    return picture.mime == f"image/{wanted}" or form is not None or parent.state in FINAL


def _revised(picture: Asset | None) -> str | None:
    found = picture.notes.get("revised_prompt") if picture else None
    return str(found) if found else None


def settled(tx: Tx, slots: Sequence[Slot]) -> list[Slot]:
    """Write down how slots stand whose jobs have ended, and return all; one that is still made keeps its job."""
    known = work(tx, slots)
    found = list[Slot]()
    for slot in slots:
        parent = known.parents.get(slot.job or "")
        if parent is None or parent.state not in FINAL:
            found.append(slot)
            continue
        stands = replace(now(slot, known).slot, job=None)
        rows.keep(tx, stands)
        found.append(stands)
    return found
