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
PRESET = "preset:"
"""How a scope begins that allows a preset by id or name, whatever its candidates are."""
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
    expires_at: int | None = None
    """When the key ends."""

    @property
    def narrowed(self) -> bool:
        """Whether the key may run but some actions or presets."""
        return any(scope.startswith((ACTION, PRESET)) for scope in self.scopes or ())


def require(caller: Caller, role: Role) -> None:
    """Refuse a caller of a lower role; raises `Forbidden`."""
    if RANKS[caller.role] < RANKS[role]:
        raise Forbidden(f"This needs the role {role!r}; the key has {caller.role!r}")


def require_owner(caller: Caller, what: str) -> None:
    """Refuse whoever is no admin of the workspace that the installation started with; raises `Forbidden`."""
    require(caller, "admin")
    if caller.workspace != WORKSPACE:
        raise Forbidden(
            f"{what} in the installation's own workspace {WORKSPACE!r}; the key is of {caller.workspace!r}",
            hint="Ask whoever runs this installation.",
        )


def require_group(caller: Caller, group: str, *, reads: bool) -> None:
    """Refuse a caller whose scopes leave out a group of routes; one for an action or a preset opens `jobs`."""
    if caller.scopes is None or group in caller.scopes or (reads and group + READ in caller.scopes):
        return
    if group == _RUNS and caller.narrowed:
        return
    wanted = f"{group}{READ}" if reads else group
    raise Forbidden(f"The key has no scope {wanted!r}", hint="Use a key with that scope, or with none at all.")


def require_runs(caller: Caller, actions: Iterable[str], preset: Iterable[str] = ()) -> None:
    """Refuse a caller whose scopes name actions or presets, and neither this preset nor each of these actions.

    Args:
        caller: Who asks.
        actions: Every action that may run.
        preset: Id and name of the preset that chose them, where one did.
    """
    if not caller.narrowed or _allows(caller, PRESET, preset):
        return
    for action in actions:
        if not _allows(caller, ACTION, [action]):
            raise Forbidden(
                f"The key has no scope {ACTION + action!r}", hint="Use a key that may run this action, or its preset."
            )


def _allows(caller: Caller, kind: str, names: Iterable[str]) -> bool:
    patterns = [scope.removeprefix(kind) for scope in caller.scopes or () if scope.startswith(kind)]
    return any(fnmatchcase(name, pattern) for name in names for pattern in patterns)


def covers(held: str, wanted: str) -> bool:
    """Tell whether a scope allows all that another one does; `*` is all that a pattern knows."""
    if wanted in (held, held + READ):
        return True
    return held.startswith((ACTION, PRESET)) and fnmatchcase(wanted, held)
