"""Each fault looks to the client as its name says, and the log tells whether it was billed."""

from __future__ import annotations

import base64
import email.utils
import json
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import openai
import pytest
from aiohttp import ClientError, ClientPayloadError

from tests.twins.marker import marker_in
from tests.twins.openai.dialect import SPENT
from tests.twins.running import Twin, running, running_twin
from tests.twins.storm import ALL_KINDS, BILLED, KINDS, REFUSALS, Conditions, Storm
from tests.twins_oracle.client import LAST, connected, text_to_image

MODEL = "gpt-image-2.5-flare"
MARKERS = count()
NOTHING_SAID = openai.APIConnectionError


@pytest.fixture
def stormy(openai_twin: Twin) -> Iterator[Twin]:
    yield openai_twin
    openai_twin.set_faults(rate=0, kinds=ALL_KINDS, latency=0)


@pytest.fixture
def client(stormy: Twin) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{stormy.url}/v1", api_key="sk-twin", max_retries=0, timeout=5) as made:
        yield made


def drawn(client: openai.OpenAI, marker: str) -> str | None:
    """Ask for an image and return the id that its bytes carry."""
    answer = client.images.generate(model=MODEL, prompt=f"a fox [[m:{marker}]]", size="1024x640")
    return marker_in(base64.b64decode((answer.data or [])[0].b64_json or ""))


def last(twin: Twin) -> dict[str, Any]:
    twin.settle()
    return twin.log()[-1]


@pytest.mark.parametrize(
    ("fault", "error", "status", "answered"),
    [
        ("status_401", openai.AuthenticationError, 401, True),
        ("payment_402", openai.APIStatusError, 402, True),
        ("quota_429", openai.RateLimitError, 429, True),
        ("rate_seconds", openai.RateLimitError, 429, True),
        ("rate_date", openai.RateLimitError, 429, True),
        ("rate_body", openai.RateLimitError, 429, True),
        ("rate_bare", openai.RateLimitError, 429, True),
        ("moderation", openai.BadRequestError, 400, True),
        ("error_unbilled", openai.InternalServerError, 503, False),
        ("error_billed", openai.InternalServerError, 502, False),
        ("reset_billed", NOTHING_SAID, None, False),
        ("reset_midway", NOTHING_SAID, 200, False),
        ("truncate", NOTHING_SAID, 200, False),
    ],
)
def test_a_fault_raises_the_sdks_error_and_is_billed_or_not(
    client: openai.OpenAI, stormy: Twin, fault: str, error: type[Exception], status: int | None, answered: bool
) -> None:
    stormy.set_faults(rate=1, kinds=(fault,))
    marker = f"{fault}-{next(MARKERS)}"
    with pytest.raises(error):
        drawn(client, marker)
    line = last(stormy)
    assert (line["fault"], line["marker"], line["status"]) == (fault, marker, status)
    assert (line["billed"], line["answered"]) == (fault in BILLED, answered)
    assert [bill["marker"] for bill in stormy.bill()].count(marker) == (fault in BILLED)


@pytest.mark.parametrize(("fault", "phase"), [("refuse", "connect"), ("reset_unread", "submit")])
def test_a_connection_is_reset_before_anything_is_read(
    client: openai.OpenAI, stormy: Twin, fault: str, phase: str
) -> None:
    before = len(stormy.bill())
    stormy.set_faults(rate=1, kinds=(fault,))
    with pytest.raises(NOTHING_SAID):
        drawn(client, fault)
    line = last(stormy)
    assert (line["phase"], line["fault"], line["billed"], line["answered"]) == (phase, fault, False, False)
    assert len(stormy.bill()) == before


@pytest.mark.parametrize("fault", ["malformed", "empty", "html", "no_id"])
def test_a_spoiled_success_says_200_and_holds_no_image(client: openai.OpenAI, stormy: Twin, fault: str) -> None:
    stormy.set_faults(rate=1, kinds=(fault,))
    found = client.images.with_raw_response.generate(model=MODEL, prompt="x", size="1024x640")
    assert found.status_code == 200
    expected = {"malformed": b'{"created"', "empty": b"", "html": b"<!doctype html>", "no_id": b'{"created"'}
    assert found.content.startswith(expected[fault])
    assert b"b64_json" not in found.content or fault == "malformed"
    line = last(stormy)
    assert (line["fault"], line["billed"], line["answered"]) == (fault, True, False)


def test_a_hang_outlasts_the_client_and_then_completes(client: openai.OpenAI, stormy: Twin) -> None:
    stormy.set_faults(rate=1, kinds=("hang",), hang=0.6)
    with pytest.raises(openai.APITimeoutError):
        drawn(client.with_options(timeout=0.2), "gone")
    assert (last(stormy)["billed"], last(stormy)["answered"]) == (True, False)
    assert drawn(client, "patient") == "patient"
    assert (last(stormy)["billed"], last(stormy)["answered"]) == (True, True)


