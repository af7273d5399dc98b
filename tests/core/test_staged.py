"""Functions of small steps: each is called by itself here, and all of them in order by the action made of them."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from maquette.core import staged
from maquette.core.action import Material, Output
from maquette.core.errors import ParamsInvalid
from maquette.core.params import Prompted
from maquette.core.staged import BEGINS, Metadata, Staged, staged_action

ORDER = ["validate", "prepare", "build_prompt", "call_ai", "parse_response", "save_output"]
MESSAGES = {"INIT": "Validating", "AI_CALL": "Asking", "DONE": "Done"}


class NotYet(BaseException):
    """The child has not ended."""


@dataclass
class Lent:
    """A call in memory, which outlives a run that begins again."""

    told: list[tuple[str, float | None, str]] = field(default_factory=list)
    kept: dict[str, Any] = field(default_factory=dict)
    children: dict[str, Sequence[str] | None] = field(default_factory=dict)
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    async def progress(self, fraction: float | None, message: str = "", *, phase: str = "running") -> None:
        self.told.append((phase, fraction, message))

    async def memo(self, key: str, work: Callable[[], Awaitable[Any]]) -> Any:
        if key not in self.kept:
            self.kept[key] = await work()
        return self.kept[key]

    async def child(self, key: str, action: str, params: Mapping[str, Any]) -> Sequence[str]:
        if key not in self.children:
            self.children[key] = None
            self.asked.append((action, params))
        made = self.children[key]
        if made is None:
            raise NotYet
        return made

    async def material(self, asset: str) -> Material:
        return Material(asset, "text", "text/plain", f"{asset}.txt", "", asset.encode())


class Shouter:
    """A function that brings every step and notes in which order, and on which thread, they were called."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, int]] = []

    def note(self, step: str) -> None:
        self.calls.append((step, threading.get_ident()))

    def get_name(self) -> str:
        return "shout"

    def get_metadata(self) -> Metadata:
        return Metadata("Shout", "Say it louder.", "text", phases=MESSAGES, free=True)

    def validate(self, params: Prompted) -> Mapping[str, Any]:
        self.note("validate")
        return {"valid": params.prompt != "hush", "error": "Nobody may shout that"}

    def prepare(self, params: Prompted) -> dict[str, Any]:
        self.note("prepare")
        return {"words": params.prompt}

    def build_prompt(self, data: Mapping[str, Any]) -> str:
        self.note("build_prompt")
        return f"louder: {data['words']}"

    async def call_ai(self, prompt: str, call: Lent) -> Mapping[str, Any]:
        self.note("call_ai")
        for fraction in (0.5, 0.2, None, 1.0):
            await call.progress(fraction)
        return {"said": prompt.upper()}

    def parse_response(self, response: Mapping[str, Any]) -> str:
        self.note("parse_response")
        return str(response["said"]).removeprefix("LOUDER: ")

    def save_output(self, parsed: str) -> list[Output]:
        self.note("save_output")
        return [Output("text", content=parsed, source="algorithm")]


async def ran(steps: Any, lent: Lent, prompt: str = "a fox") -> Any:
    return await staged_action(steps, "choir").run(Prompted(prompt=prompt), lent)


@pytest.mark.accepts("S4.1")
def test_each_step_can_be_called_by_itself() -> None:
    steps = Shouter()
    data = steps.prepare(Prompted(prompt="a fox"))
    assert steps.build_prompt(data) == "louder: a fox"
    assert steps.parse_response({"said": "LOUDER: A FOX"}) == "A FOX"
    assert steps.save_output("A FOX")[0].content == "A FOX"
    assert staged.prepare(Prompted(prompt="a fox")) == {"prompt": "a fox"}
    assert staged.validate(Prompted(prompt="a fox")) is None


@pytest.mark.accepts("S4.1")
async def test_the_steps_run_in_their_order_and_the_synchronous_ones_beside_the_loop() -> None:
    steps = Shouter()
    result = await ran(steps, Lent())
    assert [name for name, _ in steps.calls] == ORDER
    assert [name for name, thread in steps.calls if thread == threading.get_ident()] == ["call_ai"]
    assert result.outputs[0].content == "A FOX"
    assert result.response == {"said": "LOUDER: A FOX"}


@pytest.mark.accepts("S4.2")
async def test_the_six_phases_are_told_once_each_within_their_bands_and_never_backwards() -> None:
    lent = Lent()
    await ran(Shouter(), lent)
    assert list(dict.fromkeys(phase for phase, _, _ in lent.told)) == list(BEGINS)
    percents = [(phase, (fraction or 0) * 100) for phase, fraction, _ in lent.told]
    ends = dict(zip(BEGINS, [*list(BEGINS.values())[1:], 100], strict=True))
    assert all(BEGINS[phase] <= round(percent, 6) <= ends[phase] for phase, percent in percents)
    assert [percent for _, percent in percents] == sorted(percent for _, percent in percents)
    asked = [round(percent, 6) for phase, percent in percents if phase == "AI_CALL"]
    assert asked == [25, 47.5, 47.5, 47.5, 70]


@pytest.mark.accepts("S4.3")
async def test_the_name_the_words_and_the_message_of_each_phase_are_those_of_the_function() -> None:
    action, lent = staged_action(Shouter(), "choir"), Lent()
    assert (action.name, action.title, action.summary) == ("media.choir.shout", "Shout", "Say it louder.")
    assert list(action.phases) == list(BEGINS)
    assert action.phases["AI_CALL"] == "Asking"
    assert (action.produces, action.free, action.schema()["required"]) == ("text", True, ["prompt"])
    await action.run(Prompted(prompt="a fox"), lent)
    assert {(phase, message) for phase, _, message in lent.told} >= set(MESSAGES.items())


async def test_what_the_function_refuses_is_an_error_with_its_reason_and_nothing_is_asked() -> None:
    steps, lent = Shouter(), Lent()
    with pytest.raises(ParamsInvalid, match="Nobody may shout that"):
        await ran(steps, lent, "hush")
    assert [name for name, _ in steps.calls] == ["validate"]
    assert [phase for phase, _, _ in lent.told] == ["INIT"]


@pytest.mark.accepts("S4.1")
async def test_a_function_may_bring_only_a_prompt_and_let_another_action_answer() -> None:
    metadata = Metadata("Retell", "Tell it again.", "text", action="media.writer.txt2txt")
    steps = SimpleNamespace(
        get_name=lambda: "retell",
        get_metadata=lambda: metadata,
        build_prompt=lambda data: {"prompt": f"retell {data['prompt']}"},
    )
    lent = Lent()
    with pytest.raises(NotYet):
        await ran(steps, lent)
    lent.children["ai_call"] = ["asset_1"]
    result = await ran(steps, lent)
    assert lent.asked == [("media.writer.txt2txt", {"prompt": "retell a fox"})]
    assert [(o.content, o.name) for o in result.outputs] == [(b"asset_1", "asset_1.txt")]
    assert [phase for phase, _, _ in lent.told] == list(BEGINS)


def test_a_function_that_nobody_would_answer_is_refused_when_it_is_offered() -> None:
    steps = SimpleNamespace(get_name=lambda: "mute", get_metadata=lambda: Metadata("Mute", "Nothing.", "text"))
    with pytest.raises(ValueError, match="'mute' has neither"):
        Staged.of(steps)
