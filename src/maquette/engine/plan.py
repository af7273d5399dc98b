"""From what is wanted to a job with its candidates, in the order in which they are tried. Pure, but for `insert`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from maquette import catalog
from maquette.catalog import retirement
from maquette.core.action import Action, Price
from maquette.core.adapt import COMMON, adapt, model_of, validate
from maquette.core.alias import ALIASES, servers
from maquette.core.config import Config
from maquette.core.errors import AccountUnknown, GenerationDisabled, MaquetteError, NotFound, ParamsInvalid
from maquette.core.ids import new_id
from maquette.core.model import Account, Attempt, Candidate, Job
from maquette.core.params import Media, Params, Warned
from maquette.core.registry import Registry
from maquette.engine.admit import is_behind, slot_of
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
    source: Any = None
    strict: bool = False
    priority: int = 0
    max_attempts: int | None = None
    parent: str | None = None
    child_key: str | None = None
    created_by: str | None = None
    workspace: str = "default"
    preset: str | None = None
    """The id or the name of a preset, in place of an action or a media type."""
    preset_version: int | None = None
    """Its version; without one, the newest."""
    run: str | None = None
    """What the caller calls the run of its own that the job is made for."""
    strategy: str | None = None
    """The only strategy whose presets may serve a medium; without one, any preset of the medium may."""
    cache: bool | None = None
    """Whether the result of an equal request will do; without a word, where a seed and a price say so."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A candidate with what it is expected to cost."""

    candidate: Candidate
    price: Price | None = field(default=None)
    pooled: bool = False
    """Whether any account of the provider will do, so that the best at the moment takes it."""

    def row(self) -> dict[str, Any]:
        """Return the JSON that the job keeps."""
        row = asdict(self.candidate) | {"price": asdict(self.price) if self.price else None}
        return row | {"pooled": True} if self.pooled else row


def plan(registry: Registry, config: Config, accounts: Sequence[Account], wanted: Wanted) -> Job:
    """Return the job for what is wanted, not yet inserted.

    Raises `GenerationDisabled`, `UnknownAction`, `AccountUnknown` or `ParamsInvalid`; the last only when no
    candidate can take the parameters.
    """
    if not config.media_creation.enabled:
        raise GenerationDisabled("Generation is switched off in the configuration")
    if wanted.action is not None and (module := serving(registry, accounts, wanted)).composite:
        return composite(module, wanted)
    planned, refusals = list[Planned](), list[MaquetteError]()
    for action in _actions(registry, config, accounts, wanted):
        try:
            planned += candidates(registry, action, config, accounts, wanted)
        except (AccountUnknown, ParamsInvalid) as refusal:
            refusals.append(refusal)
    if not planned:
        raise refusals[0]
    return assembled(registry, config, wanted, planned)


def assembled(registry: Registry, config: Config, wanted: Wanted, planned: Sequence[Planned]) -> Job:
    """Return the job that tries these candidates in order, not yet inserted."""
    first = registry.action(planned[0].candidate.action)
    section = config.media_creation.of(first.provider)
    tries = wanted.max_attempts or (section.max_retries + 1 if section.max_retries is not None else 3)
    return replace(
        _bare(first, wanted),
        plan=[p.row() for p in planned],
        warnings=list(planned[0].candidate.warnings),
        max_attempts=tries,
        reserved=max((p.price.high for p in planned if p.price), default=0),
    )


def _bare(action: Action, wanted: Wanted) -> Job:
    """Return the job of an action without candidates."""
    return Job(
        id=new_id("job"),
        workspace=wanted.workspace,
        action=action.name,
        produces=action.produces,
        params=dict(wanted.params),
        plan=[],
        state="queued",
        created_at=time.time_ns() // 1_000_000,
        priority=wanted.priority,
        parent=wanted.parent,
        child_key=wanted.child_key,
        interaction=wanted.interaction,
        subject=wanted.subject,
        source=wanted.source,
        run=wanted.run,
        created_by=wanted.created_by,
    )


