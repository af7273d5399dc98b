"""A module is an action of other actions: it runs children, asks people, and pays for nothing by itself.

Its function starts again from the top whenever something that it waited for has come, and what is finished returns
what it returned: so it must do the same for the same answers, and every effect goes through its `Stage`.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from .action import Action, Definition, Result
from .interaction import Question
from .model import Asset, JobState
from .params import Params, Product

T = TypeVar("T")
P = TypeVar("P", bound=Params)


@dataclass(frozen=True, slots=True)
class Made:
    """What a child job brought."""

    job: str
    state: JobState
    assets: Sequence[Asset] = ()
    value: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What a module returned; of any other action the ids of its `assets`, and its `text` if it is short."""


class Stage(Protocol):
    """What the engine lends to a module; every key names one thing within its job."""

    @property
    def job(self) -> str:
        """The id of this job."""
        ...

    @property
    def run(self) -> str:
        """The id of the job at the root of the tree."""
        ...

    async def child(
        self,
        key: str,
        action: str,
        params: Mapping[str, Any],
        *,
        account: str | None = None,
        title: str | None = None,
    ) -> Made:
        """Run another action as a child job and return what it made; raises `GenerationFailed` if it ended badly."""
        ...

    async def ask(self, key: str, question: Question) -> Mapping[str, Any]:
        """Ask a person and return the answer; raises `InteractionExpired` when the deadline passed without one."""
        ...

    async def together(self, *works: Callable[[], Awaitable[T]], at_once: int | None = None) -> list[T]:
        """Run several pieces of work at once; all are begun before any is waited for.

        With `at_once` no more than so many run at a time, and they begin in order.
        """
        ...

    async def first(self, *works: Callable[[], Awaitable[T]]) -> T:
        """Run several pieces of work at once and return what the first one brings that succeeds; the rest is stopped.

        Raises the error of the first of them if all fail.
        """
        ...

    async def progress(self, fraction: float | None, message: str = "", *, phase: str = "running") -> None:
        """Tell how far the job is, 0 to 1, or None where that is not known."""
        ...

    async def definition(self, kind: str, name: str, version: int | None = None) -> Definition:
        """Return a definition by id or name; without a version, the newest when this job began."""
        ...

    async def action(self, name: str) -> Action:
        """Return an action; raises `UnknownAction` with near matches."""
        ...

    async def text(self, asset: str) -> str:
        """Return the text of an asset; raises `NotFound`."""
        ...

    async def assets(self, ids: Sequence[str]) -> Sequence[Asset]:
        """Return assets in this order; raises `NotFound` for one that is not there, or lies in the bin."""
        ...

    async def providers(self) -> frozenset[str]:
        """Return the names of the providers with an enabled account."""
        ...


Scenario = Callable[[P, Stage], Awaitable[Result]]


def module(name: str, *, title: str, produces: Product = "data") -> Callable[[Scenario[P]], Action]:
    """Make the function `(params, call) -> Result` the composite action `name`; its docstring is the summary."""

    def make(run: Scenario[P]) -> Action:
        params = inspect.signature(run, eval_str=True).parameters["params"].annotation
        summary = inspect.getdoc(run) or ""
        return Action(name, title, summary, produces, params, run, composite=True)

    return make
