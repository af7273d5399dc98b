"""A key is replaced without losing what runs, and never goes to a server for which it was not entered."""

from __future__ import annotations

import pytest

from maquette.core.errors import AccountRejected, Conflict
from maquette.core.ids import new_id
from maquette.core.model import Account
from maquette.engine.account import lend
from maquette.engine.studio import Studio
from maquette.services import account as service
from maquette.services.account import Draft
from maquette.services.caller import Caller
from maquette.store import account as accounts
from tests.engine.studio import Stage, ledger, reached, submit, until
from tests.engine.upstream import Upstream

ADMIN = Caller("default", None, "admin")


async def keyed(studio: Studio, url: str, key: str) -> Account:
    draft = Draft("mine", {"base_url": url, "api_key": key})
    return (await service.create(studio, ADMIN, "courier", draft)).account


def shown(upstream: Upstream, start: str) -> list[str]:
    return [seen.headers["Authorization"] for seen in upstream.calls(start)]


async def test_a_job_outlives_the_rotation_of_its_key_and_goes_on_with_the_new_one(
    any_stage: Stage, upstream: Upstream
) -> None:
    studio = await any_stage.open()
    made = await keyed(studio, upstream.url, "old-key")
    upstream.held = True
    job = await submit(studio, "media.courier.txt2txt")
    await until(lambda: len(upstream.calls("GET /tasks")) > 1)
    await service.update(studio, ADMIN, made.id, Draft(settings={"api_key": "new-key"}))
    await any_stage.kill(studio)
    studio = await any_stage.open()
    upstream.finish()
    assert (await reached(studio, job)).state == "succeeded"
    assert shown(upstream, "POST /tasks") == ["Bearer old-key"]
    assert shown(upstream, "GET /tasks")[-1] == "Bearer new-key"
    (attempt,) = await ledger(studio, job)
    assert (attempt.account, attempt.base_url) == (made.id, upstream.url)


async def test_an_account_does_not_move_while_work_is_under_way_on_it(studio: Studio, upstream: Upstream) -> None:
    made = await keyed(studio, upstream.url, "old-key")
    upstream.held = True
    job = await submit(studio, "media.courier.txt2txt")
    await reached(studio, job, "running")
    await until(lambda: bool(upstream.bill))
    moved = Draft(settings={"base_url": "http://127.0.0.1:9", "api_key": "new-key"})
    with pytest.raises(Conflict, match="another server"):
        await service.update(studio, ADMIN, made.id, moved)
    upstream.finish()
    assert (await reached(studio, job)).state == "succeeded"
    assert (await service.update(studio, ADMIN, made.id, moved)).account.settings["base_url"] == "http://127.0.0.1:9"
    assert {seen.headers["Authorization"] for seen in upstream.seen} == {"Bearer old-key"}


async def test_an_attempt_of_the_old_server_never_gets_the_key_of_the_new_one(studio: Studio) -> None:
    made = await keyed(studio, "http://127.0.0.1:9/v2", "new-key")
    provider = studio.registry.provider("courier")
    with pytest.raises(AccountRejected, match="moved"):
        lend(provider, made, studio.vault, "http://127.0.0.1:8/v2")
    settings, secrets = lend(provider, made, studio.vault, "http://127.0.0.1:9/v1")
    assert (settings.base(), secrets) == ("http://127.0.0.1:9/v1", ["new-key"])


async def test_a_slow_reference_is_followed_once_and_off_the_loop(studio: Studio) -> None:
    counted = studio.config.home / "count"
    command = f"command:sh -c 'echo x >> {counted}; echo sk-from-the-vault'"
    name = new_id("acc")
    sealed = {"api_key": studio.vault.seal(name, "api_key", command)}
    made = Account(name, "default", "courier", "kept", {}, 0, sealed=sealed, origin="config")
    await studio.store.write("default", lambda tx: accounts.insert(tx, made))
    for _ in range(3):
        assert (await studio.vault.warm(made)) is made
        assert studio.vault.reveal(made) == {"api_key": "sk-from-the-vault"}
    assert counted.read_text() == "x\n"
    studio.vault.forget()
    await studio.vault.warm(made)
    assert counted.read_text() == "x\nx\n"
