"""Conversations: keep them, read them, import them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from maquette.core.conversation import Conversation, Message, title_of
from maquette.core.export import Talk, read
from maquette.core.ids import new_id
from maquette.engine.studio import Studio
from maquette.services import job as jobs
from maquette.services import transcript
from maquette.services.caller import Caller, require
from maquette.services.job import JobView
from maquette.store import conversation as rows
from maquette.store import event as events
from maquette.store import tree
from maquette.store.database import Tx


@dataclass(frozen=True, slots=True)
class Page:
    """Some conversations, and the sequence number of the log at which they were read."""

    items: Sequence[Conversation]
    as_of: int


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message, and the job that writes it or made what it shows."""

    message: Message
    job: JobView | None = None


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Some messages, newest first, and the sequence number of the log at which they were read."""

    items: Sequence[MessageView]
    as_of: int


@dataclass(frozen=True, slots=True)
class Imported:
    """A conversation that was imported."""

    conversation: Conversation
    messages: int
    skipped: int
    """Messages without any text, which were left out."""


async def create(studio: Studio, caller: Caller, title: str = "") -> Conversation:
    """Begin a conversation; without a title it is called by its first words."""
    require(caller, "member")

    def unit(tx: Tx) -> Conversation:
        made = Conversation(new_id("conv"), tx.workspace, " ".join(title.split()), tx.now, tx.now)
        rows.insert(tx, made)
        changed(tx, made.id)
        return made

    return await studio.store.write(caller.workspace, unit)


async def get(studio: Studio, caller: Caller, conversation: str) -> Conversation:
    """Return a conversation; raises `NotFound`."""
    return await studio.store.read(caller.workspace, lambda tx: rows.get(tx, conversation))


async def page(studio: Studio, caller: Caller, before: str | None, limit: int) -> Page:
    """Return a page of conversations, newest first."""

    def unit(tx: Tx) -> Page:
        as_of = events.last(tx)
        return Page(rows.page(tx, before, limit), as_of)

    return await studio.store.read(caller.workspace, unit)


async def rename(studio: Studio, caller: Caller, conversation: str, title: str) -> Conversation:
    """Give a conversation another title; raises `NotFound`."""
    require(caller, "member")

    def unit(tx: Tx) -> Conversation:
        changed(tx, conversation)
        return rows.change(tx, conversation, title=" ".join(title.split()), updated_at=tx.now)

    return await studio.store.write(caller.workspace, unit)


async def delete(studio: Studio, caller: Caller, conversation: str) -> None:
    """Delete a conversation; what its jobs are making goes on, and what they made stays. Raises `NotFound`."""
    require(caller, "member")

    def unit(tx: Tx) -> None:
        rows.change(tx, conversation, deleted_at=tx.now)
        changed(tx, conversation)

    await studio.store.write(caller.workspace, unit)


async def messages(
    studio: Studio, caller: Caller, conversation: str, before: str | None = None, limit: int = 50
) -> MessagePage:
    """Return a page of messages, newest first; what a job has written by now is in its message. Raises `NotFound`."""

    def unit(tx: Tx) -> MessagePage:
        rows.get(tx, conversation)
        as_of = events.last(tx)
        return MessagePage(views(tx, rows.message_page(tx, conversation, before, limit)), as_of)

    found = await studio.store.read(caller.workspace, unit)
    return replace(found, items=await _written(studio, caller, found.items))


def views(tx: Tx, said: Sequence[Message]) -> list[MessageView]:
    """Return messages with their jobs; a job that is gone leaves its message."""
    known = tree.several(tx, [message.job for message in said if message.job])
    found = {view.job.id: view for view in jobs.views(tx, list(known.values()))} if known else {}
    return [MessageView(message, found.get(message.job or "")) for message in said]


async def importing(studio: Studio, caller: Caller, document: Any) -> list[Imported]:
    """Keep the conversations of another program's export, all or none; raises `ParamsInvalid` with every fault."""
    require(caller, "member")
    found = await asyncio.to_thread(read, document)
    return await studio.store.write(caller.workspace, lambda tx: [_keep(tx, talk) for talk in found])


def _keep(tx: Tx, talk: Talk) -> Imported:
    made = Conversation(new_id("conv"), tx.workspace, talk.title, talk.at or tx.now, tx.now, None, talk.legacy_id)
    rows.insert(tx, made)
    lines = [
        Message(new_id("msg"), tx.workspace, made.id, line.role, line.text, line.at or made.created_at)
        for line in talk.lines
    ]
    rows.say(tx, *lines)
    changed(tx, made.id)
    return Imported(made, len(lines), talk.skipped)


def changed(tx: Tx, conversation: str) -> None:
    """Tell the log that a conversation is another one now."""
    tx.emit("conversation.changed", None, {"conversation": conversation})


def touch(tx: Tx, conversation: str, text: str) -> None:
    """Note that something was said; a conversation without a title is called by it. Raises `NotFound`."""
    now = rows.get(tx, conversation)
    rows.change(tx, conversation, updated_at=tx.now, title=now.title or title_of(text))
    changed(tx, conversation)


async def refreshed(studio: Studio, caller: Caller, ids: Sequence[str]) -> list[MessageView]:
    """Return messages as they are now, oldest first."""
    found = await studio.store.read(caller.workspace, lambda tx: views(tx, rows.messages_of(tx, ids)))
    return await _written(studio, caller, found)


async def _written(studio: Studio, caller: Caller, found: Sequence[MessageView]) -> list[MessageView]:
    now = await transcript.written(studio, caller, [view.message for view in found])
    return [replace(view, message=message) for view, message in zip(found, now, strict=True)]
