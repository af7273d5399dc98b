"""Hold an account of a SwarmUI server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, HttpUrl, SecretStr
from typing_extensions import override

from maquette.core.action import Settings
from maquette.core.params import hint


class Account(Settings):
    """Address of a SwarmUI server, and what it or a proxy before it may ask for."""

    base_url: HttpUrl = HttpUrl("http://127.0.0.1:7801")
    """Where the server listens, without a path."""
    api_key: SecretStr | None = None
    """A token from the server's user page; it goes out as the cookie `swarm_token`. On one machine none is needed."""
    authorization: Annotated[SecretStr | None, Field(json_schema_extra=hint(advanced=True))] = None
    """The exact value of the `Authorization` header, if the server's network settings or a proxy require one."""
    enable_websocket: bool = True
    """Whether to follow progress and previews live; without it, the server is only asked from time to time."""

    @override
    def headers(self) -> Mapping[str, str]:
        """Return the headers that authenticate every request."""
        made = {}
        if self.api_key is not None:
            made["Cookie"] = f"swarm_token={self.api_key.get_secret_value()}"
        if self.authorization is not None:
            made["Authorization"] = self.authorization.get_secret_value()
        return made
