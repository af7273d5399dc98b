"""Any JSON server on the network: one request, recorded like every other call."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, HttpUrl, SecretStr, field_validator
from typing_extensions import override

from maquette.core.action import (
    Action,
    Answer,
    Call,
    Definition,
    Output,
    Provider,
    Result,
    Settings,
    external_action,
    operation,
)
from maquette.core.errors import Unsupported
from maquette.core.params import OpenParams, Params, hint

from . import work
from .document import Document, Offer, read

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
    imports: ClassVar[str] = "Description of a server"
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

    async def import_definition(
        self, document: Mapping[str, Any], *, name: str, call: Call | None
    ) -> Mapping[str, Any]:
        """Return the description of a server as it is kept; raises `ParamsInvalid` that names each fault."""
        read(document)
        return dict(document)

    @override
    def actions(self, definitions: Sequence[Definition] = ()) -> Iterator[Action]:
        """Yield the plain request and every action that a document declares."""
        built_in = list(super().actions())
        yield from built_in
        for definition in definitions:
            if definition.kind == "graph":
                described = read(definition.body)
                for name, offer in described.actions.items():
                    yield _declared(built_in[0], definition, described, (name, offer))

    @override
    async def cancel(self, handle: Any, call: Call) -> bool:
        """Stop the work of `handle`, where the document says how."""
        if not await work.stop(handle, call):
            raise Unsupported("The document of this server does not say how its work is stopped")
        return True


def _declared(base: Action, definition: Definition, described: Document, named: tuple[str, Offer]) -> Action:
    name, offer = named

    async def run(params: OpenParams, call: Call) -> Result:
        return await work.drive(described.base, offer, params, call)

    family = re.sub(r"[^a-z0-9]+", "_", definition.name.lower()).strip("_")
    schema = {"title": offer.title, "additionalProperties": False, **offer.params}
    made = external_action(base, name=f"media.http.{family}_{name}", title=offer.title, schema=schema)
    return replace(
        made,
        run=run,
        produces=offer.produces,
        summary=offer.summary or f"{offer.title}, by {described.base}.",
        price=lambda _: work.price(offer, described.base),
        serves=lambda settings: _unfit(described, settings),
    )


def _unfit(described: Document, settings: Mapping[str, Any]) -> str | None:
    """Say why an account is not one of the described server; its token must never reach another."""
    server = str(settings.get("server") or "").rstrip("/")
    if server == described.base or (not server and not described.key):
        return None
    return f"its server is {server or 'none'}, and the action is served by {described.base}"


def _read(answer: Answer) -> Any:
    text = answer.body.decode("utf-8", "replace")[:_BODY_CHARACTERS]
    try:
        return json.loads(text)
    except ValueError:
        return text


PROVIDER = HttpServers()
