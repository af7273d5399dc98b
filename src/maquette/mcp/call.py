"""One call of a tool: submit, follow the log, tell the progress, ask a person where the work needs one, answer."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import anyio
import mcp_types as types
from mcp.server.context import ServerRequestContext
from starlette.requests import Request

from maquette.core.errors import Unauthorized
from maquette.core.model import Asset, Event
from maquette.engine.studio import Studio
from maquette.mcp.answer import answered
from maquette.mcp.desk import Throttle
from maquette.services import follow, interaction
from maquette.services import tool as tools
from maquette.services.caller import Caller, require, require_group
from maquette.services.interaction import InteractionView

Context = ServerRequestContext[Any, Request]
Answer = types.CallToolResult | types.InputRequiredResult
PICTURE_S = 5.0
"""How long to wait for the small picture of what was made."""

_PROGRESS = frozenset({"attempt.progressed", "job.progressed"})
_FLAT = frozenset({"string", "integer", "number", "boolean"})
_WORDS = frozenset({
    "type", "title", "description", "default", "enum", "minLength", "maxLength", "minimum", "maximum", "format",
})  # fmt: skip


@dataclass(slots=True)
class Running:
    """A call while it runs."""

    studio: Studio
    caller: Caller
    context: Context
    params: types.CallToolRequestParams
    throttle: Throttle
    seen: int = 0
    """The last entry of the log that was read."""
    told: float = -1.0

    async def run(self) -> Answer:
        """Run the tool until it is done, or a person is needed whom this client cannot ask."""
        require(self.caller, "member")
        job = self.params.request_state or ""
        if not job:
            self.throttle(self.caller)
            # Shielded: once it is taken it has an id, and by this a cancel reaches it.
            with anyio.CancelScope(shield=True):
                job = await tools.begin(self.studio, self.caller, self.params.name, self.params.arguments or {})
        try:
            answer = await self._followed(job)
        except anyio.get_cancelled_exc_class():
            if self.params.name != tools.RESULT:
                with anyio.CancelScope(shield=True):
                    await self.studio.engine.cancel(self.caller.workspace, job)
            raise
        return answer

    async def _followed(self, job: str) -> Answer:
        replies = self.params.input_responses
        if self.params.request_state is not None and replies is not None:
            reply = replies.get("answer")
            if not isinstance(reply, types.ElicitResult) or not await self._taken(job, reply):
                return await self._answer(job)
        while await self._asks(job):
            asked = await self._question(job)
            form = None if asked is None else flat(asked)
            if asked is None or form is None or not self._may_ask():
                break
            message = "\n".join(part for part in (asked.question.title, asked.question.description) if part)
            wanted = types.ElicitRequestFormParams(message=message, requested_schema=form)
            if not self.context.session.can_send_request:
                asks = {"answer": types.ElicitRequest(params=wanted)}
                return types.InputRequiredResult(input_requests=asks, request_state=job)
            reply = await self.context.session.elicit_form(
                message, wanted.requested_schema, related_request_id=self.context.request_id
            )
            if not await self._taken(job, reply):
                break
        return await self._answer(job)

    async def _asks(self, job: str) -> bool:
        """Follow the log until the job is final or a person is asked; tell whether one is."""
        if await self._question(job) is not None:
            return True
        async with aclosing(follow.one(self.studio, self.caller, job, self.seen)) as entries:
            async for entry in entries:
                if not isinstance(entry, Event):
                    continue
                self.seen = entry.seq
                await self._tell(entry)
                waits = entry.type == "job.waiting" and entry.data.get("waiting_for") == "person"
                if waits and await self._question(job) is not None:
                    return True
                if entry.type == "job.waiting" and entry.data.get("waiting_for") == "attention":
                    return False
        return False

    async def _tell(self, entry: Event) -> None:
        fraction = entry.data.get("fraction") if entry.type in _PROGRESS else None
        if not isinstance(fraction, int | float) or fraction <= self.told:
            return
        self.told = float(fraction)
        words = str(entry.data.get("message") or entry.data.get("phase") or "")
        await self.context.session.report_progress(self.told, 1.0, words)

    async def _question(self, job: str) -> InteractionView | None:
        found = await interaction.page(self.studio, self.caller, {"run": job, "state": "open"}, None, 1)
        return found.items[0] if found.items else None

    def _may_ask(self) -> bool:
        known = self.context.session.client_capabilities
        return known is not None and known.elicitation is not None

    async def _taken(self, job: str, reply: types.ElicitResult) -> bool:
        """Take an answer; tell whether there was one."""
        asked = await self._question(job)
        if reply.action != "accept" or asked is None:
            return False
        require_group(self.caller, "interactions", reads=False)
        await interaction.answer(self.studio, self.caller, asked.interaction.id, dict(reply.content or {}))
        return True

    async def _answer(self, job: str) -> types.CallToolResult:
        outcome = await tools.outcome(self.studio, self.caller, job)
        picture = await self._picture(outcome.assets[0]) if outcome.assets else None
        return answered(outcome, str(request_of(self.context).base_url), picture)

    async def _picture(self, asset: Asset) -> bytes | None:
        """Return the small picture of an asset; None where there is none in time."""
        if (picture := await tools.picture(self.studio, self.caller, asset.id)) is not None:
            return picture
        with anyio.move_on_after(PICTURE_S):
            async with aclosing(follow.workspace(self.studio, self.caller, self.seen)) as entries:
                async for entry in entries:
                    if isinstance(entry, Event) and _is_ready(entry, asset):
                        return await tools.picture(self.studio, self.caller, asset.id)
        return None


def request_of(context: Context) -> Request:
    """Return the request that a message came by; over HTTP there always is one."""
    if context.request is None:
        raise Unauthorized("The message came by no request, so nobody knows whose it is")
    return context.request


def _is_ready(entry: Event, asset: Asset) -> bool:
    return entry.type == "asset.ready" and entry.data["asset"]["id"] == asset.id


def flat(asked: InteractionView) -> dict[str, Any] | None:
    """Return the form of a question as this protocol takes it: plain fields alone; None where it needs more."""
    question = asked.question
    if question.select is not None or question.sub_actions:
        return None
    fields = dict(question.response_schema).get("properties") or {}
    if not fields or any(not _is_plain(spec) for spec in fields.values()):
        return None
    shown = {name: {word: spec[word] for word in spec if word in _WORDS} for name, spec in fields.items()}
    for spec in shown.values():
        spec.setdefault("type", "string")
    required = [name for name in question.response_schema.get("required", ()) if name in fields]
    return {"type": "object", "properties": shown, "required": required}


def _is_plain(spec: Any) -> bool:
    if not isinstance(spec, Mapping):
        return False
    words = spec.get("enum")
    return spec.get("type", "string") in _FLAT and (words is None or all(isinstance(word, str) for word in words))
