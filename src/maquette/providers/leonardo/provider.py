"""Offer Leonardo's pictures, films, upscaler and variations as actions: https://docs.leonardo.ai."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field, HttpUrl, SecretStr
from typing_extensions import override

from maquette import catalog
from maquette.catalog import retirement
from maquette.core.action import Call, Provider, Result, Settings, operation
from maquette.core.answer import moderated, parts, plain, seen
from maquette.core.errors import ContentRejected, ProviderError, QuotaExhausted, RequestRejected
from maquette.core.narrow import Narrowing
from maquette.core.params import hint, slider
from maquette.core.proof import proved
from maquette.core.usual import Usual

from . import shape
from .job import made, own, picture, uploaded

_HOME = "https://cloud.leonardo.ai/api/rest"


class Account(Settings):
    """Credentials of a Leonardo API account."""

    api_key: SecretStr
    """The key from the vendor's API page."""
    base_url: HttpUrl = HttpUrl(_HOME)
    """Where the API listens, without its version; it ends in `/api/rest`."""
    credit_usd: Annotated[float, Field(ge=0, json_schema_extra=hint(advanced=True, unit="USD"))] = 0
    """What one credit costs you, for a plan that is billed in credits; one billed in dollars tells the cost itself."""
    pace_s: Annotated[float, slider(0.2, 60, step=0.2, advanced=True)] = 3
    """Seconds between two questions whether a job is done."""

    @override
    def headers(self) -> Mapping[str, str]:
        """Return the header that authenticates every request."""
        return {"Authorization": f"Bearer {self.api_key.get_secret_value()}"}


def narrowing(model: str) -> Narrowing | None:
    """Return what a model leaves of the parameters; None for one that the catalog does not have."""
    return catalog.narrowing("leonardo", shape.named(model))


class Leonardo(Provider):
    """Pictures, films and variations by Leonardo."""

    title: ClassVar[str] = "Leonardo"
    settings: ClassVar[type[Settings]] = Account
    usual: ClassVar[Usual] = Usual(variables={"LEONARDO_API_KEY": "api_key"})
    outward: ClassVar[bool] = True

    @override
    async def check(self, call: Call) -> None:
        """Read the balance: free, and fails on a bad key."""
        base = str(call.settings.base())
        if not base.endswith("/rest"):
            # Elsewhere on that host a guard answers as if the key were refused.
            raise RequestRejected("The base URL lacks its path", hint=f"Set the account's base URL to {_HOME}.")
        told = await proved(call, "/v1/me", vendor=self.title, fits=lambda told: bool(parts(told.get("user_details"))))
        purses = [parts(told["user_details"])[0].get(word) for word in ("apiPaidTokens", "apiSubscriptionTokens")]
        left = [tokens for tokens in purses if isinstance(tokens, int | float)]
        if left and sum(left) <= 0:
            raise QuotaExhausted("The account has no API tokens left at Leonardo")

    @override
    def refusal(self, status: int, body: Mapping[str, Any]) -> ProviderError | None:
        """Return the error that the sentence of a body means, where its status does not say it."""
        said = body.get("error")
        if status not in (400, 402, 403, 422) or not isinstance(said, str):
            return None
        if moderated(said):
            return ContentRejected(f"Leonardo refused: {plain(said)}")
        if "token" in said.lower() and ("not enough" in said.lower() or "insufficient" in said.lower()):
            return QuotaExhausted(f"Leonardo refused: {plain(said)}")
        return None

    @override
    async def models(self, call: Call) -> Sequence[Mapping[str, Any]]:
        """List the models of the catalog, and the others of the platform by their ids."""
        known = [{"id": row.id, "title": row.title, "media": row.media} for row in catalog.models("leonardo").values()]
        told = parts((await seen(call, "/v1/platformModels")).get("custom_models"))
        others = (row for row in told if isinstance(row.get("id"), str) and shape.named(row["id"]) == row["id"])
        return [*known, *({"id": row["id"], "title": row.get("name"), "media": "image"} for row in others)]

    @operation(produces="image", title="Text to image", narrow=narrowing)
    async def txt2img(self, params: shape.Painted, call: Call) -> Result:
        """Make pictures from words."""
        retirement.admit("leonardo", params.model)
        if shape.is_first(params.model):
            return await made("/v1/generations", shape.first(params), "image", call, seed=params.seed)
        return await made("/v2/generations", shape.second(params, ()), "image", call, seed=params.seed)

    @operation(produces="image", title="Image to image", narrow=narrowing)
    async def img2img(self, params: shape.Rework, call: Call) -> Result:
        """Make pictures from a picture and words."""
        retirement.admit("leonardo", params.model)
        if not shape.is_first(params.model):
            body = shape.second(params, [await uploaded(call, params.image)])
            return await made("/v2/generations", body, "image", call, seed=params.seed)
        name, kind = await picture(call, params.image)
        word = "init_generation_image_id" if kind == "GENERATED" else "init_image_id"
        # The vendor's number says how much of the picture stays.
        body = shape.first(params) | {word: name, "init_strength": round(1 - params.strength, 2)}
        return await made("/v1/generations", body, "image", call, seed=params.seed)

    @operation(produces="video", title="Image to video", narrow=narrowing)
    async def img2vid(self, params: shape.Animate, call: Call) -> Result:
        """Make a film that begins with a picture."""
        retirement.admit("leonardo", params.model)
        path, body = shape.film(params, await picture(call, params.image))
        return await made(path, body, "video", call)

    @operation(produces="image", title="Upscale")
    async def upscale(self, params: shape.Enlarge, call: Call) -> Result:
        """Enlarge a picture, with more detail."""
        body = shape.enlarged(params, await picture(call, params.image))
        return await made("/v1/variations/universal-upscaler", body, "image", call)

    @operation(produces="image", title="Vary")
    async def vary(self, params: shape.Vary, call: Call) -> Result:
        """Show more around a picture of an earlier job, or take its background away."""
        path = "/v1/variations/unzoom" if params.way == "unzoom" else "/v1/variations/nobg"
        return await made(path, {"id": await own(call, params.image), "isVariation": False}, "image", call)


PROVIDER = Leonardo()
