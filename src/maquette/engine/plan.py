"""From what is wanted to a job with its candidates, in the order in which they are tried. Pure, but for `insert`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from maquette.core.action import Action, Price
from maquette.core.adapt import adapt
from maquette.core.config import Config
from maquette.core.errors import AccountUnknown, GenerationDisabled, MaquetteError, NotFound, ParamsInvalid
from maquette.core.ids import new_id
from maquette.core.model import Account, Candidate, Job
from maquette.core.params import Media, Params
from maquette.core.registry import Registry
from maquette.engine.events import job_event
from maquette.store import job as jobs
from maquette.store.database import Tx


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller asks for: an action, or a media type that the configured providers serve."""

    action: str | None
    params: Mapping[str, Any]
    media: Media | None = None
    account: str | None = None
    subject: str | None = None
    interaction: str | None = None
    source: Mapping[str, Any] | None = None
    strict: bool = False
    priority: int = 0
    max_attempts: int | None = None
    parent: str | None = None
    child_key: str | None = None
    created_by: str | None = None
    workspace: str = "default"


@dataclass(frozen=True, slots=True)
class Planned:
    """A candidate with what it is expected to cost."""

    candidate: Candidate
    price: Price | None = field(default=None)

    def row(self) -> dict[str, Any]:
        """Return the JSON that the job keeps."""
        return asdict(self.candidate) | {"price": asdict(self.price) if self.price else None}


def plan(registry: Registry, config: Config, accounts: Sequence[Account], wanted: Wanted) -> Job:
    """Return the job for what is wanted, not yet inserted.

    Raises `GenerationDisabled`, `UnknownAction`, `AccountUnknown` or `ParamsInvalid`; the last only when no
    candidate can take the parameters.
    """
    if not config.media_creation.enabled:
        raise GenerationDisabled("Generation is switched off in the configuration")
    planned, refusals = list[Planned](), list[MaquetteError]()
    for action in _actions(registry, config, wanted):
        try:
            planned += _candidates(action, config, accounts, wanted)
        except (AccountUnknown, ParamsInvalid) as refusal:
            refusals.append(refusal)
    if not planned:
        raise refusals[0]
    first = registry.action(planned[0].candidate.action)
    section = config.media_creation.of(first.provider)
    tries = wanted.max_attempts or (section.max_retries + 1 if section.max_retries is not None else 3)
    return Job(
        id=new_id("job"),
        workspace=wanted.workspace,
        action=first.name,
        produces=first.produces,
        params=dict(wanted.params),
        plan=[p.row() for p in planned],
        state="queued",
        created_at=time.time_ns() // 1_000_000,
        priority=wanted.priority,
        parent=wanted.parent,
        child_key=wanted.child_key,
        interaction=wanted.interaction,
        subject=wanted.subject,
        source=wanted.source,
        warnings=list(planned[0].candidate.warnings),
        max_attempts=tries,
        reserved=max((p.price.high for p in planned if p.price), default=0),
        created_by=wanted.created_by,
    )


def insert(tx: Tx, job: Job, *, claimed_by: str | None = None) -> Job:
    """Insert the job: queued in this commit, or already claimed by the process that starts it at once."""
    if claimed_by:
        job = replace(job, state="running", owner=claimed_by, epoch=1, started_at=tx.now)
    jobs.insert(tx, job)
    tx.emit("job.queued", job.id, job_event(job) | {"state": "queued"})
    if job.warnings:
        tx.emit("params.dropped", job.id, {"warnings": job.warnings})
    if claimed_by:
        tx.emit("job.started", job.id, job_event(job))
    else:
        tx.enqueue(tx.connection, job.id, job.epoch, job.priority)
    return job


def estimate(job: Job) -> dict[str, Any]:
    """Return what a planned job is expected to cost, in micro-USD, and by which candidates."""
    prices = [c["price"] for c in job.plan if c["price"]]
    return {
        "min": min((p["low"] for p in prices), default=0),
        "likely": prices[0]["likely"] if prices else 0,
        "max": max((p["high"] for p in prices), default=0),
        "currency": "USD",
        "unit": "micro",
        "source": prices[0]["source"] if prices else "free, or no price is known",
        "known": all(c["price"] for c in job.plan),
        "plan": [{"action": c["action"], "account": c["account"], "price": c["price"]} for c in job.plan],
        "warnings": list(job.warnings),
    }


def _actions(registry: Registry, config: Config, wanted: Wanted) -> Iterator[Action]:
    if wanted.action is not None:
        yield registry.action(wanted.action)
        return
    creation = config.media_creation
    named = [n for n in (creation.default_provider, *creation.fallback_chain) if n]
    found = False
    for name in dict.fromkeys(named or [n for n in registry.names() if registry.provider(n).keyless]):
        if action := _serving(registry, name, wanted):
            found = True
            yield action
    if not found:
        raise NotFound(
            f"No provider is set up that makes {wanted.media!r} from {', '.join(sorted(wanted.params)) or 'nothing'}",
            hint="Name an `action`, or set `default_provider` and `fallback_chain` under [media_creation].",
        )


def _serving(registry: Registry, provider: str, wanted: Wanted) -> Action | None:
    """Return the provider's action that makes the media from no more than the words that are given."""
    if not registry.has(provider):
        return None
    given = {word for word, value in wanted.params.items() if value is not None}
    fitting = [
        action
        for action in registry.of(provider).values()
        if action.produces == wanted.media and set(action.schema().get("required", ())) <= given
    ]
    return max(fitting, key=lambda a: len(given & set(a.schema()["properties"])), default=None)


def _candidates(action: Action, config: Config, accounts: Sequence[Account], wanted: Wanted) -> list[Planned]:
    usable = [a for a in accounts if a.provider == action.provider and a.enabled]
    if wanted.account:
        usable = [a for a in usable if wanted.account in (a.id, a.name)]
    if not usable:
        which = f"{wanted.account!r} of " if wanted.account else "of "
        raise AccountUnknown(f"No enabled account {which}provider {action.provider!r} serves {action.name!r}")
    section = config.media_creation.of(action.provider)
    fields = action.schema().get("properties", {})
    values = {k: v for k, v in section.defaults().items() if k in fields} | dict(wanted.params)
    params, warnings = adapt(action, values, strict=wanted.strict)
    used = params.model_dump(mode="json", exclude_none=True)
    _hold_ceilings(used, section.ceilings(), action.provider)
    price = action.price(params) if action.price else None
    if action.free:
        price = Price(0, 0, 0, "runs on this machine")
    return [Planned(Candidate(action.name, a.id, used, list(warnings)), price) for a in usable]


def _hold_ceilings(used: Mapping[str, Any], ceilings: Mapping[str, int], provider: str) -> None:
    faults = [
        {"path": word, "message": f"at most {most} is allowed here", "allowed": {"maximum": most}}
        for word, most in ceilings.items()
        if isinstance(used.get(word), int | float) and used[word] > most
    ]
    if faults:
        raise ParamsInvalid(
            f"{faults[0]['path']!r}: {faults[0]['message']}",
            hint=f"The limits stand under [media_creation.{provider}] in the configuration.",
            errors=faults,
        )


def params_of(action: Action, candidate: Mapping[str, Any]) -> Params:
    """Return a stored candidate's parameters as the action takes them."""
    return action.params.model_validate(candidate["params"])
