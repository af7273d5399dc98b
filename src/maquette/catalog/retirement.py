"""Keep to models that are served: refuse what is gone, name what follows it, and warn of what goes soon."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from maquette.core.errors import ModelRetired, RequestRejected

from . import model

__all__ = ["NOTICE", "admit", "gone", "leaving", "unserved"]

NOTICE = timedelta(days=60)
"""How long before its end a model is used with a warning."""
_LIST = "The account's list of models names those that are served."


def admit(provider: str, name: str) -> None:
    """Let a model pass that is served as far as anybody knows; raises `ModelRetired`, naming what takes its place."""
    known = model(provider, name)
    if known is not None and known.retired(datetime.now(UTC).date()):
        raise gone(provider, name)


def gone(provider: str, name: str, said: str = "") -> ModelRetired:
    """Return the error for a model that is no longer served, in the provider's words where it said any."""
    known = model(provider, name)
    after = known.replaced_by if known else None
    day = known.retires_on if known else None
    when = f"was retired on {day}" if day else "is no longer served"
    return ModelRetired(
        f"The model {name!r} {when}{f': {said}' if said else ''}",
        hint=f"Use {after!r} instead." if after else _LIST,
        model=name,
        replaced_by=after,
        retired_on=str(day) if day else None,
    )


def unserved(provider: str, name: str, said: str, **details: Any) -> RequestRejected:
    """Return the error for a model that the provider says it does not have: it may be gone, or never was."""
    known = model(provider, name)
    if known is not None and known.retires_on is not None:
        return gone(provider, name)
    return RequestRejected(said, hint=_LIST, **details)


def leaving(provider: str, name: str, on: date) -> str | None:
    """Tell of a model that goes within sixty days when that is, and what follows it; None for any other."""
    known = model(provider, name)
    if known is None or known.retires_on is None or not on < known.retires_on <= on + NOTICE:
        return None
    follows = f"{known.replaced_by!r} takes its place" if known.replaced_by else "the vendor named no replacement"
    return f"the vendor ends this model on {known.retires_on}; {follows}"
