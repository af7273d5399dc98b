"""Every error of the product: one code, one HTTP status, one recovery and one hint each.

```
MaquetteError
├── RequestRefused            the caller must change something
│   ├── NotFound, UnknownAction
│   ├── ParamsInvalid, TemplateInvalid, AccountUnknown
│   ├── Unauthorized, Forbidden, TooManyRequests
│   ├── Conflict, KeyReused, RequestInTransit, InteractionExpired
│   ├── BodyTooLarge, UploadRejected, UrlRefused, ArticleUnfit
│   ├── BudgetExceeded, ContentFiltered
│   └── GenerationDisabled
├── ProviderError             a provider said no, failed, or cannot be reached
│   ├── ProviderUnavailable, RateLimited, AccountRejected, QuotaExhausted
│   ├── ContentRejected, RequestRejected, ModelRetired, Unsupported
│   ├── OutcomeUnknown, GenerationFailed, OutputRejected
│   └── DeadlinePassed, JobCancelled
└── ServerFault               this installation is at fault
    ├── ConfigInvalid, SchemaMismatch, MasterKeyMissing, AddressRefused, AddressInUse, HomeInUse
    └── StoreUnavailable, StorageFull, OffloadFailed
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

if TYPE_CHECKING:
    from .action import Cost

Recovery = Literal["stop", "retry", "next", "wait"]
"""What the engine does: stop the job, retry the candidate, try the next one, or wait for a person."""


class MaquetteError(Exception):
    """Something went wrong inside.

    The base of every error that a caller may see.
    """

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    recovery: ClassVar[Recovery] = "stop"
    hint: ClassVar[str] = "See the server's log; the job id names its lines."
    cost: Cost | None = None
    """What was charged for what failed, where the provider tells or promises it; it is booked before any estimate."""

    def __init__(self, message: str, *, hint: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.advice = hint if hint is not None else type(self).hint
        self.details = details

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait before the same request may succeed, where known."""
        value = self.details.get("retry_after")
        return float(value) if value is not None else None

    def problem(self) -> dict[str, Any]:
        """Return the RFC 9457 body sent over every door and written to the log."""
        body = {
            "type": f"urn:maquette:error:{self.code}",
            "title": (type(self).__doc__ or "").strip().splitlines()[0].rstrip("."),
            "status": self.status,
            "code": self.code,
            "detail": self.message,
            "hint": self.advice,
        }
        return body | {k: v for k, v in self.details.items() if v is not None}


class RequestRefused(MaquetteError):
    """The request cannot be served as it was asked."""

    code, status = "request_refused", 400
    hint = "Change the request as the detail says."


class NotFound(RequestRefused):
    """There is no such thing."""

    code, status = "not_found", 404
    hint = "Check the id; things of another workspace are not shown."


class UnknownAction(NotFound, ValueError):
    """There is no such action."""

    code = "unknown_action"
    hint = "GET /api/v1/actions lists every action."

    def __init__(self, name: str, near: list[str]) -> None:
        advice = f"Did you mean {', '.join(repr(n) for n in near)}?" if near else None
        super().__init__(f"Unknown action type: {name}", hint=advice, near=near)


class ParamsInvalid(RequestRefused):
    """The parameters do not fit the schema of the action."""

    code, status = "params_invalid", 422
    hint = "`errors` names each path and what is allowed there."


class TemplateInvalid(RequestRefused):
    """A template names what is not there, or is none."""

    code, status = "template_invalid", 422
    hint = "`errors` names the place in the document and what was meant to be there."


class AccountUnknown(RequestRefused):
    """No account can serve this action."""

    code, status = "account_unknown", 422
    hint = "Add one: `maquette accounts add PROVIDER`, or POST /api/v1/accounts."


class Unauthorized(RequestRefused):
    """The request carries no valid key."""

    code, status = "unauthorized", 401
    hint = "Send `Authorization: Bearer KEY`; `maquette open` signs a browser in."


class Forbidden(RequestRefused):
    """The key may not do this."""

    code, status = "forbidden", 403
    hint = "Use a key with a higher role."


class TooManyRequests(RequestRefused):
    """This key asks too often."""

    code, status = "too_many_requests", 429
    hint = "Wait as long as Retry-After says."


class Conflict(RequestRefused):
    """The thing is in a state that does not allow this."""

    code, status = "conflict", 409
    hint = "Read it again; somebody else may have changed it."


class KeyReused(RequestRefused):
    """The Idempotency-Key was used before with another body."""

    code, status = "idempotency_key_reused", 422
    hint = "Use a fresh key for a new request; keys live 24 hours."


class RequestInTransit(RequestRefused):
    """The first request with this Idempotency-Key is still being taken."""

    code, status = "request_in_transit", 409
    hint = "Repeat the same request in a moment."


class InteractionExpired(RequestRefused):
    """Nobody answered before the deadline."""

    code, status = "interaction_expired", 409
    hint = "Start the run again; a longer `deadline_s`, or a default answer, avoids this."


class BodyTooLarge(RequestRefused):
    """The body is larger than is allowed."""

    code, status = "body_too_large", 413
    hint = "Send less, or raise `limits.upload_bytes` in the configuration."


class ArticleUnfit(RequestRefused):
    """The document is no article that pictures can be put into."""

    code, status = "article_unfit", 422
    hint = "Hand in Markdown, HTML or DOCX with paragraphs of text."


class UploadRejected(RequestRefused):
    """The uploaded bytes are not what they claim, or not safe to keep."""

    code, status = "upload_rejected", 415
    hint = "Upload an image, video, audio, text, PDF or DOCX file that other programs can open."


