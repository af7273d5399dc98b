"""What callers get of conversations."""

from __future__ import annotations

from typing import Any

from maquette.api.shape import JobShape, Shape
from maquette.core.conversation import Conversation, Speaker
from maquette.services.conversation import Imported, MessageView
from maquette.services.reply import Said


class ConversationShape(Shape):
    """One conversation."""

    id: str
    title: str
    legacy_id: str | None
    """What it is called where it was imported from."""
    created_at: int
    updated_at: int

    @classmethod
    def of(cls, conversation: Conversation) -> ConversationShape:
        """Return a conversation as it is shown."""
        return cls.model_validate(conversation)


class MessageShape(Shape):
    """One message."""

    id: str
    conversation: str
    role: Speaker
    text: str
    """What was said; empty while its job writes, and where its job made something else."""
    job: JobShape | None
    """What writes it, or made what it shows."""
    created_at: int

    @classmethod
    def of(cls, view: MessageView) -> MessageShape:
        """Return a message as it is shown."""
        said = view.message
        return cls(
            id=said.id,
            conversation=said.conversation,
            role=said.role,
            text=said.text,
            job=JobShape.of(view.job) if view.job else None,
            created_at=said.created_at,
        )


class SaidShape(Shape):
    """What was said, and what answers it."""

    messages: list[MessageShape]
    """In their order; the last is the answer, where there is to be one."""

    @classmethod
    def of(cls, said: Said) -> SaidShape:
        """Return what was said as it is shown."""
        return cls(messages=[MessageShape.of(view) for view in said.messages])


class ContextShape(Shape):
    """What a conversation says of a scene."""

    context: dict[str, Any]
    """By name; what was not found has none."""


class SummaryShape(Shape):
    """A summary, or the job that writes one."""

    summary: str | None
    """Null until the job has written it."""
    job: JobShape | None
    """What writes it; null for one in the conversation's own sentences."""


class ImportedShape(Shape):
    """A conversation that was imported."""

    conversation: ConversationShape
    messages: int
    skipped: int
    """Messages without any text, which were left out."""

    @classmethod
    def of(cls, imported: Imported) -> ImportedShape:
        """Return what was imported as it is shown."""
        shown = ConversationShape.of(imported.conversation)
        return cls(conversation=shown, messages=imported.messages, skipped=imported.skipped)
