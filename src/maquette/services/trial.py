"""Trials: the sub-actions of an open question, each a child job that changes nothing of the run."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from maquette.core.alias import ALIASES
from maquette.core.errors import Forbidden, MaquetteError, NotFound, ParamsInvalid
from maquette.core.form import normalise
from maquette.core.interaction import Interaction, SubAction, composed, content_at, match
from maquette.core.model import Account
from maquette.core.template import render
from maquette.core.workflow import unfit
from maquette.engine import question as questions
from maquette.engine.plan import Wanted, able
from maquette.engine.studio import Studio
from maquette.services import job as job_service
from maquette.services.caller import Caller, require
from maquette.services.job import Submission, Submitted
from maquette.store import account as accounts
from maquette.store import interaction as interactions
from maquette.store.database import Tx


@dataclass(frozen=True, slots=True)
class Served:
    """Who would do the work of a sub-action today."""

    provider_title: str
    action: str
    note: str | None = None
    """What is to be known: that another one stands in, or that there is none."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One trial that is asked for."""

    path: str
    """The place in the data, a JSON pointer."""
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    account: str | None = None
    key: str | None = None
    """The Idempotency-Key."""
    at_once: bool = False
    """Start it in this process, without the queue."""
    source: Any = None
    """The content as the caller has it; without it, as the question does."""


@dataclass(frozen=True, slots=True)
class Form:
    """What can be set on a trial, and what it starts from."""

    schema: Mapping[str, Any]
    defaults: Mapping[str, Any]
    served_by: Served


@dataclass(frozen=True, slots=True)
class _Spot:
    """One sub-action at one place."""

    interaction: Interaction
    name: str
    sub: SubAction
    path: str
    variables: Mapping[str, str]
    content: Any

    @property
    def action(self) -> str:
        """The action's name, with the target's variables filled in."""
        return str(render(self.sub.action_type, self.variables))

    @property
    def key(self) -> str:
        return self.variables.get(self.sub.key, "")

    @property
    def defaults(self) -> dict[str, Any]:
        """What it starts from: the declared defaults, and the content as a prompt."""
        word = self.sub.compose.get("field", "prompt")
        text = composed(self.content, self.sub.compose)
        return {**self.sub.param_defaults.get(self.key, {}), **({word: text} if word else {})}


async def act(studio: Studio, caller: Caller, interaction: str, name: str, ask: Ask) -> Submitted:
    """Begin a trial of an open question.

    Raises:
        NotFound: There is no such interaction, or no sub-action of that name; near names are given.
        ParamsInvalid: The path is none on which it hangs, or the parameters do not fit; every fault is named.
        Conflict: The question is answered or closed.
    """
    require(caller, "member")
    found = await _open(studio, caller, interaction)
    return await _begin(studio, caller, _spot(found, name, ask.path), ask)


async def act_by_type(studio: Studio, caller: Caller, interaction: str, action_type: str, ask: Ask) -> Submitted:
    """Begin the trial whose action at that path is `action_type`.

    Raises `UnknownAction` for a name that nothing has, `Forbidden` for one that this question does not offer there,
    and what `act` raises.
    """
    require(caller, "member")
    found = await _open(studio, caller, interaction)
    await asyncio.to_thread(studio.registry.action, action_type)
    for name, sub in found.asked.sub_actions.items():
        if match(sub.target, ask.path) is not None:
            spot = _spot(found, name, ask.path)
            if spot.action == action_type:
                return await _begin(studio, caller, spot, ask)
    raise Forbidden(
        f"The question {found.title!r} does not offer {action_type!r} at {ask.path!r}",
        hint="GET /api/v1/interactions/ID lists what it offers.",
    )


async def form(studio: Studio, caller: Caller, interaction: str, name: str, path: str) -> Form:
    """Return what can be set on a trial: the declared schema, else that of the action without what is composed."""

    def unit(tx: Tx) -> tuple[Interaction, list[Account]]:
        return interactions.get(tx, interaction), accounts.listed(tx)

    found, known = await studio.store.read(caller.workspace, unit)
    spot = _spot(found, name, path)
    declared = spot.sub.param_schema.get(spot.key)
    schema = dict(declared) if declared is not None else await asyncio.to_thread(_own_schema, studio, spot, known)
    who = await asyncio.to_thread(served, studio, spot.action, known)
    return Form(normalise(schema), spot.defaults, who)


