"""Word the answers that are not results: the vendor's error shape, its codes and its headers."""

from __future__ import annotations

import itertools
import uuid
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import NoReturn

from typing_extensions import override

from tests.twins.desk import Dialect
from tests.twins.storm import Conditions
from tests.twins.wire import Answer, Refused, json_answer

INVALID = "invalid_request_error"
SPENT = ("insufficient_quota", "credit_balance_exhausted", "project_spend_limit_reached", "billing_limit_reached")
"""The codes of money that is spent, which the vendor sends with the status of a rate; they take turns."""


def headers() -> dict[str, str]:
    """Return the headers that every answer of the vendor carries."""
    return {
        "x-request-id": f"req_{uuid.uuid4().hex}",
        "openai-processing-ms": "12",
        "openai-version": "2020-10-01",
        "x-ratelimit-limit-requests": "500",
        "x-ratelimit-remaining-requests": "499",
        "x-ratelimit-reset-requests": "120ms",
    }


def error(status: int, message: str, kind: str, param: str | None = None, code: str | None = None) -> Answer:
    """Return an error in the vendor's shape."""
    body = {"error": {"message": message, "type": kind, "param": param, "code": code}}
    return json_answer(body, status).told(headers())


def refuse(message: str, param: str | None = None, code: str | None = "invalid_value", status: int = 400) -> NoReturn:
    """Refuse a request that is not valid."""
    raise Refused(error(status, message, INVALID, param, code))


def unauthorized(key: str) -> Answer:
    """Return the answer to a missing or wrong key."""
    if not key:
        return error(401, "You didn't provide an API key.", INVALID)
    shown = f"{key[:4]}{'*' * 8}{key[-4:]}"
    return error(401, f"Incorrect API key provided: {shown}.", INVALID, None, "invalid_api_key")


class OpenAIDialect(Dialect):
    """Turn requests down as OpenAI does."""

    def __init__(self) -> None:
        self._spent = itertools.cycle(SPENT)

    @override
    def refusal(self, fault: str, conditions: Conditions) -> Answer:
        """Return the answer to a request that a fault turns down."""
        if fault.startswith("rate_"):
            return _rate_limit(fault, conditions.retry_after)
        if fault == "status_401":
            return unauthorized("sk-revoked-key")
        if fault == "payment_402":
            return error(402, "Your account has no credit left.", "billing_error", None, "credit_balance_exhausted")
        if fault == "quota_429":
            code = next(self._spent)
            kind = code if code == "insufficient_quota" else "requests"
            return error(429, "You exceeded what you may spend.", kind, None, code)
        if fault == "moderation":
            message = "Your request was rejected by the safety system."
            return error(400, message, "image_generation_user_error", None, "moderation_blocked")
        return self.failure(503)

    @override
    def failure(self, status: int) -> Answer:
        """Return the answer of a server that broke, or that does not know the id."""
        if status == 404:
            return error(404, "Not found", INVALID, None, "not_found")
        return error(status, "The server had an error while processing your request.", "server_error")


def _rate_limit(fault: str, seconds: int) -> Answer:
    message = "Rate limit reached for requests."
    if fault == "rate_body":
        message += f" Please try again in {seconds}s."
    answer = error(429, message, "requests", None, "rate_limit_exceeded")
    if fault == "rate_seconds":
        return answer.told({"retry-after": str(seconds), "retry-after-ms": str(seconds * 1000)})
    if fault == "rate_date":
        # The date has whole seconds only; one more keeps it from lying in the past when it is read.
        then = datetime.now(UTC) + timedelta(seconds=seconds + 1)
        return answer.told({"retry-after": format_datetime(then, usegmt=True)})
    return answer
