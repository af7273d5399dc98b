"""From a preset to a job: which candidates can serve a request, in which order, and why the others are left out. Pure.

A candidate's own parameters are fixed; the preset's defaults give way to the request. A word that another candidate
knows is dropped with a warning where this one has it not, so that one request serves all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from maquette.core.action import Action, Definition
from maquette.core.adapt import COMMON
from maquette.core.config import Config
from maquette.core.errors import Conflict, GenerationDisabled, MaquetteError, ParamsInvalid
from maquette.core.ids import new_id
from maquette.core.model import Account, Job
from maquette.core.params import Warned
from maquette.core.preset import COMPOSITE, Entry, Outcome, Preset, fed, read
from maquette.core.registry import Registry
from maquette.engine import plan as planner
from maquette.engine.plan import Planned, Wanted
from maquette.engine.strategy import Arm, Ranked, order

MODULES = {"ensemble": "media.ensemble", "sequential": "media.sequence"}
"""What runs a preset whose candidates become jobs of their own."""
_STAND_IN = "asset_" + "0" * 32
"""Takes the place of what the step before is going to make, while a request is checked."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A candidate that cannot serve this request."""

    index: int
    action: str
    account: str | None
    code: str
    why: str


@dataclass(frozen=True, slots=True)
class Option:
    """A candidate that can, with what it would use on each account."""

    index: int
    entry: Entry
    planned: Sequence[Planned]


@dataclass(frozen=True, slots=True)
class Route:
    """What a preset makes of a request."""

    definition: Definition
    preset: Preset
    ranked: Sequence[Ranked]
    planned: Sequence[Planned]
    """The candidates in the order in which they are tried, each as `ranked` says of it."""
    left_out: Sequence[LeftOut]
    job: Job

    @property
    def decision(self) -> dict[str, Any]:
        """What the log tells of the choice."""
        tried = [
            {"candidate": each.arm.index, "action": each.arm.action, "account": each.arm.account}
            | ({"model": each.arm.model} if each.arm.model else {})
            | dict(each.figures)
            for each in self.ranked
        ]
        return {
            "preset": self.definition.id,
            "name": self.definition.name,
            "version": self.definition.version,
            "strategy": self.preset.strategy,
            "why": _WHY[self.preset.strategy],
            "order": tried,
            "left_out": [asdict(each) for each in self.left_out],
        }


_WHY = {
    "fallback": "as listed",
    "weighted": "drawn by weight, with the job's id as the seed",
    "adaptive": "by a draw from each one's recent success, less its share of cost and latency",
    "ensemble": "all at once",
    "sequential": "each feeds the next",
}


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a request is routed on."""

    registry: Registry
    config: Config
    accounts: Sequence[Account]
    outcomes: Sequence[Outcome] = field(default_factory=tuple[Outcome, ...])
    """How recent attempts on these accounts ended; read by the strategy `adaptive`."""


def route(grounds: Grounds, wanted: Wanted, definition: Definition) -> Route:
    """Return the job that a preset makes of a request, not yet inserted.

    Raises `GenerationDisabled`, `Conflict` for a preset that is switched off, or `ParamsInvalid` where no candidate
    can serve, with the reason of each.
    """
    preset = read(definition.body)
    if not grounds.config.media_creation.enabled:
        raise GenerationDisabled("Generation is switched off in the configuration")
    if not preset.enabled:
        raise Conflict(f"Preset {definition.name!r} is switched off", hint="Switch it on, or name another one.")
    options, left = options_of(grounds, wanted, preset)
    if not options or (preset.strategy == "sequential" and left):
        raise _nothing_serves(definition.name, preset, left)
    identifier = new_id("job")
    most = 1 if preset.strategy in COMPOSITE else None
    arms = {_arm(option, planned): planned for option in options for planned in option.planned[:most]}
    ranked = order(preset.strategy, list(arms), identifier, grounds.outcomes)
    planned = [arms[each.arm] for each in ranked]
    made = replace(wanted, max_attempts=wanted.max_attempts or preset.max_attempts)
    if preset.strategy in COMPOSITE:
        job = replace(_composed(grounds, made, preset, options), reserved=_together(planned))
    else:
        job = _alternatives(grounds, made, preset, planned)
    job = replace(job, id=identifier, preset=definition.id, preset_version=definition.version, strategy=preset.strategy)
    return Route(definition, preset, ranked, planned, left, job)


def _together(planned: Sequence[Planned]) -> int:
    """Return what all candidates may cost together, which is held for the jobs that they become."""
    return sum(each.price.high for each in planned if each.price)


def _alternatives(grounds: Grounds, wanted: Wanted, preset: Preset, planned: Sequence[Planned]) -> Job:
    """Return the job whose attempts are the candidates, each with the preset's rules for going on to the next."""
    job = planner.assembled(grounds.registry, grounds.config, wanted, planned)
    rules: dict[str, Any] = {"aggressive": preset.aggressive, "on_moderation": preset.on_moderation}
    if preset.strategy == "adaptive":
        rules["pooled"] = False  # accounts are chosen among by what was learned of each, and by nothing else
    return replace(job, plan=[{**row, **rules} for row in job.plan])


