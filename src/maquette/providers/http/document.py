"""Read the document that declares actions of a JSON server, and name each fault of one with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from jsonschema_rs import ValidationError as SchemaError
from jsonschema_rs import meta
from pydantic import ConfigDict, Field, HttpUrl, ValidationError

from maquette.core.documented import Documented
from maquette.core.errors import ParamsInvalid, TemplateInvalid
from maquette.core.params import HINTS, Media
from maquette.core.template import path_of, paths

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
At = Annotated[str, Field(min_length=1, max_length=300)]
"""The place of a value: `answer`, then names and numbers, as in `answer.result.images[0]`."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_HINT = "docs/how-to/describe-a-server.md explains the words of such a document."


class _Closed(Documented):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Ask(_Closed):
    """A request, in which `{{ params.NAME }}` stands for what the person chose."""

    method: Method = "POST"
    path: Annotated[str, Field(pattern=r"^/", max_length=2000)]
    """Below the server, beginning with a slash."""
    query: dict[str, Any] = Field(default_factory=dict)
    body: dict[str, Any] | None = None


class Look(_Closed):
    """How work that was taken is asked after."""

    path: Annotated[str, Field(pattern=r"^/", max_length=2000)]
    every: Annotated[float, Field(ge=0.2, le=600)] = 2.0
    """Seconds between two looks."""


class Stand(_Closed):
    """Where the answer says how the work stands, and by which words."""

    at: At
    done: Annotated[list[str], Field(min_length=1)]
    failed: list[str] = Field(default_factory=list)
    refused: list[str] = Field(default_factory=list)
    """The words for a refusal of the content, which is never tried again."""


class Share(_Closed):
    """Where the answer says how much is done, out of how much."""

    at: At
    of: Annotated[float, Field(gt=0)] = 1.0


class Made(_Closed):
    """Where the outputs are, and in which form."""

    form: Annotated[Literal["url", "base64", "text", "body"], Field(alias="as")]
    """`body` is the answer itself, whatever its bytes are."""
    at: At | None = None
    each: Annotated[str, Field(max_length=100)] | None = None
    """The key of the output in each item of a list of objects."""


class Paid(_Closed):
    """Where the answer says what the work cost."""

    at: At
    unit: Annotated[str, Field(max_length=20)] = "USD"
    usd: Annotated[float, Field(gt=0)] = 1.0
    """US dollars for one unit."""


class Offer(_Closed):
    """One action of the server."""

    title: Annotated[str, Field(min_length=1, max_length=80)]
    summary: Annotated[str, Field(max_length=400)] = ""
    produces: Media
    params: dict[str, Any]
    """The JSON Schema of its parameters: the form, the flags and the check."""
    submit: Ask
    task: At | None = None
    """Where the answer to the submit names the work; without it, that answer is the result."""
    poll: Look | None = None
    status: Stand | None = None
    progress: Share | None = None
    outputs: Made
    error: At | None = None
    """Where the reason of a failure stands."""
    cost: Paid | None = None
    price: Annotated[float, Field(ge=0)] | None = None
    """US dollars that one request is expected to cost."""
    cancel: Ask | None = None


class Document(_Closed):
    """A server and what it offers."""

    server: HttpUrl
    """Where it listens; an account with that server, or none at all, serves its actions."""
    key: bool = True
    """Whether an account is needed; without, requests go out with no secret, to public addresses alone."""
    actions: Annotated[dict[str, Offer], Field(min_length=1, max_length=50)]

    @property
    def base(self) -> str:
        """The server's address without a slash at its end."""
        return str(self.server).rstrip("/")


def read(document: Mapping[str, Any]) -> Document:
    """Return the document; raises `ParamsInvalid` with a path for each fault."""
    try:
        made = Document.model_validate(dict(document))
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise _refused([_fault("".join(f"/{part}" for part in e["loc"]), e["msg"]) for e in found]) from error
    if faults := [fault for name, offer in made.actions.items() for fault in _faults(name, offer)]:
        raise _refused(faults)
    return made


