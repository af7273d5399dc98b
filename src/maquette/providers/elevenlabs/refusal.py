"""Name the errors that only the vendor's bodies tell apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maquette.core.answer import complaints, plain
from maquette.core.errors import AccountRejected, ContentRejected, ProviderError, QuotaExhausted, RequestRejected

_MODERATED = ("moderat", "policy", "unsafe", "prohibited", "bad_prompt", "bad_composition_plan", "text_violation")
_EMPTY = ("quota_exceeded", "insufficient_credit", "payment_required")


def named(status: int, body: Mapping[str, Any]) -> ProviderError | None:
    """Return the error that a body spells out, or None where the status says it all."""
    fault = body.get("detail")
    if isinstance(fault, list) and status == 422:
        return RequestRejected(f"The provider refused the request: {complaints(fault)}")
    if not isinstance(fault, Mapping):
        return None
    code, words = str(fault.get("status") or fault.get("code") or ""), plain(fault.get("message") or "")
    # A spent quota comes with 401 as a wrong key does, and only the code tells them apart.
    if any(word in code for word in _EMPTY):
        return QuotaExhausted(words or code, provider_code=code)
    if any(word in code for word in _MODERATED):
        return ContentRejected(f"The provider's safety system refused: {words or code}", provider_code=code)
    if code == "missing_permissions":
        return AccountRejected(words or code, hint="Give the key this permission at ElevenLabs.", provider_code=code)
    return None
