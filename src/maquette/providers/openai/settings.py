"""Hold an account of OpenAI or of a server that speaks its protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, HttpUrl, SecretStr
from typing_extensions import override

from maquette.catalog import charge
from maquette.core.action import Settings
from maquette.core.params import hint

_VENDOR = "api.openai.com"


class Account(Settings):
    """Credentials and address of an account."""

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
        if self.official:
            charge.refuse_retired("openai", model)
