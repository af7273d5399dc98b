"""What lies on the server's machine is offered: servers on their ports, keys in variables; nothing is taken unasked."""

from __future__ import annotations

import pytest
from typing_extensions import override

from maquette.core.action import Call
from maquette.core.errors import Forbidden, NotFound
from maquette.core.registry import Registry
from maquette.core.usual import Usual
from maquette.engine.studio import Studio
from maquette.services import account as accounts
from maquette.services import discovery
from maquette.services.caller import Caller
from tests.engine.plugins.courier import Courier
from tests.engine.studio import Stage
from tests.engine.upstream import Upstream
from tests.services.house import CALLER

NOBODY = "http://127.0.0.1:9"


class Proven(Courier):
    """A courier whose account is proven by a question."""

    @override
    async def check(self, call: Call) -> None:
        await call.http.get("/tokens/none")


async def found(stage: Stage, *servers: str) -> Studio:
    """Start a process whose courier usually listens there."""
    studio = await stage.open()
    courier = Proven()
    courier.__dict__["usual"] = Usual(servers=servers, variables={"COURIER_KEY": "api_key"})
    studio.registry._loaded["courier"] = courier
    return studio


def sources(offers: object) -> list[str]:
    assert isinstance(offers, list)
    return [offer.source for offer in offers if offer.provider == "courier"]


async def test_a_server_that_answers_is_offered_until_an_account_has_it(stage: Stage, upstream: Upstream) -> None:
    studio = await found(stage, NOBODY, upstream.url)
    assert sources(await discovery.found(studio, CALLER)) == [upstream.url]
    assert await accounts.listed(studio, CALLER, "courier") == []
    made = await discovery.take(studio, CALLER, "courier", upstream.url)
    assert made.account.settings["base_url"].rstrip("/") == upstream.url
    assert sources(await discovery.found(studio, CALLER)) == []


async def test_a_key_in_its_variable_is_offered_by_name_and_sealed_when_taken(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = await found(stage)
    assert sources(await discovery.found(studio, CALLER)) == []
    monkeypatch.setenv("COURIER_KEY", "sk-planted")
    (offer,) = [each for each in await discovery.found(studio, CALLER) if each.provider == "courier"]
    assert "sk-planted" not in repr(offer)
    made = await discovery.take(studio, CALLER, "courier", "COURIER_KEY")
    assert studio.vault.reveal(made.account) == {"api_key": "sk-planted"}
    assert "sk-planted" not in repr(made.account)
    assert sources(await discovery.found(studio, CALLER)) == []


@pytest.mark.parametrize("source", ["PATH", "HOME", "http://127.0.0.1:9", ""])
async def test_nothing_but_an_offer_can_be_taken(stage: Stage, source: str) -> None:
    studio = await found(stage)
    with pytest.raises(NotFound, match="is not offered here"):
        await discovery.take(studio, CALLER, "courier", source)


async def test_only_an_admin_may_look(stage: Stage) -> None:
    studio = await found(stage)
    with pytest.raises(Forbidden):
        await discovery.found(studio, Caller("default", "key_2", "member"))


def test_every_usual_trace_fills_a_setting_and_every_usual_server_is_on_this_machine() -> None:
    registry = Registry()
    told = {name: registry.provider(name).usual for name in registry.names()}
    assert sum(bool(usual.variables) for usual in told.values()) >= 12
    for name, usual in told.items():
        fields = registry.provider(name).settings.model_fields
        assert set(usual.variables.values()) <= fields.keys(), name
        assert all(word.isupper() for word in usual.variables), name
        assert all(address.startswith("http://127.0.0.1:") for address in usual.servers), name
        # A server that asks for nothing more is found where its account would look for it.
        if usual.servers and not usual.variables:
            assert str(fields["base_url"].default).rstrip("/") in usual.servers
