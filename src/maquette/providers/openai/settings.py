"""Hold an account of OpenAI or of a server that speaks its protocol."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, HttpUrl, SecretStr
from typing_extensions import override

from maquette import catalog
from maquette.core.action import Settings
from maquette.core.errors import ModelRetired
from maquette.core.params import hint

_VENDOR = "api.openai.com"


class Account(Settings):
    """Credentials and address of an account."""

    model_config = ConfigDict(json_schema_extra=hint(page="https://platform.openai.com/logs"))
    api_key: SecretStr | None = None
    """The key from the vendor's console; servers of your own often need none."""
    base_url: HttpUrl = HttpUrl("https://api.openai.com/v1")
    """Where the API listens, with its version path: any compatible server will do."""
    organization: str = ""
    """The organization to bill, if the key belongs to several."""
    project: str = ""
    """The project to bill, if the key belongs to several."""
    flavour: Annotated[Literal["auto", "openai", "compatible"], Field(json_schema_extra=hint(advanced=True))] = "auto"
    """Whose server it is: decides what is known of its models. `auto` goes by the address."""
    api: Annotated[Literal["auto", "responses", "chat"], Field(json_schema_extra=hint(advanced=True))] = "auto"
    """The endpoint for text. `auto` uses Responses at OpenAI and Chat Completions elsewhere."""

    @property
    def official(self) -> bool:
        """Whether the vendor's own models and retirement dates apply."""
        at_vendor = urlsplit(self.base() or "").hostname == _VENDOR
        return self.flavour == "openai" or (self.flavour == "auto" and at_vendor)

    @property
    def responses(self) -> bool:
        """Whether text goes through the Responses endpoint."""
        return self.api == "responses" or (self.api == "auto" and self.official)

    @override
    def headers(self) -> Mapping[str, str]:
        """Return the headers that authenticate every request."""
        named = {"OpenAI-Organization": self.organization, "OpenAI-Project": self.project}
        if self.api_key is not None:
            named["Authorization"] = f"Bearer {self.api_key.get_secret_value()}"
        return {name: value for name, value in named.items() if value}

    def admit(self, model: str) -> None:
        """Refuse a model that is known to be gone, before anything is sent; raises `ModelRetired`."""
        known = catalog.model("openai", model) if self.official else None
        if known is not None and known.retired(datetime.now(UTC).date()):
            raise gone(known)


def gone(known: catalog.Model) -> ModelRetired:
    """Return the error for a model that is no longer served, with what takes its place."""
    advice = f"Use {known.replaced_by!r} instead." if known.replaced_by else "The vendor named no replacement."
    return ModelRetired(
        f"The model {known.id!r} was retired on {known.retires_on}",
        hint=advice,
        model=known.id,
        replaced_by=known.replaced_by,
        retired_on=str(known.retires_on),
    )