def served(studio: Studio, name: str, known: Sequence[Account]) -> Served:
    """Tell who would serve an action today, and what is to be known of that."""
    enabled = able(studio.registry, [account for account in known if account.enabled], name)
    asked = name.split(".")[1] if name.count(".") > 1 else ""
    try:
        action = studio.registry.serving(name, enabled)
    except MaquetteError as error:
        return Served(asked, name, f"{error.message}. {error.advice}")
    title = studio.registry.provider(action.provider).title if action.provider else action.title
    notice = ALIASES[asked].notice if asked in ALIASES else ""
    if action.name != name:
        stands = f"{title} stands in: no account serves {asked!r} here"
        return Served(title, action.name, f"{notice}. {stands}" if notice else stands)
    if action.provider and action.provider not in enabled:
        return Served(title, action.name, f"{title} has no enabled account that can run it")
    return Served(title, action.name, notice or None)


def _own_schema(studio: Studio, spot: _Spot, known: Sequence[Account]) -> dict[str, Any]:
    action = studio.registry.serving(
        spot.action, able(studio.registry, [account for account in known if account.enabled], spot.action)
    )
    schema = action.schema()
    word = spot.sub.compose.get("field", "prompt")
    fields = {name: spec for name, spec in schema.get("properties", {}).items() if name != word}
    required = [name for name in schema.get("required", ()) if name != word]
    return {**schema, "properties": fields, "required": required}


async def _open(studio: Studio, caller: Caller, interaction: str) -> Interaction:
    found = await studio.store.read(caller.workspace, lambda tx: interactions.get(tx, interaction))
    if found.state != "open":
        raise questions.closed(found)
    return found


def _spot(found: Interaction, name: str, path: str) -> _Spot:
    asked = found.asked
    if name not in asked.sub_actions:
        near = difflib.get_close_matches(name, asked.sub_actions, 3)
        raise NotFound(
            f"The question {found.title!r} has no sub-action {name!r}",
            hint=f"It has {', '.join(asked.sub_actions) or 'none'}.",
            near=near,
        )
    sub = asked.sub_actions[name]
    variables = match(sub.target, path)
    if variables is None:
        raise _misplaced(f"{path!r} is no place of the form {sub.target!r}")
    try:
        content = content_at(asked.data, path)
    except KeyError:
        raise _misplaced(f"there is nothing at {path!r} in the data") from None
    return _Spot(found, name, sub, path, variables, content)


def _misplaced(message: str) -> ParamsInvalid:
    return ParamsInvalid(f"The path: {message}", errors=[{"path": "path", "message": message}])


async def _begin(studio: Studio, caller: Caller, spot: _Spot, ask: Ask) -> Submitted:
    given = {name: value for name, value in ask.params.items() if value is not None}
    declared = spot.sub.param_schema.get(spot.key)
    if declared is not None:
        _fit(declared, {**spot.sub.param_defaults.get(spot.key, {}), **given})
    wanted = Wanted(
        action=spot.action,
        params={**spot.defaults, **given},
        account=ask.account,
        subject=spot.path,
        interaction=spot.interaction.id,
        source=spot.content if ask.source is None else ask.source,
        parent=spot.interaction.job,
    )
    body = {"interaction": spot.interaction.id, "name": spot.name, "path": spot.path, "params": dict(ask.params)}
    return await job_service.submit(studio, caller, Submission(wanted, body, ask.key, ask.at_once))


def _fit(schema: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Hold parameters to the declared schema; a word beyond it is left to the action to judge."""
    fields = schema.get("properties", {})
    shown = {name: value for name, value in values.items() if name in fields or not fields}
    if faults := list(unfit({"type": "object", **schema}, shown, "")):
        raise ParamsInvalid(f"The parameters: {faults[0]['path']}: {faults[0]['message']}", errors=faults)
