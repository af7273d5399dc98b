"""Offer Runway's films, pictures and upscaler as actions: https://docs.dev.runwayml.com."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any, ClassVar

from pydantic import Field, HttpUrl, SecretStr
from typing_extensions import override

from maquette import catalog
from maquette.catalog import retirement
from maquette.core.action import Call, Cost, Output, Provider, Result, Settings, Upload, operation
from maquette.core.answer import moderated, part, parts, plain, seen
from maquette.core.errors import (
    ContentRejected,
    GenerationFailed,
    OutcomeUnknown,
    ProviderError,
    QuotaExhausted,
    RequestRejected,
)
from maquette.core.inline import data_uri
from maquette.core.narrow import Narrowing
from maquette.core.params import Media, hint, slider
from maquette.core.proof import holds, proved
from maquette.core.usual import Usual

from . import shape

_HOME = "https://api.dev.runwayml.com"
_VERSION = "2024-11-06"
_UPSCALER = "magnific_precision_upscaler_v2"
_MOST_INLINE = 3_500_000
"""Bytes of a picture that still fits into a data URI of 5 MB; larger ones are uploaded."""
_CREDIT = 10_000
"""Micro-USD of one credit."""


class Account(Settings):
    """Credentials of a Runway API account."""

    api_key: SecretStr
    """The key from the vendor's developer portal."""
    base_url: HttpUrl = HttpUrl(_HOME)
    """Where the API listens, without its version path."""
    pace_s: Annotated[float, slider(0.2, 60, step=0.2, advanced=True)] = 6
    """Seconds between two questions whether a task is done; the vendor asks for five or more."""
    version: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", json_schema_extra=hint(advanced=True))] = _VERSION
    """The version of the API that is spoken."""

    @override
    def headers(self) -> Mapping[str, str]:
        """Return the headers of every request."""
        return {"Authorization": f"Bearer {self.api_key.get_secret_value()}", "X-Runway-Version": self.version}


def narrowing(operation_name: str, model: str) -> Narrowing | None:
    """Return what a model leaves of an operation's parameters; one that the catalog lacks is told nothing unasked."""
    return catalog.lenient("runway", model, operation_name)


class Runway(Provider):
    """Films and pictures by Runway."""

    title: ClassVar[str] = "Runway"
    settings: ClassVar[type[Settings]] = Account
    usual: ClassVar[Usual] = Usual(variables={"RUNWAYML_API_SECRET": "api_key"})
    outward: ClassVar[bool] = True

    @override
    async def check(self, call: Call) -> None:
        """Read the balance: free, and fails on a bad key."""
        told = await proved(
            call,
            "/v1/organization",
            vendor=self.title,
            fits=holds("creditBalance", int, float),
        )
        if told["creditBalance"] <= 0:
            raise QuotaExhausted("The organization has no credits left at Runway")

    @override
    def refusal(self, status: int, body: Mapping[str, Any]) -> ProviderError | None:
        """Return the error that a body spells out: its sentence, with each of its issues."""
        said = body.get("error")
        if status not in (400, 422) or not isinstance(said, str):
            return None
        issues = [f"{'.'.join(map(str, i.get('path') or ()))}: {i.get('message')}" for i in parts(body.get("issues"))]
        reason = plain("; ".join([said, *issues]))
        if moderated(said):
            return ContentRejected(f"Runway refused: {reason}")
        if "credits" in said.lower():
            return QuotaExhausted(f"Runway refused: {reason}")
        return RequestRejected(f"Runway refused: {reason}", upstream_status=status)

    @override
    async def cancel(self, handle: Any, call: Call) -> bool:
        """Stop a task that is not done; a finished one stays, since the same request would delete what it made."""
        state = await seen(call, f"/v1/tasks/{handle['id']}")
        if state.get("status") not in ("PENDING", "THROTTLED", "RUNNING"):
            return False
        await call.http.send("DELETE", f"/v1/tasks/{handle['id']}")
        return True

    @override
    async def models(self, call: Call) -> Sequence[Mapping[str, Any]]:
        """List the models that the organization's tier allows, by what the catalog knows of them."""
        tier = part(await seen(call, "/v1/organization"), "tier", "models")
        known = catalog.models("runway")
        rows = [known[name] for name in known if not tier or name in tier]
        strange = [{"id": name, "title": name} for name in tier if name not in known]
        return [*({"id": row.id, "title": row.title, "media": row.media} for row in rows), *strange]

    @operation(produces="video", title="Text to video", price=shape.film_price, narrow=partial(narrowing, "txt2vid"))
    async def txt2vid(self, params: shape.Film, call: Call) -> Result:
        """Make a film from words."""
        return await _made("text_to_video", shape.body(params, _dropped("txt2vid", params)), "video", call, params)

    @operation(produces="video", title="Image to video", price=shape.film_price, narrow=partial(narrowing, "img2vid"))
    async def img2vid(self, params: shape.Animate, call: Call) -> Result:
        """Make a film that begins with a picture."""
        body = shape.body(params, _dropped("img2vid", params))
        names = [params.image, *([params.last_image] if params.last_image else [])]
        body["promptImage"] = shape.frames([await _link(call, name) for name in names])
        return await _made("image_to_video", body, "video", call, params)

    @operation(produces="image", title="Text to image", price=shape.picture_price, narrow=partial(narrowing, "txt2img"))
    async def txt2img(self, params: shape.Paint, call: Call) -> Result:
        """Make pictures from words, and from up to nine others."""
        body = shape.body(params, _dropped("txt2img", params))
        if params.references:
            body["referenceImages"] = [{"uri": await _link(call, name)} for name in params.references]
        return await _made("text_to_image", body, "image", call, params)

    @operation(produces="image", title="Upscale")
    async def upscale(self, params: shape.Enlarge, call: Call) -> Result:
        """Enlarge a picture."""
        body: dict[str, Any] = {"model": _UPSCALER, "imageUri": await _link(call, params.image)}
        body |= {"scaleFactor": params.factor, "flavor": params.flavour}
        return await _made("image_upscale", body, "image", call, params)


