"""Hold an account at a gateway to Midjourney."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, HttpUrl, SecretStr
from typing_extensions import override

from maquette.core.action import Cost, Settings
from maquette.core.params import hint, slider

_ADVANCED = Field(json_schema_extra=hint(advanced=True))


class Account(Settings):
    """Credentials and address of a gateway."""

    api_key: SecretStr
    """The key, or the secret of a proxy of your own."""
    driver: Literal["midapi", "mj-proxy"] = "midapi"
    """Who listens: MidAPI or its twin kie.ai, or anything that speaks as midjourney-proxy does."""
    base_url: HttpUrl = HttpUrl("https://api.midapi.ai")
    """Where the gateway listens, without a path: `https://api.kie.ai`, or your proxy with its prefix."""
    header: Annotated[Literal["authorization", "mj-api-secret"], _ADVANCED] = "authorization"
    """What carries the key: proxies of your own want `mj-api-secret`, all others a bearer token."""
    vary_from: Annotated[Literal[0, 1], _ADVANCED] = 1
    """The number of the first of four pictures where MidAPI varies one; its documents contradict each other."""
    job_credits: Annotated[float, Field(ge=0, json_schema_extra=hint(advanced=True))] = 0
    """What one job takes of your credits; the gateway tells no cost, so that this alone gives an estimate."""
    credit_usd: Annotated[float, Field(ge=0, json_schema_extra=hint(advanced=True, unit="USD"))] = 0
    """What you paid for one credit."""
    pace_s: Annotated[float, slider(0.2, 60, step=0.2, advanced=True)] = 10
    """Seconds between two questions whether a task is done."""

    @override
    def headers(self) -> Mapping[str, str]:
        """Return the headers that authenticate every request."""
        secret = self.api_key.get_secret_value()
        return {"Authorization": f"Bearer {secret}"} if self.header == "authorization" else {self.header: secret}

    def cost(self) -> Cost | None:
        """Return what a job is believed to have cost; None where nobody said what a credit is worth."""
        micro = round(self.job_credits * self.credit_usd * 1_000_000)
        return Cost(micro, "estimated", f"{self.job_credits:g} credits") if micro else None
