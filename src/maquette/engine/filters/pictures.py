"""Refuse pictures that look like one of a list, by a fingerprint that survives resizing and mild changes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from maquette.core.filter import FilterSettings, Specimen


class Pictures(FilterSettings):
    """Which pictures are refused."""

    fingerprints: Annotated[
        list[Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]], Field(min_length=1, max_length=100_000)
    ]
    """Fingerprints of the pictures; `GET /api/v1/assets/ID/fingerprint` tells that of one."""
    distance: Annotated[int, Field(ge=0, le=16)] = 6
    """In how many of its 64 places a picture may differ and still counts as the same."""


class BlockList:
    """Holds pictures against a list of fingerprints. It knows what it was told, and judges nothing else."""

    title = "List of pictures"
    settings: type[FilterSettings] = Pictures

    def prompt(self, text: str, settings: Pictures) -> str | None:
        """Let every text pass."""
        return None

    def output(self, specimen: Specimen, settings: Pictures) -> str | None:
        """Return that a picture looks like a listed one."""
        if specimen.fingerprint is None:
            return None
        mine = int(specimen.fingerprint, 16)
        near = any((mine ^ int(each, 16)).bit_count() <= settings.distance for each in settings.fingerprints)
        return "it looks like a picture of the list" if near else None


FILTER = BlockList()