def test_a_drip_is_slow_but_whole(client: openai.OpenAI, stormy: Twin) -> None:
    stormy.set_faults(rate=1, kinds=("drip",), drip=0.4)
    begun = time.monotonic()
    assert drawn(client, "drip") == "drip"
    assert time.monotonic() - begun > 0.3
    assert last(stormy)["answered"] is True


def test_latency_delays_a_healthy_answer(client: openai.OpenAI, stormy: Twin) -> None:
    stormy.set_faults(latency=0.3)
    begun = time.monotonic()
    assert drawn(client, "late") == "late"
    assert time.monotonic() - begun >= 0.3


def test_a_429_names_the_time_in_four_ways(client: openai.OpenAI, stormy: Twin) -> None:
    told: dict[str, openai.RateLimitError] = {}
    for fault in ("rate_seconds", "rate_date", "rate_body", "rate_bare"):
        stormy.set_faults(rate=1, kinds=(fault,), retry_after=7)
        with pytest.raises(openai.RateLimitError) as caught:
            drawn(client, fault)
        told[fault] = caught.value
    stormy.set_faults(retry_after=1)
    headers = {fault: error.response.headers.get("retry-after") for fault, error in told.items()}
    assert headers["rate_seconds"] == "7"
    wait = email.utils.parsedate_to_datetime(headers["rate_date"] or "").timestamp() - time.time()
    assert 5 < wait <= 8
    assert headers["rate_body"] is headers["rate_bare"] is None
    assert "try again in 7s" in told["rate_body"].message
    assert "try again" not in told["rate_bare"].message
    assert {error.code for error in told.values()} == {"rate_limit_exceeded"}


def test_quota_and_moderation_have_codes_of_their_own(client: openai.OpenAI, stormy: Twin) -> None:
    codes: dict[str, str | None] = {}
    for fault in ("quota_429", "moderation"):
        stormy.set_faults(rate=1, kinds=(fault,))
        with pytest.raises(openai.APIStatusError) as caught:
            drawn(client, fault)
        codes[fault] = caught.value.code
    assert codes["quota_429"] in SPENT, "they take turns, whoever asked before"
    assert codes["moderation"] == "moderation_blocked"


def test_a_stream_may_break_in_the_middle(client: openai.OpenAI, stormy: Twin) -> None:
    stormy.set_faults(rate=1, kinds=("reset_midway",))
    stream = client.responses.create(model="gpt-6-luna", input="long " * 50, stream=True)
    with pytest.raises(NOTHING_SAID):
        list(stream)
    assert (last(stormy)["billed"], last(stormy)["answered"]) == (True, False)


def test_a_list_of_models_may_fail_too(client: openai.OpenAI, stormy: Twin) -> None:
    stormy.set_faults(rate=1, kinds=("poll_500",))
    with pytest.raises(openai.InternalServerError):
        client.models.list()
    stormy.set_faults(kinds=("poll_404",))
    with pytest.raises(openai.NotFoundError):
        client.models.list()
    assert client.models.list().data
    stormy.set_faults(rate=0, elsewhere=None)


def test_unknown_conditions_are_refused(openai_twin: Twin) -> None:
    with pytest.raises(ValueError, match="earthquake"):
        openai_twin.set_faults(kinds=("earthquake",))
    with pytest.raises(ValueError, match="colour"):
        openai_twin.set_faults(colour="red")
    with pytest.raises(ValueError, match="forgets nothing"):
        openai_twin.restart()


def test_the_control_routes_are_not_on_the_wire(client: openai.OpenAI, openai_twin: Twin) -> None:
    assert openai_twin.state()["seed"] == 0
    with pytest.raises(openai.NotFoundError, match="Invalid URL"):
        client.get("/../__twin__/state", cast_to=object)


def test_the_same_seed_is_the_same_storm_in_any_order() -> None:
    markers = [f"m{number}" for number in range(50)]
    storms = [Storm(7, Conditions(rate=0.5)) for _ in range(2)]
    forward = {marker: storms[0].draw("submit", marker) for marker in markers}
    backward = {marker: storms[1].draw("submit", marker) for marker in reversed(markers)}
    assert forward == backward
    other = Storm(8, Conditions(rate=0.5))
    assert forward != {marker: other.draw("submit", marker) for marker in markers}


def test_the_share_of_disturbed_submits_is_the_rate() -> None:
    storm = Storm(1, Conditions(rate=1 / 3))
    met = 0
    seen: Counter[str] = Counter()
    for number in range(6000):
        drawn = storm.draw("connect") or storm.draw("arrival") or storm.draw("submit", f"m{number}")
        met += drawn is not None
        seen[drawn or "none"] += 1
    assert 0.29 < met / 6000 < 0.37
    assert set(seen) == {"none", *KINDS["connect"], *KINDS["arrival"], *REFUSALS, *BILLED}


