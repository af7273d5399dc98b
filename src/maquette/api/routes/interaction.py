"""Interactions over HTTP: the human step of a run."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Body, Depends, Header, Query, Response

from maquette.api import shape
from maquette.api.ask import ActAsk, IdempotencyKey, InteractionId, InteractionPage, SubActionName
from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.routes.job import Throttled, place
from maquette.api.shape import JobShape, Listing
from maquette.api.shape_interaction import FormShape, InteractionShape
from maquette.services import interaction as interactions
from maquette.services import job as jobs
from maquette.services import trial
from maquette.services.trial import Ask

DOORS = Doors("/api/v1/interactions", "interactions")


async def _offered(interaction: InteractionId, name: SubActionName) -> tuple[str, str]:
    return interaction, name


Offered = Annotated[tuple[str, str], Depends(_offered)]
"""The interaction and the name of one of its sub-actions."""


@DOORS.get("", "viewer")
async def page(
    ask: Annotated[InteractionPage, Query()], studio: TheStudio, caller: TheCaller
) -> Listing[InteractionShape]:
    """List interactions, newest first."""
    found = await interactions.page(studio, caller, ask.filters(), ask.before, ask.limit)
    ids = [view.interaction.id for view in found.items]
    shown = [InteractionShape.of(view) for view in found.items]
    return Listing[InteractionShape](**shape.rows(shown, ask.limit, ids, found.as_of))


@DOORS.get("/{interaction}", "viewer")
async def show(interaction: InteractionId, studio: TheStudio, caller: TheCaller) -> InteractionShape:
    """Show one interaction with everything that was made in it so far."""
    return InteractionShape.of(*await interactions.get(studio, caller, interaction))


@DOORS.get("/{interaction}/actions/{name}/form", "viewer")
async def form(
    interaction: InteractionId,
    name: SubActionName,
    studio: TheStudio,
    caller: TheCaller,
    path: Annotated[str, Query(max_length=1000, description="Where in the data: a JSON pointer.")],
) -> FormShape:
    """Return the form of a sub-action at one place of the data."""
    return FormShape.of(await trial.form(studio, caller, interaction, name, path))


@DOORS.post("/{interaction}/actions/{name}", "member", status_code=202, dependencies=[Throttled])
async def act(
    offered: Offered,
    ask: ActAsk,
    response: Response,
    studio: TheStudio,
    caller: TheCaller,
    idempotency_key: Annotated[IdempotencyKey, Header()] = None,
) -> JobShape:
    """Run a sub-action; the interaction stays open, and what is made shows in its results."""
    wish = Ask(ask.path, ask.params, ask.account, idempotency_key, at_once=True)
    taken = await trial.act(studio, caller, *offered, wish)
    response.headers.update(place(taken.job.id))
    if taken.replayed:
        response.headers["Idempotency-Replayed"] = "true"
        return JobShape.of((await jobs.get(studio, caller, taken.job.id))[0])
    return JobShape.fresh(taken.job)


@DOORS.post("/{interaction}/response", "member")
async def answer(
    interaction: InteractionId,
    response: Annotated[dict[str, Any], Body(description="The answer, by the interaction's response schema.")],
    studio: TheStudio,
    caller: TheCaller,
) -> InteractionShape:
    """Answer an interaction, which lets its run go on; the first answer stands."""
    return InteractionShape.of(*await interactions.answer(studio, caller, interaction, response))
