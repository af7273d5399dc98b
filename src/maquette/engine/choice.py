"""Which of several accounts of one provider takes a piece of work: by health, by room and by success.

Everything is derived from attempts, so no counter can disagree with the ledger, and an account recovers by itself: what
went wrong counts less with every minute, and one that failed is tried again after a rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from maquette.core.model import Account, Attempt, Job
from maquette.engine.admit import DAY, MINUTE, Frozen, Refused, admit, park, refusal, slot_of, wake_next
from maquette.store import account as accounts
from maquette.store import attempt as attempts
from maquette.store import job as jobs
from maquette.store.attempt import Trace
from maquette.store.database import Tx
from maquette.store.job import Claim

State = Literal["active", "inactive", "error", "rate_limited"]
"""`error`: the last attempts failed by the account's own fault; `rate_limited`: it rests, or its rate is used up."""

REST_MS = 60_000
"""How long an account that failed is passed over; doubles with each further failure in a row."""
LONGEST_REST_MS = 30 * 60_000
IN_A_ROW = 3
"""So many failures of the server, one after the other, put an account into `error`."""

_TRACES = 20
_HALF_LIFE_MS = 10 * 60_000
_PRIOR = 2.0
_REFUSED = frozenset({"account_rejected", "quota_exhausted"})
_BROKEN = frozenset({"provider_failed", "provider_unavailable", "generation_failed", "deadline_passed"})
_FULL = 1
_ORDER: Mapping[State, int] = {"active": 0, "rate_limited": 2, "error": 3, "inactive": 4}


@dataclass(frozen=True, slots=True)
class Room:
    """How much of one limit is used."""

    limit: int | None
    used: int

    @property
    def left(self) -> int | None:
        """How much is left; None where there is no limit."""
        return None if self.limit is None else max(0, self.limit - self.used)

    @property
    def share(self) -> float:
        """How much is left, from 0 to 1; below 0 where more wait than there is room for."""
        return 1.0 if self.limit is None else 1 - self.used / self.limit


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account stands at one moment."""

    state: State
    until: int | None
    """When it recovers by itself, where that is known."""
    success: float
    """Recent success, from 0 to 1; an account without a past has 1."""
    rooms: Mapping[str, Room]
    """By limit: `concurrency`, `per_minute`, `per_day`; who waits in line counts as used."""

    @property
    def rank(self) -> tuple[int, float]:
        """What accounts are sorted by, the best first."""
        free = min(room.share for room in self.rooms.values())
        order = _ORDER[self.state] + (_FULL if self.state == "active" and free <= 0 else 0)
        return order, -(self.success * (0.25 + 0.75 * free) if free > 0 else free)


def judge(account: Account, traces: Sequence[Trace], rooms: Mapping[str, Room], now: int) -> Standing:
    """Return how an account stands, from its last attempts, the newest first."""
    told = [trace for trace in traces if trace.state == "succeeded" or trace.code in _REFUSED | _BROKEN]
    weights = [(0.5 ** (max(0, now - trace.at) / _HALF_LIFE_MS), trace.state == "succeeded") for trace in told]
    good = sum(weight for weight, succeeded in weights if succeeded)
    success = (good + _PRIOR) / (sum(weight for weight, _ in weights) + _PRIOR)
    state, until = _state(account, told, rooms, now)
    return Standing(state, until, success, rooms)


def _state(account: Account, told: Sequence[Trace], rooms: Mapping[str, Room], now: int) -> tuple[State, int | None]:
    if not account.enabled:
        return "inactive", None
    if account.cooldown_until is not None and account.cooldown_until > now:
        return "rate_limited", account.cooldown_until
    if (rest := _rest(account, told)) > now:
        return "error", rest
    if any(rooms[name].left == 0 for name in ("per_minute", "per_day") if name in rooms):
        return "rate_limited", None
    return "active", None


def _rest(account: Account, told: Sequence[Trace]) -> int:
    """Return until when an account rests from its failures; a change of the account ends the rest."""
    failed = list[Trace]()
    for trace in told:
        if trace.state == "succeeded" or trace.at < (account.updated_at or 0):
            break
        failed.append(trace)
    if not failed or (failed[0].code not in _REFUSED and len(failed) < IN_A_ROW):
        return 0
    over = len(failed) - (1 if failed[0].code in _REFUSED else IN_A_ROW)
    return failed[0].at + int(min(REST_MS * 2.0**over, LONGEST_REST_MS))


def look(tx: Tx, account: Account) -> Standing:
    """Read how an account stands now."""
    return looks(tx, [account])[account.id]


def looks(tx: Tx, among: Sequence[Account]) -> dict[str, Standing]:
    """Read how several accounts stand now, by their ids, in as many queries as for one."""
    if not among:
        return {}
    ids = [account.id for account in among]
    running, lines = attempts.running_on(tx, ids), jobs.in_lines(tx, [slot_of(each) for each in ids])
    begun = dict[str, Mapping[str, int]]()
    for name, span in (("per_minute", MINUTE), ("per_day", DAY)):
        limited = [account.id for account in among if getattr(account, name) is not None]
        begun[name] = attempts.since_on(tx, limited, tx.now - span) if limited else {}
    traces = attempts.recent_on(tx, ids, _TRACES)
    made = dict[str, Standing]()
    for account in among:
        used = running.get(account.id, 0) + lines.get(slot_of(account.id), 0)
        rooms = {"concurrency": Room(account.concurrency, used)}
        for name, counts in begun.items():
            if (limit := getattr(account, name)) is not None:
                rooms[name] = Room(limit, counts.get(account.id, 0))
        made[account.id] = judge(account, traces[account.id], rooms, tx.now)
    return made


def arranged(tx: Tx, job: Job) -> Job:
    """Return a job whose candidate's place is taken by the best of the accounts that may stand in for each other."""
    return _ranked(tx, job)[0]


