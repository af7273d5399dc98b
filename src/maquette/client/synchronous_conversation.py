"""The calls of conversations, in ordinary code."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from maquette.client.conversation import Conversation, Message

if TYPE_CHECKING:
    from maquette.client.asynchronous import AsyncClient
    from maquette.client.model import Event

T = TypeVar("T")


class SyncConversations:
    """What `Conversations` does, each call waited for."""

    _client: AsyncClient

    if TYPE_CHECKING:

        def _await(self, work: Coroutine[Any, Any, T]) -> T: ...

        def _each(self, items: AsyncIterator[T]) -> Iterator[T]: ...

    def conversations(self, *, limit: int | None = None) -> Iterator[Conversation]:
        """Yield conversations from the newest on, page by page."""
        return self._each(self._client.conversations(limit=limit))

    def conversation(self, conversation: str) -> Conversation:
        """Return a conversation."""
        return self._await(self._client.conversation(conversation))

    def create_conversation(self, title: str = "") -> Conversation:
        """Begin a conversation; without a title it is called by its first words."""
        return self._await(self._client.create_conversation(title))

    def rename_conversation(self, conversation: str | Conversation, title: str) -> Conversation:
        """Give a conversation another title."""
        return self._await(self._client.rename_conversation(conversation, title))

    def delete_conversation(self, conversation: str | Conversation) -> None:
        """Delete a conversation; what its jobs are making goes on, and what they made stays."""
        self._await(self._client.delete_conversation(conversation))

    def import_conversations(self, document: Any) -> Sequence[Conversation]:
        """Import what another program exported, all or none; raises `ParamsInvalid` with every fault."""
        return self._await(self._client.import_conversations(document))

    def messages(self, conversation: str | Conversation, *, limit: int | None = None) -> Iterator[Message]:
        """Yield the messages of a conversation from the newest on, page by page."""
        return self._each(self._client.messages(conversation, limit=limit))

    def say(
        self,
        conversation: str | Conversation,
        text: str,
        *,
        role: str = "user",
        reply: str | None = "text",
        on_event: Callable[[Event], None] | None = None,
        **words: Any,
    ) -> Message:
        """Say something, and return what answers it once that is written; see `AsyncClient.say` for the words."""
        work = self._client.say(conversation, text, role=role, reply=reply, on_event=on_event, **words)
        return self._await(work)

    def generate_from_conversation(
        self,
        conversation: str | Conversation,
        params: Mapping[str, Any] | None = None,
        *,
        action: str = "image",
        on_event: Callable[[Event], None] | None = None,
        **words: Any,
    ) -> Message:
        """Make media from a conversation, and return the message that keeps them once they are made."""
        work = self._client.generate_from_conversation(conversation, params, action=action, on_event=on_event, **words)
        return self._await(work)

    def conversation_context(self, conversation: str | Conversation) -> Mapping[str, Any]:
        """Return what a conversation says of a scene, as templates read it."""
        return self._await(self._client.conversation_context(conversation))

    def summarise_conversation(
        self, conversation: str | Conversation, *, sentences: int = 3, reply: str | None = None, **words: Any
    ) -> str:
        """Return a summary: in the conversation's own sentences, or by what `reply` names, which may cost."""
        return self._await(self._client.summarise_conversation(conversation, sentences=sentences, reply=reply, **words))
