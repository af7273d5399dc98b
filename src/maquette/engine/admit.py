"""May this candidate start now? One transaction: slots, rates and rest of the account are derived from its attempts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from maquette.core.errors import AccountUnknown
from maquette.core.ids import as_uuid, new_id
from maquette.core.model import FINAL, Account, Attempt, Job
from maquette.engine.events import attempt_event, job_event
from maquette.store import account as accounts
from maquette.store import attempt as attempts
from maquette.store import hold
from maquette.store import job as jobs
from maquette.store.database import Tx
from maquette.store.job import Claim
from maquette.store.table import accounts as account_table
from maquette.store.table import jobs as table

MINUTE, DAY = 60_000, 86_400_000
_ON_ITS_WAY_MS = 1_000
"""So much later than the ledger says may a call reach its server, where many begin at once."""
_IN_LINE = (table.c.waiting_for == sa.bindparam("key"), table.c.state == "waiting", table.c.wake_at.is_(None))
_WAITING = sa.select(table.c.id).where(*_IN_LINE).limit(1)
_MINE, _RIVAL = sa.alias(account_table, "mine"), sa.alias(account_table, "rival")
_RIVALS = sa.select(sa.literal("account:").concat(_RIVAL.c.id)).where(
    _MINE.c.id == sa.bindparam("account"),
    _RIVAL.c.workspace == _MINE.c.workspace,
    _RIVAL.c.provider == _MINE.c.provider,
)
_NEXT = (
    sa.select(table.c.id, table.c.waiting_for, table.c.plan, table.c.position)
    .where(
        # What waits for an account that is gone has no rivals, and is woken to be told so.
        sa.or_(table.c.waiting_for == sa.bindparam("key"), table.c.waiting_for.in_(_RIVALS)),
        table.c.state == "waiting",
        table.c.wake_at.is_(None),
    )
    .order_by((table.c.waiting_for == sa.bindparam("key")).desc(), table.c.priority.desc(), table.c.id)
    .limit(1)
)
_AHEAD = _WAITING.where(
    sa.or_(
        table.c.priority > sa.bindparam("mine"),
        sa.and_(table.c.priority == sa.bindparam("mine"), table.c.id < sa.bindparam("this")),
    )
)


@dataclass(frozen=True, slots=True)
class Refused:
    """Not now: what the job waits for, and when to look again."""

    waiting_for: str
    wake_at: int | None


def slot_of(account: str) -> str:
    """Return what a job waits for that waits for an account."""
    return f"account:{account}"


@dataclass(frozen=True, slots=True)
class Frozen:
    """What an attempt keeps of the moment it began, whatever is changed later."""

    base_url: str | None
    host: str
    """The spool where its answer will land."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """An attempt that began just now, and its account as it was then."""

    attempt: Attempt
    account: Account


def admit(
    tx: Tx, claim: Claim, job: Job, candidate: Mapping[str, Any], frozen: Frozen, *, born: bool = False
) -> Attempt | Refused:
    """Insert the attempt as `prepared`, or say why not and until when. Raises `AccountUnknown` or `Fenced`.

    A job that is `born` in this very commit can have been taken by nobody, and has no attempt before.
    The commit fails with `BudgetExceeded` where a budget has no room for it.
    """
    account = accounts.lock(tx, candidate["account"])
    if account is None or not account.enabled:
        raise AccountUnknown(f"The account {candidate['account']!r} is gone or switched off")
    if not born:
        jobs.hold(tx, claim)
    if (refused := refusal(tx, account, job)) is not None:
        return refused
    number = 1 if born else attempts.count(tx, job.id) + 1
    waited = max(0, tx.now - job.created_at) if number == 1 else None
    made = _attempt(tx, job, account, candidate, frozen)
    attempt = replace(made, process=claim.owner, number=number, waited_ms=waited)
    attempts.insert(tx, attempt)
    tx.emit("attempt.started", job.id, {"attempt": attempt_event(attempt)})
    return attempt


def park(tx: Tx, claim: Claim, refused: Refused) -> Job:
    """End the engine's work on a job until something wakes it; one that is to be cancelled goes back to the queue.

    Whoever asked for that saw it run, and left its end to its process.
    """
    parked = jobs.update(
        tx,
        claim,
        state="waiting",
        owner=None,
        waiting_for=refused.waiting_for,
        wake_at=refused.wake_at,
        takeovers=0,
    )
    tx.emit("job.waiting", parked.id, job_event(parked))
    if parked.cancel_asked and refused.waiting_for != "children":
        return jobs.queue(tx, parked.id) or parked
    return parked


def await_children(tx: Tx, claim: Claim, children: Sequence[str]) -> None:
    """Park until a child ends; if one that was waited for ended while we were about to, go on at once."""
    if park(tx, claim, Refused("children", None)).cancel_asked:
        for child in children:  # the newest of them may not have been seen by whoever asked
            jobs.ask_cancel(tx, child)
    if any(jobs.get(tx, child).state in FINAL for child in children):
        jobs.queue(tx, claim.job)


def refusal(tx: Tx, account: Account, job: Job) -> Refused | None:
    """Return why an account cannot take a job now; None if it can."""
    key = slot_of(account.id)
    if account.cooldown_until is not None and account.cooldown_until > tx.now:
        return Refused(key, account.cooldown_until)
    for limit, span in ((account.per_minute, MINUTE), (account.per_day, DAY)):
        if limit is not None:
            count, oldest = attempts.since(tx, account.id, tx.now - span - _ON_ITS_WAY_MS)
            if count >= limit:
                return Refused(key, (oldest or tx.now) + span + _ON_ITS_WAY_MS + 1)
    if attempts.running(tx, account.id) >= account.concurrency or is_behind(tx, key, job):
        return Refused(key, None)
    return None


def is_behind(tx: Tx, key: str, job: Job) -> bool:
    """Tell whether others of higher priority, or of the same and older, already wait for a slot."""
    return tx.run(_AHEAD, {"key": key, "mine": job.priority, "this": job.id}).first() is not None


def _attempt(tx: Tx, job: Job, account: Account, candidate: Mapping[str, Any], frozen: Frozen) -> Attempt:
    identifier = new_id("att")
    price = candidate.get("price")
    return Attempt(
        id=identifier,
        workspace=job.workspace,
        job=job.id,
        number=0,
        action=candidate["action"],
        account=account.id,
        provider=account.provider,
        base_url=frozen.base_url,
        token=as_uuid(identifier),
        state="prepared",
        created_at=tx.now,
        model=candidate["params"].get("model"),
        host=frozen.host,
        estimate=price["likely"] if price else 0,
        estimate_low=price["low"] if price else None,
        estimate_high=price["high"] if price else None,
        preset=job.preset or hold.preset_of(tx, job.parent),
    )


def free(tx: Tx, account: Account) -> int:
    """Return how many slots of an account nobody has, and nobody was called for."""
    return account.concurrency - attempts.running(tx, account.id) - jobs.called(tx, slot_of(account.id))


def wake_next(tx: Tx, account: str, limit: int = 1) -> None:
    """Queue the next jobs that wait for a slot of an account; else one that waits for a rival and may come here."""
    key = slot_of(account)
    first = tx.run(_NEXT, {"key": key, "account": account}).first()
    if first is None:
        return
    who = sa.and_(table.c.waiting_for == key, table.c.wake_at.is_(None))
    if first.waiting_for != key:
        if not first.plan[first.position].get("pooled"):
            return
        who, limit = table.c.id == first.id, 1
    for woken in jobs.wake(tx, who, limit, called=key):
        if woken.id not in tx.woken:
            tx.woken.append(woken.id)  # it has the room of who ends here, so it begins here
        tx.elsewhere(woken.workspace).emit("job.queued", woken.id, job_event(woken))
