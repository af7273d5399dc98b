"""Refuse a model that is known to be gone, before anything is sent."""

from __future__ import annotations

from datetime import UTC, datetime

from maquette.catalog import model
from maquette.core.errors import ModelRetired

__all__ = ["admit", "gone"]


def admit(provider: str, name: str) -> None:
    """Let a model pass that is served as far as anybody knows; raises `ModelRetired`, naming what takes its place."""
    known = model(provider, name)
    if known is not None and known.retired(datetime.now(UTC).date()):
        raise gone(provider, name, "")


def gone(provider: str, name: str, said: str) -> ModelRetired:
    """Return the error for a model that is no longer served, in the provider's words where it said any."""
    known = model(provider, name)
    after = known.replaced_by if known else None
    date = known.retires_on if known else None
    when = f"was retired on {date}" if date else "is no longer served"
    return ModelRetired(
        f"The model {name!r} {when}{f': {said}' if said else ''}",
        hint=f"Use {after!r} instead." if after else "The account's list of models names those that are served.",
        model=name,
        replaced_by=after,
        retired_on=str(date) if date else None,
    )
