"""Event streams: nothing lost, nothing twice, and a client that leaves stops nothing."""

from __future__ import annotations

import time
from typing import Any

import httpx2
import pytest

from maquette.api import sse
from maquette.core.model import Event
from maquette.services.follow import Followed, Reset
from tests.api.running import ACTION, SMALL, events, made

BODY = {"action": ACTION, "params": SMALL}
SSE = {"Accept": "text/event-stream"}


@pytest.mark.accepts("S0.29", "S0.72", "S3.5")
def test_the_answer_to_a_post_may_be_the_stream(admin: httpx2.Client) -> None:
    with admin.stream("POST", "/api/v1/jobs", json=BODY, headers=SSE) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["x-accel-buffering"] == "no"
        job = answer.headers["location"].rpartition("/")[2]
        lines = list(answer.iter_lines())
    assert lines[0] == "retry: 1000"
    found = list(events(iter(lines)))
    assert [kind for _, kind, _ in found][:2] == ["job.queued", "job.started"]
    assert found[-1][1] == "job.succeeded"
    assert {data["job"] for _, _, data in found} == {job}
    numbers = [int(number or 0) for number, _, _ in found]
    assert numbers == sorted(set(numbers))
    assert [data["seq"] for _, _, data in found] == numbers


@pytest.mark.accepts("S0.72")
def test_a_stream_resumed_at_any_event_has_exactly_the_rest(admin: httpx2.Client) -> None:
    job = made(admin)["id"]
    path = f"/api/v1/jobs/{job}/events"
    whole = settled(admin, path)
    for index, (number, _, _) in enumerate(whole):
        for resumed in (admin.get(path, headers={"Last-Event-ID": str(number)}), admin.get(f"{path}?after={number}")):
            assert list(events(iter(resumed.text.splitlines()))) == whole[index + 1 :]


def settled(admin: httpx2.Client, path: str) -> list[tuple[str, str, Any]]:
    """Return the whole stream once the small pictures are there: they come after the job has ended."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        whole = list(events(iter(admin.get(path).text.splitlines())))
        if "asset.ready" in [kind for _, kind, _ in whole]:
            return whole
    raise AssertionError("no small pictures")


@pytest.mark.accepts("S3.42")
def test_the_log_can_be_read_without_a_stream(admin: httpx2.Client) -> None:
    before = admin.get("/api/v1/jobs").json()["as_of"]
    job = made(admin)["id"]
    told = admin.get("/api/v1/log", params={"after": before}).json()
    assert told["as_of"] >= told["items"][-1]["seq"]
    assert [entry["type"] for entry in told["items"] if entry["job"] == job][:2] == ["job.queued", "job.started"]
    seqs = [entry["seq"] for entry in told["items"]]
    assert seqs == sorted(set(seqs))
    assert seqs[0] > before
    (reset,) = admin.get("/api/v1/log", params={"after": 2**40}).json()["items"]
    assert (reset["type"], reset["seq"]) == ("stream.reset", reset["data"]["as_of"])


@pytest.mark.accepts("S0.37")
def test_a_client_that_leaves_stops_nothing(admin: httpx2.Client) -> None:
    body = {"action": "media.narrator.speech", "params": {"prompt": "Still here."}}
    with admin.stream("POST", "/api/v1/jobs", json=body, headers=SSE) as answer:
        job = answer.headers["location"]
        next(answer.iter_lines())
    after = list(events(iter(admin.get(f"{job}/events").text.splitlines())))
    assert "job.succeeded" in [kind for _, kind, _ in after]
    assert len(admin.get(job).json()["attempts"]) == 1


@pytest.mark.accepts("S1.31")
def test_a_page_goes_on_from_the_number_at_which_it_was_read(admin: httpx2.Client) -> None:
    as_of = admin.get("/api/v1/jobs").json()["as_of"]
    job = made(admin)["id"]
    with admin.stream("GET", f"/api/v1/events?after={as_of}") as stream:
        found = list[tuple[Any, ...]]()
        for number, kind, data in events(stream.iter_lines()):
            found.append((number, kind, data["job"]))
            if (kind, data["job"]) == ("job.succeeded", job):
                break
    assert next(kind for _, kind, owner in found if owner == job) == "job.queued"
    assert all(int(number) > as_of for number, _, _ in found)


def test_a_number_that_is_not_known_resets_the_page(admin: httpx2.Client) -> None:
    made(admin)
    with admin.stream("GET", "/api/v1/events?after=999999999999") as stream:
        number, kind, data = next(events(stream.iter_lines()))
    assert kind == "stream.reset"
    assert 0 < int(number or 0) == data["data"]["as_of"] < 999999999999


async def test_silence_is_a_ping_and_a_reset_names_where_to_go_on() -> None:
    async def followed() -> Followed:
        yield None
        yield Reset(9)
        yield Event(10, "default", "job_1", "job.queued", {"state": "queued"}, 5)

    pieces = [piece async for piece in sse.encoded(followed())]
    assert pieces[:2] == [b"retry: 1000\n\n", b": ping\n\n"]
    assert pieces[2].startswith(b"id: 9\nevent: stream.reset\ndata: {")
    row = b'{"seq":10,"job":"job_1","type":"job.queued","at":5,"data":{"state":"queued"}}'
    assert pieces[3] == b"id: 10\nevent: job.queued\ndata: " + row + b"\n\n"


def test_a_line_break_in_a_text_stays_inside_its_event(admin: httpx2.Client) -> None:
    body = {"action": ACTION, "params": SMALL, "subject": "one\n\nevent: job.failed\ndata: {}"}
    with admin.stream("POST", "/api/v1/jobs", json=body, headers=SSE) as answer:
        found = list(events(answer.iter_lines()))
    assert "job.failed" not in [kind for _, kind, _ in found]
    assert found[0][2]["data"]["subject"] == body["subject"]
