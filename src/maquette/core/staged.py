"""Functions in the shape of the writer document: small steps of fixed names, run in order as one action.

A module (or any object) has `get_name` and `get_metadata`, and as many of `validate`, `prepare`, `build_prompt`,
`call_ai`, `parse_response` and `save_output` as it needs. A step may be synchronous (it then runs in a thread) or
asynchronous, and is repeated after a crash and after a child job; what goes through `call.once` or a child is not.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any, Literal

from .action import Action, Call, Material, Output, Result
from .errors import ParamsInvalid
from .params import Media, Params, Prompted

Step = Callable[..., Any]
Phase = Literal["INIT", "PREP", "AI_CALL", "PARSE", "SAVE", "DONE"]
BEGINS: Mapping[Phase, int] = {"INIT": 0, "PREP": 10, "AI_CALL": 25, "PARSE": 70, "SAVE": 85, "DONE": 98}
"""The percent at which each phase begins; the last one ends with the job, once its assets are stored."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a function says of itself; shown to people as it is."""

    display_name: str
    description: str
    produces: Media
    params: type[Params] = Prompted
    phases: Mapping[Phase, str] = field(default_factory=dict[Phase, str])
    """What to say in each phase."""
    action: str | None = None
    """The action that answers the prompt, as a child job; not needed where the function brings `call_ai`."""
    free: bool = False


def validate(_params: Params) -> Mapping[str, Any] | None:
    """Accept what fits the schema; raise `ParamsInvalid` or return `{"valid": False, "error": why}` to refuse."""
    return None


def prepare(params: Params) -> Any:
    """Return what the prompt is built from: the parameters as a plain dict."""
    return params.model_dump(mode="json", exclude_none=True)


def build_prompt(data: Any) -> Any:
    """Return what is sent: parameters of the action that is asked, or whatever `call_ai` takes."""
    return data


def parse_response(response: Any) -> Any:
    """Return what the answer means."""
    return response


def save_output(parsed: Sequence[Material]) -> Sequence[Output]:
    """Return what is to be stored: what the child job made."""
    return [Output(made.media, content=made.content, name=made.name, source="unknown") for made in parsed]


@dataclass(frozen=True, slots=True)
class Staged:
    """The steps of one function; one that it does not bring does what is usual."""

    name: str
    metadata: Metadata
    call_ai: Step
    validate: Step = validate
    prepare: Step = prepare
    build_prompt: Step = build_prompt
    parse_response: Step = parse_response
    save_output: Step = save_output

    @classmethod
    def of(cls, steps: Any) -> Staged:
        """Take the steps of a module or an object; raises `ValueError` where nothing would answer the prompt."""
        name, metadata = steps.get_name(), steps.get_metadata()
        brought = {each.name: getattr(steps, each.name) for each in fields(cls)[2:] if hasattr(steps, each.name)}
        if metadata.action is not None:
            brought.setdefault("call_ai", partial(_ask_child, metadata.action))
        if "call_ai" not in brought:
            raise ValueError(f"{name!r} has neither `call_ai` nor an action that answers its prompt")
        return cls(name, metadata, **brought)

    async def run(self, params: Params, call: Call) -> Result:
        """Run the steps in order, and tell each phase once."""

        async def enter(phase: Phase) -> None:
            told = partial(call.progress, BEGINS[phase] / 100, self.metadata.phases.get(phase, ""), phase=phase)
            # Remembered, so that a run that starts again from the top does not go back to a phase that it has left.
            await call.memo(phase, told)

        await enter("INIT")
        verdict = await _step(self.validate, params)
        if verdict is not None and not verdict.get("valid", True):
            raise ParamsInvalid(str(verdict.get("error") or "The function refuses these parameters"))
        await enter("PREP")
        prompt = await _step(self.build_prompt, await _step(self.prepare, params))
        await enter("AI_CALL")
        response = await _step(self.call_ai, prompt, _Banded(call, self.metadata.phases.get("AI_CALL", "")))
        await enter("PARSE")
        parsed = await _step(self.parse_response, response)
        await enter("SAVE")
        outputs = await _step(self.save_output, parsed)
        await enter("DONE")
        return Result(outputs, response=response if isinstance(response, Mapping) else {})


def staged_action(steps: Any, provider: str) -> Action:
    """Return the action `media.{provider}.{get_name()}`, which runs the steps of a module or an object."""
    staged = Staged.of(steps)
    metadata = staged.metadata
    return Action(
        name=f"media.{provider}.{staged.name}",
        title=metadata.display_name,
        summary=metadata.description,
        produces=metadata.produces,
        params=metadata.params,
        run=staged.run,
        provider=provider,
        free=metadata.free,
        phases={phase: metadata.phases.get(phase, "") for phase in BEGINS},
    )


async def _ask_child(action: str, prompt: Mapping[str, Any], call: Call) -> list[Material]:
    return [await call.material(made) for made in await call.child("ai_call", action, prompt)]


async def _step(step: Step, *arguments: Any) -> Any:
    if inspect.iscoroutinefunction(step):
        return await step(*arguments)
    return await asyncio.to_thread(step, *arguments)


class _Banded:
    """A call whose progress stays within the band of AI_CALL and never goes back."""

    def __init__(self, call: Call, message: str) -> None:
        self._call, self._message, self._reached = call, message, 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)

    async def progress(self, fraction: float | None, message: str = "", **_: Any) -> None:
        self._reached = max(self._reached, min(fraction or 0.0, 1.0))
        percent = BEGINS["AI_CALL"] + (BEGINS["PARSE"] - BEGINS["AI_CALL"]) * self._reached
        await self._call.progress(percent / 100, message or self._message, phase="AI_CALL")
