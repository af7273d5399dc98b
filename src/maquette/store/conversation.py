"""Rows of conversations and their messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from maquette.core.conversation import Conversation, Message
from maquette.core.errors import NotFound
from maquette.store.database import Tx
from maquette.store.table_conversation import conversations, messages

_THERE = conversations.c.deleted_at.is_(None)


def insert(tx: Tx, conversation: Conversation) -> None:
    """Insert a conversation."""
    tx.run(sa.insert(conversations), {name: getattr(conversation, name) for name in Conversation.__slots__})


def get(tx: Tx, conversation: str) -> Conversation:
    """Return a conversation of the workspace; raises `NotFound`, also for one that was deleted."""
    mine = (conversations.c.workspace == tx.workspace, conversations.c.id == conversation, _THERE)
    row = tx.run(sa.select(conversations).where(*mine)).first()
    if row is None:
        raise NotFound(f"No conversation {conversation!r}")
    return Conversation(**row._asdict())


def imported(tx: Tx, number: str) -> str:
    """Return the id of the conversation, the newest, that had a number before it was imported; raises `NotFound`."""
    mine = (conversations.c.workspace == tx.workspace, conversations.c.legacy_id == number, _THERE)
    found: str | None = tx.run(sa.select(sa.func.max(conversations.c.id)).where(*mine)).scalar()
    if found is None:
        raise NotFound(f"No conversation {number!r} was imported", hint="GET /api/v1/conversations lists their ids.")
    return found


def change(tx: Tx, conversation: str, **values: Any) -> Conversation:
    """Change a conversation and return it; raises `NotFound`, also for one that was deleted."""
    mine = (conversations.c.workspace == tx.workspace, conversations.c.id == conversation, _THERE)
    row = tx.run(sa.update(conversations).where(*mine).values(**values).returning(conversations)).first()
    if row is None:
        raise NotFound(f"No conversation {conversation!r}")
    return Conversation(**row._asdict())


def page(tx: Tx, before: str | None, limit: int) -> list[Conversation]:
    """Return a page of conversations, newest first, older than the id `before`."""
    where = [conversations.c.workspace == tx.workspace, _THERE]
    if before:
        where.append(conversations.c.id < before)
    rows = tx.run(sa.select(conversations).where(*where).order_by(conversations.c.id.desc()).limit(limit))
    return [Conversation(**row._asdict()) for row in rows]


def say(tx: Tx, *said: Message) -> None:
    """Append messages to their conversation."""
    tx.run(sa.insert(messages), [{name: getattr(each, name) for name in Message.__slots__} for each in said])


def write(tx: Tx, message: str, text: str) -> None:
    """Write the text of a message that has none yet."""
    mine = (messages.c.workspace == tx.workspace, messages.c.id == message, messages.c.text == "")
    tx.run(sa.update(messages).where(*mine).values(text=text))


def message_page(tx: Tx, conversation: str, before: str | None, limit: int) -> list[Message]:
    """Return a page of a conversation's messages, newest first, older than the id `before`."""
    where = [messages.c.workspace == tx.workspace, messages.c.conversation == conversation]
    if before:
        where.append(messages.c.id < before)
    rows = tx.run(sa.select(messages).where(*where).order_by(messages.c.id.desc()).limit(limit))
    return [Message(**row._asdict()) for row in rows]


def messages_of(tx: Tx, ids: Sequence[str]) -> list[Message]:
    """Return messages of the workspace by their ids, oldest first."""
    mine = (messages.c.workspace == tx.workspace, messages.c.id.in_(ids))
    return [Message(**row._asdict()) for row in tx.run(sa.select(messages).where(*mine).order_by(messages.c.id))]