def insert(tx: Tx, job: Job, *, claimed_by: str | None = None, decision: Mapping[str, Any] | None = None) -> Job:
    """Insert the job: queued in this commit, or already claimed by the process that starts it at once.

    Where others wait for its account already, it stands in their line from the first: the queue would hand it out only
    for it to be put back, and in a burst that takes the time of those that run. With `decision`, the log also tells why
    its candidates stand in this order.
    """
    tx.emit("job.queued", job.id, job_event(job))
    if claimed_by:
        job = replace(job, state="running", owner=claimed_by, epoch=1, started_at=tx.now)
    elif job.plan and is_behind(tx, line := slot_of(job.plan[job.position]["account"]), job):
        job = replace(job, state="waiting", waiting_for=line)
    jobs.insert(tx, job)
    if decision is not None:
        tx.emit("preset.chosen", job.id, decision)
    if job.warnings:
        tx.emit("params.dropped", job.id, {"warnings": job.warnings})
    if job.state == "running":
        tx.emit("job.started", job.id, job_event(job))
    elif job.state == "waiting":
        tx.emit("job.waiting", job.id, job_event(job))
    else:
        tx.queue(job.id, job.epoch, job.priority)
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
        "amount": prices[0].get("amount") if prices else None,
        "rate": prices[0].get("rate") if prices else None,
        "known": bool(job.plan) and all(c["price"] for c in job.plan),
        "plan": [{"action": c["action"], "account": c["account"], "price": c["price"]} for c in job.plan],
        "warnings": list(job.warnings),
    }


def serving(registry: Registry, accounts: Sequence[Account], wanted: Wanted) -> Action:
    """Return the action that serves the one that is asked for, by the accounts that are there."""
    name = wanted.action or ""
    asked = [account for account in accounts if account.enabled and _is_asked(account, wanted)]
    return registry.serving(name, able(registry, asked, name))


def able(registry: Registry, accounts: Sequence[Account], action: str) -> set[str]:
    """Return the providers with an account on which an action can run; only those are asked that the name may mean."""
    _, provider, operation = (*action.split(".", 2), "", "")[:3]
    named = servers(provider, operation) if provider in ALIASES else [provider]
    return {
        account.provider
        for account in accounts
        if account.provider not in named or _unfit(registry.found(account.provider, operation), account) is None
    }


def _is_asked(account: Account, wanted: Wanted) -> bool:
    return wanted.account is None or wanted.account in (account.id, account.name)


def composite(action: Action, wanted: Wanted) -> Job:
    """Return the job of a module, not yet inserted; raises `ParamsInvalid`."""
    validate(action, wanted.params)
    return _bare(action, wanted)


def _actions(registry: Registry, config: Config, accounts: Sequence[Account], wanted: Wanted) -> Iterator[Action]:
    if wanted.action is not None:
        yield serving(registry, accounts, wanted)
        return
    creation = config.media_creation
    named = [n for n in (creation.default_provider, *creation.fallback_chain) if n]
    found = False
    for name in dict.fromkeys(named or [n for n in registry.names() if registry.is_keyless(n)]):
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


def candidates(
    registry: Registry, action: Action, config: Config, accounts: Sequence[Account], wanted: Wanted
) -> list[Planned]:
    """Return the action on each account that may serve; raises `AccountUnknown` or `ParamsInvalid`."""
    usable = _usable(action, accounts, wanted)
    section = config.media_creation.of(action.provider)
    defaults = section.defaults()
    fields = action.schema(model_of(action, {**defaults, **wanted.params})).get("properties", {})
    given, changed = _instead(action, wanted, fields)
    values = {k: v for k, v in defaults.items() if k in fields} | given
    params, warnings = adapt(action, values, strict=wanted.strict)
    used = params.model_dump(mode="json", exclude_none=True)
    _hold_ceilings(used, section.ceilings(), action.provider)
    price = _price(action, params, used)
    offering = [a for a in usable if a.models is None or used.get("model") in (None, *a.models)]
    if not offering:
        raise AccountUnknown(
            f"No enabled account of provider {action.provider!r} offers the model {used['model']!r}",
            hint="Name a model that an account lists, or add it to the account's `models`.",
        )
    pooled = wanted.account is None and len(offering) > 1
    told = [*changed, *warnings]
    return [
        Planned(Candidate(action.name, a.id, used, told + _leaving(registry, a, used)), price, pooled) for a in offering
    ]


