"""Word what is wrong as the servers of the family do: FastAPI's shapes, or wrapped in an error of the first one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Final

from typing_extensions import override

from tests.twins.desk import Dialect
from tests.twins.storm import Conditions
from tests.twins.wire import Answer, Refused, json_answer

FLAVOURS: Final = ("a1111", "forge", "sdnext", "sdcpp")


class FamilyDialect(Dialect):
    """Turn requests down: money and rates are a proxy's words."""

    def __init__(self, flavour: str) -> None:
        self._wrapped = flavour == "a1111"

    def fault(self, status: int, detail: Any) -> Refused:
        """Return the refusal of a request, in the flavour's shape."""
        if self._wrapped and status != 401:
            wrapped = {"error": "HTTPException", "detail": detail, "body": "", "errors": ""}
            return Refused(json_answer(wrapped, status))
        return Refused(json_answer({"detail": detail}, status))

    def broken(self, kind: str, why: str) -> Refused:
        """Return the answer of a server whose work broke: only the first of the family says what it was."""
        if not self._wrapped:
            return Refused(Answer((b"Internal Server Error",), 500, "text/plain"))
        return Refused(json_answer({"error": kind, "detail": "", "body": "", "errors": why}, 500))

    @override
    def refusal(self, fault: str, conditions: Conditions) -> Answer:
        """Return the answer to a request that a fault turns down."""
        seconds = conditions.retry_after
        # One second more, since the date has whole seconds only and must not be past when it is read.
        then = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds + 1), usegmt=True)
        limited = json_answer({"detail": "Too many requests"}, 429)
        answers = {
            "status_401": json_answer({"detail": "Incorrect username or password"}, 401),
            "payment_402": json_answer({"detail": "Payment required"}, 402),
            "rate_seconds": limited.told({"Retry-After": str(seconds)}),
            "rate_date": limited.told({"Retry-After": then}),
            "rate_body": json_answer({"detail": "Too many requests", "retry_after": seconds}, 429),
            "rate_bare": limited,
            "quota_429": limited,
            "moderation": json_answer({"detail": "The prompt is not allowed here"}, 400),
        }
        return answers.get(fault) or self.failure(503)

    @override
    def failure(self, status: int) -> Answer:
        """Return the answer of a server that broke, or that does not know the id."""
        if status == 404:
            return json_answer({"detail": "Not Found"}, 404)
        body = {"error": "OutOfMemoryError", "detail": "", "body": "", "errors": "CUDA out of memory"}
        return json_answer(body, status)
