"""What a provider's answer means: the one place where statuses become errors, and lost answers become doubt."""

from __future__ import annotations

import email.utils
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import msgspec

from maquette.core.action import Answer, Provider
from maquette.core.errors import (
    AccountRejected,
    OutcomeUnknown,
    ProviderError,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
    RequestRejected,
)

AMBIGUOUS = frozenset({408, 409, 425})
"""Client errors that do not prove that nothing was billed."""
_LONGEST_WAIT_S = 24 * 3600.0
_SHOWN = 500


def judge(
    answer: Answer, provider: Provider | None, *, paid: bool, secrets: Iterable[str] = ()
) -> ProviderError | None:
    """Return the error that an answer means, None if it is a success."""
    answer = _unwrapped(answer, provider)
    if 200 <= answer.status < 300:
        return None
    body = _body(answer)
    said = redact(_message(body, answer), secrets)
    if paid and (answer.status in AMBIGUOUS or not 400 <= answer.status < 500):
        doubt = OutcomeUnknown(
            f"The provider answered {answer.status} to a paid call: {said}", upstream_status=answer.status
        )
        return _final(answer, provider, body, secrets) or _busy(answer, said) or doubt
    if provider is not None and (named := provider.refusal(answer.status, body)) is not None:
        return _told(named, answer, body, secrets)
    return _by_status(answer, said, body)


def _final(
    answer: Answer, provider: Provider | None, body: Mapping[str, Any], secrets: Iterable[str]
) -> ProviderError | None:
    """Return what the provider's own words prove of a paid call that a server answered by breaking."""
    named = provider.final(answer.status, body) if provider is not None and answer.status >= 500 else None
    return None if named is None else _told(named, answer, body, secrets)


def _busy(answer: Answer, said: str) -> ProviderUnavailable | None:
    """Return the error of a server that says when to come again, and by that that it has taken nothing."""
    wait = retry_after(answer.headers, {}) if answer.status == 503 else None
    if wait is None:
        return None
    return ProviderUnavailable(f"The provider is busy: {said}", upstream_status=answer.status, retry_after=wait)


def _told(named: ProviderError, answer: Answer, body: Mapping[str, Any], secrets: Iterable[str]) -> ProviderError:
    """Return an error in a provider's words, with the pause that its answer asks for and without secrets."""
    named.message = redact(named.message, secrets)
    named.args = (named.message,)  # what is logged of it is its text
    if isinstance(named, RateLimited | ProviderUnavailable) and named.retry_after is None:
        named.details["retry_after"] = retry_after(answer.headers, body)
    return named


def _unwrapped(answer: Answer, provider: Provider | None) -> Answer:
    """Return the answer under the status that its body tells, for a provider whose refusals come as successes."""
    wraps = provider is not None and type(provider).status_of is not Provider.status_of
    if provider is None or not wraps or not 200 <= answer.status < 300:
        return answer
    told = provider.status_of(_body(answer))
    return answer if told is None else replace(answer, status=told)


def _by_status(answer: Answer, said: str, body: Mapping[str, Any]) -> ProviderError:
    status = answer.status
    if status in (401, 403):
        return AccountRejected(f"The provider refused the credentials ({status}): {said}", upstream_status=status)
    if status == 402:
        return QuotaExhausted(f"The provider wants payment: {said}", upstream_status=status)
    if status == 429:
        return RateLimited(f"The provider's rate is reached: {said}", retry_after=retry_after(answer.headers, body))
    if status >= 500 or status in AMBIGUOUS:
        wait = retry_after(answer.headers, body)
        return ProviderUnavailable(f"The provider answered {status}: {said}", upstream_status=status, retry_after=wait)
    return RequestRejected(f"The provider refused the request ({status}): {said}", upstream_status=status)


def _body(answer: Answer) -> Mapping[str, Any]:
    try:
        found = msgspec.json.decode(answer.body)
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _message(body: Mapping[str, Any], answer: Answer) -> str:
    error = body.get("error", body)
    if isinstance(error, dict):
        error = error.get("message") or error.get("detail") or error.get("type")
    if isinstance(error, str) and error:
        return error[:_SHOWN]
    return answer.body[:_SHOWN].decode("utf-8", "replace")


def redact(text: str, secrets: Iterable[str]) -> str:
    """Return the text with every secret replaced."""
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, "[secret]")
    return text


def retry_after(headers: Mapping[str, str], body: Mapping[str, Any]) -> float | None:
    """Return the seconds to wait, from the header (seconds, ms or a date) or the body; at most a day."""
    found = _from_headers(headers)
    if found is None:
        found = _from_body(body)
    return None if found is None else min(max(found, 0.0), _LONGEST_WAIT_S)


def _from_headers(headers: Mapping[str, str]) -> float | None:
    if (millis := _number(headers.get("retry-after-ms"))) is not None:
        return millis / 1000
    value = headers.get("retry-after")
    if value is None or (seconds := _number(value)) is not None:
        return seconds if value is not None else None
    parsed = email.utils.parsedate_tz(value)
    return email.utils.mktime_tz(parsed) - time.time() if parsed else None


def _from_body(body: Mapping[str, Any]) -> float | None:
    nested = body.get("error")
    for part in (body, nested if isinstance(nested, dict) else {}):
        for key in ("retry_after", "retryAfter", "retry_after_seconds"):
            if (seconds := _number(part.get(key))) is not None:
                return seconds
        if found := re.search(
            r"(?:try again|retry) (?:in|after) (\d+(?:\.\d+)?)\s*(ms|s|m)?", str(part.get("message", ""))
        ):
            return float(found[1]) * {"ms": 0.001, "m": 60.0}.get(found[2] or "s", 1.0)
    return None


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
