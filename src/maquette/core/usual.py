"""Where a provider's account is usually found on a machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Usual:
    """The traces that an account leaves: a server on its usual port, a key in its usual environment variable."""

    servers: tuple[str, ...] = ()
    """Base URLs on this machine; a server is offered where the provider's own check proves it."""
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    """The name of an environment variable, and the setting that it fills."""
