"""What every provider shows of itself, before anything is called."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from maquette.core.action import Action, Answer
from maquette.core.errors import (
    AccountRejected,
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
from maquette.engine.verdict import judge
from tests.conformance.found import PROVIDERS, WIRES

FREE: Mapping[int, type[MaquetteError]] = {
    400: RequestRejected,
    401: AccountRejected,
    402: QuotaExhausted,
    403: AccountRejected,
    404: RequestRejected,
    408: ProviderUnavailable,
    409: ProviderUnavailable,
    422: RequestRejected,
    425: ProviderUnavailable,
    429: RateLimited,
    500: ProviderUnavailable,
    502: ProviderUnavailable,
    503: ProviderUnavailable,
    504: ProviderUnavailable,
}
DOUBTFUL = {302, 408, 409, 425, 500, 502, 503, 504}
"""Answers to a paid call that do not prove that nothing was billed."""
BODIES = [
    b"",
    b"{}",
    b"[]",
    b"null",
    b"<html>no</html>",
    b'{"error": null}',
    b'{"error": 5}',
    b'{"error": {"message": ["a"], "code": {"b": 1}, "type": 7}, "node_errors": [3]}',
    b'{"error": {}, "node_errors": {"1": null, "2": {"errors": "no"}}}',
    b"\xff\xfe",
]

each_provider = pytest.mark.parametrize("name", PROVIDERS)


def schemas(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield every schema of an object inside a schema."""
    if isinstance(value, dict):
        if "properties" in value and isinstance(value["properties"], dict):
            yield value
        for inner in value.values():
            yield from schemas(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from schemas(inner)


def hints(value: Any) -> set[str]:
    """Return every layout hint anywhere in a schema."""
    if isinstance(value, dict):
        own = {word for word in value if isinstance(word, str) and word.startswith("x-")}
        return own.union(*(hints(inner) for inner in value.values()))
    return set().union(*(hints(inner) for inner in value)) if isinstance(value, list) else set()


def actions(registry: Registry, name: str) -> list[Action]:
    found = list(registry.of(name).values())
    assert found, f"{name!r} offers nothing"
    return found


def test_the_suite_knows_every_provider_that_is_found(registry: Registry) -> None:
    assert set(PROVIDERS) <= set(registry.names())
    remote = {name for name in PROVIDERS if "base_url" in registry.provider(name).settings.model_fields}
    assert remote == set(WIRES), "a provider with a wire needs a twin, and a line in WIRES"


@each_provider
@pytest.mark.accepts("S1.50", "A5")
def test_an_action_is_named_after_its_provider_and_found_by_that_name(registry: Registry, name: str) -> None:
    for action in actions(registry, name):
        assert re.fullmatch(rf"media\.{name}\.[a-z][a-z0-9_]*", action.name)
        assert (registry.action(action.name), action.provider) == (action, name)
        assert action.produces in MEDIA


@each_provider
def test_every_schema_is_closed_and_uses_known_hints_alone(registry: Registry, name: str) -> None:
    found = [action.schema() for action in actions(registry, name)]
    for shown in [*found, registry.provider(name).settings.schema_of()]:
        assert [s["title"] for s in schemas(shown) if s.get("additionalProperties") is not False] == []
        assert hints(shown) <= HINTS
        assert "anyOf" not in str({k: v for k, v in shown.items() if k != "properties"})


@each_provider
def test_everything_has_a_name_and_a_help_for_people(registry: Registry, name: str) -> None:
    provider = registry.provider(name)
    assert provider.title
    assert inspect.getdoc(type(provider))
    for action in actions(registry, name):
        assert action.title
        assert action.summary.strip().endswith(".")
        silent = [word for word, spec in action.schema()["properties"].items() if not spec.get("description")]
        assert silent == [], action.name
    silent = [word for word, spec in provider.settings.schema_of()["properties"].items() if not spec.get("description")]
    assert silent == []


@each_provider
def test_an_asset_parameter_says_which_media_it_takes(registry: Registry, name: str) -> None:
    for action in actions(registry, name):
        accepted = action.accepts()
        for word, spec in action.schema()["properties"].items():
            if (spec.get("items") or spec).get("x-widget") == "asset":
                assert set(accepted[word]) <= set(MEDIA)


@each_provider
@pytest.mark.parametrize("body", BODIES)
def test_each_status_maps_to_its_error_whatever_the_body_says(registry: Registry, name: str, body: bytes) -> None:
    provider = registry.provider(name)
    for status, kind in FREE.items():
        headers = {"content-type": "application/json"}
        free = judge(Answer(status, headers, body), provider, paid=False)
        assert isinstance(free, kind), f"{status}: {free!r}"
        paid = judge(Answer(status, headers, body), provider, paid=True)
        assert isinstance(paid, OutcomeUnknown if status in DOUBTFUL else kind), f"{status}: {paid!r}"
    assert isinstance(judge(Answer(302, {}, body), provider, paid=True), OutcomeUnknown)
    assert judge(Answer(200, {}, body), provider, paid=True) is None


@each_provider
@pytest.mark.accepts("S2.7")
def test_what_a_provider_cannot_do_it_says_in_words(registry: Registry, name: str) -> None:
    provider = registry.provider(name)
    for hook in ("cancel", "find", "models"):
        if not provider.offers(hook):
            work = getattr(provider, hook)(*[None] * (len(inspect.signature(getattr(provider, hook)).parameters)))
            with pytest.raises(ProviderError, match="This provider"):
                work.send(None)
