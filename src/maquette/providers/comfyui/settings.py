"""Hold an account of a ComfyUI server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import pybase64
from pydantic import Field, HttpUrl, SecretStr
from typing_extensions import override

from maquette.core.action import Settings
from maquette.core.params import hint


class Account(Settings):
    """Address of a ComfyUI server, and what a proxy before it may ask for."""

    base_url: HttpUrl = HttpUrl("http://127.0.0.1:8188")
    """Where the server listens."""
    token: SecretStr | None = None
    """A bearer token, if a proxy before the server asks for one; the server itself has no keys."""
    user: Annotated[str, Field(json_schema_extra=hint(advanced=True))] = ""
    """The user name, if a proxy asks for one."""
    password: Annotated[SecretStr | None, Field(json_schema_extra=hint(advanced=True))] = None
    """The password that goes with the user name."""
    header_name: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]*$", json_schema_extra=hint(advanced=True))] = ""
    """The name of one more header that a proxy asks for."""
    header_value: Annotated[SecretStr | None, Field(json_schema_extra=hint(advanced=True))] = None
    """The value of that header."""
    enable_websocket: bool = True
    """Whether to follow progress and previews live; without it, the server is only asked from time to time."""

    @override
    def headers(self) -> Mapping[str, str]:
        """Return the headers that authenticate every request."""
        made = {}
        if self.user:
            secret = self.password.get_secret_value() if self.password else ""
            made["Authorization"] = f"Basic {pybase64.b64encode(f'{self.user}:{secret}'.encode()).decode()}"
        elif self.token:
            made["Authorization"] = f"Bearer {self.token.get_secret_value()}"
        if self.header_name and self.header_value:
            made[self.header_name] = self.header_value.get_secret_value()
        return made
