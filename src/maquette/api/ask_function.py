"""What callers send to run a function of a language model."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import Field

from maquette.api.ask import Ask
from maquette.core.errors import ParamsInvalid


class FunctionAsk(Ask):
    """Run a function that a language model called."""

    arguments: dict[str, Any] | Annotated[str, Field(max_length=1_000_000)] = Field(default_factory=dict)
    """The arguments, as an object or as the JSON text in which a model gives them."""

    def read(self) -> dict[str, Any]:
        """Return the arguments; raises `ParamsInvalid` for a text that is no object of JSON."""
        if isinstance(self.arguments, dict):
            return self.arguments
        try:
            found = json.loads(self.arguments or "{}")
        except (ValueError, RecursionError) as error:
            raise _no_object(f"no JSON: {error}") from error
        if not isinstance(found, dict):
            raise _no_object("no object")
        return found


def _no_object(message: str) -> ParamsInvalid:
    fault = {"path": "arguments", "message": message}
    return ParamsInvalid(f"`arguments` is {message}", hint="Give the arguments as the model said them.", errors=[fault])
