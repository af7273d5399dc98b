"""What a server says is read with care: ends of jobs, refusals, versions, files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from maquette.core.errors import GenerationFailed, QuotaExhausted, RequestRejected
from maquette.providers.comfyui import PROVIDER
from maquette.providers.comfyui.output import collected
from maquette.providers.comfyui.settings import Account
from maquette.providers.comfyui.wire import ended_history, ended_job, has_cancel, has_jobs, plain
from tests.providers.lent import lent

Json = dict[str, Any]
ERROR = {
    "node_id": "3",
    "node_type": "SaveImage",
    "exception_message": "first line\nsecond\x1b[31m",
    "traceback": ["x"],
}
REASON = "SaveImage (node 3): first line second [31m"


@pytest.mark.parametrize(
    ("job", "how", "reason"),
    [
        ({"status": "completed", "outputs": {"9": {}}}, "completed", ""),
        ({"status": "cancelled"}, "cancelled", ""),
        ({"status": "failed", "execution_error": ERROR}, "failed", REASON),
        ({"status": "failed"}, "failed", "the server gives no reason"),
    ],
)
def test_a_job_at_its_end_is_told_apart(job: Json, how: str, reason: str) -> None:
    ended = ended_job(job)
    assert ended is not None
    assert (ended.how, ended.reason) == (how, reason)


@pytest.mark.parametrize("status", ["pending", "in_progress", "something_new", None])
def test_a_job_that_is_not_at_its_end_goes_on(status: str | None) -> None:
    assert ended_job({"status": status, "outputs": {"9": {"images": []}}}) is None


@pytest.mark.parametrize(
    ("status", "how", "reason"),
    [
        ({"status_str": "success", "messages": []}, "completed", ""),
        (None, "completed", ""),
        ({"status_str": "error", "messages": [["execution_interrupted", {}]]}, "cancelled", ""),
        ({"status_str": "error", "messages": [["execution_start", {}], ["execution_error", ERROR]]}, "failed", REASON),
        ({"status_str": "error", "messages": ["odd"]}, "failed", "the server gives no reason"),
    ],
)
def test_the_history_of_older_servers_tells_the_same(status: Json | None, how: str, reason: str) -> None:
    ended = ended_history({"outputs": {"9": {}}, "status": status})
    assert (ended.how, ended.reason, ended.outputs) == (how, reason, {"9": {}})


@pytest.mark.parametrize(
    ("number", "jobs", "cancel"),
    [
        ([0, 0], False, False),
        ([0, 3], False, False),
        ([0, 8], True, False),
        ([0, 25], True, True),
        ([1, 0], True, True),
    ],
)
def test_routes_are_known_by_the_version(number: list[int], *, jobs: bool, cancel: bool) -> None:
    assert (has_jobs(number), has_cancel(number)) == (jobs, cancel)


def test_a_refusal_names_nodes_and_inputs_and_no_more_than_five() -> None:
    errors = [{"message": "Value not in list", "details": f"ckpt_name: 'x{i}' not in ['a']"} for i in range(9)]
    body = {
        "error": {"type": "prompt_outputs_failed_validation", "message": "Prompt outputs failed validation"},
        "node_errors": {"4": {"class_type": "CheckpointLoaderSimple", "errors": errors}},
    }
    found = PROVIDER.refusal(400, body)
    assert isinstance(found, RequestRejected)
    assert "node 4 (CheckpointLoaderSimple)" in found.message
    assert "x4" in found.message
    assert "x5" not in found.message
    assert len(found.message) <= 500


def test_a_status_that_says_it_all_needs_no_body() -> None:
    assert PROVIDER.refusal(404, {"error": "Job not found"}) is None
    assert PROVIDER.refusal(400, {"error": {"type": "odd"}}) is None
    assert PROVIDER.refusal(500, {"error": {"type": "PAYMENT_REQUIRED"}}) is None
    assert isinstance(PROVIDER.refusal(402, {"error": {"type": "PAYMENT_REQUIRED"}}), QuotaExhausted)


def test_a_strangers_text_is_made_one_short_clean_line() -> None:
    assert plain("a\n\tb\x00c\u202e") == "a b c"
    assert len(plain("x" * 9_000)) == 500


@pytest.mark.parametrize(
    ("outputs", "told"),
    [
        ({}, "no output"),
        ({"9": {"text": [""], "images": "odd"}, "8": []}, "no output"),
        ({"9": {"3d": [{"filename": "m.glb", "subfolder": "", "type": "output"}]}}, "m.glb"),
        ({"9": {"images": [{"filename": "in.png", "subfolder": "", "type": "input"}]}}, "no output"),
    ],
)
async def test_a_job_without_an_output_that_can_be_kept_failed(tmp_path: Path, outputs: Json, told: str) -> None:
    async with lent(PROVIDER, Account(), tmp_path) as call:
        with pytest.raises(GenerationFailed, match=told):
            await collected(outputs, call, None)
