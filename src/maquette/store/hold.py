"""What each job holds of each budget, and the counters that are the sum of it.

A job holds what it may still cost, and what it has cost. Both are worked out from its row and its attempts at the end
of every commit that changed them, and the counters move by the difference, so they can be made anew from the ledger.
Only what begins, a job or an attempt, may raise a sum, and a hard budget refuses that; what ends needs no leave.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from maquette.core import budget as rules
from maquette.core.budget import Budget, Due
from maquette.core.errors import BudgetExceeded
from maquette.core.model import FINAL
from maquette.store import budget as budgets
from maquette.store.database import Tx
from maquette.store.table import attempts, definitions, jobs
from maquette.store.table_money import counters, holds

OPENING = "opening"
"""Stands for a job in the row of what ended before a budget was made."""
RUN = "workflow.run"
Place = tuple[str, str, str]
"""A budget, a subject, and a period of it."""

_JOBS = sa.select(
    jobs.c.id, jobs.c.workspace, jobs.c.state, jobs.c.plan, jobs.c.position, jobs.c.reserved, jobs.c.parent,
    jobs.c.created_by, jobs.c.created_at, jobs.c.preset, jobs.c.action, jobs.c.params,
)  # fmt: skip
_TRIED = sa.select(
    attempts.c.job, attempts.c.state, attempts.c.account, attempts.c.provider, attempts.c.cost,
    attempts.c.estimate_high, attempts.c.sweep_at, attempts.c.preset,
)  # fmt: skip
_SOME = jobs.c.id.in_(sa.bindparam("these", expanding=True))
_BY_ID = _JOBS.where(_SOME).order_by(jobs.c.id)
_TRIED_OF = _TRIED.where(attempts.c.job.in_(sa.bindparam("these", expanding=True)))
_HELD_BY = (
    # Locked before the attempts are read, so that two of one job that end at once do not miss each other.
    sa.select(holds)
    .where(holds.c.job.in_(sa.bindparam("these", expanding=True)))
    .order_by(holds.c.job, holds.c.budget, holds.c.subject, holds.c.period)
    .with_for_update()
)
_AT = (counters.c.budget == sa.bindparam("of"), counters.c.subject == sa.bindparam("by"))
_COUNTER = (*_AT, counters.c.period == sa.bindparam("in"))
_MOVE = (
    sa.update(counters)
    .where(*_COUNTER)
    .values(reserved=counters.c.reserved + sa.bindparam("hold"), spent=counters.c.spent + sa.bindparam("pay"))
    .returning(counters.c.reserved, counters.c.spent)
)
_MOVE_WITHIN = _MOVE.where(
    counters.c.reserved + counters.c.spent + sa.bindparam("hold") + sa.bindparam("pay") <= sa.bindparam("most")
)
_READ = sa.select(counters.c.reserved, counters.c.spent).where(*_COUNTER)


@dataclass(slots=True)
class _Move:
    """How a counter changes in this commit."""

    reserved: int = 0
    spent: int = 0
    least: int = 0
    """What must be left over besides: for work whose price nobody knows."""
    strict: bool = False


def touch(tx: Tx, job: str, *, strict: bool = False) -> None:
    """Work out at the end of this commit what a job holds; `strict` where it may be refused."""
    found = tx.gather(_close)
    found[job] = found.get(job, False) or strict


def _close(tx: Tx, found: dict[Any, Any]) -> None:
    held = _held(tx, found)
    known = {budget.id: budget for budget in budgets.in_force(tx)} if any(found.values()) or held else {}
    if not known and not held:
        return
    rows = {row.id: row for row in tx.run(_BY_ID, {"these": list(found)})}
    parents = [row.parent for job, row in rows.items() if found[job] and row.parent]
    held |= _held(tx, parents)
    tried = _tried(tx, rows)
    moves: dict[Place, _Move] = {}
    balance = _Balance(tx, known, held, moves, set())
    for job in sorted(rows, key=lambda each: (not found[each], each)):
        balance.job(rows[job], tried[job], strict=found[job])
    _keep(tx, {key: held[key] for key in balance.changed})
    _apply(tx, known, moves)


def _held(tx: Tx, of: Iterable[str]) -> dict[tuple[str, Place], Due]:
    names = list(of)
    rows = tx.run(_HELD_BY, {"these": names}) if names else ()
    return {(row.job, (row.budget, row.subject, row.period)): Due(row.reserved, row.spent) for row in rows}


def _tried(tx: Tx, of: Iterable[str]) -> dict[str, list[sa.Row[Any]]]:
    found: dict[str, list[sa.Row[Any]]] = {job: [] for job in of}
    for row in tx.run(_TRIED_OF, {"these": list(found)}):
        found[row.job].append(row)
    return found


@dataclass(slots=True)
class _Balance:
    """Works out what jobs hold now, and how the counters move by that."""

    tx: Tx
    known: Mapping[str, Budget]
    held: dict[tuple[str, Place], Due]
    moves: dict[Place, _Move]
    changed: set[tuple[str, Place]]

    def job(self, row: Any, tried: Sequence[Any], *, strict: bool) -> None:
        """Bring the holds of one job up to date."""
        places = {place for job, place in self.held if job == row.id}
        fresh = dict(_places(self.tx, self.known.values(), row)) if strict else {}
        for place in sorted(places | fresh.keys()):
            budget = self.known.get(place[0])
            if budget is not None:
                self._one(row, tried, budget, place, strict=strict)

    def _one(self, row: Any, tried: Sequence[Any], budget: Budget, place: Place, *, strict: bool) -> None:
        was = self.held.get((row.id, place), Due(0, 0))
        now = _target(row, rules.due(row, tried, budget.scope, place[1]), was, strict=strict)
        more = now.total - was.total
        move = self.moves.setdefault(place, _Move())
        if more > 0 and strict:
            move.reserved -= self._given(row.parent, place, more)
            move.strict = True
        if strict and rules.unpriced(rules.candidates(row, budget.scope, place[1])):
            _check_unpriced(budget, row)
            move.least, move.strict = 1, True
        move.reserved += now.reserved - was.reserved
        move.spent += now.spent - was.spent
        self._hold((row.id, place), now)

    def _hold(self, key: tuple[str, Place], due: Due) -> None:
        if self.held.get(key, Due(0, 0)) != due:
            self.held[key] = due
            self.changed.add(key)

    def _given(self, parent: str | None, place: Place, need: int) -> int:
        """Take from what the parent holds for its children; returns how much that is."""
        had = self.held.get((parent or "", place))
        if had is None:
            return 0
        given = min(had.reserved, need)
        self._hold((parent or "", place), Due(had.reserved - given, had.spent))
        return given


def _target(row: Any, due: Due, was: Due, *, strict: bool) -> Due:
    """Return what a job is to hold; without leave it may move money from reserved to spent, and never take more."""
    if not row.plan:
        reserved = 0 if row.state in FINAL else (row.reserved if strict else was.reserved)
        return Due(reserved, due.spent)
    if strict:
        return due
    return Due(min(due.reserved, max(0, was.total - due.spent)), due.spent)


def _check_unpriced(budget: Budget, row: Any) -> None:
    if budget.unpriced == "refuse" and budget.mode == "hard":
        raise BudgetExceeded(
            f"Budget {budget.name!r} refuses work of unknown price, and nobody knows what {row.action!r} costs",
            hint="Set its price (`maquette prices set`), or let the budget allow what has none.",
            budget=budget.name,
            budget_id=budget.id,
            scope=budget.scope,
        )


def _places(tx: Tx, known: Iterable[Budget], row: Any) -> Iterator[tuple[Place, Budget]]:
    """Yield the counters that a job counts for."""
    lineage: list[Any] | None = None
    for budget in known:
        if budget.scope in ("preset", "run") and lineage is None:
            lineage = _lineage(tx, row)
        subject = _subject(tx, budget, row, lineage or [row])
        if subject is not None:
            yield (budget.id, subject, budget.span(row.created_at)), budget


def _subject(tx: Tx, budget: Budget, row: Any, lineage: Sequence[Any]) -> str | None:
    """Return for whom a job counts in a budget; None where it does not."""
    if budget.scope == "workspace":
        return ""
    if budget.scope == "run":
        return _run(tx, budget, lineage[-1])
    if budget.scope == "key":
        mine = row.created_by
    elif budget.scope == "preset":
        mine = next((each.preset for each in lineage if each.preset), None)
    else:
        now = row.plan[row.position : row.position + 1]
        mine = rules.subject_of(now[0], budget.scope) if now else None
    return mine if mine is not None and budget.subject in (None, mine) else None


def _run(tx: Tx, budget: Budget, root: Any) -> str | None:
    if root.action != RUN:
        return None
    if budget.subject is not None and budget.subject != root.params.get("workflow"):
        named = sa.select(definitions.c.id).where(
            definitions.c.workspace == root.workspace,
            definitions.c.id == budget.subject,
            definitions.c.name == root.params.get("workflow"),
        )
        if tx.run(named.limit(1)).first() is None:
            return None
    found: str = root.id
    return found


def _lineage(tx: Tx, row: Any) -> list[Any]:
    """Return a job and those above it, nearest first; a parent that is no job is a label."""
    found = [row]
    while (parent := found[-1].parent) is not None and len(found) < 32:
        above = tx.run(_BY_ID, {"these": [parent]}).first()
        if above is None:
            break
        found.append(above)
    return found


def preset_of(tx: Tx, parent: str | None) -> str | None:
    """Return the preset for which the work below a job counts."""
    row = tx.run(_BY_ID, {"these": [parent]}).first() if parent else None
    return next((each.preset for each in _lineage(tx, row) if each.preset), None) if row is not None else None


def _keep(tx: Tx, held: Mapping[tuple[str, Place], Due]) -> None:
    for (job, place), due in sorted(held.items()):
        row = dict(zip(("budget", "subject", "period"), place, strict=True))
        values = {"job": job, "workspace": tx.workspace, "reserved": due.reserved, "spent": due.spent}
        tx.run(_upsert(tx.connection.dialect.name, "holds"), row | values)


def _apply(tx: Tx, known: Mapping[str, Budget], moves: Mapping[Place, _Move]) -> None:
    for place, move in sorted(moves.items()):
        if move.reserved or move.spent or move.least:
            _move(tx, known[place[0]], place, move)


def _move(tx: Tx, budget: Budget, place: Place, move: _Move) -> None:
    at = {"of": place[0], "by": place[1], "in": place[2]}
    values = {**at, "hold": move.reserved, "pay": move.spent}
    hard = move.strict and budget.mode == "hard" and (move.reserved + move.spent > 0 or move.least)
    most = {"most": budget.amount - move.least}
    statement, given = (_MOVE_WITHIN, values | most) if hard else (_MOVE, values)
    moved = tx.run(statement, given).first()
    if moved is None:  # there is no room, or nothing was counted there before
        row = {"budget": place[0], "subject": place[1], "period": place[2], "workspace": budget.workspace}
        tx.run(_upsert(tx.connection.dialect.name, "counters"), row | {"reserved": 0, "spent": 0})
        moved = tx.run(statement, given).first()
    if moved is None:
        now = tx.run(_READ, at).one()
        raise refusal(budget, place, Due(now.reserved, now.spent), move.reserved + move.spent, tx.now)
    after = moved.reserved + moved.spent
    if after - move.reserved - move.spent <= budget.amount < after:
        tx.emit("budget.crossed", None, {"budget": budget.id, "name": budget.name, "subject": place[1], "total": after})


def refusal(budget: Budget, place: Place, now: Due, need: int, at: int) -> BudgetExceeded:
    """Return the error that says which budget refuses, what is left, and when it begins anew."""
    left, resets = budget.amount - now.total, budget.resets_at(at)
    when = (
        f"it resets at {datetime.fromtimestamp(resets / 1000, UTC):%Y-%m-%d %H:%M} UTC" if resets else "it never resets"
    )
    return BudgetExceeded(
        f"Budget {budget.name!r} has {_dollars(max(0, left))} left of {_dollars(budget.amount)}, and this may cost "
        f"{_dollars(need)}; {when}",
        budget=budget.name,
        budget_id=budget.id,
        scope=budget.scope,
        subject=place[1] or None,
        amount=budget.amount,
        spent=now.spent,
        reserved=now.reserved,
        left=left,
        needed=need,
        resets_at=resets,
        never_resets=None if resets else True,
        retry_after=(resets - at) / 1000 if resets else None,
    )


def _dollars(micro_usd: int) -> str:
    text = f"{micro_usd / 1_000_000:.6f}".rstrip("0")
    whole, _, part = text.partition(".")
    return f"${whole}.{part.ljust(2, '0')}"


@cache
def _upsert(dialect: str, table: str) -> sa.Executable:
    insert: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    if table == "counters":
        made: sa.Executable = insert(counters).on_conflict_do_nothing()
        return made
    into = insert(holds)
    new = {"reserved": into.excluded.reserved, "spent": into.excluded.spent}
    held: sa.Executable = into.on_conflict_do_update(index_elements=["job", "budget", "subject", "period"], set_=new)
    return held


# -- made anew ---------------------------------------------------------------------------------------------------------


def open_counters(tx: Tx, budget: Budget) -> None:
    """Count the present period of a budget anew from the ledger."""
    before = {
        (row.job, row.subject): Due(row.reserved, row.spent)
        for row in tx.run(sa.select(holds).where(holds.c.budget == budget.id, holds.c.period == budget.span(tx.now)))
    }
    for table in (holds, counters):
        tx.run(sa.delete(table).where(table.c.budget == budget.id))
    found = _recounted(tx, budget, before)
    sums: dict[str, Due] = {}
    for (_, subject), due in found.items():
        had = sums.get(subject, Due(0, 0))
        sums[subject] = Due(had.reserved + due.reserved, had.spent + due.spent)
    period = budget.span(tx.now)
    _keep(tx, {(job, (budget.id, subject, period)): due for (job, subject), due in found.items()})
    for subject, due in sums.items():
        row = {"budget": budget.id, "subject": subject, "period": period, "workspace": budget.workspace}
        tx.run(sa.insert(counters), row | {"reserved": due.reserved, "spent": due.spent})


def _recounted(tx: Tx, budget: Budget, before: Mapping[tuple[str, str], Due]) -> dict[tuple[str, str], Due]:
    """Return by job and subject what is held of a budget now; all that ended is one row of each subject."""
    began = budget.began(tx.now)
    mine = (jobs.c.workspace == tx.workspace, jobs.c.created_at >= began)
    unfinished = sa.exists().where(attempts.c.job == jobs.c.id, attempts.c.state.in_(rules.OPEN))
    live = sa.or_(jobs.c.state.not_in(FINAL), unfinished)
    found: dict[tuple[str, str], Due] = {}
    rows = list(tx.run(_JOBS.where(*mine, *(() if budget.scope == "run" else (live,))).order_by(jobs.c.id)))
    tried = _tried(tx, [row.id for row in rows])
    for row in rows:
        for subject in _subjects(tx, budget, row, tried[row.id]):
            due = rules.due(row, tried[row.id], budget.scope, subject)
            found[row.id, subject] = _as_held(row, due, before.get((row.id, subject)))
    if budget.scope != "run":
        for subject, total in _paid(tx, budget, began):
            ended = total - sum(due.spent for (_, name), due in found.items() if name == subject)
            found[OPENING, subject] = Due(0, ended)
    return {key: due for key, due in found.items() if due.total}


def _subjects(tx: Tx, budget: Budget, row: Any, tried: Sequence[Any]) -> set[str]:
    found = {place[1] for place, _ in _places(tx, [budget], row)}
    if budget.scope in ("account", "provider"):
        used = {getattr(attempt, budget.scope) for attempt in tried}
        found |= {name for name in used if budget.subject in (None, name)}
    return found


def _as_held(row: Any, due: Due, was: Due | None) -> Due:
    """Return what a job holds, which may be less than what it may still cost where it was never given more."""
    if not row.plan:
        return Due(was.reserved if was and row.state not in FINAL else 0, due.spent)
    return Due(min(due.reserved, was.reserved), due.spent) if was else due


def _paid(tx: Tx, budget: Budget, began: int) -> list[tuple[str, int]]:
    """Return by subject what the attempts of the period have cost."""
    by: dict[str, Any] = {
        "workspace": sa.literal(""),
        "key": jobs.c.created_by,
        "preset": attempts.c.preset,
        "account": attempts.c.account,
        "provider": attempts.c.provider,
    }
    subject = by[budget.scope].label("subject")
    total = sa.func.sum(attempts.c.cost).label("total")
    where = [jobs.c.workspace == tx.workspace, jobs.c.created_at >= began, attempts.c.cost > 0, subject.is_not(None)]
    if budget.subject is not None:
        where.append(subject == budget.subject)
    joined = sa.select(subject, total).select_from(attempts.join(jobs, jobs.c.id == attempts.c.job))
    return [(row.subject, int(row.total)) for row in tx.run(joined.where(*where).group_by(subject))]
