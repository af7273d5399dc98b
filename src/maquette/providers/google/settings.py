"""Hold an account of the Gemini API or of Vertex."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, HttpUrl, SecretStr, model_validator
from typing_extensions import override

from maquette.catalog import retirement
from maquette.core.action import Settings
from maquette.core.errors import RequestRejected
from maquette.core.google_api import bearer
from maquette.core.params import hint

_GEMINI = HttpUrl("https://generativelanguage.googleapis.com")
_AUDIENCE = {"gemini": "https://generativelanguage.googleapis.com/", "vertex": "https://aiplatform.googleapis.com/"}
_VERTEX_ALONE = ("imagen-", "veo-")
"""How the models begin that the Gemini API has ended and Vertex may still serve."""


class Account(Settings):
    """Credentials and address of an account."""

    api_key: SecretStr | None = None
    """The key from AI Studio; on Vertex a key of the express mode."""
    service_account: SecretStr | None = None
    """The JSON key file of a service account, in place of a key; what Vertex usually wants."""
    flavour: Literal["gemini", "vertex"] = "gemini"
    """Which of the vendor's two doors: the Gemini API, or Vertex in a cloud project of yours."""
    project: Annotated[str, Field(pattern=r"^[a-z0-9:.-]*$", max_length=100)] = ""
    """The cloud project, for Vertex; without one the key must be of the express mode."""
    location: Annotated[str, Field(pattern=r"^[a-z0-9-]+$", max_length=50)] = "global"
    """The region of the cloud project, for Vertex."""
    base_url: HttpUrl = _GEMINI
    """Where the API listens, without the version path; Vertex has an address of its own that follows the region."""
    version: Annotated[Literal["v1", "v1beta", "v1beta1"], Field(json_schema_extra=hint(advanced=True))] = "v1"
    """The version path of the API."""

    @model_validator(mode="after")
    def _signed_in(self) -> Self:
        if self.api_key is None and self.service_account is None:
            raise ValueError("enter an `api_key` or a `service_account`")
        return self

    @override
    def base(self) -> str:
        if self.flavour == "vertex" and self.base_url == _GEMINI:
            region = "" if self.location == "global" else f"{self.location}-"
            return f"https://{region}aiplatform.googleapis.com"
        return str(self.base_url).rstrip("/").removesuffix(f"/{self.version}")

    @override
    def headers(self) -> Mapping[str, str]:
        if self.service_account is not None:
            token = bearer(self.service_account.get_secret_value(), _AUDIENCE[self.flavour], time.time())
            return {"Authorization": f"Bearer {token}"}
        return {"x-goog-api-key": self.api_key.get_secret_value()} if self.api_key is not None else {}

    def model(self, name: str, verb: str) -> str:
        """Return the path of a verb of a model."""
        if self.flavour == "gemini":
            return f"/{self.version}/models/{name}:{verb}"
        return f"{self._home()}/publishers/google/models/{name}:{verb}"

    def interactions(self, name: str = "") -> str:
        """Return the path of an interaction, or that of all."""
        return f"{self._home()}/interactions{f'/{name}' if name else ''}"

    def _home(self) -> str:
        inside = f"/projects/{self.project}/locations/{self.location}" if self.project else ""
        return f"/{self.version}{inside if self.flavour == 'vertex' else ''}"

    def admit(self, model: str) -> None:
        """Refuse a model that is known to be gone, before anything is sent; raises `ModelRetired` and others."""
        if self.flavour == "gemini":
            retirement.admit("google", model)
        if model.startswith(_VERTEX_ALONE):
            self._admit_legacy(model)

    def _admit_legacy(self, model: str) -> None:
        if self.flavour == "gemini":
            advice = "Use an account whose `flavour` is `vertex`, or a model of Gemini or Omni."
            raise RequestRejected(f"The Gemini API no longer serves {model!r}", hint=advice)
        if model.startswith("veo-"):
            retirement.admit("google", model)
