"""A self-hosted studio and gateway for generated media.

`Client` and `AsyncClient` speak to a server over HTTP; they load on first use, so that importing stays free.
"""

from __future__ import annotations

import importlib
import typing

__version__ = "0.1.0"

if typing.TYPE_CHECKING:
    from maquette.client import (
        Account,
        Action,
        Asset,
        AsyncClient,
        Attempt,
        Client,
        Event,
        Job,
        MaquetteError,
        ServerUnreachable,
    )
    from maquette.core import errors

__all__ = [
    "Account",
    "Action",
    "Asset",
    "AsyncClient",
    "Attempt",
    "Client",
    "Event",
    "Job",
    "MaquetteError",
    "ServerUnreachable",
    "__version__",
    "errors",
]


def __getattr__(name: str) -> object:
    if name == "errors":
        return importlib.import_module("maquette.core.errors")
    if name in __all__:
        return getattr(importlib.import_module("maquette.client"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