def test_a_poll_is_404_only_once_and_flaps_for_a_while() -> None:
    storm = Storm(1, Conditions(rate=1, kinds=frozenset({"poll_404"})))
    assert [storm.poll("job") for _ in range(3)] == ["poll_404", None, None]
    storm.conditions = storm.conditions.changed({"kinds": ["poll_flap"]})
    first = storm.poll("job")
    storm.conditions = storm.conditions.changed({"rate": 0})
    assert [first, *(storm.poll("job") for _ in range(5))] == ["poll_flap", "poll_flap", None, "poll_flap", None, None]


def test_under_a_storm_bill_log_and_outputs_agree(tmp_path: Path) -> None:
    stored: set[str] = set()
    with running("openai", tmp_path, seed=3, faults=1 / 2, hang=0.3, drip=0.1) as twin:
        with openai.OpenAI(base_url=f"{twin.url}/v1", api_key="sk-twin", max_retries=0, timeout=0.25) as client:
            for number in range(40):
                try:
                    answer = client.images.generate(model=MODEL, prompt=f"[[m:{number}]]", size="1024x640")
                    stored.add(marker_in(base64.b64decode((answer.data or [])[0].b64_json or "")) or "")
                except (openai.APIError, ValueError, IndexError, AttributeError):
                    continue
        twin.settle()
        bill, log = twin.bill(), twin.log()
    assert Counter(line["marker"] for line in bill) == Counter(line["marker"] for line in log if line["billed"])
    assert {line["marker"] for line in log if line["billed"] and line["answered"]} == stored
    assert len({line["fault"] for line in log}) > 8


@pytest.mark.parametrize("fault", ["reset_billed", "error_billed", "no_id", "html", "truncate"])
async def test_a_graph_whose_answer_was_lost_is_found_by_its_id(tmp_path: Path, fault: str) -> None:
    name = str(uuid.uuid4())
    async with running_twin("comfyui", tmp_path) as twin, connected(twin.url) as comfy:
        await twin.set_faults(rate=1, kinds=(fault,))
        body = {"prompt": text_to_image("[[m:lost]]", steps=1), "client_id": comfy.sid, "prompt_id": name}
        with suppress(ClientError):
            status, answer = await comfy.post("/api/prompt", body)
            assert status in {200, 502}
            assert "prompt_id" not in answer
        await comfy.hear(*LAST)
        await twin.set_faults(rate=0)
        assert (await comfy.get(f"/api/jobs/{name}"))["id"] == name
        await twin.settle()
        assert [line["id"] for line in twin.bill()] == [name]
        assert (twin.log("submit")[0]["billed"], twin.log("submit")[0]["answered"]) == (True, False)


async def test_polls_downloads_sockets_and_side_calls_break_too(tmp_path: Path) -> None:
    async with running_twin("comfyui", tmp_path) as twin, connected(twin.url) as comfy:
        job = await comfy.run(text_to_image("x"))
        name, file = job["prompt"][1], job["outputs"]["9"]["images"][0]
        whole = await comfy.view(file)
        for fault, status in (("poll_404", 404), ("poll_500", 500), ("poll_flap", 500)):
            await twin.set_faults(rate=0, elsewhere=1, kinds=(fault,))
            async with comfy.session.get(f"/api/jobs/{name}") as answer:
                assert answer.status == status
        await twin.set_faults(kinds=("poll_malformed",))
        async with comfy.session.get("/queue") as answer:
            broken = await answer.read()
        with pytest.raises(ValueError, match=r"Expecting|Invalid|Unterminated|Extra"):
            json.loads(broken)
        for fault in ("download_reset", "download_truncate"):
            await twin.set_faults(kinds=(fault,))
            with pytest.raises(ClientPayloadError):
                await comfy.view(file)
        await twin.set_faults(kinds=("side_500",))
        assert (await comfy.post("/interrupt", {"prompt_id": name}))[0] == 500
        await twin.set_faults(kinds=("socket_drop",))
        async with connected(twin.url) as other:
            await other.submit(text_to_image("y", steps=50))
            with pytest.raises(AssertionError, match="the socket closed"):
                await other.hear(*LAST)
        await twin.set_faults(elsewhere=0)
        assert await comfy.view(file) == whole
        faults = [line["fault"] for line in twin.log() if line["fault"]]
    assert faults == [
        *("poll_404", "poll_500", "poll_flap", "poll_malformed"),
        *("download_reset", "download_truncate", "side_500", "socket_drop"),
    ]
