"""What an answer means, by its status, its headers and its body."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from email.utils import formatdate
from typing import Any

import pytest
from typing_extensions import override

from maquette.core.action import Answer, Provider
from maquette.core.errors import (
    AccountRejected,
    GenerationFailed,
    OutcomeUnknown,
    ProviderError,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
    RequestRejected,
)
from maquette.engine.verdict import judge, retry_after

UNSURE = [100, 302, 307, 408, 409, 425, 500, 502, 503, 504, 529]


def answer(status: int, body: Any = None, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, b"" if body is None else json.dumps(body).encode())


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_a_success_means_no_error(status: int) -> None:
    assert judge(answer(status), None, paid=True) is None


@pytest.mark.accepts("R1", "R3")
@pytest.mark.parametrize("status", UNSURE)
def test_an_answer_that_does_not_prove_a_refusal_leaves_a_paid_call_in_doubt(status: int) -> None:
    assert isinstance(judge(answer(status), None, paid=True), OutcomeUnknown)


@pytest.mark.accepts("R3")
def test_a_server_that_says_when_to_come_again_has_taken_nothing() -> None:
    busy = judge(answer(503, retry_after="7"), None, paid=True)
    assert type(busy) is ProviderUnavailable
    assert busy.retry_after == 7
    # Only this status and only a header say so: a body may be anybody's, and a gateway does not know.
    for unsure in (answer(503, {"retry_after": 7}), answer(502, retry_after="7"), answer(503, retry_after="soon")):
        assert isinstance(judge(unsure, None, paid=True), OutcomeUnknown)


@pytest.mark.parametrize("status", [408, 409, 425, 500, 503])
def test_the_same_answer_to_a_free_call_is_a_passing_fault(status: int) -> None:
    assert isinstance(judge(answer(status), None, paid=False), ProviderUnavailable)


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (400, RequestRejected),
        (401, AccountRejected),
        (402, QuotaExhausted),
        (403, AccountRejected),
        (404, RequestRejected),
        (413, RequestRejected),
        (422, RequestRejected),
        (429, RateLimited),
    ],
)
def test_an_answer_of_four_hundred_and_more_proves_that_nothing_was_taken(status: int, meaning: type) -> None:
    assert type(judge(answer(status), None, paid=True)) is meaning


@pytest.mark.accepts("S1.44")
@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"retry_after": "7"}, {}, 7),
        ({"retry_after": "1.5"}, {}, 1.5),
        ({"retry_after_ms": "250", "retry_after": "9"}, {}, 0.25),
        ({}, {"retry_after": 3}, 3),
        ({}, {"error": {"retryAfter": "4"}}, 4),
        ({}, {"error": {"message": "Rate limit: try again in 20s."}}, 20),
        ({}, {"message": "please retry after 2m"}, 120),
        ({}, {"message": "please retry after 800ms"}, 0.8),
        ({"retry_after": "-5"}, {}, 0),
        ({"retry_after": "999999999"}, {}, 86_400),
        ({"retry_after": "soon"}, {}, None),
        ({}, {}, None),
    ],
)
def test_the_wait_that_an_answer_asks_for_is_read_in_every_form(
    headers: dict[str, str], body: dict[str, Any], seconds: float | None
) -> None:
    fault = judge(answer(429, body, **headers), None, paid=True)
    assert isinstance(fault, RateLimited)
    assert fault.retry_after == seconds


@pytest.mark.accepts("S1.44")
def test_a_wait_that_is_given_as_a_date_ends_at_that_date() -> None:
    found = retry_after({"retry-after": formatdate(time.time() + 30, usegmt=True)}, {})
    assert found is not None
    assert 27 <= found <= 31


def test_no_secret_is_repeated_in_what_the_provider_said() -> None:
    fault = judge(answer(401, {"error": "no such key: sk-12345"}), None, paid=True, secrets=["sk-12345"])
    assert fault is not None
    assert "sk-12345" not in fault.message
    assert "[secret]" in fault.message


@pytest.mark.parametrize("body", [b"<html>busy</html>", b"", b"[1]", b'"text"', b"\xff\xfe", b'{"error": null}'])
def test_a_body_of_any_shape_is_judged(body: bytes) -> None:
    assert isinstance(judge(Answer(503, {}, body), None, paid=False), ProviderUnavailable)


class Speaking(Provider):
    """A provider whose server says what became of a call when it breaks."""

    title = "Speaking"

    @override
    def final(self, status: int, body: Mapping[str, Any]) -> ProviderError | None:
        said = body.get("ended")
        kinds: Mapping[Any, type[ProviderError]] = {"full": ProviderUnavailable, "broke": GenerationFailed}
        return kinds[said](f"It is over for sk-12345: {said}") if said in kinds else None


@pytest.mark.accepts("R3")
@pytest.mark.parametrize(
    ("status", "said", "meaning"),
    [
        (529, "full", ProviderUnavailable),
        (500, "broke", GenerationFailed),
        (500, "else", OutcomeUnknown),
        (408, "broke", OutcomeUnknown),
        (307, "broke", OutcomeUnknown),
    ],
)
def test_a_provider_may_know_what_a_broken_server_means(status: int, said: str, meaning: type) -> None:
    body = {"ended": said, "retry_after": 3}
    found = judge(answer(status, body), Speaking(), paid=True, secrets=["sk-12345"])
    assert type(found) is meaning
    assert "sk-12345" not in str(found)
    assert (found.retry_after if found else None) == (3 if meaning is ProviderUnavailable else None)
    assert not isinstance(judge(answer(status, body), Speaking(), paid=False), GenerationFailed), "a free call passes"


class Wrapping(Provider):
    """A provider whose refusals come as successes."""

    title = "Wrapping"

    @override
    def status_of(self, body: Mapping[str, Any]) -> int | None:
        code = body.get("code")
        return code if isinstance(code, int) and code != 200 else None


@pytest.mark.parametrize(
    ("code", "paid", "meaning"),
    [
        (200, True, type(None)),
        (402, True, QuotaExhausted),
        (429, True, RateLimited),
        (500, True, OutcomeUnknown),
        (500, False, ProviderUnavailable),
    ],
)
def test_a_refusal_inside_a_success_is_judged_by_the_status_that_it_tells(
    code: int, paid: bool, meaning: type[object]
) -> None:
    wrapped = Answer(200, {}, b'{"code": %d, "message": "so it is"}' % code)
    assert type(judge(wrapped, Wrapping(), paid=paid)) is meaning
    assert judge(wrapped, None, paid=paid) is None
