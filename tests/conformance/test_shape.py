"""What every provider shows of itself, before anything is called: the rules of the product's own contract."""

from __future__ import annotations

import pytest

from maquette.core.registry import Registry
from maquette.services import contract
from maquette.services.contract import RULES, Rule
from tests.conformance.found import PROVIDERS, WIRES


def test_the_suite_knows_every_provider_that_is_found(registry: Registry) -> None:
    assert set(PROVIDERS) <= set(registry.names())
    remote = {name for name in PROVIDERS if "base_url" in registry.provider(name).settings.model_fields}
    assert remote == set(WIRES), "a provider with a wire needs a twin, and a line in WIRES"


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.accepts("S1.50", "A5", "S2.7")
def test_every_provider_keeps_every_rule(registry: Registry, name: str, rule: Rule) -> None:
    assert list(rule(registry, name)) == []


def test_a_provider_that_breaks_the_rules_is_told_each_of_them() -> None:
    registry = Registry("tests.conformance.broken", "maquette.modules")
    found = {finding.rule: finding.faults for finding in contract.shape(registry, "rude")}
    assert [rule for rule, faults in found.items() if not faults] == ["An asset parameter says which media it takes"]
    told = "\n".join(fault for faults in found.values() for fault in faults)
    for word in (
        "takes any word",
        "'x-colour' is no hint",
        "'depth' has no help",
        "`cancel`",
        "instead of AccountRejected",
    ):
        assert word in told, told
