"""Any JSON server on the network: one request, recorded like every other call."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import Field, HttpUrl, SecretStr, field_validator
from typing_extensions import override

from maquette.core.action import Answer, Call, Output, Provider, Result, Settings, operation
from maquette.core.params import Params, hint

_BODY_CHARACTERS = 1_000_000
_SECRET = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key", "api-key", "x-auth-token"})


class Server(Settings):
    """The server of an account; without one, any public address may be called, and no secret is sent."""

    server: HttpUrl | None = None
    """Where the server listens: a private address is allowed here alone."""
    token: SecretStr | None = None
    """Sent to that server, and to nobody else."""
    header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,60}$", json_schema_extra=hint(advanced=True))] = (
        "authorization"
    )
    """The header that carries the token; as `authorization` it is sent as a bearer token."""

    @override
    def base(self) -> str | None:
        return str(self.server).rstrip("/") if self.server else None

    @override
    def headers(self) -> dict[str, str]:
        if self.token is None:
            return {}
        secret = self.token.get_secret_value()
        return {self.header.lower(): f"Bearer {secret}" if self.header.lower() == "authorization" else secret}


class Request(Params):
    """Parameters of a request."""

    url: Annotated[str, Field(max_length=4000, json_schema_extra=hint(widget="url"))]
    """The address; one that begins with a slash is on the account's server."""
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    """What to do there."""
    headers: Annotated[dict[str, str], Field(max_length=50, json_schema_extra=hint(advanced=True))] = Field(
        default_factory=dict
    )
    """Further headers; a secret belongs into the account."""
    body: Annotated[dict[str, Any], Field(json_schema_extra=hint(widget="json"))] | None = None
    """A JSON body."""

    @field_validator("headers")
    @classmethod
    def _no_secret(cls, headers: dict[str, str]) -> dict[str, str]:
        """Keep secrets out of what is stored and shown with the job."""
        secret = [name for name in headers if name.lower() in _SECRET]
        if secret:
            raise ValueError(f"{secret[0]!r} carries a secret: enter it as the token of an account of this provider")
        return headers


class HttpServers(Provider):
    """Requests to other servers, sent once, never to a private address that no account names."""

    title = "HTTP"
    settings = Server
    keyless = True
    outward = True

    @operation(produces="text", title="Request")
    async def request(self, params: Request, call: Call) -> Result:
        """Send one request; the text is JSON with the answer's `status` and `body`."""
        answer = await call.once(
            lambda: call.http.send(params.method, params.url, body=params.body, headers=params.headers)
        )
        said = json.dumps({"status": answer.status, "body": _read(answer)}, ensure_ascii=False)
        return Result([Output("text", content=said, name="answer.json", source="unknown")])


def _read(answer: Answer) -> Any:
    text = answer.body.decode("utf-8", "replace")[:_BODY_CHARACTERS]
    try:
        return json.loads(text)
    except ValueError:
        return text


PROVIDER = HttpServers()
