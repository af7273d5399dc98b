"""The ledger as rows and as CSV, how estimates fared against it, and whether what is summed from it agrees with it."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from maquette.core.ids import earliest
from maquette.engine.studio import Studio
from maquette.services.caller import Caller, require
from maquette.store import budget as budgets
from maquette.store import hold, ledger, tally
from maquette.store.budget import Counter
from maquette.store.database import Tx
from maquette.store.ledger import Drift, Entry
from maquette.store.stats import DAY_MS

COLUMNS = (
    "attempt", "job", "created_at", "ended_at", "state", "provider", "account", "action", "model", "preset", "key",
    "estimate_micro_usd", "cost_micro_usd", "cost_source", "cost_native", "late",
)  # fmt: skip
"""The columns of the export, in order."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a cell may not begin with, for programs that would run it."""


@dataclass(frozen=True, slots=True)
class Span:
    """Which part of the ledger: from a time to before another, in ms; None is open."""

    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """How many counters and tallies did not agree with the ledger."""

    counters: int
    tallies: int
    mended: bool


async def exported(studio: Studio, caller: Caller, span: Span) -> AsyncIterator[str]:
    """Yield the ledger as CSV, oldest first, a thousand rows at a time; what is written meanwhile may be among it."""
    require(caller, "viewer")
    yield _lines([COLUMNS])
    after = earliest("att", span.since) if span.since is not None else ""
    before = earliest("att", span.until) if span.until is not None else None
    while rows := await studio.store.read(caller.workspace, partial(ledger.page, after=after, before=before)):
        yield _lines([_cells(row) for row in rows])
        after = rows[-1].attempt


def _cells(row: Entry) -> Sequence[Any]:
    return (
        row.attempt, row.job, _moment(row.created_at), _moment(row.ended_at), row.state, row.provider, row.account,
        row.action, row.model, row.preset, row.key, row.estimate, row.cost, row.cost_source, row.cost_amount,
        "yes" if row.late else "",
    )  # fmt: skip


def _moment(at: int | None) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds") if at is not None else ""


def _lines(rows: Sequence[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([[harmless(cell) for cell in row] for row in rows])
    return text.getvalue()


def harmless(cell: Any) -> Any:
    """Return a cell that no program takes for a formula: text that looks like one gets an apostrophe in front."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


async def drift(studio: Studio, caller: Caller, days: int) -> Sequence[Drift]:
    """Return how the estimates of the last days fared, by provider and model, the dearest first."""
    since = studio.store.clock.now() // DAY_MS - days + 1
    return await studio.store.read(caller.workspace, lambda tx: ledger.drift(tx, since))


class _Undone(Exception):
    """Carries what was found out of a commit that is not to be."""

    def __init__(self, found: Checked) -> None:
        super().__init__()
        self.found = found


async def check(studio: Studio, caller: Caller, *, mend: bool) -> Checked:
    """Count counters and tallies that do not agree with the ledger; with `mend`, make all of them anew from it."""
    require(caller, "admin")

    def unit(tx: Tx) -> Checked:
        found = Checked(_recount(tx), len(tally.wrong(tx)), mended=mend)
        if not mend:
            raise _Undone(found)
        tally.rebuild(tx)
        return found

    try:
        return await studio.store.write(caller.workspace, unit)
    except _Undone as undone:
        return undone.found


def _recount(tx: Tx) -> int:
    """Count every budget anew, and return how many counters that changed."""
    known = [budget for budget in budgets.listed(tx) if budget.enabled]
    before = budgets.counted(tx, known)
    for budget in known:
        hold.open_counters(tx, budget)
    after = budgets.counted(tx, known)
    return sum(len(_counts(before[each.id]) ^ _counts(after[each.id])) for each in known)


def _counts(counters: Sequence[Counter]) -> set[tuple[str, int, int]]:
    return {(each.subject, each.reserved, each.spent) for each in counters if each.reserved or each.spent}
