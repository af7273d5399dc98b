"""Name the generations of ComfyUI whose routes differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Version:
    """Say what a generation of the server can do.

    Attributes:
        number: What `/system_stats` tells.
        jobs: Whether `/api/jobs` is there.
        cancel: Whether jobs have cancel routes.
        strict_ids: Whether a client's prompt id must be a UUID.
    """

    number: str
    jobs: bool
    cancel: bool
    strict_ids: bool


VERSIONS: Final[Mapping[str, Version]] = {
    "old": Version("0.3.64", jobs=False, cancel=False, strict_ids=False),
    "middle": Version("0.8.0", jobs=True, cancel=False, strict_ids=False),
    "new": Version("0.33.0", jobs=True, cancel=True, strict_ids=True),
}
