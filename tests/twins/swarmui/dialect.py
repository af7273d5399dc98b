"""Word what is wrong as SwarmUI, or a proxy in front of it, does: application errors come with status 200."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import NoReturn

from typing_extensions import override

from tests.twins.desk import Dialect
from tests.twins.storm import Conditions
from tests.twins.wire import Answer, Refused, json_answer


def refuse(message: str) -> NoReturn:
    """Refuse a request whose parameters do not fit."""
    raise Refused(json_answer({"error": message}))


def wrong(kind: str, message: str, status: int = 400) -> NoReturn:
    """Refuse a request that the API does not take."""
    raise Refused(json_answer({"error_id": kind, "error": message}, status))


class SwarmDialect(Dialect):
    """Turn requests down: money and rates are a proxy's words."""

    @override
    def refusal(self, fault: str, conditions: Conditions) -> Answer:
        """Return the answer to a request that a fault turns down."""
        seconds = conditions.retry_after
        # One second more, since the date has whole seconds only and must not be past when it is read.
        then = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds + 1), usegmt=True)
        limited = json_answer({"error": "Too many requests"}, 429)
        answers = {
            "status_401": Answer((b"<html>401 Authorization Required</html>",), 401, "text/html"),
            "payment_402": Answer((b"<html>402 Payment Required</html>",), 402, "text/html"),
            "rate_seconds": limited.told({"Retry-After": str(seconds)}),
            "rate_date": limited.told({"Retry-After": then}),
            "rate_body": json_answer({"error": "Too many requests", "retry_after": seconds}, 429),
            "rate_bare": limited,
            "quota_429": limited,
            "moderation": json_answer({"error": "The prompt is not allowed here"}),
        }
        return answers.get(fault) or self.failure(503)

    @override
    def failure(self, status: int) -> Answer:
        """Return the answer of a server that broke, or that does not know the id."""
        return Answer((b"<html>The server is not there</html>",), status, "text/html")
