"""A herald: one function of small steps in the writer document's shape, answered by another action."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from typing_extensions import override

from maquette.core.action import Action, Definition, Provider
from maquette.core.params import Params, Prompted
from maquette.core.staged import Metadata, staged_action


def get_name() -> str:
    """Name the operation."""
    return "announce"


def get_metadata() -> Metadata:
    """Say what it does, and what to tell in each phase."""
    phases = {"INIT": "Clearing the throat", "AI_CALL": "Having it written", "DONE": "Announced"}
    return Metadata("Announce", "Announce a thing.", "text", phases=phases, action="media.writer.txt2txt", free=True)


def validate(params: Params) -> Mapping[str, Any]:
    """Refuse what is not worth announcing."""
    return {"valid": not isinstance(params, Prompted) or "nothing" not in params.prompt, "error": "There is no news"}


def build_prompt(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Ask for a blurb."""
    return {"prompt": data["prompt"], "kind": "blurb", "seed": 1}


class Herald(Provider):
    """Announcements."""

    title = "Herald"
    keyless = True

    @override
    def actions(self, definitions: Sequence[Definition] = ()) -> Iterator[Action]:
        yield staged_action(sys.modules[__name__], "herald")


PROVIDER = Herald()
