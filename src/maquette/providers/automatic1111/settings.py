"""Hold an account of a server that speaks AUTOMATIC1111's API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import pybase64
from pydantic import Field, HttpUrl, SecretStr
from typing_extensions import override

from maquette.core.action import Settings
from maquette.core.params import hint


class Account(Settings):
    """Address of a server, and the login that it may ask for."""

    base_url: HttpUrl = HttpUrl("http://127.0.0.1:7860")
    """Where the server listens, without a path; it must have been started with `--api`."""
    user: str = ""
    """The user name, if the server was started with `--api-auth`."""
    password: SecretStr | None = None
    """The password that goes with the user name."""
    exclusive: Annotated[bool, Field(json_schema_extra=hint(advanced=True))] = False
    """Nobody else uses the server: Cancel may stop whatever runs where the server does not tell whose work that is."""

    @override
    def headers(self) -> Mapping[str, str]:
        """Return the headers that authenticate every request."""
        if not self.user:
            return {}
        secret = self.password.get_secret_value() if self.password else ""
        return {"Authorization": f"Basic {pybase64.b64encode(f'{self.user}:{secret}'.encode()).decode()}"}
