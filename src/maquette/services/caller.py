"""Who asks: every use case takes the caller first and stays within its workspace."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from maquette.core.errors import Forbidden
from maquette.core.model import Role

RANKS: dict[Role, int] = {"viewer": 0, "member": 1, "admin": 2}
"""Roles by what they may: each may all that a lower one may."""
WORKSPACE = "default"
"""The workspace that an installation starts with."""
ACTION = "action:"
"""How a scope begins that allows an action, or all whose names fit a pattern."""
READ = ":read"
"""How a scope ends that allows to look and not to change."""
_RUNS = "jobs"


@dataclass(frozen=True, slots=True)
class Caller:
    """A key at work in its workspace; `key` is None where authentication is switched off."""

    workspace: str
    key: str | None
    role: Role
    via: Literal["key", "session", "open"] = "key"
    scopes: Sequence[str] | None = None
    """What alone the key may use, within its role; None is all of that."""
    per_minute: int | None = None
    """How many jobs the key may start a minute, where it has a bound of its own."""


def require(caller: Caller, role: Role) -> None:
    """Refuse a caller of a lower role; raises `Forbidden`."""
    if RANKS[caller.role] < RANKS[role]:
        raise Forbidden(f"This needs the role {role!r}; the key has {caller.role!r}")


def require_group(caller: Caller, group: str, *, reads: bool) -> None:
    """Refuse a caller whose scopes leave out a group of routes; a scope for an action opens `jobs`."""
    if caller.scopes is None or group in caller.scopes or (reads and group + READ in caller.scopes):
        return
    if group == _RUNS and any(scope.startswith(ACTION) for scope in caller.scopes):
        return
    wanted = f"{group}{READ}" if reads else group
    raise Forbidden(f"The key has no scope {wanted!r}", hint="Use a key with that scope, or with none at all.")


def require_actions(caller: Caller, actions: Iterable[str]) -> None:
    """Refuse a caller whose scopes name actions, and not one of these."""
    for action in actions:
        if not allows(caller, action):
            raise Forbidden(f"The key has no scope {ACTION + action!r}", hint="Use a key that may run this action.")


def allows(caller: Caller, action: str) -> bool:
    """Tell whether the scopes of a caller let it run an action."""
    patterns = [scope.removeprefix(ACTION) for scope in caller.scopes or () if scope.startswith(ACTION)]
    return not patterns or any(fnmatchcase(action, pattern) for pattern in patterns)
