"""Conversations and their messages: rows, and what they read like. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Speaker = Literal["system", "user", "assistant", "tool"]
"""Who says a message."""
SPEAKERS: tuple[Speaker, ...] = ("system", "user", "assistant", "tool")
MOST_TEXT = 32_000
"""Most characters of one message."""
MOST_TITLE = 200
"""Most characters of a title."""

_LINE = 60


@dataclass(frozen=True, slots=True)
class Conversation:
    """Messages in a row, which templates and replies may read."""

    id: str
    workspace: str
    title: str
    created_at: int
    updated_at: int
    deleted_at: int | None = None
    legacy_id: str | None = None
    """What it is called where it was imported from."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message; a job writes its text, or makes what it shows."""

    id: str
    workspace: str
    conversation: str
    role: Speaker
    text: str
    created_at: int
    job: str | None = None


def title_of(text: str) -> str:
    """Return the beginning of a text as a title: one line, cut at a word."""
    line = " ".join(text.split())
    if len(line) <= _LINE:
        return line
    cut = line[:_LINE].rpartition(" ")[0] or line[:_LINE]
    return f"{cut}\u2026"


def transcript(messages: Sequence[Message], most: int) -> str:
    """Return messages as lines of who said what, oldest first; what is too much is left out from the beginning.

    Args:
        messages: The messages, oldest first.
        most: Most characters of the whole.
    """
    lines, size = list[str](), 0
    for message in reversed([each for each in messages if each.text.strip()]):
        line = f"{message.role.capitalize()}: {message.text.strip()}"
        size += len(line) + 1
        if size > most:
            break
        lines.append(line)
    return "\n".join(reversed(lines))
