"""Questions to people: show them with what was tried, try further, and take the one answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from maquette.core.interaction import Interaction, Question, places
from maquette.core.model import Account, Job
from maquette.core.template import render
from maquette.core.workflow import RUN
from maquette.engine import question as questions
from maquette.engine.studio import Studio
from maquette.services import job as job_service
from maquette.services import trial, vote
from maquette.services.caller import Caller, require
from maquette.services.job import JobView
from maquette.services.selection import accepted
from maquette.services.trial import Served
from maquette.store import account as accounts
from maquette.store import definition as definitions
from maquette.store import event as events
from maquette.store import interaction as interactions
from maquette.store import job as jobs
from maquette.store import tree
from maquette.store.database import Tx

_MOST_TRIES = 2_000
"""Most tries of one page of interactions that are shown with it."""


@dataclass(frozen=True, slots=True)
class InteractionView:
    """A question with all that belongs to it."""

    interaction: Interaction
    question: Question
    action: str
    workflow_title: str | None
    step_title: str | None
    results: Mapping[str, Sequence[JobView]] = field(default_factory=dict[str, Sequence[JobView]])
    """What was tried, by the place in the data, oldest first."""
    served_by: Mapping[str, Mapping[str, Served]] = field(default_factory=dict[str, Mapping[str, Served]])
    """By sub-action, then by key."""

    @property
    def mode(self) -> str:
        """`active` while it can be answered, else `history`."""
        return "active" if self.interaction.state == "open" else "history"


@dataclass(frozen=True, slots=True)
class InteractionPage:
    """Some interactions, and the sequence number of the log at which they were read."""

    items: Sequence[InteractionView]
    as_of: int


@dataclass(frozen=True, slots=True)
class _Rows:
    """What the views of some interactions are made of."""

    found: Sequence[Interaction]
    jobs: Mapping[str, Job]
    tries: Mapping[str, Sequence[JobView]]
    titles: Mapping[str, str]
    accounts: Sequence[Account]


async def page(
    studio: Studio, caller: Caller, filters: Mapping[str, str], before: str | None, limit: int
) -> InteractionPage:
    """Return a page of interactions, newest first, with what was tried in them."""

    def unit(tx: Tx) -> tuple[_Rows, int]:
        as_of = events.last(tx)
        return _rows(tx, interactions.page(tx, filters, before, limit)), as_of

    rows, as_of = await studio.store.read(caller.workspace, unit)
    return InteractionPage(await asyncio.to_thread(_views, studio, rows), as_of)


async def get(studio: Studio, caller: Caller, interaction: str) -> tuple[InteractionView, int]:
    """Return an interaction and the sequence number at which it was read; raises `NotFound`."""

    def unit(tx: Tx) -> tuple[_Rows, int]:
        as_of = events.last(tx)
        return _rows(tx, [interactions.get(tx, interaction)]), as_of

    rows, as_of = await studio.store.read(caller.workspace, unit)
    return (await asyncio.to_thread(_views, studio, rows))[0], as_of


async def run_of(studio: Studio, caller: Caller, interaction: str) -> str:
    """Return the run that an interaction belongs to; raises `NotFound`."""
    return (await studio.store.read(caller.workspace, lambda tx: interactions.get(tx, interaction))).run


async def answer(
    studio: Studio, caller: Caller, interaction: str, response: Mapping[str, Any]
) -> tuple[InteractionView, int]:
    """Take the answer to a question and let its job go on.

    Raises:
        ParamsInvalid: It does not fit; every fault is named with its path.
        Conflict: Somebody was first, or the deadline has passed.
        NotFound: There is no such interaction.
    """
    require(caller, "member")

    def unit(tx: Tx) -> str:
        found = interactions.get(tx, interaction)
        if found.state != "open":
            raise questions.closed(found)
        kept = accepted(tx, found, response)
        questions.answer(tx, found, kept, caller.key)
        vote.cast(tx, found, kept)
        return found.job

    studio.engine.hurry(await studio.store.write(caller.workspace, unit))
    return await get(studio, caller, interaction)


# -- views ----------------------------------------------------------------------------------------------------------


def _rows(tx: Tx, found: Sequence[Interaction]) -> _Rows:
    """Read all that some interactions show, in a fixed number of queries however many they are."""
    owners = tree.several(tx, [each.job for each in found] + [each.run for each in found])
    tried = jobs.page(tx, {"interaction": ",".join(each.id for each in found)}, None, _MOST_TRIES) if found else []
    views = job_service.views(tx, tried[::-1])
    tries: dict[str, list[JobView]] = {each.id: [] for each in found}
    for view in views:
        tries[view.job.interaction or ""].append(view)
    runs = [owners[each.run] for each in found if each.run in owners and owners[each.run].action == RUN]
    return _Rows(found, owners, tries, _titles(tx, runs), accounts.listed(tx))


def _titles(tx: Tx, runs: Sequence[Job]) -> dict[str, str]:
    """Return the titles of the workflows that some runs run, by run."""
    wanted = [(str(run.params.get("workflow")), int(run.params.get("version") or 0)) for run in runs]
    known = definitions.versions(tx, wanted)
    made = dict[str, str]()
    for run, key in zip(runs, wanted, strict=True):
        body = known[key].body if key in known else {}
        made[run.id] = str(body.get("title") or body.get("name") or key[0])
    return made


def _views(studio: Studio, rows: _Rows) -> list[InteractionView]:
    return [_view(studio, each, rows) for each in rows.found]


def _view(studio: Studio, found: Interaction, rows: _Rows) -> InteractionView:
    asked = found.asked
    owner = rows.jobs.get(found.job)
    results = dict[str, list[JobView]]()
    for view in rows.tries[found.id]:
        results.setdefault(view.job.subject or "", []).append(view)
    served = {name: dict(_served_keys(studio, asked, name, rows.accounts)) for name in asked.sub_actions}
    step = owner.about.get("title") if owner is not None else None
    return InteractionView(
        interaction=found,
        question=asked,
        action=owner.action if owner else "",
        workflow_title=rows.titles.get(found.run),
        step_title=step,
        results=results,
        served_by=served,
    )


def _served_keys(studio: Studio, asked: Question, name: str, known: Sequence[Account]) -> Iterator[tuple[str, Served]]:
    sub = asked.sub_actions[name]
    seen = set[str]()
    for _, found, _ in places(sub.target, asked.data):
        key = found.get(sub.key, "")
        if key not in seen:
            seen.add(key)
            yield key, trial.served(studio, str(render(sub.action_type, found)), known)
