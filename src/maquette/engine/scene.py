"""The stage that is lent to a composite job: what it did before, what it asks for now, and the commit between the two.

A composite is never held in memory. Its function runs from the top until it needs something that is not there; what it
asked for until then is written in one commit, in which the job also begins to wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from maquette import catalog
from maquette.core.action import Action, Definition
from maquette.core.errors import (
    AccountUnknown,
    GenerationFailed,
    InteractionExpired,
    JobCancelled,
    MaquetteError,
    NotFound,
    ParamsInvalid,
    UnknownAction,
)
from maquette.core.ids import new_id
from maquette.core.interaction import Interaction, Question
from maquette.core.model import FINAL, Account, Asset, Job
from maquette.core.module import Made
from maquette.engine import choice, heritage, settle
from maquette.engine import question as questions
from maquette.engine.call import Parked
from maquette.engine.events import job_event
from maquette.engine.plan import Wanted, insert, plan
from maquette.engine.resolve import request_cancel
from maquette.store import asset as assets
from maquette.store import definition as definitions
from maquette.store import interaction as interactions
from maquette.store import job as jobs
from maquette.store import price as prices
from maquette.store import tree
from maquette.store.database import Tx
from maquette.store.job import Claim

if TYPE_CHECKING:
    from maquette.engine.engine import Tools

T = TypeVar("T")

DEEPEST = 12
"""Most composites within each other."""
LOOK_AGAIN_MS = 30_000
"""Gap between looks at whether a missing provider or account is there."""
_STOPPING_MS = 1_000
_TEXT_BYTES = 64 * 1024
_LONGEST_TEXT = 4 * 2**20


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


@dataclass(slots=True)
class Wish:
    """What is written when it parks: what to begin, what it waits for, and when to look again at the latest."""

    jobs: list[Job] = field(default_factory=list[Job])
    taken: list[Job] = field(default_factory=list[Job])
    """Children that are done already, taken over from the try before."""
    asks: list[Interaction] = field(default_factory=list[Interaction])
    seen: list[str] = field(default_factory=list[str])
    """Children that were not final when the past was read."""
    open: list[str] = field(default_factory=list[str])
    """Questions that were not answered when the past was read."""
    wakes: list[int] = field(default_factory=list[int])
    trouble: MaquetteError | None = None
    said: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])
    """What is told of how far it is, in order."""

    @property
    def waiting_for(self) -> str:
        """What the job is shown to wait for."""
        if self.jobs or self.seen:
            return "children"
        return "person" if self.asks or self.open else "attention"


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


class Scene:
    """`core.module.Stage` for one wake of one composite."""

    def __init__(self, tools: Tools, claim: Claim, before: Past) -> None:
        self._tools = tools
        self._claim = claim
        self._past = before
        self._job = before.job
        self.job = before.job.id
        self.run = before.ancestors[-1] if before.ancestors else before.job.id
        self.wish = Wish()

    # -- children ---------------------------------------------------------------------------------------------------

    async def child(
        self,
        key: str,
        action: str,
        params: Mapping[str, Any],
        *,
        account: str | None = None,
        title: str | None = None,
    ) -> Made:
        """Run another action as a child job and return what it made; raises `GenerationFailed` if it ended badly."""
        found = self._past.children.get(key) or await self._taken_over(key, action, params)
        if found is None:
            self._begin(action, params, key, account, title)
        elif found.state not in FINAL:
            self.wish.seen.append(found.id)
        else:
            self.wish.said.clear()  # it was told when this child was awaited
            if found.state == "succeeded":
                return await self._made(found)
            raise _fallen(found, title or key)
        raise Parked

    async def _taken_over(self, key: str, action: str, params: Mapping[str, Any]) -> Job | None:
        """Return the child that the try before this one left, if it did just this; one that still stops is awaited."""
        before = self._past.before.get(key)
        if before is None or not heritage.fits(before, action, params):
            return None
        now = self._tools.store.clock.now()
        if before.state not in FINAL:
            self.wish.wakes.append(now + _STOPPING_MS)
            return before
        if before.state != "succeeded":
            return None
        taken = heritage.taken_over(before, self._job, (await self._made(before)).value, now)
        self.wish.taken.append(taken)
        return taken

    def _begin(self, action: str, params: Mapping[str, Any], key: str, account: str | None, title: str | None) -> None:
        if len(self._past.ancestors) >= DEEPEST:
            raise ParamsInvalid(f"Jobs are nested more than {DEEPEST} deep", hint="Does a workflow run itself?")
        job, before = self._job, self._past.before.get(key)
        again = before.id if before is not None and before.state != "succeeded" else None
        source = {"title": title, heritage.RETRY_OF: again}
        wanted = Wanted(
            action=action,
            params=params,
            account=account,
            source={name: word for name, word in source.items() if word} or None,
            priority=job.priority,
            parent=job.id,
            child_key=key,
            created_by=job.created_by,
            workspace=job.workspace,
        )
        try:
            with catalog.with_own(self._past.prices):
                self.wish.jobs.append(plan(self._tools.registry, self._tools.config, self._past.accounts, wanted))
        except (UnknownAction, AccountUnknown) as error:
            self.stuck(error)

    def stuck(self, error: MaquetteError) -> None:
        """Wait for what only the owner of this installation can bring: a provider, a module or an account."""
        self.wish.trouble = error
        self.wish.wakes.append(self._tools.store.clock.now() + LOOK_AGAIN_MS)

    async def _made(self, job: Job) -> Made:
        made = self._past.assets.get(heritage.maker(job), ())
        if not job.plan:
            return Made(job.id, job.state, made, job.result or {})
        value: dict[str, Any] = {"assets": [asset.id for asset in made]}
        if len(made) == 1 and made[0].media == "text" and made[0].size <= _TEXT_BYTES:
            value["text"] = await self._read(made[0])
        return Made(job.id, job.state, made, value)

    async def together(self, *works: Callable[[], Awaitable[T]]) -> list[T]:
        """Run several pieces of work at once; all are begun before any is waited for."""
        done = await asyncio.gather(*(work() for work in works), return_exceptions=True)
        if len(works) > 1:
            del self.wish.said[:-1]  # only the last one knows how far all of them are
        faults = [each for each in done if isinstance(each, BaseException)]
        for fault in faults:
            if not isinstance(fault, Parked):
                raise fault
        if faults:
            raise Parked
        return [each for each in done if not isinstance(each, BaseException)]

    async def first(self, *works: Callable[[], Awaitable[T]]) -> T:
        """Run several pieces of work at once and return what the first one brings that succeeds; the rest is stopped.

        Raises the error of the first of them if all fail.
        """
        done = await asyncio.gather(*(work() for work in works), return_exceptions=True)
        for each in done:
            if not isinstance(each, BaseException):
                return each
        parked = (each for each in done if not isinstance(each, MaquetteError))
        raise next(parked, done[0])  # type: ignore[misc]

    # -- people -----------------------------------------------------------------------------------------------------

    async def ask(self, key: str, question: Question) -> Mapping[str, Any]:
        """Ask a person and return the answer; raises `InteractionExpired` when the deadline passed without one."""
        found = self._past.asked.get(key)
        now = self._tools.store.clock.now()
        if found is None:
            self._pose(key, question, now)
            raise Parked
        if found.state == "open" and found.deadline_at is not None and found.deadline_at <= now:
            found = await self._overdue(found)
        if found.state == "open":
            self.wish.open.append(found.id)
            if found.deadline_at is not None:
                self.wish.wakes.append(found.deadline_at)
            raise Parked
        if found.response is None:
            raise InteractionExpired(f"Nobody answered {found.title!r} before its deadline", interaction=found.id)
        return found.response

    def _pose(self, key: str, question: Question, now: int) -> None:
        deadline = None if question.deadline_s is None else now + question.deadline_s * 1000
        asked = Interaction(
            id=new_id("int"),
            workspace=self._job.workspace,
            job=self.job,
            run=self.run,
            key=key,
            title=question.title,
            question=question.row(),
            state="open",
            created_at=now,
            deadline_at=deadline,
        )
        self.wish.asks.append(asked)
        if deadline is not None:
            self.wish.wakes.append(deadline)

    async def _overdue(self, asked: Interaction) -> Interaction:
        question, job = asked.asked, self._job

        def unit(tx: Tx) -> Interaction:
            jobs.hold(tx, self._claim)
            if question.on_deadline == "remind":
                return questions.remind(tx, job, asked)
            return questions.expire(tx, job, asked, question.default if question.on_deadline == "default" else None)

        return await self._tools.store.write(job.workspace, unit)

    # -- what it may read -------------------------------------------------------------------------------------------

    async def progress(self, fraction: float | None, message: str = "", *, phase: str = "running") -> None:
        """Note how far the job is; it is told when the job next waits, and a start from the top tells nothing twice."""
        elapsed = self._tools.store.clock.now() - (self._job.started_at or self._job.created_at)
        self.wish.said.append({"phase": phase, "fraction": fraction, "message": message[:500], "elapsed_ms": elapsed})

    async def definition(self, kind: str, name: str, version: int | None = None) -> Definition:
        """Return a definition by id or name; without a version, the newest when this job began."""

        def unit(tx: Tx) -> Definition | None:
            if version is not None:
                return definitions.version(tx, kind, name, version)
            return definitions.named(tx, kind, name, at=self._job.created_at)

        found = await self._tools.store.read(self._job.workspace, unit)
        shipped = self._tools.registry.shipped(kind) if found is None else []
        for each in shipped:
            if name in (each.id, each.name):
                return each
        if found is None:
            raise NotFound(f"No {kind} {name!r}" + (f" of version {version}" if version else ""))
        return found

    async def action(self, name: str) -> Action:
        """Return an action; raises `UnknownAction` with near matches."""
        return await asyncio.to_thread(self._tools.registry.serving, name, await self.providers())

    async def text(self, asset: str) -> str:
        """Return the text of an asset; raises `NotFound`."""
        (found,) = await self.assets([asset])
        return await self._read(found)

    async def _read(self, asset: Asset) -> str:
        end = min(asset.size, _LONGEST_TEXT)
        parts = [chunk async for chunk in self._tools.blobs.read(asset.blob, 0, end)]
        return b"".join(parts).decode("utf-8", "replace")

    async def assets(self, ids: Sequence[str]) -> Sequence[Asset]:
        """Return assets in this order; raises `NotFound` for one that is not there, or lies in the bin."""
        found = await self._tools.store.read(
            self._job.workspace, lambda tx: [assets.get(tx, asset, binned=True) for asset in ids]
        )
        for asset in found:
            if asset.deleted_at is not None:
                raise NotFound(f"Asset {asset.id!r} was deleted", hint="Restore it from the bin, or choose another.")
        return found

    async def providers(self) -> frozenset[str]:
        """Return the names of the providers with an enabled account."""
        return frozenset(account.provider for account in self._past.accounts if account.enabled)

    # -- the commit -------------------------------------------------------------------------------------------------

    def park(self, tx: Tx) -> None:
        """Begin what was asked for and wait; go on at once if what was waited for has come meanwhile."""
        job = jobs.hold(tx, self._claim)
        if job.state in FINAL:
            return
        if job.cancel_asked:
            end(tx, self._claim, JobCancelled("The job was cancelled"))
            return
        wish = self.wish
        self.keep(tx)
        for child in wish.jobs:
            insert(tx, child)
        for asked in wish.asks:
            questions.pose(tx, job, asked)
        error = wish.trouble.problem() if wish.trouble else None
        wake = min(wish.wakes, default=None)
        values = {"waiting_for": wish.waiting_for, "wake_at": wake, "takeovers": 0, "error": error}
        parked = jobs.update(tx, self._claim, state="waiting", owner=None, **values)
        for said in wish.said:
            tx.emit("job.progressed", job.id, said)
        asks = parked.waiting_for == "children" and interactions.asks(tx, [job.id])
        tx.emit("job.waiting", job.id, job_event(parked) | ({"waiting_for": "person"} if asks else {}))
        if self._has_come(tx) and (queued := jobs.queue(tx, job.id)) is not None:
            tx.emit("job.queued", job.id, job_event(queued))

    def keep(self, tx: Tx) -> None:
        """Insert the children that were taken over."""
        for child in self.wish.taken:
            heritage.keep(tx, child)

    def _has_come(self, tx: Tx) -> bool:
        wish = self.wish
        return any(jobs.get(tx, child).state in FINAL for child in wish.seen) or any(
            interactions.get(tx, asked).state != "open" for asked in wish.open
        )


def end(tx: Tx, claim: Claim, error: MaquetteError) -> None:
    """End a composite without a result, and what it still waits for; tries of its questions end by themselves."""
    if isinstance(error, JobCancelled):
        settle.cancel(tx, claim, error)
    else:
        settle.fail(tx, claim, error)
    for child in tree.steps(tx, claim.job):
        request_cancel(tx, child.id)


def _fallen(job: Job, title: str) -> GenerationFailed:
    error = job.error or {}
    return GenerationFailed(
        f"{title!r} ({job.action}) ended as {job.state}: {error.get('detail', 'no reason is known')}",
        hint=error.get("hint"),
        child=job.id,
        cause=error.get("code"),
    )
