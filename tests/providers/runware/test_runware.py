"""Runware: pictures, films and enlargements under ids of ours, with the cost that the vendor tells."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from maquette import catalog
from maquette.core.action import Answer
from maquette.core.adapt import adapt
from maquette.core.errors import (
    AccountRejected,
    ContentRejected,
    GenerationFailed,
    MaquetteError,
    OutcomeUnknown,
    QuotaExhausted,
    RequestRejected,
)
from maquette.core.registry import Registry
from maquette.providers.runware import PROVIDER
from maquette.providers.runware.shape import Animate, Enlarge, Film, Painted, Rework
from maquette.providers.runware.wire import look, named, submitted
from tests.providers.hosted import FAULTS, Service
from tests.providers.lent import LentCall, Memory
from tests.twins.picture import Picture, painted
from tests.twins.running import Twin, running


class Answering(LentCall):
    """A call whose every request is answered so."""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__(self, None, None, Memory())  # type: ignore[arg-type]
        self._body = body

    async def send(self, *_asked: Any, **_more: Any) -> Answer:
        return Answer(200, {}, json.dumps(self._body).encode())


def source(call: LentCall, words: str = "source") -> str:
    return call.lend(painted(Picture(96, 96, words)))


def sent(call: LentCall, twin: Twin) -> dict[str, Any]:
    """Return the task of the call, as the twin has it."""
    found: dict[str, Any] = twin.state()["works"][call.token]
    return found


@pytest.mark.accepts("S4.7")
async def test_a_prompt_becomes_pictures_of_the_documents_model_at_the_cost_that_is_told(
    call: LentCall, service: Service
) -> None:
    params = Painted(prompt="a fox [[m:fox]]", negative_prompt="snow", n=2, seed=5, steps=30, guidance=4.5)
    result = await PROVIDER.txt2img(params, call)
    assert [(output.media, output.seed) for output in result.outputs] == [("image", 5), ("image", 5)]
    task = sent(call, service.twin)
    assert task["model"] == "runware:97@1"
    assert (task["positivePrompt"], task["negativePrompt"]) == ("a fox [[m:fox]]", "snow")
    assert (task["steps"], task["CFGScale"], task["numberResults"], task["outputFormat"]) == (30, 4.5, 2, "PNG")
    assert "scheduler" not in task
    assert result.cost is not None
    assert (result.cost.micro_usd, result.cost.source) == (7_600, "reported")
    assert service.twin.bills("fox") == 1


@pytest.mark.accepts("S4.13")
async def test_what_a_model_does_not_take_is_dropped_with_a_warning_and_never_sent(
    call: LentCall, service: Service
) -> None:
    action = Registry().action("media.runware.txt2img")
    asked = {"prompt": "a fox", "negative_prompt": "snow"}
    kept, none = adapt(action, asked)
    assert (kept.negative_prompt, none) == ("snow", [])  # type: ignore[attr-defined]
    params, warnings = adapt(action, asked | {"model": "bfl:5@1", "guidance": 3.0})
    assert {warning["field"] for warning in warnings} == {"negative_prompt", "guidance"}
    await PROVIDER.txt2img(params, call)  # type: ignore[arg-type]
    assert not {"negativePrompt", "CFGScale", "steps", "scheduler"} & set(sent(call, service.twin))


async def test_a_model_starts_from_a_picture_or_looks_at_it_as_the_catalog_says(call: LentCall, twin: Twin) -> None:
    await PROVIDER.img2img(Rework(prompt="a hat", image=source(call), strength=0.6), call)
    task = sent(call, twin)
    assert task["inputs"]["seedImage"].startswith("data:image/png;base64,")
    assert task["strength"] == 0.6
    call.again()
    await PROVIDER.img2img(Rework(prompt="a hat", image=source(call), model="bfl:5@1"), call)
    task = sent(call, twin)
    assert len(task["inputs"]["referenceImages"]) == 1
    assert "strength" not in task


async def test_films_are_made_from_words_and_from_frames(call: LentCall, twin: Twin) -> None:
    made = await PROVIDER.txt2vid(Film(prompt="it runs", duration=8), call)
    assert [output.media for output in made.outputs] == ["video"]
    assert (sent(call, twin)["taskType"], sent(call, twin)["duration"]) == ("videoInference", 8)
    call.again()
    await PROVIDER.img2vid(Animate(prompt="it runs", image=source(call), last_image=source(call, "end")), call)
    assert [frame["frame"] for frame in sent(call, twin)["inputs"]["frameImages"]] == ["first", "last"]


async def test_a_picture_is_enlarged(call: LentCall, twin: Twin) -> None:
    made = await PROVIDER.upscale(Enlarge(image=source(call), factor=4), call)
    assert len(made.outputs) == 1
    task = sent(call, twin)
    assert (task["taskType"], task["upscaleFactor"], list(task["inputs"])) == ("upscale", 4, ["image"])


@pytest.mark.accepts("R1")
async def test_a_submit_whose_answer_was_lost_is_found_by_the_id_that_we_chose(
    service: Service, no_faults: Twin, tmp_path: Path
) -> None:
    no_faults.set_faults(rate=1.0, elsewhere=0.0, kinds=["reset_billed"])
    async with service.lent(tmp_path) as call:
        with pytest.raises(MaquetteError):
            await PROVIDER.txt2img(Painted(prompt="lost [[m:lost]]"), call)
        no_faults.set_faults(rate=0.0)
        handle = await PROVIDER.find(call.token, call)
        assert handle == {"task": call.token}
        call.memory.handle = handle
        found = await PROVIDER.txt2img(Painted(prompt="lost [[m:lost]]"), call)
        assert len(found.outputs) == 1
        assert await PROVIDER.find("0190b7a6-0000-7000-8000-000000000000", call) is None
    assert service.twin.bills("lost") == 1


async def test_a_failed_task_is_still_known_by_the_archive(call: LentCall) -> None:
    with pytest.raises(GenerationFailed, match="It ended so"):
        await PROVIDER.txt2img(Painted(prompt="bad [[fail]]"), call)
    assert await PROVIDER.find(call.token, call) == {"task": call.token}


async def test_a_task_that_is_not_known_yet_is_no_failure_of_the_work(call: LentCall) -> None:
    with pytest.raises(RequestRejected, match="does not know the task") as caught:
        await look(call, "0190b7a6-0000-7000-8000-000000000000")
    assert caught.value.details["upstream_status"] == 404


async def test_a_refusal_says_why_whenever_it_comes(call: LentCall, service: Service) -> None:
    with pytest.raises(ContentRejected, match="policy refused"):
        await PROVIDER.txt2img(Painted(prompt="bad [[blocked]] [[m:blocked]]"), call)
    assert service.twin.bills("blocked") == 0
    call.again()
    with pytest.raises(ContentRejected, match="policy refused"):
        await PROVIDER.txt2img(Painted(prompt="bad [[refuse]]"), call)
    call.again()
    with pytest.raises(RequestRejected, match="width"):
        await PROVIDER.txt2img(Painted(prompt="odd", width=100), call)


async def test_a_question_that_is_not_answered_is_put_again_and_the_paid_work_is_kept(
    call: LentCall, service: Service
) -> None:
    made = await PROVIDER.txt2img(Painted(prompt="a fox [[busy]] [[m:busy]]"), call)
    assert len(made.outputs) == 1
    assert call.polls > 3
    assert service.twin.bills("busy") == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"code": "rateLimitExceeded"}, "rate_limited"),
        ({"code": "getResponseTimeout"}, "provider_unavailable"),
        ({"code": "internalServerError"}, "provider_unavailable"),
        ({"code": "somethingNew"}, "provider_unavailable"),
    ],
)
async def test_a_fault_of_the_question_is_not_one_of_the_task(fault: dict[str, Any], error: str) -> None:
    with pytest.raises(MaquetteError) as caught:
        await look(Answering({"errors": [fault | {"message": "why"}]}), "task-1")
    assert caught.value.code == error


@pytest.mark.parametrize(
    "body",
    [
        {"errors": [{"code": "timeoutProvider", "status": "error", "taskUUID": "task-1"}]},
        {"errors": [{"code": "inferenceError", "taskUUID": "task-1"}]},
        {"data": [{"status": "error", "taskUUID": "task-1", "error": {"code": "internalServerError"}}]},
    ],
)
async def test_a_fault_of_the_task_ends_it(body: dict[str, Any]) -> None:
    done, failed = await look(Answering(body), "task-1")
    assert (done, len(failed)) == ([], 1)


async def test_a_submit_that_the_service_broke_on_is_in_doubt(call: LentCall) -> None:
    with pytest.raises(OutcomeUnknown, match="out of order"):
        await submitted(Answering({"errors": [{"code": "internalServerError", "message": "no"}]}), {"taskUUID": "x"})


@pytest.mark.parametrize("name", FAULTS)
async def test_each_fault_is_its_own_error(service: Service, tmp_path: Path, name: str) -> None:
    await service.fault(tmp_path, name, lambda call: PROVIDER.txt2img(Painted(prompt=f"a fault [[m:{name}]]"), call))


async def test_the_check_tells_a_wrong_key_an_empty_account_and_a_stranger_apart(
    service: Service, tmp_path: Path
) -> None:
    async with service.lent(tmp_path, api_key=SecretStr("sk-wrong")) as call:
        with pytest.raises(AccountRejected):
            await PROVIDER.check(call)
    async with Service(PROVIDER, service.twin, "/v1").lent(tmp_path) as call:
        with pytest.raises(RequestRejected, match="does not answer as") as caught:
            await PROVIDER.check(call)
    assert "Take the path '/v1' off" in caught.value.advice
    with running("runware", tmp_path / "poor", balance=0) as poor:
        async with Service(PROVIDER, poor).lent(tmp_path) as call:
            with pytest.raises(QuotaExhausted, match="no balance left"):
                await PROVIDER.check(call)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("insufficientCredits", "quota_exhausted"),
        ("quotaExceeded", "quota_exhausted"),
        ("rateLimitExceeded", "rate_limited"),
        ("missingApiKey", "account_rejected"),
        ("providerContentPolicyViolation", "content_rejected"),
        ("nsfwContentDetected", "content_rejected"),
        ("modelDisabled", "model_retired"),
        ("invalidSteps", "request_rejected"),
        ("", "request_rejected"),
    ],
)
def test_the_vendors_codes_are_told_apart_by_their_parts(code: str, error: str) -> None:
    assert named({"code": code, "message": "why"}).code == error


@pytest.mark.parametrize(
    ("status", "error"), [(401, "account_rejected"), (402, "quota_exhausted"), (429, "rate_limited")]
)
@pytest.mark.parametrize("code", ["queueFull", "", "contentPolicyViolation"])
def test_a_status_that_says_it_all_goes_before_a_code(status: int, code: str, error: str) -> None:
    refused = PROVIDER.refusal(status, {"errors": [{"code": code, "message": "why"}]})
    assert refused is not None
    assert refused.code == error


async def test_the_list_of_models_is_the_catalogs(call: LentCall) -> None:
    rows = {row["id"]: row for row in await PROVIDER.models(call)}
    assert rows["runware:97@1"]["media"] == "image"
    assert rows["runway:1@2"]["media"] == "video"
    assert set(rows) == set(catalog.models("runware"))