def _ranked(tx: Tx, job: Job) -> tuple[Job, Mapping[str, Standing]]:
    """Return the job as `arranged` does, and how those accounts stand."""
    pool = _pool(job.plan, job.position)
    if len(pool) < 2:
        return job, {}
    known = {account.id: account for account in accounts.listed(tx)}
    standing = looks(tx, [known[row["account"]] for row in pool if row["account"] in known])
    ranked = sorted(pool, key=lambda row: standing[row["account"]].rank if row["account"] in standing else (9, 0.0))
    start = job.position
    plan = [*job.plan[:start], *ranked, *job.plan[start + len(pool) :]]
    return (job if plan == list(job.plan) else replace(job, plan=plan)), standing


def listed(tx: Tx) -> list[Account]:
    """Return the accounts of the workspace; those of one provider stand in the order in which they would be chosen."""
    known = accounts.listed(tx)
    rivals = Counter(account.provider for account in known if account.enabled)
    standings = looks(tx, [account for account in known if rivals[account.provider] > 1])
    ranks = {account: standing.rank for account, standing in standings.items()}
    return sorted(known, key=lambda account: ranks.get(account.id, (0, 0.0)))


def take(tx: Tx, claim: Claim, job: Job, frozen: Frozen, *, born: bool = False) -> Attempt | Refused | Job:
    """Admit the present candidate; where its account has no room, go to another that may stand in for it.

    Returns the attempt, or why the job was parked, or the job with another candidate in that place, for which the call
    has to be made ready anew; `born` as for `admit`. A job that was woken for an account tries that one first, so that
    no free slot is lost.
    """
    candidate = job.plan[job.position]
    pooled = len(_pool(job.plan, job.position)) > 1
    # Not locked yet: in a burst most are turned away, and those that are to begin would stand behind them.
    account = accounts.anywhere(tx, candidate["account"]) if pooled else None
    refused = refusal(tx, account, job) if account is not None and account.enabled else None
    if refused is None:
        admitted = admit(tx, claim, job, candidate, frozen, born=born)
        if isinstance(admitted, Attempt):
            return admitted
        refused = admitted  # where the look before said otherwise, others were quicker
    if not pooled:
        park(tx, claim, refused)
        return refused
    fresh, standing = _ranked(tx, job)
    best = fresh.plan[job.position]["account"]
    order = standing[best].rank[0] if best in standing else max(_ORDER.values())
    if best == candidate["account"] or order > _FULL:
        refused = _soonest(tx, job, refused)
        park(tx, claim, refused)
        return refused
    moved = jobs.update(tx, claim, plan=list(fresh.plan))
    if order < _FULL:
        return moved
    refused = Refused(slot_of(best), None)
    park(tx, claim, refused)
    return refused


def _soonest(tx: Tx, job: Job, refused: Refused) -> Refused:
    """Let a job that none of several accounts takes now look again as soon as the first of them may."""
    if refused.wake_at is None:
        return refused
    wakes = [refused.wake_at]
    for row in _pool(job.plan, job.position):
        account = accounts.anywhere(tx, row["account"])
        other = refusal(tx, account, job) if account is not None and account.enabled else None
        if other is not None and other.wake_at is not None:
            wakes.append(other.wake_at)
    return replace(refused, wake_at=min(wakes))


def offer(tx: Tx, full: Account) -> None:
    """Wake jobs in the line of a full account for the idle slots of others that may stand in for it.

    Another one gets room without any attempt of its own that ends: its rest is over, or its rate allows more again.
    """
    rivals = [account for account in accounts.listed(tx, full.provider) if account.id != full.id]
    for rival, standing in looks(tx, rivals).items():
        if standing.rank[0] == _ORDER["active"]:
            for _ in range(min(room.left for room in standing.rooms.values() if room.left is not None)):
                wake_next(tx, rival)


def _pool(plan: Sequence[Mapping[str, Any]], position: int) -> list[Mapping[str, Any]]:
    """Return the candidates from a position on that differ in nothing but the account."""
    if position >= len(plan) or not plan[position].get("pooled"):
        return []
    first, pool = plan[position], list[Mapping[str, Any]]()
    for row in plan[position:]:
        if not row.get("pooled") or (row["action"], row["params"]) != (first["action"], first["params"]):
            break
        pool.append(row)
    return pool
