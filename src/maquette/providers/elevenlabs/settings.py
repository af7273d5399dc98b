"""Hold an account of ElevenLabs."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, HttpUrl, SecretStr
from typing_extensions import override

from maquette.core.action import Settings
from maquette.core.params import hint


class Account(Settings):
    """Credentials of an ElevenLabs account."""

    api_key: SecretStr
    """The key from the ElevenLabs console."""
    base_url: HttpUrl = HttpUrl("https://api.elevenlabs.io")
    """Where the API listens, without a path; accounts with data residency have a host of their region."""
    usd_per_1000_credits: Annotated[float, Field(ge=0, le=10, json_schema_extra=hint(advanced=True))] = 0.08
    """What a thousand credits cost by your plan: the vendor answers in credits, and this makes money of them."""

    @override
    def headers(self) -> dict[str, str]:
        return {"xi-api-key": self.api_key.get_secret_value()}
