"""Read what the vendor says: typed answers, and the errors that only its bodies tell apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from maquette import catalog
from maquette.catalog.retirement import unserved
from maquette.core.answer import plain
from maquette.core.errors import (
    ContentRejected,
    GenerationFailed,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    RequestRejected,
)

_MODERATED = frozenset({
    "moderation_blocked", "content_policy_violation", "content_filter", "contentFilter", "ResponsibleAIPolicyViolation",
})  # fmt: skip
# The exact codes are not documented: whatever names moderation or a policy of content is one.
_SUSPECT = ("moderation", "safety", "content_policy", "content_filter")
_EMPTY = frozenset({
    "insufficient_quota", "credit_balance_exhausted", "billing_hard_limit_reached", "billing_not_active",
})  # fmt: skip
# The codes of limits of spending are not listed anywhere; what has one of these in it asks for money, not for a pause.
_SPENT = ("spend", "billing", "quota", "credit_balance")
_PACED = re.compile(r"try again in|per (?:second|minute)|\b[rt]pm\b", re.IGNORECASE)
"""What the words of a rate have in them, whatever its code."""
_UNSERVED = frozenset({"model_not_found", "model_deprecated", "model_retired"})
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def refusal(body: Mapping[str, Any], status: int = 0) -> ProviderError | None:
    """Return the error that a body spells out, or None where the status says it all."""
    fault = body.get("error")
    if not isinstance(fault, Mapping):
        return None
    code = str(fault.get("code") or fault.get("type") or "")
    message = plain(fault.get("message") or code)
    inner = fault.get("innererror")
    if (rejected := _rejected(code, message, inner)) is not None:
        return rejected
    if code == "DeploymentNotFound":
        hint = "On Azure the model is the name of your deployment; a new one takes some minutes to be there."
        return RequestRejected(message, hint=hint, provider_code=code)
    if code in _EMPTY or fault.get("type") in _EMPTY or (status == 429 and _spent(fault, message)):
        return QuotaExhausted(message, provider_code=code)
    if code in _UNSERVED:
        return _unserved(message, code)
    return _limited(message, code)


def _spent(fault: Mapping[str, Any], message: str) -> bool:
    codes = f"{fault.get('code')} {fault.get('type')}".lower()
    return any(word in codes for word in _SPENT) and not _PACED.search(message)


def _rejected(code: str, message: str, inner: object) -> ContentRejected | None:
    codes = (code, str(inner.get("code") if isinstance(inner, Mapping) else ""))
    if not any(each in _MODERATED or any(word in each for word in _SUSPECT) for each in codes):
        return None
    said = f"The provider's safety system refused: {message}{_filters(inner)}"
    return ContentRejected(said, provider_code=code)


def _filters(inner: object) -> str:
    """Return which of Azure's filters stepped in."""
    found = inner.get("content_filter_result") if isinstance(inner, Mapping) else None
    rows = found.items() if isinstance(found, Mapping) else ()
    names = [plain(name) for name, row in rows if isinstance(row, Mapping) and row.get("filtered")]
    return f" ({', '.join(names)})" if names else ""


def failure(fault: object) -> ProviderError:
    """Return the error for a `fault` told in the midst of an answer: the work was taken, and may be billed."""
    found = refusal({"error": fault})
    return found if isinstance(found, ContentRejected) else GenerationFailed(f"The provider failed: {plain(fault)}")


def _unserved(message: str, code: str) -> ProviderError:
    words = re.findall(r"['\"`]([\w.:/-]+)['\"`]", message)
    name = next((word for word in words if catalog.model("openai", word) is not None), "")
    return unserved("openai", name, message, provider_code=code)


def _limited(message: str, code: str) -> ProviderError | None:
    # The pause stands only in the words of the message where the headers are missing: "try again in 1m3.5s".
    asked = re.search(r"try again in ((?:\d+(?:\.\d+)?(?:ms|s|m|h))+)", message)
    if code != "rate_limit_exceeded" or asked is None:
        return None
    pause = sum(float(n) * _SECONDS[unit] for n, unit in re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h)", asked[1]))
    return RateLimited(message, retry_after=pause, provider_code=code)
