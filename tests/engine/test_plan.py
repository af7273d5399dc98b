"""From what is wanted to a job: candidates in order, defaults and ceilings of the configuration, and the price."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from maquette.core.config import Config
from maquette.core.errors import AccountUnknown, GenerationDisabled, NotFound, ParamsInvalid, UnknownAction
from maquette.core.model import Account, Job
from maquette.core.registry import Registry
from maquette.engine.plan import Wanted, estimate, plan

REGISTRY = Registry("tests.engine.plugins")


def row(name: str, provider: str, **values: Any) -> Account:
    return Account(f"acc_{name}", "default", provider, name, {}, 0, **values)


ACCOUNTS = [row("one", "courier"), row("two", "courier"), row("off", "courier", enabled=False), row("ink", "printer")]


def planned(action: str | None, params: dict[str, Any], creation: dict[str, Any] | None = None, **wanted: Any) -> Job:
    config = Config.model_validate({"home": Path("/nowhere"), "media_creation": creation or {}})
    return plan(REGISTRY, config, ACCOUNTS, Wanted(action, params, **wanted))


def accounts_of(job: Job) -> list[str]:
    return [candidate["account"] for candidate in job.plan]


def test_every_enabled_account_of_the_provider_is_a_candidate() -> None:
    assert accounts_of(planned("media.courier.txt2txt", {"prompt": "a"})) == ["acc_one", "acc_two"]


@pytest.mark.parametrize("account", ["acc_two", "two"])
def test_an_account_can_be_named_by_id_or_name(account: str) -> None:
    assert accounts_of(planned("media.courier.txt2txt", {"prompt": "a"}, account=account)) == ["acc_two"]


@pytest.mark.parametrize("account", ["off", "ink", "nobody"])
def test_an_account_that_cannot_serve_is_refused(account: str) -> None:
    with pytest.raises(AccountUnknown):
        planned("media.courier.txt2txt", {"prompt": "a"}, account=account)


@pytest.mark.accepts("S2.10", "S2.18")
def test_without_an_action_the_default_provider_and_the_chain_serve_in_order() -> None:
    creation = {"default_provider": "printer", "fallback_chain": ["courier", "printer"]}
    job = planned(None, {"prompt": "a"}, creation, media="text")
    assert accounts_of(job) == ["acc_ink", "acc_one", "acc_two"]


def test_a_provider_of_the_chain_without_an_account_is_passed_over() -> None:
    creation = {"default_provider": "telegraph", "fallback_chain": ["printer"]}
    assert accounts_of(planned(None, {"prompt": "a"}, creation, media="text")) == ["acc_ink"]


def test_a_medium_that_nobody_makes_is_refused() -> None:
    with pytest.raises(NotFound):
        planned(None, {"prompt": "a"}, {"default_provider": "courier"}, media="video")


def test_parameters_that_do_not_fit_and_actions_that_are_not_there_are_refused() -> None:
    with pytest.raises(ParamsInvalid):
        planned("media.courier.txt2txt", {"prompt": ""})
    with pytest.raises(UnknownAction):
        planned("media.courier.txt2vid", {"prompt": "a"})


def test_the_ceiling_of_the_configuration_holds() -> None:
    creation = {"courier": {"max_batch_size": 2}}
    with pytest.raises(ParamsInvalid):
        planned("media.courier.txt2txt", {"prompt": "a", "n": 3}, creation)
    assert planned("media.courier.txt2txt", {"prompt": "a", "n": 2}, creation).plan[0]["params"]["n"] == 2


@pytest.mark.accepts("S3.26")
def test_the_attempts_of_a_job_are_three_unless_somebody_says_otherwise() -> None:
    assert planned("media.courier.txt2txt", {"prompt": "a"}).max_attempts == 3
    assert planned("media.courier.txt2txt", {"prompt": "a"}, {"courier": {"max_retries": 0}}).max_attempts == 1
    assert planned("media.courier.txt2txt", {"prompt": "a"}, max_attempts=5).max_attempts == 5


def test_nothing_is_planned_while_generation_is_switched_off() -> None:
    with pytest.raises(GenerationDisabled):
        planned("media.courier.txt2txt", {"prompt": "a"}, {"enabled": False})


@pytest.mark.accepts("R8")
def test_the_estimate_spans_all_candidates_and_the_dearest_is_reserved() -> None:
    job = planned("media.courier.txt2txt", {"prompt": "a"})
    told = estimate(job)
    assert (told["min"], told["likely"], told["max"], told["known"]) == (100, 200, 300, True)
    assert job.reserved == 300