def _dropped(operation_name: str, params: shape.Film | shape.Paint) -> frozenset[str]:
    """Return what a model does not take; raises `RequestRejected` for one that serves other operations only."""
    known = catalog.model("runway", params.model)
    if known is None:
        # Of a model that nobody knows, only what was asked for is said: what is not as it is anyway.
        fields = type(params).model_fields
        asked_for = {word for word, field in fields.items() if getattr(params, word) != field.default}
        return frozenset(fields.keys() - asked_for - {"prompt", "model", "size", "duration"})
    if operation_name not in known.by_operation:
        able = ", ".join(row.id for row in catalog.models("runway").values() if operation_name in row.by_operation)
        raise RequestRejected(f"{params.model!r} does not serve {operation_name}", hint=f"These do: {able}.")
    return known.by_operation[operation_name].drop


async def _made(path: str, body: Mapping[str, Any], media: Media, call: Call, params: Any) -> Result:
    """Submit a task and wait for its end."""
    retirement.admit("runway", str(body["model"]))
    handle = await call.once(lambda: _submitted(path, body, call))

    async def finished() -> Mapping[str, Any] | None:
        return await _look(handle["id"], call)

    state = await call.poll(finished, every=call.settings.pace_s)
    seed = getattr(params, "seed", None) if "seed" in body else None
    outputs = [Output(media, url=link, seed=seed) for link in state.get("output") or () if isinstance(link, str)]
    return Result(outputs, cost=_cost(state, handle), response={"id": handle["id"], "task": dict(state)})


async def _submitted(path: str, body: Mapping[str, Any], call: Call) -> dict[str, Any]:
    told = await call.http.post(f"/v1/{path}", body)
    if not isinstance(told.get("id"), str):
        raise OutcomeUnknown("The provider's answer names no task")
    return {"id": told["id"], "most": part(told, "estimatedCost").get("credits")}


async def _look(name: str, call: Call) -> Mapping[str, Any] | None:
    """Return a task at its end, None while there is none; raises what it failed with."""
    state = await seen(call, f"/v1/tasks/{name}")
    status, share = state.get("status"), state.get("progress")
    waiting = "waiting for a free place of the account" if status == "THROTTLED" else str(status).lower()
    await call.progress(share if isinstance(share, int | float) else None, waiting)
    if status in ("FAILED", "CANCELLED"):
        failed = _failure(state)
        failed.cost = _charged(state)
        raise failed
    return state if status == "SUCCEEDED" else None


def _failure(state: Mapping[str, Any]) -> ProviderError:
    if state["status"] == "CANCELLED":
        return GenerationFailed("Somebody cancelled the task at Runway")
    code, reason = str(state.get("failureCode") or ""), plain(state.get("failure") or "it gave no reason")
    if code.startswith("SAFETY") or ".SAFETY" in code:
        return ContentRejected(f"Runway refused: {reason}", provider_code=code)
    return GenerationFailed(f"Runway failed: {reason}", provider_code=code)


def _charged(state: Mapping[str, Any]) -> Cost | None:
    """Return what a task says that it was charged."""
    charged = part(state, "cost").get("credits")
    if not isinstance(charged, int | float):
        return None
    return Cost(round(charged * _CREDIT), "reported", f"{charged:g} credits")


def _cost(state: Mapping[str, Any], handle: Mapping[str, Any]) -> Cost | None:
    """Return what was charged; where the task does not say, the most that could be."""
    if (charged := _charged(state)) is not None:
        return charged
    most = handle.get("most")
    return Cost(round(most * _CREDIT), "estimated", f"at most {most:g} credits") if most is not None else None


async def _link(call: Call, name: str) -> str:
    """Return a picture inside the request, or where it was uploaded if it is too large for that."""
    picture = await call.material(name)
    if len(picture.content) <= _MOST_INLINE:
        return data_uri(picture)

    async def uploaded() -> str:
        place = await call.http.post("/v1/uploads", {"filename": picture.name, "type": "ephemeral"})
        fields = [Upload(word, str(value).encode()) for word, value in place["fields"].items()]
        file = Upload("file", picture.content, picture.name, picture.mime)
        await call.http.send("POST", place["uploadUrl"], parts=[*fields, file])
        return str(place["runwayUri"])

    return await call.memo(f"upload {name}", uploaded)


PROVIDER = Runway()
