"""From a preset to a job: who can serve a request, in which order, and why the others cannot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from maquette.core.action import Definition
from maquette.core.config import Config
from maquette.core.errors import Conflict, GenerationDisabled, ParamsInvalid
from maquette.core.model import Account
from maquette.core.registry import Registry
from maquette.engine.plan import Wanted
from maquette.engine.route import Grounds, Route, estimate, route

REGISTRY = Registry("tests.engine.plugins")
COURIER, PRINTER = {"action": "media.courier.txt2txt"}, {"action": "media.printer.txt2txt"}


def row(name: str, provider: str) -> Account:
    return Account(f"acc_{name}", "default", provider, name, {}, 0)


ACCOUNTS = [row("one", "courier"), row("two", "courier"), row("ink", "printer"), row("games", "parlour")]


def routed(params: dict[str, Any], *candidates: Any, creation: Any = None, strict: bool = False, **body: Any) -> Route:
    made = {"title": "Mine", "media": "text", "candidates": list(candidates), **body}
    config = Config.model_validate({"home": Path("/nowhere"), "media_creation": creation or {}})
    definition = Definition("preset_1", "preset", "mine", 3, made)
    return route(Grounds(REGISTRY, config, ACCOUNTS), Wanted(None, params, strict=strict), definition)


@pytest.mark.accepts("S3.14", "S3.24")
def test_the_candidates_of_a_fallback_are_tried_as_listed_each_on_every_account() -> None:
    found = routed({"prompt": "a"}, PRINTER, COURIER)
    assert [each["account"] for each in found.job.plan] == ["acc_ink", "acc_one", "acc_two"]
    assert (found.job.preset, found.job.preset_version, found.job.strategy) == ("preset_1", 3, "fallback")
    assert (found.job.action, found.job.params) == ("media.printer.txt2txt", {"prompt": "a"})


def test_a_candidate_may_name_its_account() -> None:
    found = routed({"prompt": "a"}, {**COURIER, "account": "two"})
    assert [each["account"] for each in found.job.plan] == ["acc_two"]


def test_whoever_cannot_serve_is_left_out_with_the_reason() -> None:
    found = routed({"prompt": "a"}, {"action": "media.telegraph.txt2txt"}, {"action": "media.nobody.x"}, PRINTER)
    assert [each["account"] for each in found.job.plan] == ["acc_ink"]
    assert [(each.index, each.code) for each in found.left_out] == [(0, "account_unknown"), (1, "unknown_action")]
    assert "telegraph" in found.left_out[0].why
    assert found.decision["left_out"][0]["why"] == found.left_out[0].why


def test_where_nothing_can_serve_each_reason_is_named() -> None:
    with pytest.raises(ParamsInvalid, match="preset 'mine'") as caught:
        routed({"prompt": "a", "n": 9}, {"action": "media.telegraph.txt2txt"}, strict=True)
    assert [fault["path"] for fault in caught.value.details["errors"]] == ["candidates.0"]


def test_the_request_goes_before_the_defaults_and_what_a_candidate_fixes_before_both() -> None:
    fixed = {**COURIER, "params": {"n": 3}}
    found = routed({"prompt": "a", "n": 2}, PRINTER, fixed, defaults={"n": 1})
    assert [each["params"]["n"] for each in found.job.plan] == [2, 3, 3]
    (told,) = found.job.plan[1]["warnings"]
    assert (told["field"], told["asked"], told["used"]) == ("n", 2, 3)
    assert routed({"prompt": "a"}, PRINTER, defaults={"n": 4}).job.plan[0]["params"]["n"] == 4


def test_a_word_that_another_candidate_knows_is_dropped_with_a_warning_and_one_that_none_knows_is_refused() -> None:
    bundle = {"action": "media.parlour.bundle"}
    found = routed({"prompt": "a", "things": ["good"]}, PRINTER, bundle)
    assert found.job.plan[0]["warnings"][0]["field"] == "things"
    assert found.job.plan[-1]["params"] == {"things": ["good"]}
    with pytest.raises(ParamsInvalid) as caught:
        routed({"prompt": "a", "thigns": []}, PRINTER, bundle)
    assert caught.value.details["errors"][0]["path"] == "thigns"


def test_a_weight_of_nothing_is_never_drawn() -> None:
    for _ in range(20):
        found = routed({"prompt": "a"}, {**PRINTER, "weight": 0}, {**COURIER, "weight": 1}, strategy="weighted")
        assert {each["account"] for each in found.job.plan} == {"acc_one", "acc_two"}
        assert found.left_out[0].why == "its weight is 0"


def test_the_draw_is_by_the_id_of_the_job_and_told_in_the_decision() -> None:
    found = routed({"prompt": "a"}, PRINTER, COURIER, strategy="weighted")
    assert [each["account"] for each in found.decision["order"]] == [each["account"] for each in found.job.plan]
    assert {each["chance"] for each in found.decision["order"]} == {0.5}


def test_an_ensemble_is_one_job_of_a_module_that_is_given_what_each_will_use() -> None:
    found = routed({"prompt": "a"}, PRINTER, {**COURIER, "account": "two"}, strategy="ensemble", pick="first")
    job = found.job
    assert (job.action, job.produces, list(job.plan)) == ("media.ensemble", "text", [])
    assert job.params["pick"] == "first"
    assert [each["account"] for each in job.params["members"]] == [None, "acc_two"]
    assert job.params["asked"] == {"prompt": "a"}


def test_an_ensemble_costs_the_sum_and_a_fallback_no_more_than_its_dearest() -> None:
    assert [estimate(routed({"prompt": "a"}, PRINTER, COURIER))[word] for word in ("likely", "max")] == [200, 300]
    both = estimate(routed({"prompt": "a"}, PRINTER, COURIER, strategy="ensemble"))
    assert [both[word] for word in ("min", "likely", "max")] == [200, 400, 600]


def test_a_sequence_is_refused_when_one_of_its_steps_cannot_serve() -> None:
    with pytest.raises(ParamsInvalid, match="every step"):
        routed({"prompt": "a"}, PRINTER, {"action": "media.telegraph.txt2txt"}, strategy="sequential")


def test_a_preset_or_everything_can_be_switched_off() -> None:
    with pytest.raises(Conflict, match="switched off"):
        routed({"prompt": "a"}, PRINTER, enabled=False)
    with pytest.raises(GenerationDisabled):
        routed({"prompt": "a"}, PRINTER, creation={"enabled": False})
