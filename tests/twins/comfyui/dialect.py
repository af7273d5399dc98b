"""Word refusals as ComfyUI, or a proxy in front of it, does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from typing_extensions import override

from tests.twins.desk import Dialect
from tests.twins.storm import Conditions
from tests.twins.wire import Answer, json_answer


class ComfyDialect(Dialect):
    """Turn requests down: ComfyUI has no accounts, so limits and money are a proxy's words."""

    @override
    def refusal(self, fault: str, conditions: Conditions) -> Answer:
        """Return the answer to a request that a fault turns down."""
        seconds = conditions.retry_after
        # One second more, since the date has whole seconds only and must not be past when it is read.
        then = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds + 1), usegmt=True)
        refused = json_answer({"error": {"type": "PAYMENT_REQUIRED", "message": "No credit is left"}}, 402)
        limited = json_answer({"error": "Too many requests"}, 429)
        moderated = {"error": {"type": "CONTENT_MODERATED", "message": "The prompt was rejected"}}
        answers = {
            "status_401": json_answer({"error": "Unauthorized"}, 401),
            "payment_402": refused,
            "quota_429": json_answer({"error": {"type": "QUOTA_EXCEEDED", "message": "The quota is used up"}}, 429),
            "rate_seconds": limited.told({"Retry-After": str(seconds)}),
            "rate_date": limited.told({"Retry-After": then}),
            "rate_body": json_answer({"error": "Too many requests", "retry_after": seconds}, 429),
            "rate_bare": limited,
            "moderation": json_answer(moderated, 400),
        }
        return answers.get(fault) or self.failure(503)

    @override
    def failure(self, status: int) -> Answer:
        """Return the answer of a server that broke, or that does not know the id."""
        if status == 404:
            return json_answer({"error": "Job not found"}, 404)
        return Answer((b"500 Internal Server Error\n\nServer got itself in trouble",), status, "text/plain")
