"""The contract of a provider: what each of them shows and how it answers, checked by rule, ours and others' alike."""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from maquette.core.action import Answer, Provider
from maquette.core.errors import (
    AccountRejected,
    AccountUnknown,
    MaquetteError,
    OutcomeUnknown,
    ProviderError,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
    RequestRejected,
)
from maquette.core.params import HINTS, MEDIA
from maquette.core.registry import Registry
from maquette.engine.studio import Studio
from maquette.engine.verdict import judge
from maquette.services import account as accounts
from maquette.services.caller import Caller, require

FREE: Mapping[int, type[MaquetteError]] = {
    **dict.fromkeys((400, 404, 422), RequestRejected),
    **dict.fromkeys((401, 403), AccountRejected),
    402: QuotaExhausted,
    429: RateLimited,
    **dict.fromkeys((408, 409, 425, 500, 502, 503, 504), ProviderUnavailable),
}
"""What a status means on a request that costs nothing, whatever the body says."""
DOUBTFUL = frozenset({302, 408, 409, 425, 500, 502, 503, 504})
"""Answers to a paid call that do not prove that nothing was billed."""
BODIES = (
    b"",
    b"{}",
    b"[]",
    b"null",
    b"<html>no</html>",
    b'{"error": null}',
    b'{"error": 5}',
    b'{"error": {"message": ["a"], "code": {"b": 1}, "type": 7}, "node_errors": [3], "detail": 4, "message": []}',
    b'{"error": {}, "node_errors": {"1": null, "2": {"errors": "no"}}, "detail": [null], "errors": "no"}',
    b"\xff\xfe",
)
"""Bodies that no vendor promises and every proxy sends."""
_HOOKS = ("cancel", "find", "models")


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found; it is kept where nothing is said against it."""

    rule: str
    faults: Sequence[str] = ()
    note: str = ""

    @property
    def kept(self) -> bool:
        """Whether the rule is kept."""
        return not self.faults


Rule = Callable[[Registry, str], Iterator[str]]


async def proven(studio: Studio, caller: Caller, name: str, account: str | None = None) -> Sequence[Finding]:
    """Hold a provider to the contract, and with an account also its free calls; raises `NotFound`."""
    require(caller, "admin")
    found = await asyncio.to_thread(shape, studio.registry, name)
    return found if account is None else [*found, *await _served(studio, caller, name, account)]


def shape(registry: Registry, name: str) -> Sequence[Finding]:
    """Hold a provider to all rules that need no server."""
    registry.provider(name)
    return [Finding(_title(rule), tuple(rule(registry, name))) for rule in RULES]


def _title(rule: Rule) -> str:
    return (inspect.getdoc(rule) or "").rstrip(".")


async def _served(studio: Studio, caller: Caller, name: str, account: str) -> Sequence[Finding]:
    view = next(
        (v for v in await accounts.listed(studio, caller, name) if account in (v.account.id, v.account.name)), None
    )
    if view is None:
        raise AccountUnknown(f"No account {account!r} of provider {name!r}")
    found = list[Finding]()
    try:
        took = await accounts.check(studio, caller, view.account.id)
        found.append(Finding("The account proves itself for free", note=f"{took} ms"))
    except ProviderError as error:
        found.append(Finding("The account proves itself for free", (f"{error.message}. {error.advice}",)))
    if studio.registry.provider(name).offers("models"):
        try:
            listed = await accounts.models(studio, caller, view.account.id)
            faults = tuple(f"a model without an `id`: {row!r}"[:200] for row in listed if not row.get("id"))
            found.append(Finding("The models are listed, each with an id", faults, f"{len(listed)} models"))
        except ProviderError as error:
            found.append(Finding("The models are listed, each with an id", (error.message,)))
    return found


# -- the rules -------------------------------------------------------------------------------------------------------


def named(registry: Registry, name: str) -> Iterator[str]:
    """Every action is named after its provider and found by that name."""
    found = registry.of(name)
    if not found:
        yield "it offers nothing"
    for action in found.values():
        if not re.fullmatch(rf"media\.{re.escape(name)}\.[a-z][a-z0-9_]*", action.name):
            yield f"{action.name}: not `media.{name}.` and a lower-case word"
        elif registry.action(action.name) != action or action.provider != name:
            yield f"{action.name}: that name leads to another action"
        if action.produces not in MEDIA:
            yield f"{action.name}: makes {action.produces!r}, which is no medium"


def closed(registry: Registry, name: str) -> Iterator[str]:
    """Every schema is closed and uses known hints alone."""
    shown = {action.name: action.schema() for action in registry.of(name).values()}
    for where, schema in {**shown, "the account": registry.provider(name).settings.schema_of()}.items():
        for part in _objects(schema):
            if part.get("additionalProperties") is not False:
                yield f"{where}: the object {part.get('title', '')!r} takes any word"
        for hint in sorted(_hints(schema) - HINTS):
            yield f"{where}: {hint!r} is no hint; known: {', '.join(sorted(HINTS))}"
        if "anyOf" in str({key: value for key, value in schema.items() if key != "properties"}):
            yield f"{where}: `anyOf` outside a field: write an optional field as one that is not required"


def explained(registry: Registry, name: str) -> Iterator[str]:
    """Everything has a name and a help for people."""
    provider = registry.provider(name)
    if not provider.title or not inspect.getdoc(type(provider)):
        yield "the provider has no title or no docstring"
    for action in registry.of(name).values():
        if not action.title or not action.summary.strip().endswith("."):
            yield f"{action.name}: no title, or a docstring that is no sentence"
        yield from (f"{action.name}: {word!r} has no help" for word in _silent(action.schema()))
    yield from (f"the account: {word!r} has no help" for word in _silent(provider.settings.schema_of()))


def typed(registry: Registry, name: str) -> Iterator[str]:
    """An asset parameter says which media it takes."""
    for action in registry.of(name).values():
        accepted = action.accepts()
        for word, spec in action.schema()["properties"].items():
            takes = (spec.get("items") or spec).get("x-widget") in ("asset", "mask")
            if takes and not set(accepted.get(word, ())) & set(MEDIA):
                yield f"{action.name}: {word!r} takes an asset of no medium"


def judged(registry: Registry, name: str) -> Iterator[str]:
    """Each status maps to its error whatever the body says."""
    provider = registry.provider(name)
    for body in BODIES:
        for status, kind in FREE.items():
            headers = {"content-type": "application/json"}
            for paid, wanted in ((False, kind), (True, OutcomeUnknown if status in DOUBTFUL else kind)):
                got = judge(Answer(status, headers, body), provider, paid=paid)
                if not isinstance(got, wanted):
                    yield f"{'paid' if paid else 'free'} {status} with {body!r}: {got!r} instead of {wanted.__name__}"
        if not isinstance(judge(Answer(302, {}, body), provider, paid=True), OutcomeUnknown):
            yield f"a redirect of a paid call with {body!r} leaves no doubt"
        if judge(Answer(200, {}, body), provider, paid=True) is not None:
            yield f"a success with {body!r} is taken for an error"


def spoken(registry: Registry, name: str) -> Iterator[str]:
    """What a provider cannot do it says in words."""
    provider = registry.provider(name)
    for hook in _HOOKS:
        if not provider.offers(hook) and not _says_so(provider, hook):
            yield f"`{hook}` is not offered and does not say so"


RULES: tuple[Rule, ...] = (named, closed, explained, typed, judged, spoken)
"""What holds for every provider; the docstring of each is its name."""


def _says_so(provider: Provider, hook: str) -> bool:
    method = getattr(provider, hook)
    work: Coroutine[Any, Any, Any] = method(*[None] * len(inspect.signature(method).parameters))
    try:
        work.send(None)
    except ProviderError:
        return True
    except StopIteration:
        return False
    finally:
        work.close()
    return False


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, dict):
        if isinstance(value.get("properties"), dict):
            yield value
        for inner in value.values():
            yield from _objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner)


def _hints(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {word for word in value if isinstance(word, str) and word.startswith("x-")}
        return own.union(*(_hints(inner) for inner in value.values()))
    return set[str]().union(*(_hints(inner) for inner in value)) if isinstance(value, list) else set()


def _silent(schema: Mapping[str, Any]) -> list[str]:
    return [word for word, spec in schema["properties"].items() if not spec.get("description")]
