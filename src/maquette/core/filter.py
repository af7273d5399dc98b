"""The port of content filters: each refuses a prompt before anything is sent, or a result before it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pydantic import ConfigDict

from maquette.core.params import Media

from .documented import Documented

GROUP = "maquette.filters"
"""The entry points under which distributions offer filters."""


class FilterSettings(Documented):
    """Base of a filter's settings; their schema draws the form."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


@dataclass(frozen=True, slots=True)
class Specimen:
    """A result that has passed the checks and is not kept yet."""

    media: Media
    path: Path
    """The file; whoever decodes it takes care, for it comes from outside."""
    digest: str
    """SHA-256 of its bytes."""
    fingerprint: str | None
    """Of a picture: 16 hexadecimal digits that change little when the picture does."""


class Filter(Protocol):
    """One content filter. Its methods run in a thread of their own and may take their time."""

    title: str
    settings: type[FilterSettings]

    def prompt(self, text: str, settings: Any) -> str | None:
        """Return why a text may not be sent, without repeating it; None where it may."""
        ...

    def output(self, specimen: Specimen, settings: Any) -> str | None:
        """Return why a result may not be kept; None where it may."""
        ...
