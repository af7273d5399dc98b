"""Frames of the socket are read as hints: what is not ours or not readable changes nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from maquette.providers.comfyui import PROVIDER
from maquette.providers.comfyui.settings import Account
from maquette.providers.comfyui.watch import Telling, hear
from tests.providers.lent import LentCall, lent

JPEG = b"\xff\xd8\xff\xe0 picture"
GRAPH = {name: {"class_type": f"Kind{name}", "inputs": {}} for name in "abcd"}


@pytest.fixture
async def call(tmp_path: Path) -> AsyncIterator[LentCall]:
    async with lent(PROVIDER, Account(), tmp_path) as made:
        yield made


@pytest.fixture
def telling(call: LentCall) -> Telling:
    return Telling(GRAPH, "job", call)


def event(kind: str, job: str = "job", **data: Any) -> str:
    return json.dumps({"type": kind, "data": {"prompt_id": job, **data}})


def named(job: str, content: bytes) -> bytes:
    about = json.dumps({"prompt_id": job, "image_type": "image/jpeg"}).encode()
    return (4).to_bytes(4, "big") + len(about).to_bytes(4, "big") + about + content


async def test_cached_nodes_do_not_count_as_work(telling: Telling, call: LentCall) -> None:
    await hear(telling, event("execution_cached", nodes=["a", "b"]))
    await hear(telling, event("progress", value=1, max=2, node="c"))
    assert call.told == [(0.25, "Kindc")]


async def test_finished_and_running_nodes_add_up(telling: Telling, call: LentCall) -> None:
    states = {"a": {"state": "finished", "value": 1, "max": 1}, "b": {"state": "running", "value": 5, "max": 10}}
    await hear(telling, event("progress_state", nodes=states))
    assert call.told == [(0.375, "Kindb")]


async def test_progress_never_goes_back(telling: Telling, call: LentCall) -> None:
    for value in (4, 2, 8):
        await hear(telling, event("progress", value=value, max=8, node="a"))
    await telling.status("waiting")
    assert [fraction for fraction, _ in call.told] == [0.125, 0.25]


@pytest.mark.parametrize(
    "frame",
    [
        event("progress", "other", value=1, max=2, node="a"),
        event("progress", value=1, max=0, node="a"),
        event("progress", value=1, max=2, node="unknown"),
        event("progress", value="x", max="y", node="a"),
        event("progress_state", nodes=["a"]),
        event("progress_state", nodes={"a": "running"}),
        event("unheard_of"),
        "[]",
        "not json",
        b"",
        b"\x00\x00\x00\x01",
        (1).to_bytes(4, "big") + (1).to_bytes(4, "big") + b"<svg onload=...>",
        (4).to_bytes(4, "big") + (2**31).to_bytes(4, "big") + b"{}",
        (9).to_bytes(4, "big") + JPEG,
        named("other", JPEG),
    ],
)
async def test_a_frame_that_is_not_ours_or_not_readable_is_passed_over(
    telling: Telling, call: LentCall, frame: str | bytes
) -> None:
    await hear(telling, frame)
    assert (call.told, call.previews) == ([], [])


async def test_previews_come_in_both_forms(telling: Telling, call: LentCall) -> None:
    await hear(telling, (1).to_bytes(4, "big") + (1).to_bytes(4, "big") + JPEG)
    await hear(telling, named("job", JPEG))
    assert call.previews == [JPEG, JPEG]
