"""A stand-in that takes every word of the settings file, so that each has something to act on."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, HttpUrl, SecretStr

from maquette.core.action import Call, Output, Provider, Result, Settings, operation
from maquette.core.params import Counted, Prompted, Sized, Stepped


class Account(Settings):
    """Where a server of the user listens."""

    base_url: HttpUrl
    """Its address."""
    api_key: SecretStr | None = None
    """Its key, if it asks for one."""
    enable_websocket: bool = False
    """Whether to follow over a socket."""


class Paint(Prompted, Counted, Sized, Stepped):
    """Parameters of a picture."""

    model: Annotated[str, Field(max_length=200)] = "none"
    """The model."""
    sampler: str = "none"
    """The sampler."""
    width: Annotated[int, Field(ge=64, le=8192)] = 64
    """Width in pixels."""
    height: Annotated[int, Field(ge=64, le=8192)] = 64
    """Height in pixels."""
    n: Annotated[int, Field(ge=1, le=64)] = 1
    """How many."""
    steps: Annotated[int, Field(ge=1, le=500)] = 1
    """How many steps."""


class Stand(Provider):
    """A stand-in."""

    title = "Stand-in"
    settings = Account

    @operation(produces="image", title="Text to image")
    async def txt2img(self, params: Paint, call: Call) -> Result:
        """Make nothing of a prompt."""
        return Result([Output("image", content=b"")])


PROVIDER = Stand()
