"""Conversations over HTTP: keep them, talk in them, and make media from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request, Response

from maquette.api import shape, sse
from maquette.api.ask import PageAsk, Waiting
from maquette.api.ask_conversation import (
    ConversationAsk,
    ConversationChange,
    ConversationId,
    GenerateAsk,
    ImportAsk,
    MessageAsk,
    SummaryAsk,
)
from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.routes.job import STREAM, Throttled, place, seconds_to_wait
from maquette.api.shape import JobShape, Listing
from maquette.api.shape_conversation import (
    ContextShape,
    ConversationShape,
    ImportedShape,
    MessageShape,
    SaidShape,
    SummaryShape,
)
from maquette.services import conversation as conversations
from maquette.services import follow, reply, transcript
from maquette.services.reply import Said, Saying

DOORS = Doors("/api/v1/conversations", "conversations")
_STREAMED: dict[int | str, dict[str, Any]] = {
    200: {"content": {STREAM: {}}, "description": "The events of the job that answers."}
}


@dataclass(frozen=True, slots=True)
class Manner:
    """How a caller waits for an answer."""

    request: Request
    response: Response
    waiting: Waiting

    @property
    def streams(self) -> bool:
        """Whether the events of the job are wanted as they come."""
        return STREAM in self.request.headers.get("accept", "")

    @property
    def patience(self) -> int:
        """How many seconds the caller waits."""
        return seconds_to_wait(self.waiting.prefer)


async def _manner(request: Request, response: Response, waiting: Annotated[Waiting, Header()]) -> Manner:
    return Manner(request, response, waiting)


TheManner = Annotated[Manner, Depends(_manner)]
"""How the caller waits."""


async def _named(conversation: ConversationId, studio: TheStudio, caller: TheCaller) -> str:
    return await transcript.named(studio, caller, conversation)


TheConversation = Annotated[str, Depends(_named)]
"""The id of the conversation that the path names."""


@DOORS.get("", "viewer")
async def page(ask: Annotated[PageAsk, Query()], studio: TheStudio, caller: TheCaller) -> Listing[ConversationShape]:
    """List conversations, newest first."""
    found = await conversations.page(studio, caller, ask.before, ask.limit)
    shown, ids = [ConversationShape.of(each) for each in found.items], [each.id for each in found.items]
    return Listing[ConversationShape](**shape.rows(shown, ask.limit, ids, found.as_of))


@DOORS.post("", "member", status_code=201)
async def create(ask: ConversationAsk, studio: TheStudio, caller: TheCaller) -> ConversationShape:
    """Begin a conversation."""
    return ConversationShape.of(await conversations.create(studio, caller, ask.title))


@DOORS.post("/import", "member", status_code=201)
async def bring(ask: ImportAsk, studio: TheStudio, caller: TheCaller) -> Listing[ImportedShape]:
    """Import conversations that another program exported, all of them or none; each fault is named by its path."""
    found = await conversations.importing(studio, caller, ask.document)
    return Listing[ImportedShape](items=[ImportedShape.of(each) for each in found])


@DOORS.get("/{conversation}", "viewer")
async def show(conversation: TheConversation, studio: TheStudio, caller: TheCaller) -> ConversationShape:
    """Show one conversation."""
    return ConversationShape.of(await conversations.get(studio, caller, conversation))


@DOORS.patch("/{conversation}", "member")
async def change(
    conversation: TheConversation, ask: ConversationChange, studio: TheStudio, caller: TheCaller
) -> ConversationShape:
    """Give a conversation another title."""
    return ConversationShape.of(await conversations.rename(studio, caller, conversation, ask.title))


@DOORS.delete("/{conversation}", "member", status_code=204)
async def remove(conversation: TheConversation, studio: TheStudio, caller: TheCaller) -> None:
    """Delete a conversation; what its jobs are making goes on, and what they made stays."""
    await conversations.delete(studio, caller, conversation)


@DOORS.get("/{conversation}/messages", "viewer")
async def messages(
    conversation: TheConversation, ask: Annotated[PageAsk, Query()], studio: TheStudio, caller: TheCaller
) -> Listing[MessageShape]:
    """List the messages of a conversation, newest first."""
    found = await conversations.messages(studio, caller, conversation, ask.before, ask.limit)
    shown, ids = [MessageShape.of(view) for view in found.items], [view.message.id for view in found.items]
    return Listing[MessageShape](**shape.rows(shown, ask.limit, ids, found.as_of))


@DOORS.post(
    "/{conversation}/messages", "member", status_code=201, response_model=SaidShape, responses=_STREAMED,
    dependencies=[Throttled],
)  # fmt: skip
async def say(
    conversation: TheConversation,
    ask: MessageAsk,
    manner: TheManner,
    studio: TheStudio,
    caller: TheCaller,
) -> Any:
    """Say something, and have it answered by a job; `Accept` and `Prefer` say how to wait for that, as for any job."""
    saying = Saying(
        conversation,
        ask.text.strip(),
        ask.role,
        ask.reply.wanted("text") if ask.reply else None,
        ask.model_dump(mode="json"),
        manner.waiting.idempotency_key,
        at_once=True,
    )
    return await _answered(await reply.say(studio, caller, saying), manner, studio, caller)


@DOORS.post(
    "/{conversation}/generate", "member", status_code=201, response_model=SaidShape, responses=_STREAMED,
    dependencies=[Throttled],
)  # fmt: skip
async def generate(
    conversation: TheConversation,
    ask: GenerateAsk,
    manner: TheManner,
    studio: TheStudio,
    caller: TheCaller,
) -> Any:
    """Make media from a conversation, an image where nothing else is named; the last message is the default prompt."""
    at_once = manner.streams or manner.patience > 0
    wanted, body, key = ask.wanted("image"), ask.model_dump(mode="json"), manner.waiting.idempotency_key
    saying = Saying(conversation, "", "assistant", wanted, body, key, at_once, ask.filling(conversation))
    return await _answered(await reply.generate(studio, caller, saying), manner, studio, caller)


async def _answered(said: Said, manner: Manner, studio: TheStudio, caller: TheCaller) -> Any:
    if said.taken is None:
        return SaidShape.of(said)
    job = said.taken.job.id
    headers = place(job) | ({"Idempotency-Replayed": "true"} if said.taken.replayed else {})
    if manner.streams:
        return sse.respond(sse.encoded(follow.one(studio, caller, job)), headers)
    manner.response.headers.update(headers)
    if manner.patience:
        await follow.wait(studio, caller, job, manner.patience)
        said = await reply.again(studio, caller, said)
        manner.response.headers["Preference-Applied"] = f"wait={manner.patience}"
    return SaidShape.of(said)


@DOORS.post("/{conversation}/context", "viewer")
async def context(conversation: TheConversation, studio: TheStudio, caller: TheCaller) -> ContextShape:
    """Tell what a conversation says of a scene, by fixed rules: names, setting, style, mood, the last message."""
    return ContextShape(context=await transcript.context(studio, caller, conversation))


@DOORS.post("/{conversation}/summary", "viewer", dependencies=[Throttled])
async def summary(
    conversation: TheConversation,
    ask: SummaryAsk,
    waiting: Annotated[Waiting, Header()],
    studio: TheStudio,
    caller: TheCaller,
) -> SummaryShape:
    """Summarise a conversation: in its own sentences, or by a job of what `reply` names."""
    wanted = ask.reply.wanted("text") if ask.reply else None
    saying = Saying(
        conversation, "", "user", wanted, ask.model_dump(mode="json"), waiting.idempotency_key, at_once=True
    )
    made = await reply.summarised(studio, caller, saying, ask.sentences)
    if isinstance(made, str):
        return SummaryShape(summary=made, job=None)
    view = await follow.wait(studio, caller, made.job.id, seconds_to_wait(waiting.prefer))
    asset = next((asset for asset in view.assets if asset.media == "text" and view.job.state == "succeeded"), None)
    return SummaryShape(summary=await transcript.text_of(studio, asset) if asset else None, job=JobShape.of(view))
