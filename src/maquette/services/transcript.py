"""What was said in a conversation, with what jobs have written by now, and what it says of a scene."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from maquette.core.context import extract_context_from_messages
from maquette.core.conversation import MOST_TEXT, Message
from maquette.core.errors import NotFound
from maquette.core.model import Asset
from maquette.engine.studio import Studio
from maquette.services.caller import Caller
from maquette.store import asset as assets
from maquette.store import conversation as rows
from maquette.store import job as jobs
from maquette.store.database import Tx

READ = 200
"""How many of the newest messages a context, a digest and a reply are made from."""

_MOST = 200_000


async def named(studio: Studio, caller: Caller, conversation: str) -> str:
    """Return the id of a conversation that is named by it, or by the number that it had before it was imported.

    Raises `NotFound` for a number that none had; whether there is one of the id is not asked.
    """
    if not conversation.isdecimal():
        return conversation
    return await studio.store.read(caller.workspace, lambda tx: rows.imported(tx, conversation))


async def said(studio: Studio, caller: Caller, conversation: str) -> list[Message]:
    """Return the newest messages, oldest first; raises `NotFound`."""

    def unit(tx: Tx) -> list[Message]:
        rows.get(tx, conversation)
        return rows.message_page(tx, conversation, None, READ)

    return await written(studio, caller, list(reversed(await studio.store.read(caller.workspace, unit))))


async def context(studio: Studio, caller: Caller, conversation: str) -> dict[str, Any]:
    """Return what a conversation says of a scene, as templates read it; raises `NotFound`."""
    found, size = list[Message](), 0
    for message in reversed(await said(studio, caller, conversation)):
        size += len(message.text)
        if found and size > _MOST:
            break
        found.append(message)
    return await asyncio.to_thread(extract_context_from_messages, list(reversed(found)))


async def written(studio: Studio, caller: Caller, messages: Sequence[Message]) -> list[Message]:
    """Return messages with the texts that their jobs have written since; these are kept with the message."""
    found = await studio.store.read(caller.workspace, lambda tx: _texts(tx, messages))
    fresh = {name: await text_of(studio, asset) for name, asset in found.items()}
    if not fresh:
        return list(messages)

    def unit(tx: Tx) -> None:
        for name, text in fresh.items():
            rows.write(tx, name, text)

    await studio.store.write(caller.workspace, unit)
    return [replace(message, text=fresh.get(message.id, message.text)) for message in messages]


async def text_of(studio: Studio, asset: Asset) -> str:
    """Return the text of an asset, as far as a message goes."""
    pieces = [piece async for piece in studio.blobs.read(asset.blob, 0, min(asset.size, MOST_TEXT * 4))]
    return b"".join(pieces).decode("utf-8", "replace").strip()[:MOST_TEXT]


def _texts(tx: Tx, messages: Sequence[Message]) -> dict[str, Asset]:
    """Return what jobs wrote for messages that have no text yet, by the message."""
    waiting = {message.job: message.id for message in messages if message.job and not message.text}
    made = assets.of_jobs(tx, list(waiting)) if waiting else {}
    texts = {job: next((asset for asset in some if asset.media == "text"), None) for job, some in made.items()}
    return {waiting[job]: asset for job, asset in texts.items() if asset is not None and _done(tx, job)}


def _done(tx: Tx, job: str) -> bool:
    try:
        return jobs.get(tx, job).state == "succeeded"
    except NotFound:
        return False
