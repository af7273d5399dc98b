"""Who serves a name: only accounts whose server has what it takes, with what is to be known of retired things."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from maquette.catalog import retirement
from maquette.core.action import Provider
from maquette.core.config import Config
from maquette.core.errors import AccountUnknown
from maquette.core.model import Account, Job
from maquette.core.registry import Registry
from maquette.engine.plan import Wanted, able, plan

REGISTRY = Registry()
OFFICIAL: dict[str, Any] = {"base_url": "https://api.openai.com/v1"}
OWN: dict[str, Any] = {"base_url": "http://127.0.0.1:8091/v1", "flavour": "vllm-omni"}


def row(name: str, provider: str, settings: dict[str, Any] | None = None) -> Account:
    return Account(f"acc_{name}", "default", provider, name, settings or {}, 0)


def planned(action: str, accounts: list[Account], **params: Any) -> Job:
    config = Config.model_validate({"home": Path("/nowhere")})
    return plan(REGISTRY, config, accounts, Wanted(action, {"prompt": "a wave", **params}))


@pytest.mark.accepts("S0.26")
@pytest.mark.parametrize(
    ("accounts", "served"),
    [
        ([row("vendor", "openai", OFFICIAL)], "media.slideshow.txt2vid"),
        ([row("vendor", "openai", OFFICIAL), row("own", "openai", OWN)], "media.openai.txt2vid"),
        ([row("vendor", "openai", OFFICIAL), row("gem", "google")], "media.google.txt2vid"),
    ],
)
def test_sora_is_served_by_whoever_has_its_contract_and_is_told_to_be_gone(
    accounts: list[Account], served: str
) -> None:
    job = planned("media.sora.txt2vid", [*accounts, row("show", "slideshow")])
    assert job.action == served
    assert {candidate["account"] for candidate in job.plan} <= {"acc_own", "acc_show", "acc_gem"}
    (told,) = [each for each in job.warnings if each["field"] == "action"]
    assert "2026-09-24" in told["why"]
    assert "media.google.txt2vid" in told["why"]


def test_an_account_whose_server_lacks_the_endpoint_is_no_candidate() -> None:
    both = [row("vendor", "openai", OFFICIAL), row("own", "openai", OWN)]
    assert [each["account"] for each in planned("media.openai.txt2vid", both).plan] == ["acc_own"]
    audio = planned("media.openai.transcribe", both, prompt="", audio=f"asset_{'0' * 32}")
    assert [each["account"] for each in audio.plan] == ["acc_vendor"]
    with pytest.raises(AccountUnknown) as caught:
        planned("media.openai.txt2vid", both[:1])
    assert "'vendor': its server, of the kind 'openai', has no endpoint for videos" in caught.value.message
    assert "endpoints" in caught.value.advice
    assert able(REGISTRY, [row("gone", "nobody")], "media.nobody.txt2img") == {"nobody"}


class Noting(Registry):
    """A catalog that notes whom it loads."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    @override
    def provider(self, name: str) -> Provider:
        self.asked.append(name)
        return super().provider(name)


def test_only_the_providers_that_a_name_may_mean_are_loaded_to_be_asked() -> None:
    registry, accounts = Noting(), [row("a", "painter"), row("b", "openai", OFFICIAL), row("c", "comfyui")]
    assert able(registry, accounts, "media.openai.txt2vid") == {"painter", "comfyui"}
    assert registry.asked == ["openai"]


@pytest.mark.parametrize(
    ("model", "on", "told"),
    [
        ("gpt-4o-mini-tts", date(2026, 11, 6), None),
        ("gpt-4o-mini-tts", date(2026, 11, 7), "2027-01-06; the vendor named no replacement"),
        ("gpt-4o-mini-tts", date(2027, 1, 5), "2027-01-06; the vendor named no replacement"),
        ("gpt-4o-mini-tts", date(2027, 1, 6), None),
        ("whisper-1", date(2027, 1, 6), "'gpt-transcribe' takes its place"),
        ("gpt-6-luna", date(2027, 1, 6), None),
        ("my-own-model", date(2027, 1, 6), None),
    ],
)
def test_a_model_is_told_to_leave_sixty_days_before_its_end(model: str, on: date, told: str | None) -> None:
    found = retirement.leaving("openai", model, on)
    assert found is None if told is None else told in (found or "")


def test_a_job_is_warned_of_a_model_that_leaves_at_its_vendor_and_at_nobody_elses() -> None:
    why = retirement.leaving("openai", "gpt-4o-mini-tts", datetime.now(UTC).date())
    expected = [] if why is None else [("gpt-4o-mini-tts", why)]
    for settings, warned in ((OFFICIAL, expected), ({}, expected), (OWN, [])):
        job = planned("media.openai.speech", [row("a", "openai", settings)], model="gpt-4o-mini-tts")
        assert [(each["used"], each["why"]) for each in job.warnings] == warned


def test_a_price_changes_on_its_day() -> None:
    from maquette import catalog

    found = catalog.model("google", "gemini-3.8-flash")
    assert found is not None
    assert str(found.rates_on(date(2026, 12, 31))["input"]) == "0.75"
    assert str(found.rates_on(date(2027, 1, 1))["input"]) == "1.50"
