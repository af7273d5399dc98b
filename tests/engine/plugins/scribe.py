"""A writer of JSON: it gives back the draft that it is sent, in capitals, or what it was told to say."""

from __future__ import annotations

import json
from typing import Any

from pydantic import Field

from maquette.core.action import Call, Output, Provider, Result, operation
from maquette.core.params import Prompted


class Order(Prompted):
    """What to write."""

    json_schema: dict[str, Any] = Field(default_factory=dict)
    """What the answer must be like."""
    say: str = ""
    """Say this instead."""


class Scribe(Provider):
    """Words as JSON."""

    title = "Scribe"

    @operation(produces="text", title="Write", free=True)
    async def txt2txt(self, params: Order, call: Call) -> Result:
        """Write JSON."""
        draft = json.loads(params.prompt.partition("Draft:")[2] or "{}")
        assert set(draft) == set(params.json_schema["required"])
        return Result([Output("text", content=params.say or f"```json\n{json.dumps(capital(draft))}\n```")])


def capital(value: Any) -> Any:
    """Return a value with every text in it in capitals."""
    if isinstance(value, dict):
        return {name: capital(inner) for name, inner in value.items()}
    return value.upper()


PROVIDER = Scribe()
