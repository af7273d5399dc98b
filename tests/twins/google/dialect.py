"""Word the answers that are not results: Google's error shape, its statuses and its details."""

from __future__ import annotations

from typing import Any, NoReturn

from typing_extensions import override

from tests.twins.desk import Dialect
from tests.twins.storm import Conditions
from tests.twins.vendor import limited
from tests.twins.wire import Answer, Refused, json_answer

REASONS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
TYPE = "type.googleapis.com/google.rpc."


def error(status: int, message: str, *details: dict[str, Any]) -> Answer:
    """Return an error in the vendor's shape."""
    fault: dict[str, Any] = {"code": status, "message": message, "status": REASONS.get(status, "UNKNOWN")}
    return json_answer({"error": fault | ({"details": list(details)} if details else {})}, status)


def invalid(message: str) -> Answer:
    """Return the answer to a request that is not valid."""
    return error(400, message)


def refuse(message: str) -> NoReturn:
    """Refuse a request that is not valid."""
    raise Refused(invalid(message))


def bad_key() -> Answer:
    """Return the answer to a key that the vendor does not know: it comes as a 400."""
    detail = {"@type": TYPE + "ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com"}
    return error(400, "API key not valid. Please pass a valid API key.", detail)


def no_model(name: str, verb: str) -> Answer:
    """Return the answer to a model that is not served."""
    return error(404, f"models/{name} is not found for API version v1, or is not supported for {verb}.")


class GoogleDialect(Dialect):
    """Turn requests down as Google does."""

    @override
    def refusal(self, fault: str, conditions: Conditions) -> Answer:
        """Return the answer to a request that a fault turns down."""
        if fault.startswith("rate_"):
            pause = {"@type": TYPE + "RetryInfo", "retryDelay": f"{conditions.retry_after}s"}
            details = (pause,) if fault == "rate_body" else ()
            return limited(fault, conditions.retry_after, lambda said: error(429, said, *details))
        if fault == "quota_429":
            day = {"@type": TYPE + "QuotaFailure", "violations": [{"quotaId": "GenerateRequestsPerDayPerProject"}]}
            return error(429, "You exceeded your current quota.", day)
        answers = {
            "status_401": (401, "Request had invalid authentication credentials."),
            "payment_402": (403, "This API method requires billing to be enabled."),
            "moderation": (400, "The prompt could not be submitted: it violates the usage guidelines."),
        }
        return error(*answers[fault]) if fault in answers else self.failure(503)

    @override
    def failure(self, status: int) -> Answer:
        """Return the answer of a server that broke, or that does not know the id."""
        return error(status, "Requested entity was not found." if status == 404 else "The service is unavailable.")
