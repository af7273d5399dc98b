"""Conversations and their messages, as the server sends them, and their calls."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from maquette.client.model import Event, Job, empty_raw, parse
from maquette.client.transport import API, Transport

_PATH = f"{API}/conversations"


@dataclass(frozen=True, slots=True)
class Conversation:
    """Messages in a row."""

    id: str
    title: str = ""
    legacy_id: str | None = None
    created_at: int = 0
    updated_at: int = 0
    raw: Mapping[str, Any] = empty_raw()


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `job` writes its text, or made what it shows."""

    id: str
    conversation: str = ""
    role: str = "user"
    text: str = ""
    job: Job | None = None
    created_at: int = 0
    raw: Mapping[str, Any] = empty_raw()

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Message:
        """Build a message from the server's JSON."""
        job = body.get("job")
        return parse(cls, body, job=Job.of(job) if job else None)


class Conversations:
    """Talk, and media made from it."""

    _transport: Transport

    if TYPE_CHECKING:

        async def wait(
            self, job: str | Job, *, on_event: Callable[[Event], None] | None = None, after: int | None = None
        ) -> Job:
            """Return a job when it is settled."""
            ...

    async def conversations(self, *, limit: int | None = None) -> AsyncIterator[Conversation]:
        """Yield conversations from the newest on, page by page."""
        async for row in self._transport.pages(_PATH, limit, {}):
            yield parse(Conversation, row)

    async def conversation(self, conversation: str) -> Conversation:
        """Return a conversation."""
        return parse(Conversation, await self._transport.json("GET", f"{_PATH}/{conversation}"))

    async def create_conversation(self, title: str = "") -> Conversation:
        """Begin a conversation; without a title it is called by its first words."""
        return parse(Conversation, await self._transport.json("POST", _PATH, json={"title": title}))

    async def rename_conversation(self, conversation: str | Conversation, title: str) -> Conversation:
        """Give a conversation another title."""
        way = f"{_PATH}/{_id(conversation)}"
        return parse(Conversation, await self._transport.json("PATCH", way, json={"title": title}))

    async def delete_conversation(self, conversation: str | Conversation) -> None:
        """Delete a conversation; what its jobs are making goes on, and what they made stays."""
        await self._transport.json("DELETE", f"{_PATH}/{_id(conversation)}")

    async def import_conversations(self, document: Any) -> Sequence[Conversation]:
        """Import what another program exported, all or none; raises `ParamsInvalid` with every fault."""
        made = await self._transport.json("POST", f"{_PATH}/import", json={"document": document})
        return [parse(Conversation, each["conversation"]) for each in made["items"]]

    async def messages(self, conversation: str | Conversation, *, limit: int | None = None) -> AsyncIterator[Message]:
        """Yield the messages of a conversation from the newest on, page by page."""
        async for row in self._transport.pages(f"{_PATH}/{_id(conversation)}/messages", limit, {}):
            yield Message.of(row)

    async def say(
        self,
        conversation: str | Conversation,
        text: str,
        *,
        role: str = "user",
        reply: str | None = "text",
        on_event: Callable[[Event], None] | None = None,
        **words: Any,
    ) -> Message:
        """Say something, and return what answers it once that is written; without a reply, what was said.

        Args:
            conversation: The conversation, or its id.
            text: The words.
            role: Who says them.
            reply: An action, a preset, or `text` for whatever makes text there; None has it unanswered.
            on_event: Called with each event of the job that answers; `text` in its data is what is written so far.
            words: Parameters of the answer, and `account` and `strict`, as for `generate`.
        """
        body: dict[str, Any] = {"text": text, "role": role}
        if reply is not None:
            body["reply"] = wanted(reply, words)
        return await self._answer(conversation, "messages", body, on_event)

    async def generate_from_conversation(
        self,
        conversation: str | Conversation,
        params: Mapping[str, Any] | None = None,
        *,
        action: str = "image",
        on_event: Callable[[Event], None] | None = None,
        **words: Any,
    ) -> Message:
        """Make media from a conversation, and return the message that keeps them once they are made.

        Without a `prompt` among the parameters and without a `template`, the last message is the prompt.

        Args:
            conversation: The conversation, or its id.
            params: Parameters by the action's schema.
            action: An action, a preset or a media type.
            on_event: Called with each event of the job.
            words: `template`, `account` and `strict`, as for `generate`.
        """
        body = wanted(action, {**words, "params": dict(params or {})})
        return await self._answer(conversation, "generate", body, on_event)

    async def _answer(
        self, conversation: str | Conversation, way: str, body: Any, on_event: Callable[[Event], None] | None
    ) -> Message:
        path = f"{_PATH}/{_id(conversation)}"
        made = await self._transport.once("POST", f"{path}/{way}", key=uuid4().hex, json=body)
        newest = Message.of(made["messages"][-1])
        if newest.job is None:
            return newest
        await self.wait(newest.job, on_event=on_event)
        async for message in self.messages(conversation):
            if message.id == newest.id:
                return message
        return newest

    async def conversation_context(self, conversation: str | Conversation) -> Mapping[str, Any]:
        """Return what a conversation says of a scene, as templates read it."""
        made = await self._transport.json("POST", f"{_PATH}/{_id(conversation)}/context")
        found: Mapping[str, Any] = made["context"]
        return found

    async def summarise_conversation(
        self, conversation: str | Conversation, *, sentences: int = 3, reply: str | None = None, **words: Any
    ) -> str:
        """Return a summary: in the conversation's own sentences, or by what `reply` names, which may cost."""
        body: dict[str, Any] = {"sentences": sentences} | ({"reply": wanted(reply, words)} if reply else {})
        way, headers = f"{_PATH}/{_id(conversation)}/summary", {"Prefer": "wait=600", "Idempotency-Key": uuid4().hex}
        made = await self._transport.json("POST", way, json=body, headers=headers, timeout=630.0)
        if made["summary"] is None:
            Job.of(made["job"]).result()
        return str(made["summary"] or "")


MEDIA = frozenset({"audio", "document", "image", "text", "video"})
"""Names that stand for a media type; any other without a dot is a preset's."""
_BESIDE = ("account", "strict", "template")


def wanted(target: str, words: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request for an action, a preset or a media type, as conversations take it."""
    rest = dict(words)
    beside = {name: rest.pop(name) for name in _BESIDE if name in rest}
    params = {**rest.pop("params", {}), **rest}
    kind = "action" if "." in target else "media" if target in MEDIA else "preset"
    return {kind: target, "params": {name: value for name, value in params.items() if value is not None}} | beside


def _id(conversation: str | Conversation) -> str:
    return conversation if isinstance(conversation, str) else conversation.id
