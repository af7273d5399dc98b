"""Accounts whose secrets are kept elsewhere: a private file in the home folder, which the command line writes.

It is the word of somebody on the server's own machine, so its references are followed, as those of the configuration
file are; over HTTP nobody can write it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from maquette.core.errors import ConfigInvalid

FILE = "references.json"
"""The file's name."""


class Referred(BaseModel):
    """One account; its settings may hold references."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    provider: str
    name: Annotated[str, Field(min_length=1, max_length=128)]
    settings: dict[str, Any] = Field(default_factory=dict)
    concurrency: Annotated[int, Field(ge=1, le=10_000)] | None = None

    def limits(self) -> dict[str, Any]:
        """Return the limits that it sets."""
        return {"concurrency": self.concurrency} if self.concurrency is not None else {}


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    version: Annotated[int, Field(ge=1, le=1)] = 1
    accounts: list[Referred]


def read(home: Path) -> Sequence[Referred]:
    """Return the accounts of the file, none where there is none; raises `ConfigInvalid` for one that is not ours."""
    path = home / FILE
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            text = file.read()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise ConfigInvalid(f"The file {str(path)!r} cannot be read: {error.strerror}") from error
    if status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise ConfigInvalid(
            f"The file {str(path)!r} can be read or was written by others", hint=f"chmod 600 {path}, and look into it."
        )
    try:
        return _Document.model_validate_json(text).accounts
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ConfigInvalid(f"The file {str(path)!r}: {where}: {first['msg']}") from error
