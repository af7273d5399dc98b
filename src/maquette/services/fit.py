"""Whether what a job is given is there, and what is left of it where a budget has no room for some of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from maquette.core import budget as rules
from maquette.core.errors import BudgetExceeded, NotFound, ParamsInvalid
from maquette.core.model import Job
from maquette.core.params import Warned
from maquette.core.registry import Registry
from maquette.store import asset as assets
from maquette.store import job as jobs
from maquette.store.database import Tx


def without(job: Job, refusal: BudgetExceeded) -> Job:
    """Return a job without the candidates for which a budget of an account or a provider has no room.

    Raises the refusal where none is left, or where the budget is for all of them.
    """
    scope, subject = refusal.details.get("scope"), str(refusal.details.get("subject"))
    if scope not in ("account", "provider") or not job.plan:
        raise refusal
    left = [row for row in job.plan if rules.subject_of(row, scope) != subject]
    if not left or len(left) == len(job.plan):
        raise refusal
    told = Warned(field=scope, asked=subject, used=None, why=refusal.message)
    return replace(job, plan=left, warnings=[*job.warnings, told], reserved=rules.ceiling(left))


def check_parent(tx: Tx, parent: str | None) -> None:
    """Refuse a parent of another workspace; an id that no job has is a label of the caller's own."""
    if parent is not None:
        known = jobs.anywhere(tx, parent)
        if known is not None and known.workspace != tx.workspace:
            raise NotFound(f"No job {parent!r}")


def check_assets(tx: Tx, registry: Registry, action: str, params: Mapping[str, Any]) -> None:
    """Refuse parameters that name assets which are not there, or of another medium; raises `ParamsInvalid`."""
    faults = list[dict[str, Any]]()
    for field, media in registry.action(action).accepts().items():
        given = params.get(field) or []
        for asset in [given] if isinstance(given, str) else given:
            try:
                found = assets.get(tx, asset)
            except NotFound:
                faults.append({"path": field, "message": f"there is no asset {asset!r}"})
                continue
            if found.media not in media:
                message = f"asset {asset!r} is {found.media}, not {' or '.join(media)}"
                faults.append({"path": field, "message": message, "allowed": {"media": media}})
    if faults:
        raise ParamsInvalid(f"Parameters of {action!r}: {faults[0]['path']!r}: {faults[0]['message']}", errors=faults)
