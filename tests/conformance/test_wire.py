"""What every provider with a wire must do on it: prove an account, submit once over a crash, and no more."""

from __future__ import annotations

import http.server
import threading
import uuid
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

import pytest
from pydantic import HttpUrl, SecretStr
from typing_extensions import override

from maquette.core.action import Action, Settings
from maquette.core.adapt import adapt
from maquette.core.errors import AccountRejected, ProviderUnavailable
from maquette.core.registry import Registry
from tests.conformance.found import HOSTED, OWN, WIRES
from tests.conformance.product import KEY, SMALL, marked, picture
from tests.providers.lent import LentCall, Memory, lent
from tests.twins.running import Twin
from tests.twins.sound import wav

T = TypeVar("T")
ROOTS = {"openai": "/v1", **HOSTED}
"""The path of a vendor's wire where it has one."""
each_wire = pytest.mark.parametrize("name", WIRES)


class Killed(BaseException):
    """The process ended right after its paid call."""


class Dying(LentCall):
    """A call whose process ends between the submit and all that follows."""

    @override
    async def once(self, work: Callable[[], Awaitable[T]]) -> T:
        await super().once(work)
        raise Killed


class Refusing(http.server.BaseHTTPRequestHandler):
    """Answer 401 to everything."""

    def refuse(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.send_response(401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST = refuse  # noqa: N815 - the names are the library's

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent."""


@pytest.fixture(scope="module")
def refusing() -> Iterator[str]:
    """The address of a server that accepts no key."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def settings(registry: Registry, name: str, url: str) -> Settings:
    """Return settings for a server, with a key in every secret that must be given."""
    kind = registry.provider(name).settings
    given: dict[str, Any] = {"base_url": HttpUrl(url + ROOTS.get(name, ""))}
    if "platform_url" in kind.model_fields:
        given["platform_url"] = HttpUrl(f"{url}/v1")
    for word, field in kind.model_fields.items():
        if word == "api_key" or (field.is_required() and SecretStr in (field.annotation, *get_args(field.annotation))):
            given[word] = SecretStr(KEY)
    return kind(**given)


def example(action: Action, call: LentCall, marker: str, notes: dict[str, Any]) -> Any:
    schema = action.schema()
    given: dict[str, Any] = {word: value for word, value in SMALL.items() if word in schema["properties"]}
    for word, spec in schema["properties"].items():
        if word == "prompt":
            given[word] = f"a red disc [[m:{marker}]]"
        elif word in schema["required"] and "x-accept" in spec:
            heard, plain = "audio" in spec["x-accept"], "prompt" in schema["properties"]
            shown = {"provider": action.provider, "notes": notes}
            drawn = picture() if plain else marked(marker)
            given[word] = call.lend(wav("a disc", marker), mime="audio/wav") if heard else call.lend(drawn, **shown)
    return adapt(action, given)[0]


async def noted(registry: Registry, action: Action, call: LentCall) -> dict[str, Any]:
    """Return what the provider notes of a picture of its own, where the action goes on from one."""
    if action.name not in OWN:
        return {}
    maker = registry.action(f"media.{action.provider}.txt2img")
    made = await maker.run(adapt(maker, {"prompt": "a source"})[0], call)
    return dict(made.outputs[0].notes)


@each_wire
@pytest.mark.accepts("S2.7")
async def test_the_check_works_on_the_twin_and_costs_nothing(
    registry: Registry, name: str, twins: Mapping[str, Twin], tmp_path: Path
) -> None:
    twin, provider = twins[name], registry.provider(name)
    before = len(twin.bill())
    async with lent(provider, settings(registry, name, twin.url), tmp_path) as call:
        await provider.check(call)
    assert len(twin.bill()) == before


@each_wire
async def test_the_check_fails_cleanly_where_the_key_is_refused(
    registry: Registry, name: str, refusing: str, tmp_path: Path
) -> None:
    provider = registry.provider(name)
    async with lent(provider, settings(registry, name, refusing), tmp_path) as call:
        with pytest.raises(AccountRejected) as refused:
            await provider.check(call)
    assert KEY not in str(refused.value.problem())


@each_wire
async def test_the_check_fails_cleanly_where_nobody_listens(registry: Registry, name: str, tmp_path: Path) -> None:
    provider = registry.provider(name)
    async with lent(provider, settings(registry, name, "http://127.0.0.1:9"), tmp_path) as call:
        with pytest.raises(ProviderUnavailable):
            await provider.check(call)


@each_wire
@pytest.mark.accepts("R1", "S1.54", "S2.9")
async def test_every_action_that_is_killed_after_its_submit_goes_on_without_a_second_one(
    registry: Registry, name: str, twins: Mapping[str, Twin], tmp_path: Path
) -> None:
    twin, provider = twins[name], registry.provider(name)
    account = settings(registry, name, twin.url)
    for action in registry.of(name).values():
        memory, marker = Memory(), uuid.uuid4().hex
        async with lent(provider, account, tmp_path, memory) as call:
            dying = Dying(call.http, account, call._spool, memory)
            notes = await noted(registry, action, LentCall(call.http, account, call._spool, Memory()))
            params = example(action, dying, marker, notes)
            before = len(twin.bill())
            with pytest.raises(Killed):
                await action.run(params, dying)
            survivor = LentCall(call.http, account, call._spool, memory)
            survivor.assets = dying.assets
            result = await action.run(params, survivor)
        assert result.outputs, action.name
        billed = twin.bill()[before:]
        assert len(billed) == 1, action.name
        assert billed[0]["marker"] == marker or "prompt" not in action.schema()["properties"]
