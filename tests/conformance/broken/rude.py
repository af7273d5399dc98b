from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import ConfigDict, Field
from typing_extensions import override

from maquette.core.action import Action, Call, Definition, Provider, Result, operation
from maquette.core.errors import ProviderError, RateLimited
from maquette.core.params import Params


class Loose(Params):
    model_config = ConfigDict(extra="allow")
    depth: int = Field(1, json_schema_extra={"x-colour": "red"})


class Rude(Provider):
    title = ""

    @override
    def refusal(self, status: int, body: Mapping[str, Any]) -> ProviderError | None:
        return RateLimited("later")

    @override
    @classmethod
    def offers(cls, hook: str) -> bool:
        return False

    @override
    async def cancel(self, handle: Any, call: Call) -> bool:
        return True

    @operation(produces="image", title="")
    async def txt2img(self, params: Loose, call: Call) -> Result:
        """draw"""
        return Result()

    @override
    def actions(self, definitions: Sequence[Definition] = ()) -> Iterator[Action]:
        for action in super().actions(definitions):
            yield replace(action, name="media.rude.Txt-2")


PROVIDER = Rude()
