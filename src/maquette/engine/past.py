"""What a composite job has done so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from maquette import catalog
from maquette.core.interaction import Interaction
from maquette.core.model import Account, Asset, Job
from maquette.engine import choice, heritage
from maquette.store import asset as assets
from maquette.store import interaction as interactions
from maquette.store import job as jobs
from maquette.store import price as prices
from maquette.store import tree
from maquette.store.database import Tx


@dataclass(slots=True)
class Past:
    """What a composite has done so far, read in one go when it starts from the top."""

    job: Job
    children: Mapping[str, Job]
    before: Mapping[str, Job]
    """The children of the tries before this one."""
    asked: Mapping[str, Interaction]
    assets: Mapping[str, Sequence[Asset]]
    """By the job that made them."""
    ancestors: Sequence[str]
    accounts: Sequence[Account]
    prices: Mapping[tuple[str, str], catalog.Own] = field(default_factory=dict[tuple[str, str], catalog.Own])
    """What the workspace set for models itself."""


def past(tx: Tx, job: Job) -> Past:
    """Read what a composite has done."""
    now = jobs.get(tx, job.id)
    children, before = tree.steps(tx, job.id), heritage.children_before(tx, now)
    makers = [heritage.maker(each) for each in (*children, *before.values()) if each.state == "succeeded"]
    return Past(
        job=now,
        children={child.child_key or child.id: child for child in children},
        before=before,
        asked={asked.key: asked for asked in interactions.of_job(tx, job.id)},
        assets=assets.of_jobs(tx, makers),
        ancestors=tree.ancestors(tx, job.id),
        accounts=choice.listed(tx),
        prices=prices.own(tx),
    )
