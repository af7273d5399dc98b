"""What callers get of workflows and their runs."""

from __future__ import annotations

from typing import Any, Literal

from maquette.api.shape import CostShape, Shape
from maquette.core.model import JobState
from maquette.services.run import RunView, StepState, StepView
from maquette.services.workflow import WorkflowView


class StepBriefShape(Shape):
    """One step of a workflow."""

    id: str
    title: str
    module_id: str | None
    kind: str
    """`step`, `person`, `parallel` or `each`."""


class WorkflowShape(Shape):
    """The newest version of a workflow."""

    id: str
    name: str
    title: str
    description: str
    version: int
    document: dict[str, Any]
    """As it was written."""
    inputs: dict[str, Any]
    """The JSON Schema of what a run starts from."""
    steps: list[StepBriefShape]
    created_at: int | None
    """When this version was written; null for one that came with the installation."""
    origin: Literal["user", "shipped"]

    @classmethod
    def of(cls, view: WorkflowView) -> WorkflowShape:
        """Return a workflow as it is shown."""
        return cls.model_validate(view)


class FaultShape(Shape):
    """One fault of a document."""

    path: str
    """Where in the document: a JSON pointer."""
    message: str
    line: int | None = None
    """Where in the text that was sent, counted from 1; not there for a document that came as JSON."""
    column: int | None = None


class CheckShape(Shape):
    """Whether a document can be saved."""

    document: dict[str, Any] | None = None
    """What was read; not there where the text cannot be read."""
    yaml: str | None = None
    """The same in YAML."""
    valid: bool
    errors: list[FaultShape]


class StepShape(Shape):
    """How one step of a run goes."""

    id: str
    title: str
    module_id: str | None
    state: StepState
    job: str | None
    interaction: str | None
    """The question that it asks, or asked last."""
    result: Any | None
    cost: CostShape
    started_at: int | None
    ended_at: int | None
    error: dict[str, Any] | None
    display: dict[str, Any] | None
    """How its result wants to be shown."""

    @classmethod
    def of(cls, view: StepView) -> StepShape:
        """Return a step as it is shown."""
        names = [name for name in cls.model_fields if name != "cost"]
        return cls(cost=CostShape(micro_usd=view.cost), **{name: getattr(view, name) for name in names})


class RunShape(Shape):
    """One run of a workflow; its id is that of its job."""

    id: str
    workflow: str
    title: str
    version: int | None
    state: JobState
    waiting_for: str | None
    steps: list[StepShape]
    state_values: dict[str, Any]
    """What the steps have added to the state so far, over the inputs."""
    cost: CostShape
    """Of everything below it."""
    error: dict[str, Any] | None
    retry_of: str | None = None
    """The run that it tries again, and whose finished steps it has taken over."""
    created_at: int
    started_at: int | None
    ended_at: int | None
    as_of: int | None = None

    @classmethod
    def of(cls, view: RunView, as_of: int | None = None) -> RunShape:
        """Return a run as it is shown."""
        job = view.job
        plain = ("id", "state", "waiting_for", "error", "created_at", "started_at", "ended_at")
        return cls(
            **{name: getattr(job, name) for name in plain},
            workflow=view.workflow,
            title=view.title,
            version=view.version,
            steps=[StepShape.of(step) for step in view.steps],
            state_values=dict(view.state_values),
            cost=CostShape(micro_usd=job.cost),
            retry_of=retried if isinstance(retried := job.about.get("retry_of"), str) else None,
            as_of=as_of,
        )