def estimate(route: Route) -> dict[str, Any]:
    """Return what a routed request is expected to cost, in micro-USD: of the one that serves, or of all together."""
    made = planner.estimate(replace(route.job, plan=[each.row() for each in route.planned]))
    if route.preset.strategy in COMPOSITE:
        prices = [each.price for each in route.planned if each.price]
        made |= {
            "min": sum(price.low for price in prices),
            "likely": sum(price.likely for price in prices),
            "max": sum(price.high for price in prices),
        }
    return made


def options_of(grounds: Grounds, wanted: Wanted, preset: Preset) -> tuple[list[Option], list[LeftOut]]:
    """Return the candidates that can serve a request, and why each other one cannot."""
    known = words_of(grounds.registry, preset)
    _refuse_strange(wanted, known)
    options, left = list[Option](), list[LeftOut]()
    before: Action | None = None
    for index, entry in enumerate(preset.candidates):
        try:
            if preset.strategy == "weighted" and not entry.weight:
                raise Conflict("its weight is 0")
            action = planner.serving(grounds.registry, grounds.accounts, _of(entry, wanted))
            options.append(Option(index, entry, _planned(grounds, wanted, preset, (entry, action, before), known)))
            before = action if preset.strategy == "sequential" else None
        except MaquetteError as error:
            left.append(LeftOut(index, entry.action, entry.account, error.code, error.message))
    return options, left


def words_of(registry: Registry, preset: Preset) -> frozenset[str] | None:
    """Return every parameter that some candidate knows; None where one takes any word."""
    known = set(COMMON)
    for entry in preset.candidates:
        if (action := registry.known(entry.action)) is None:
            continue
        schema = action.schema()
        if schema.get("additionalProperties", schema.get("properties") is None):
            return None
        known |= schema["properties"].keys()
    return frozenset(known)


def _refuse_strange(wanted: Wanted, known: frozenset[str] | None) -> None:
    strange = [word for word in wanted.params if known is not None and word not in known]
    if strange:
        message = "no candidate of the preset has such a parameter"
        raise ParamsInvalid(f"{strange[0]!r}: {message}", errors=[{"path": w, "message": message} for w in strange])


def _of(entry: Entry, wanted: Wanted) -> Wanted:
    return replace(wanted, action=entry.action, media=None, account=entry.account)


