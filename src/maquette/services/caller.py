"""Who asks: every use case takes the caller first and stays within its workspace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from maquette.core.errors import Forbidden
from maquette.core.model import Role

RANKS: dict[Role, int] = {"viewer": 0, "member": 1, "admin": 2}
"""Roles by what they may: each may all that a lower one may."""
WORKSPACE = "default"
"""The workspace that an installation starts with."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A key at work in its workspace; `key` is None where authentication is switched off."""

    workspace: str
    key: str | None
    role: Role
    via: Literal["key", "session", "open"] = "key"


def require(caller: Caller, role: Role) -> None:
    """Refuse a caller of a lower role; raises `Forbidden`."""
    if RANKS[caller.role] < RANKS[role]:
        raise Forbidden(f"This needs the role {role!r}; the key has {caller.role!r}")