def _faults(name: str, offer: Offer) -> Iterator[dict[str, str]]:
    where = f"/actions/{name}"
    if not _NAME.fullmatch(name):
        yield _fault(where, "a name is lower-case letters, digits and underscores, and begins with a letter")
    yield from _schema_faults(f"{where}/params", offer.params)
    if (offer.task is None) != (offer.poll is None):
        yield _fault(where, "`task` and `poll` belong together: one names the work, the other asks after it")
    if offer.poll is not None and offer.status is None:
        yield _fault(f"{where}/status", "`poll` needs a `status` that tells when the work is done")
    if offer.outputs.form == "body" and (offer.poll is not None or offer.outputs.at is not None):
        yield _fault(f"{where}/outputs", "`as: body` is the answer to the submit itself, without `at` and `poll`")
    if offer.outputs.form != "body" and offer.outputs.at is None:
        yield _fault(f"{where}/outputs/at", "say where the outputs stand in the answer")
    yield from _place_faults(where, offer)
    yield from _template_faults(where, offer)


def _schema_faults(where: str, schema: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    fields = schema.get("properties")
    if schema.get("type") != "object" or not isinstance(fields, Mapping):
        yield _fault(where, 'the parameters are a JSON Schema with `"type": "object"` and `properties`')
        return
    try:
        meta.validate(dict(schema))
    except SchemaError as error:
        yield _fault(f"{where}/{'/'.join(map(str, error.instance_path))}", error.message)
        return
    yield from (
        _fault(place, "a `$ref` stays within the schema: begin it with `#`") for place in _foreign(schema, where)
    )
    for name, spec in fields.items():
        for word in spec if isinstance(spec, Mapping) else ():
            if word.startswith("x-") and word not in HINTS:
                yield _fault(
                    f"{where}/properties/{name}/{word}", f"{word!r} is no hint; known: {', '.join(sorted(HINTS))}"
                )


def _foreign(value: Any, where: str) -> Iterator[str]:
    """Yield the places of references to other documents: a check must never fetch anything."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "$ref" and not str(inner).startswith("#"):
                yield f"{where}/$ref"
            yield from _foreign(inner, f"{where}/{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _foreign(inner, f"{where}/{number}")


def _place_faults(where: str, offer: Offer) -> Iterator[dict[str, str]]:
    places: dict[str, str | None] = {
        "task": offer.task,
        "error": offer.error,
        "status/at": offer.status.at if offer.status else None,
        "progress/at": offer.progress.at if offer.progress else None,
        "outputs/at": offer.outputs.at,
        "cost/at": offer.cost.at if offer.cost else None,
    }
    for word, at in places.items():
        if at is None:
            continue
        try:
            root = path_of(at).root
        except TemplateInvalid as error:
            yield _fault(f"{where}/{word}", error.message)
            continue
        if root != "answer":
            yield _fault(f"{where}/{word}", f"{at!r} must begin with `answer`")


def _template_faults(where: str, offer: Offer) -> Iterator[dict[str, str]]:
    known = set(offer.params.get("properties", {}))
    later = {"task"} if offer.task else set[str]()
    asks = {"submit": (offer.submit, set[str]()), "poll": (offer.poll, later), "cancel": (offer.cancel, later)}
    for word, (ask, more) in asks.items():
        if ask is None:
            continue
        try:
            found = list(paths(ask.model_dump(mode="json"), f"{where}/{word}"))
        except TemplateInvalid as error:
            yield from error.details.get("errors", ())
            continue
        for path, place in found:
            if path.root not in {"params", "media", *more}:
                yield _fault(place, f"{path.text!r}: known here are {', '.join(sorted({'params', 'media', *more}))}")
            elif path.root != "task" and (not path.keys or path.keys[0] not in known):
                yield _fault(place, f"{path.text!r}: the parameters have no such field")


def _fault(path: str, message: str) -> dict[str, str]:
    return {"path": path, "message": message}


def _refused(faults: list[dict[str, str]]) -> ParamsInvalid:
    first = faults[0]
    return ParamsInvalid(f"The document, at {first['path'] or '/'}: {first['message']}", hint=_HINT, errors=faults)
