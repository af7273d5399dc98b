"""What needs a person: paid calls of which nobody knows whether they were taken, and the three ways out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from maquette.core.model import FINAL, Attempt, Job
from maquette.engine.account import origin_of
from maquette.engine.resolve import Decision, How, doubtful
from maquette.engine.resolve import resolve as settle
from maquette.engine.studio import Studio
from maquette.services import audit
from maquette.services import route as routes
from maquette.services.caller import Caller, require_runs
from maquette.services.secret import server_of
from maquette.store import account as accounts
from maquette.store import attempt as attempts
from maquette.store import event as events
from maquette.store import job as jobs
from maquette.store import tree
from maquette.store.database import Tx


@dataclass(frozen=True, slots=True)
class Doubt:
    """One attempt in doubt, with what is known of it."""

    attempt: Attempt
    job: Job
    account: str
    """The name of its account, or its id where that is gone."""
    page: str | None = None
    """Where its provider shows what was made and billed."""

    @property
    def ways(self) -> Sequence[How]:
        """How it can be settled; a job that has ended is not run again."""
        return ("attach", "give_up") if self.job.state in FINAL else ("resubmit", "attach", "give_up")


@dataclass(frozen=True, slots=True)
class Page:
    """Some attempts in doubt, the newest first, and the sequence number at which they were read."""

    items: Sequence[Doubt]
    as_of: int


async def page(studio: Studio, caller: Caller, before: str | None, limit: int) -> Page:
    """Return attempts in doubt that nobody has settled yet."""

    def unit(tx: Tx) -> Page:
        as_of = events.last(tx)
        names = {account.id: account.name for account in accounts.listed(tx)}
        found = attempts.in_doubt(tx, before, limit)
        known = tree.several(tx, list(dict.fromkeys(each.job for each in found)))
        return Page([Doubt(each, known[each.job], names.get(each.account, each.account)) for each in found], as_of)

    found = await studio.store.read(caller.workspace, unit)
    items = await asyncio.to_thread(
        lambda: [replace(doubt, page=_page(studio, doubt.attempt)) for doubt in found.items]
    )
    return replace(found, items=items)


def _page(studio: Studio, attempt: Attempt) -> str | None:
    """Return the provider's console; for a server of one's own, that server."""
    if not studio.registry.has(attempt.provider):
        return attempt.base_url
    provider = studio.registry.provider(attempt.provider)
    if attempt.base_url is None or origin_of(attempt.base_url) == server_of(provider.settings, {}):
        return provider.console or attempt.base_url
    return attempt.base_url


async def resolve(studio: Studio, caller: Caller, job: str, decision: Decision) -> None:
    """Settle the attempt of a job of which nobody knows whether it was accepted; raises `Conflict` if there is none.

    To send it again is to run it: a key with scopes for actions needs one for this one, else `Forbidden` is raised.
    """

    def unit(tx: Tx) -> None:
        found = jobs.get(tx, job)
        attempt = doubtful(tx, found)
        if decision.how == "resubmit":
            require_runs(caller, {action for action, _ in routes.runs_of(found)}, routes.called(tx, studio, found))
        settle(tx, job, replace(decision, by=caller.key))
        audit.note_resolution(tx, caller, attempt, decision.how)

    await studio.store.write(caller.workspace, unit)
