"""What a person chooses counts for the candidate that made it, once for each question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from maquette.core.interaction import Interaction
from maquette.core.model import Asset, Attempt
from maquette.services.selection import named
from maquette.store import asset as assets
from maquette.store import attempt as attempts
from maquette.store import tree
from maquette.store.database import Tx

Arm = tuple[str, str, str | None]
"""Action, account and model."""


def cast(tx: Tx, found: Interaction, response: Mapping[str, Any]) -> None:
    """Note which candidates made what was chosen, and over which others it was chosen.

    However often each was tried, it wins or loses once. Where one alone made everything, nothing was compared.
    """
    select = found.asked.select
    if select is None:
        return
    value = response.get(select.field)
    chosen = {value} if isinstance(value, str) else set(value or ())
    made = _offered(tx, found)
    winners = {asset.attempt for asset in made if asset.id in chosen}
    arms = dict[Arm, list[Attempt]]()
    for attempt in attempts.several(tx, list({asset.attempt for asset in made if asset.attempt})):
        arms.setdefault((attempt.action, attempt.account, attempt.model), []).append(attempt)
    won = {arm: best[-1].id for arm, tried in arms.items() if (best := [a for a in tried if a.id in winners])}
    if not won or len(arms) < 2:
        return
    attempts.vote(tx, list(won.values()), chosen=True)
    attempts.vote(tx, [tried[-1].id for arm, tried in arms.items() if arm not in won], chosen=False)


def _offered(tx: Tx, found: Interaction) -> Sequence[Asset]:
    """Return what could be chosen: what was made within the question, or what its data name."""
    select = found.asked.select
    if select is not None and select.source == "results":
        return [asset for some in assets.of_jobs(tx, tree.tries(tx, found.id)).values() for asset in some]
    return list(assets.several(tx, list(named(found.asked.data))).values())
