"""What callers get of interactions: the question, what may be tried, what was made so far, and the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ConfigDict, Field

from maquette.api.shape import AssetShape, CostShape, Shape
from maquette.core.form import normalise
from maquette.core.interaction import InteractionState, Select, SubAction
from maquette.core.model import JobState
from maquette.services.interaction import InteractionView
from maquette.services.job import JobView
from maquette.services.trial import Form, Served


class ServedShape(Shape):
    """Who serves a sub-action now."""

    provider_title: str
    action: str
    note: str | None
    """What a person must know: another provider stands in, or one was retired."""


class SubActionShape(Shape):
    """One action that may be run while the interaction is open."""

    title: str
    pending_title: str
    target: str
    """Where in the data it hangs: a JSON pointer with variables."""
    action_type: str
    """The action's name, a template over the target's variables."""
    action_type_template: str
    """The same."""
    key: str
    """The variable that chooses schema and defaults."""
    param_schema: dict[str, dict[str, Any]]
    param_defaults: dict[str, dict[str, Any]]
    served_by: dict[str, ServedShape]

    @classmethod
    def of(cls, action: SubAction, served: Mapping[str, Served]) -> SubActionShape:
        """Return a sub-action as it is shown."""
        plain = {name: getattr(action, name) for name in ("title", "pending_title", "target", "action_type", "key")}
        return cls(
            **plain,
            action_type_template=action.action_type,
            param_schema={key: normalise(schema) for key, schema in action.param_schema.items()},
            param_defaults={key: dict(words) for key, words in action.param_defaults.items()},
            served_by={key: ServedShape.model_validate(each) for key, each in served.items()},
        )


class FormShape(Shape):
    """The form of a sub-action at one place of the data."""

    parameters: dict[str, Any] = Field(serialization_alias="schema")
    defaults: dict[str, Any]
    served_by: ServedShape

    @classmethod
    def of(cls, form: Form) -> FormShape:
        """Return a form as it is shown."""
        return cls(
            parameters=dict(form.schema),
            defaults=dict(form.defaults),
            served_by=ServedShape.model_validate(form.served_by),
        )


class ResultShape(Shape):
    """One job of a sub-action, as its place in the interaction shows it."""

    id: str
    state: JobState
    subject: str | None
    action: str
    params: dict[str, Any]
    warnings: list[dict[str, Any]]
    waiting_for: str | None
    error: dict[str, Any] | None
    cost: CostShape
    created_at: int
    started_at: int | None
    ended_at: int | None
    assets: list[AssetShape]

    @classmethod
    def of(cls, view: JobView) -> ResultShape:
        """Return a job as it is shown."""
        job = view.job
        names = [name for name in cls.model_fields if name not in ("cost", "assets", "warnings")]
        return cls(
            **{name: getattr(job, name) for name in names},
            warnings=[dict(warning) for warning in job.warnings],
            cost=CostShape(micro_usd=job.cost),
            assets=[AssetShape.of(asset) for asset in view.assets],
        )


class SelectShape(Shape):
    """Which assets may be chosen as an answer, and how many."""

    model_config = ConfigDict(populate_by_name=True)

    source: Literal["results", "data"] = Field(serialization_alias="from")
    field: str
    min: int
    max: int
    media: list[str] | None

    @classmethod
    def of(cls, select: Select | None) -> SelectShape | None:
        """Return a selection as it is shown."""
        return cls.model_validate(select, from_attributes=True) if select else None


class SubmitShape(Shape):
    """What ends the interaction."""

    title: str


class InteractionShape(Shape):
    """One question of a run to a person."""

    id: str
    job: str
    run: str
    workflow_title: str | None
    step_title: str | None
    title: str
    description: str
    state: InteractionState
    mode: Literal["active", "history"]
    """`history` is read-only."""
    operation: str | None
    data: Any
    display_schema: dict[str, Any]
    sub_actions: dict[str, SubActionShape]
    results: dict[str, list[ResultShape]]
    """By the place in the data, the oldest first."""
    select: SelectShape | None
    response_schema: dict[str, Any]
    submit: SubmitShape
    response: dict[str, Any] | None
    answered_by: str | None
    answered_at: int | None
    deadline_at: int | None
    created_at: int
    as_of: int | None = None

    @classmethod
    def of(cls, view: InteractionView, as_of: int | None = None) -> InteractionShape:
        """Return an interaction as it is shown."""
        row, asked = view.interaction, view.question
        plain = (
            "id", "job", "run", "title", "state", "response", "answered_by", "answered_at", "deadline_at", "created_at",
        )  # fmt: skip
        return cls(
            **{name: getattr(row, name) for name in plain},
            workflow_title=view.workflow_title,
            step_title=view.step_title,
            description=asked.description,
            mode=view.mode,
            operation=asked.extra.get("operation"),
            data=asked.data,
            display_schema=dict(asked.display_schema),
            sub_actions={
                name: SubActionShape.of(action, view.served_by.get(name, {}))
                for name, action in asked.sub_actions.items()
            },
            results={path: [ResultShape.of(job) for job in jobs] for path, jobs in view.results.items()},
            select=SelectShape.of(asked.select),
            response_schema=normalise(asked.response_schema),
            submit=SubmitShape(title=asked.submit_title),
            as_of=as_of,
        )