class UrlRefused(RequestRefused):
    """The address is not one that this server may call."""

    code, status = "url_refused", 422
    hint = "Use a public http(s) address; private ones only as the base URL of an account that allows them."


class BudgetExceeded(RequestRefused):
    """A budget has too little left for this."""

    code, status, recovery = "budget_exceeded", 402, "next"
    hint = "Wait until the budget resets, raise it (`maquette budgets change`), or ask for something cheaper."


class GenerationDisabled(RequestRefused):
    """Generation is switched off."""

    code, status = "generation_disabled", 403
    hint = "Set `enabled = true` under [media_creation] in the configuration file."


class ProviderError(MaquetteError):
    """A provider did not do as asked."""

    code, status = "provider_failed", 502
    recovery: ClassVar[Recovery] = "next"
    hint = "The provider's own words are in the attempt; another account or action may work."


class ProviderUnavailable(ProviderError):
    """The provider could not be reached, and nothing was sent."""

    code, status, recovery = "provider_unavailable", 503, "retry"
    hint = "Check that the server runs and that the account's base URL is right."


class RateLimited(ProviderError):
    """The account is over the provider's rate."""

    code, status, recovery = "rate_limited", 429, "retry"
    hint = "The job goes on by itself when the provider allows."


class AccountRejected(ProviderError):
    """The provider refused the account's credentials."""

    code, recovery = "account_rejected", "next"
    hint = "Enter the key again: `maquette accounts check` tells whether it works."


class QuotaExhausted(AccountRejected):
    """The account has no credit left at the provider."""

    code = "quota_exhausted"
    hint = "Top up at the provider, or use another account."


class ContentRejected(ProviderError):
    """The provider's policy refused the prompt or the result."""

    code, status, recovery = "content_rejected", 422, "stop"
    hint = "Change the prompt; sending the same again may be billed and refused again."


class ContentFiltered(RequestRefused):
    """A content filter of the workspace refused the request; nothing was sent, and nothing is billed."""

    code, status, recovery = "content_filtered", 422, "stop"
    hint = "Change the request; GET /api/v1/housekeeping shows the filters that an admin switched on."


class RequestRejected(ProviderError):
    """The provider refused the request as it was put."""

    code, status, recovery = "request_rejected", 422, "next"
    hint = "The detail holds the provider's reason; change the parameter that it names."


class ModelRetired(RequestRejected):
    """The model is no longer served."""

    code = "model_retired"
    hint = "Choose the model that replaces it."


class Unsupported(RequestRejected):
    """The provider does not offer this operation."""

    code = "unsupported"
    hint = "GET /api/v1/providers lists what each provider can do."


class OutcomeUnknown(ProviderError):
    """A paid call was sent and no verdict came, so it may have been billed and is never resent by itself."""

    code, recovery = "outcome_unknown", "wait"
    hint = "Look at the provider's page, then resubmit, attach the result, or give up: POST /api/v1/jobs/ID/resolve."


class GenerationFailed(ProviderError):
    """The provider took the work and then failed."""

    code, recovery = "generation_failed", "stop"
    hint = "It may have been billed; look at the attempt before you try again."


class OutputRejected(ProviderError):
    """What the provider made did not pass the checks; the original bytes are kept in quarantine."""

    code, recovery = "output_rejected", "stop"
    hint = "The original bytes can be downloaded by an admin from the attempt's quarantine."


class DeadlinePassed(ProviderError):
    """The provider made no progress within the time allowed."""

    code, status, recovery = "deadline_passed", 504, "stop"
    hint = "A late result is still collected and kept; raise the account's timeout if this is usual."


class JobCancelled(ProviderError):
    """The job was cancelled."""

    code, status, recovery = "cancelled", 409, "stop"
    hint = "What the provider had already taken may still be billed."


class ServerFault(MaquetteError):
    """This installation is at fault."""

    code = "server_fault"


class ConfigInvalid(ServerFault):
    """The configuration cannot be used."""

    code = "config_invalid"
    hint = "Mend the named key in the file, the environment or the flags."


class SchemaMismatch(ServerFault):
    """The database has a schema that this version cannot use."""

    code = "schema_mismatch"
    hint = "Start the newest version once: it migrates the database after a backup."


class MasterKeyMissing(ServerFault):
    """The key that decrypts the secrets is not there."""

    code = "master_key_missing"
    hint = "Restore `master.key` from your backup, or delete the accounts and enter their keys again."


class AddressRefused(ServerFault):
    """The server refuses to listen there."""

    code = "address_refused"
    hint = "Bind to 127.0.0.1, or switch authentication on."


class AddressInUse(ServerFault):
    """Another program listens on that port."""

    code = "address_in_use"
    hint = "Choose another port with --port, or end the other program."


class HomeInUse(ServerFault):
    """Another server runs on this home folder."""

    code = "home_in_use"
    hint = "Stop it first, or use Postgres, where many servers may share one database."


class StoreUnavailable(ServerFault):
    """The database does not answer or cannot be written."""

    code, status, recovery = "store_unavailable", 503, "retry"
    hint = "Check that the database runs, is not locked by another program, and is writable."


class StorageFull(ServerFault):
    """There is no room left to store the result."""

    code, status, recovery = "storage_full", 507, "retry"
    hint = "Free disk space; the paid answer stays in the spool and is taken up again."


class OffloadFailed(ServerFault):
    """The child process that did the work failed or was stopped at its limits."""

    code = "offload_failed"
    hint = "Ask for a smaller or shorter result; the log has the child's last words."
