"""Workflows, their runs and what they ask, as the server sends them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from maquette.client.model import FINAL, Job, empty_raw, parse
from maquette.client.problem import error_of
from maquette.core.errors import MaquetteError


@dataclass(frozen=True, slots=True)
class Workflow:
    """The newest version of a workflow."""

    id: str
    name: str = ""
    title: str = ""
    description: str = ""
    version: int = 0
    document: Mapping[str, Any] = field(default_factory=dict[str, Any])
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The JSON Schema of what a run starts from."""
    steps: Sequence[Mapping[str, Any]] = ()
    origin: str = "user"
    raw: Mapping[str, Any] = empty_raw()


@dataclass(frozen=True, slots=True)
class Step:
    """How one step of a run goes; money in micro-USD."""

    id: str
    title: str = ""
    module_id: str | None = None
    state: str = "pending"
    job: str | None = None
    interaction: str | None = None
    result: Any = None
    cost: int = 0
    error: Mapping[str, Any] | None = None
    raw: Mapping[str, Any] = empty_raw()


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a workflow; money in micro-USD."""

    id: str
    workflow: str = ""
    title: str = ""
    version: int | None = None
    state: str = "queued"
    waiting_for: str | None = None
    steps: Sequence[Step] = ()
    state_values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What the steps have added to the state so far, over the inputs."""
    cost: int = 0
    error: Mapping[str, Any] | None = None
    created_at: int = 0
    ended_at: int | None = None
    as_of: int | None = None
    raw: Mapping[str, Any] = empty_raw()

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Run:
        """Build a run from the server's JSON."""
        steps = tuple(parse(Step, row, cost=_micro_usd(row)) for row in body.get("steps") or ())
        return parse(cls, body, cost=_micro_usd(body), steps=steps)

    @property
    def final(self) -> bool:
        """Whether the state can never change again."""
        return self.state in FINAL

    @property
    def asks(self) -> Sequence[str]:
        """The ids of the interactions that wait for an answer."""
        return [step.interaction for step in self.steps if step.state == "waiting" and step.interaction]

    @property
    def settled(self) -> bool:
        """Whether waiting longer is pointless: the run is final, or a person must decide."""
        return self.final or bool(self.asks) or self.waiting_for == "attention"

    def failure(self) -> MaquetteError | None:
        """Return the error that ended the run, as the class that the server raised."""
        return error_of(self.error) if self.error else None


@dataclass(frozen=True, slots=True)
class Interaction:
    """One question of a run to a person."""

    id: str
    job: str = ""
    run: str = ""
    workflow_title: str | None = None
    step_title: str | None = None
    title: str = ""
    description: str = ""
    state: str = "open"
    data: Any = None
    display_schema: Mapping[str, Any] = field(default_factory=dict[str, Any])
    sub_actions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    """What may be run while it is open, by name."""
    results: Mapping[str, Sequence[Job]] = field(default_factory=dict[str, Sequence[Job]])
    """What was made so far, by the place in the data, the oldest first."""
    select: Mapping[str, Any] | None = None
    """Which assets may be chosen as the answer, and how many."""
    response_schema: Mapping[str, Any] = field(default_factory=dict[str, Any])
    response: Mapping[str, Any] | None = None
    deadline_at: int | None = None
    raw: Mapping[str, Any] = empty_raw()

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Interaction:
        """Build an interaction from the server's JSON."""
        results = {path: tuple(Job.of(row) for row in rows) for path, rows in (body.get("results") or {}).items()}
        return parse(cls, body, results=results)


def _micro_usd(body: Mapping[str, Any]) -> int:
    return int((body.get("cost") or {}).get("micro_usd", 0))
