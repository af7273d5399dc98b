"""`http.request`: ask another server and go on with its answer."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import Field

from maquette.core.action import Result
from maquette.core.module import Stage, module
from maquette.core.params import Params


class Request(Params):
    """What to send where."""

    url: Annotated[str, Field(pattern=r"^https?://", max_length=4000)]
    """The address; a private one only if it is that of an account of the provider."""
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    """What to do there."""
    headers: Annotated[dict[str, str], Field(max_length=50)] = Field(default_factory=dict)
    """Further headers; secrets belong into the account, which sends them to its own server alone."""
    body: dict[str, Any] | None = None
    """A JSON body."""
    account: str | None = None
    """The account of the provider to use."""


@module("http.request", title="HTTP request")
async def request(params: Request, call: Stage) -> Result:
    """Send one request and return the `status` and the `body` of the answer, read as JSON where it is JSON."""
    wanted = params.model_dump(exclude_none=True, exclude={"account"})
    made = await call.child("request", "media.http.request", wanted, account=params.account)
    answer: dict[str, Any] = json.loads(made.value.get("text") or await call.text(made.assets[0].id))
    return Result(value={"status": answer["status"], "body": answer["body"]})


MODULE = request