def _planned(
    grounds: Grounds,
    wanted: Wanted,
    preset: Preset,
    step: tuple[Entry, Action, Action | None],
    known: frozenset[str] | None,
) -> list[Planned]:
    """Return what a candidate would use on each of its accounts; in a sequence the result before it is stood in for."""
    entry, action, before = step
    if action.composite:
        raise ParamsInvalid(f"{action.name!r} is no action of a provider")
    values, told = _values(wanted, preset, entry, action, known)
    field_ = fed(action, before.produces) if before is not None else None
    if before is not None and field_ is None:
        raise ParamsInvalid(f"{action.name!r} takes no {before.produces} from {before.name!r}")
    if field_ is not None:
        values[field_] = _stood_in(action, field_)
    if wanted.strict and told:
        raise ParamsInvalid(f"{action.name!r} cannot take {told[0]['field']!r} as asked: {told[0]['why']}")
    found = planner.candidates(
        grounds.registry, action, grounds.config, grounds.accounts, replace(_of(entry, wanted), params=values)
    )
    return [_without(each, field_, told) for each in found]


def _stood_in(action: Action, name: str) -> Any:
    spec = action.schema()["properties"][name]
    if name not in action.accepts():
        return "what the step before wrote"
    return [_STAND_IN] if spec.get("type") == "array" else _STAND_IN


def _without(planned: Planned, word: str | None, told: Sequence[Warned]) -> Planned:
    """Return a candidate without the word that the step before fills in, and with what is told of its parameters."""
    candidate = planned.candidate
    used = {name: value for name, value in candidate.params.items() if name != word}
    warnings = [*told, *(warned for warned in candidate.warnings if warned["field"] != word)]
    return replace(planned, candidate=replace(candidate, params=used, warnings=warnings))


def _values(
    wanted: Wanted, preset: Preset, entry: Entry, action: Action, known: frozenset[str] | None
) -> tuple[dict[str, Any], list[Warned]]:
    """Return what one candidate is given, and what it does not get of what was asked."""
    fields = action.schema().get("properties", {})
    values, told = dict[str, Any](), list[Warned]()
    for word, value in {**preset.defaults, **wanted.params}.items():
        if word in entry.params:
            if word in wanted.params and value != entry.params[word]:
                why = "the preset fixes it for this candidate"
                told.append(Warned(field=word, asked=value, used=entry.params[word], why=why))
        elif word in fields or known is None or (word in COMMON and preset.strategy != "sequential"):
            values[word] = value
        elif preset.strategy != "sequential":
            told.append(Warned(field=word, asked=value, used=None, why=f"{action.name!r} has no such parameter"))
    return {**values, **entry.params}, told


def _arm(option: Option, planned: Planned) -> Arm:
    candidate, price = planned.candidate, planned.price
    model = candidate.params.get("model")
    return Arm(
        index=option.index,
        action=candidate.action,
        account=candidate.account,
        model=None if model is None else str(model),
        weight=option.entry.weight,
        price=price.likely if price else None,
    )


def _nothing_serves(name: str, preset: Preset, left: Sequence[LeftOut]) -> ParamsInvalid:
    faults = [{"path": f"candidates.{each.index}", "message": each.why, "code": each.code} for each in left]
    which = "every step of" if preset.strategy == "sequential" else "any candidate of"
    return ParamsInvalid(
        f"Nothing serves {which} preset {name!r}: {left[0].action!r}: {left[0].why}",
        hint="`errors` says what each candidate lacks; POST /api/v1/presets/ID/plan tries a request out.",
        errors=faults,
    )


def _composed(grounds: Grounds, wanted: Wanted, preset: Preset, options: Sequence[Option]) -> Job:
    """Return the job of the module that runs the candidates as jobs of their own, with what each will use."""
    members = [
        {
            "action": option.planned[0].candidate.action,
            "account": option.planned[0].candidate.account if option.entry.account else None,
            "params": dict(option.planned[0].candidate.params),
        }
        for option in options
    ]
    params: dict[str, Any] = {"title": preset.title, "members": members, "asked": dict(wanted.params)}
    params |= {"pick": preset.pick} if preset.strategy == "ensemble" else {}
    module = grounds.registry.module(MODULES[preset.strategy])
    told = [{**warned, "candidate": each.index} for each in options for warned in each.planned[0].candidate.warnings]
    job = planner.composite(module, replace(wanted, action=module.name, params=params))
    return replace(job, produces=preset.media, warnings=told)
