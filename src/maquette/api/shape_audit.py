"""What callers get of the audit log and of the configuration."""

from __future__ import annotations

from typing import Any

from maquette.api.shape import Shape


class EntryShape(Shape):
    """One change that somebody made."""

    id: str
    at: int
    key: str | None
    """The id of the key that made it; null where authentication is off, or for the machine's own user."""
    action: str
    """What happened, e.g. `account.updated`."""
    subject: str
    """The id of what was changed."""
    before: dict[str, Any] | None
    """How it was, as far as it changed; never a secret."""
    after: dict[str, Any] | None
    """How it is since."""


class WaitingShape(Shape):
    """An account that is switched off until its secrets are entered."""

    account: str
    name: str
    secrets: list[str]


class ImportedShape(Shape):
    """What an import did."""

    created: list[str]
    """The ids of what is new."""
    updated: list[str]
    """The ids of what was changed."""
    unchanged: int
    needs_secrets: list[WaitingShape]
    left_out: list[str]
    """What an older document says that has no place here."""
