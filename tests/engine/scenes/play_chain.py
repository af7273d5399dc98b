"""Children one after the other or at once, questions between them: what is done stands in the order."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

from pydantic import Field

from maquette.core.action import Result
from maquette.core.interaction import Question
from maquette.core.module import Stage, module
from maquette.core.params import Params


class Chain(Params):
    """What to do."""

    children: list[str] = Field(default_factory=list)
    """The prompts of children, one after the other."""
    action: str = "media.parlour.echo"
    """What each child runs."""
    at_once: list[str] = Field(default_factory=list)
    """The prompts of further children, all at once."""
    questions: list[str] = Field(default_factory=list)
    """Titles of questions, all at once."""
    deadline_s: int | None = None
    """How long each may take."""
    on_deadline: Literal["fail", "default", "remind"] = "fail"
    """What follows without an answer."""
    stumble: bool = False
    """Fall over a mistake in the code at the end."""


@module("play.chain", title="Chain")
async def chain(params: Chain, call: Stage) -> Result:
    """Do one thing after the other."""
    said: list[Any] = []
    await call.progress(0.1, "begun")
    for number, prompt in enumerate(params.children):
        made = await call.child(f"c{number}", params.action, {"prompt": prompt})
        said.append(made.value.get("text"))
    works = [partial(_child, call, params, number) for number in range(len(params.at_once))]
    works += [partial(_ask, call, params, title) for title in params.questions]
    said += await call.together(*works)
    if params.stumble:
        raise ZeroDivisionError
    return Result(value={"said": said})


async def _child(call: Stage, params: Chain, number: int) -> Any:
    made = await call.child(f"p{number}", params.action, {"prompt": params.at_once[number]})
    return made.value.get("text")


async def _ask(call: Stage, params: Chain, title: str) -> Any:
    question = Question(
        title, deadline_s=params.deadline_s, on_deadline=params.on_deadline, default={"answer": "nobody knows"}
    )
    return (await call.ask(title, question))["answer"]


MODULE = chain
