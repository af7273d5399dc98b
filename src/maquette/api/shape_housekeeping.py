"""What callers get of keeping house."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from maquette.api.shape import Shape
from maquette.core.params import Media
from maquette.engine.housekeeping import Going, Tidied


class GoingShape(Shape):
    """A file that a rule lets go."""

    asset: str
    name: str
    media: Media
    size: int
    created_at: int
    rule: int
    """The place of the rule in the list, from 0."""
    why: str

    @classmethod
    def of(cls, going: Going) -> GoingShape:
        """Return a file as it is shown."""
        asset = going.asset
        return cls(
            asset=asset.id,
            name=asset.name,
            media=asset.media,
            size=asset.size,
            created_at=asset.created_at,
            rule=going.rule,
            why=going.why,
        )


class TidyShape(Shape):
    """What goes, or would go."""

    dry_run: bool
    count: int
    bytes: int
    """The size of all that goes; it is free a week later, when the bin is emptied."""
    items: list[GoingShape]
    """The first thousand."""
    compressed: int = 0
    saved_bytes: int = 0
    left: list[str] = Field(default_factory=list)
    """Why pictures stayed as they are."""

    @classmethod
    def planned(cls, found: Sequence[Going]) -> TidyShape:
        """Return what would go."""
        return cls(dry_run=True, **_sums(found))

    @classmethod
    def of(cls, done: Tidied) -> TidyShape:
        """Return what went."""
        more = {"compressed": done.compressed, "saved_bytes": done.saved, "left": done.left}
        return cls(dry_run=False, **_sums(done.gone), **more)


def _sums(found: Sequence[Going]) -> dict[str, Any]:
    items = [GoingShape.of(each) for each in found[:1000]]
    return {"count": len(found), "bytes": sum(each.asset.size for each in found), "items": items}


class FilterShape(Shape):
    """A content filter that is installed."""

    name: str
    title: str
    settings_schema: dict[str, Any]
    """The schema of its settings."""


class FingerprintShape(Shape):
    """What a filter of pictures knows a picture by."""

    fingerprint: str
