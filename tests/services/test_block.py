"""The settings block of the chat application, as it is written there: every key of it does something."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from maquette.core.config import Config, read
from maquette.core.errors import GenerationDisabled, ParamsInvalid
from maquette.core.model import Account, Job
from maquette.core.registry import Registry
from maquette.engine.plan import Wanted, plan
from maquette.engine.studio import Studio, build
from maquette.services import start
from maquette.store import account as accounts
from tests.core.test_config import BLOCK

REGISTRY = Registry("tests.services.block")


@pytest.fixture
async def studio(home: Path) -> AsyncIterator[Studio]:
    made = await build(configured(home=home))
    made.registry = made.engine.tools.registry = Registry("tests.services.block")
    yield made
    await made.close()


def configured(changed: str = "", to: str = "", home: Path = Path("/nowhere")) -> Config:
    assert changed in BLOCK
    return read(BLOCK.replace(changed, to) if changed else BLOCK, {}, {}, home=home)


def planned(config: Config, **params: Any) -> Job:
    account = Account("acc_1", "default", "swarmui", "mine", {}, 0)
    return plan(REGISTRY, config, [account], Wanted(None, {"prompt": "a heron", **params}, media="image"))


@pytest.mark.accepts("S1.35", "S1.36")
async def test_address_key_patience_and_socket_become_an_account(studio: Studio) -> None:
    await start.ensure(studio)
    (account,) = await studio.store.read("default", accounts.listed)
    assert (account.provider, account.origin, account.timeout_s) == ("swarmui", "config", 60)
    assert account.settings == {"base_url": "http://localhost:7801/", "enable_websocket": True}
    assert account.sealed == {}
    text = BLOCK.replace('api_key = ""', 'api_key = "sk-1"').replace(
        "enable_websocket = true", "enable_websocket = false"
    )
    studio.config = read(text, {}, {}, home=studio.config.home)
    await start.ensure(studio)
    (changed,) = await studio.store.read("default", accounts.listed)
    assert changed.id == account.id
    assert studio.vault.reveal(changed) == {"api_key": "sk-1"}
    assert changed.settings["enable_websocket"] is False


@pytest.mark.accepts("S1.35", "S1.36")
def test_the_retries_of_the_block_are_attempts_beside_the_first() -> None:
    assert planned(configured()).max_attempts == 4
    assert planned(configured("max_retries = 3", "max_retries = 0")).max_attempts == 1


@pytest.mark.accepts("S1.35")
def test_the_default_provider_of_the_block_serves_and_generation_can_be_switched_off() -> None:
    assert planned(configured()).action == "media.swarmui.txt2img"
    with pytest.raises(GenerationDisabled) as caught:
        planned(configured("enabled = true", "enabled = false"))
    assert "enabled" in caught.value.advice


@pytest.mark.accepts("S1.35", "S1.37")
@pytest.mark.parametrize(
    ("line", "word", "value", "other"),
    [
        (
            'default_model = "OfficialStableDiffusion/sd_xl_base_1.0"',
            "model",
            "OfficialStableDiffusion/sd_xl_base_1.0",
            "x",
        ),
        ("default_width = 1024", "width", 1024, 512),
        ("default_height = 1024", "height", 1024, 512),
        ("default_steps = 20", "steps", 20, 5),
        ("default_cfg_scale = 7.0", "guidance", 7.0, 3.5),
        ('default_sampler = "dpmpp_2m_sde"', "sampler", "dpmpp_2m_sde", "euler"),
    ],
)
def test_a_default_of_the_block_is_used_where_nothing_is_said(line: str, word: str, value: Any, other: Any) -> None:
    assert planned(configured()).plan[0]["params"][word] == value
    assert planned(configured(), **{word: other}).plan[0]["params"][word] == other
    key = line.partition(" ")[0]
    changed = configured(line, f"{key} = {other!r}")
    assert planned(changed).plan[0]["params"][word] == other


@pytest.mark.accepts("S1.35", "S1.38")
@pytest.mark.parametrize(
    ("line", "word", "most"),
    [
        ("max_width = 2048", "width", 2048),
        ("max_height = 2048", "height", 2048),
        ("max_steps = 150", "steps", 150),
        ("max_batch_size = 4", "n", 4),
    ],
)
def test_a_limit_of_the_block_holds(line: str, word: str, most: int) -> None:
    assert planned(configured(), **{word: most}).plan[0]["params"][word] == most
    with pytest.raises(ParamsInvalid, match=word):
        planned(configured(), **{word: most + 1})
    key = line.partition(" ")[0]
    assert planned(configured(line, f"{key} = {most + 1}"), **{word: most + 1}).plan[0]["params"][word] == most + 1


async def test_a_block_of_a_provider_that_is_not_there_makes_no_account_and_stops_nobody(home: Path) -> None:
    made = await build(read(BLOCK.replace("swarmui", "absent"), {}, {}, home=home))
    made.registry = made.engine.tools.registry = Registry("tests.services.block")
    try:
        await start.ensure(made)
        assert await made.store.read("default", accounts.listed) == []
    finally:
        await made.close()
