"""`ask.form`: ask a person to fill in a form."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from maquette.core.action import Result
from maquette.core.interaction import Question
from maquette.core.module import Stage, module
from maquette.core.params import Params


class Form(Params):
    """What to ask."""

    title: Annotated[str, Field(max_length=500)] = "A question"
    """The heading."""
    description: str = ""
    """What stands below it."""
    form: dict[str, Any]
    """The JSON Schema of the answer: an object, whose properties are the fields."""
    data: Any = None
    """What to show above the form."""
    display_schema: dict[str, Any] = Field(default_factory=dict)
    """How to show it."""
    submit_title: str = "Continue"
    """What the button says."""
    deadline_s: Annotated[int, Field(ge=1)] | None = None
    """How long to wait for an answer."""
    on_deadline: Literal["fail", "default", "remind"] = "fail"
    """What follows without one."""
    default: dict[str, Any] | None = None
    """The answer that is then taken."""


@module("ask.form", title="Ask with a form")
async def form(params: Form, call: Stage) -> Result:
    """Ask a person to fill in a form; the fields of the answer are the result."""
    question = Question(
        title=params.title,
        description=params.description,
        data=params.data,
        display_schema=params.display_schema,
        response_schema={"type": "object", **params.form},
        submit_title=params.submit_title,
        deadline_s=params.deadline_s,
        on_deadline=params.on_deadline,
        default=params.default,
    )
    return Result(value=dict(await call.ask("form", question)))


MODULE = form