def _usable(action: Action, accounts: Sequence[Account], wanted: Wanted) -> list[Account]:
    """Return the accounts that may serve an action; raises `AccountUnknown` that says why the others may not."""
    asked = [a for a in accounts if a.provider == action.provider and a.enabled and _is_asked(a, wanted)]
    unfit = {a.name: why for a in asked if (why := _unfit(action, a))}
    if usable := [a for a in asked if a.name not in unfit]:
        return usable
    which = f"{wanted.account!r} of " if wanted.account else "of "
    raise AccountUnknown(
        f"No enabled account {which}provider {action.provider!r} serves {action.name!r}"
        + "".join(f"; {name!r}: {why}" for name, why in unfit.items()),
        hint="The settings of the account say which endpoints its server has." if asked else None,
    )


def is_ready(action: Action, accounts: Sequence[Account]) -> bool:
    """Tell whether an action can run now: on an account that is switched on, or on none, as a module does."""
    return not action.provider or any(
        account.enabled and account.provider == action.provider and _unfit(action, account) is None
        for account in accounts
    )


def _unfit(action: Action | None, account: Account) -> str | None:
    return action.serves(account.settings) if action is not None and action.serves is not None else None


def _leaving(registry: Registry, account: Account, used: Mapping[str, Any]) -> list[Warned]:
    """Warn of a model that its vendor ends soon; what servers elsewhere do with their models is not known here."""
    home = registry.provider(account.provider).settings.model_fields.get("base_url")
    name = used.get("model")
    if home is None or name is None or str(account.settings.get("base_url", home.default)) != str(home.default):
        return []
    why = retirement.leaving(account.provider, str(name), datetime.now(UTC).date())
    return [Warned(field="model", asked=name, used=name, why=why)] if why else []


def _price(action: Action, params: Params, used: Mapping[str, Any]) -> Price | None:
    """Return what a request is expected to cost: by rules that were set here, else as its provider says."""
    if action.free:
        return Price(0, 0, 0, "runs on this machine")
    model = str(used.get("model", ""))
    own = catalog.tariff(action.provider, model, own=True)
    found = own.quote(used) if own else None
    found = found or (action.price(params) if action.price else None)
    return found or catalog.quote(action.provider, model, used)


def _instead(action: Action, wanted: Wanted, fields: Mapping[str, Any]) -> tuple[dict[str, Any], list[Warned]]:
    """Return what is given as far as the action takes it, and what is told where another one serves the name."""
    given = dict(wanted.params)
    if wanted.action in (None, action.name):
        return given, []
    why = f"{action.provider!r} serves this name here"
    if (alias := ALIASES.get(str(wanted.action).split(".")[1])) is not None and alias.notice:
        why = f"{alias.notice}; {why}"
    told = [Warned(field="action", asked=wanted.action, used=action.name, why=why)]
    lost = [word for word in given if word not in fields and word not in COMMON]
    lacks = f"{action.name!r} has no such parameter"
    return given, told + [Warned(field=word, asked=given.pop(word), used=None, why=lacks) for word in lost]


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


def candidate_of(job: Job, attempt: Attempt) -> Mapping[str, Any]:
    """Return the candidate of a job that an attempt is of; two of a preset may differ in their model alone."""
    tried = (attempt.action, attempt.account, attempt.model)
    for candidate in (job.plan[job.position], *job.plan):
        if (candidate["action"], candidate["account"], candidate["params"].get("model")) == tried:
            return candidate
    return next((each for each in job.plan if each["action"] == attempt.action), job.plan[job.position])


def params_of(action: Action, candidate: Mapping[str, Any]) -> Params:
    """Return a stored candidate's parameters as the action takes them."""
    return action.params.model_validate(candidate["params"])
