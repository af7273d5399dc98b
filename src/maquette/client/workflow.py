"""The calls of workflows, runs and interactions."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Protocol
from uuid import uuid4

from maquette.client.model import Event, Job, parse
from maquette.client.run import Interaction, Run, Workflow
from maquette.client.transport import API, Transport, repeat


class Follower(Protocol):
    """What follows the log."""

    def __call__(self, *, after: int | None = None) -> AsyncGenerator[Event, None]:
        """Yield the events of everything after a sequence number."""
        ...


class Workflows:
    """Workflows, their runs, and the questions that they ask."""

    _transport: Transport

    async def workflows(self) -> Sequence[Workflow]:
        """Return the newest version of every workflow, then those that came with the server."""
        return [parse(Workflow, row) async for row in self._transport.pages(f"{API}/workflows", None, {})]

    async def workflow(self, workflow: str) -> Workflow:
        """Return a workflow, by id or name."""
        return parse(Workflow, await self._transport.json("GET", f"{API}/workflows/{workflow}"))

    async def workflow_text(self, workflow: str) -> str:
        """Return the document of a workflow in YAML."""
        async with self._transport.answer("GET", f"{API}/workflows/{workflow}?format=yaml") as response:
            await response.aread()
            text: str = response.text
            return text

    async def save_workflow(self, document: Mapping[str, Any] | str, *, workflow: str | None = None) -> Workflow:
        """Keep a new workflow, or a further version of `workflow`; raises `ParamsInvalid` with every fault.

        A document is an object, or a text in YAML or JSON: then each fault has its line and column too.
        """
        way = ("PUT", f"{API}/workflows/{workflow}") if workflow else ("POST", f"{API}/workflows")
        return parse(Workflow, await self._transport.json(*way, json=_body(document)))

    async def check_workflow(self, document: Mapping[str, Any] | str) -> Sequence[Mapping[str, Any]]:
        """Return every fault of a document, each with its path; none means that it can be saved."""
        answer = await self._transport.json("POST", f"{API}/workflows/check", json=_body(document))
        faults: Sequence[Mapping[str, Any]] = answer["errors"]
        return faults

    async def delete_workflow(self, workflow: str | Workflow) -> None:
        """Delete a workflow; runs that have begun go on."""
        await self._transport.json("DELETE", f"{API}/workflows/{_id(workflow)}")

    async def start(
        self, workflow: str | Workflow, inputs: Mapping[str, Any] | None = None, *, idempotency_key: str | None = None
    ) -> Run:
        """Begin a run of a workflow and return it at once."""
        path, key = f"{API}/workflows/{_id(workflow)}/runs", idempotency_key or uuid4().hex
        return Run.of(await self._transport.once("POST", path, key=key, json={"inputs": dict(inputs or {})}))

    async def workflow_run(self, run: str | Run) -> Run:
        """Return a run as it is now."""
        return Run.of(await self._transport.json("GET", f"{API}/runs/{_id(run)}"))

    async def runs(self, *, limit: int | None = None, **filters: Any) -> AsyncIterator[Run]:
        """Yield runs from the newest on, page by page; filters are `state`, `workflow` and `nested`."""
        async for row in self._transport.pages(f"{API}/runs", limit, filters):
            yield Run.of(row)

    async def interaction(self, interaction: str | Interaction) -> Interaction:
        """Return an interaction with everything that was made in it so far."""
        return Interaction.of(await self._transport.json("GET", f"{API}/interactions/{_id(interaction)}"))

    async def interactions(self, *, limit: int | None = None, **filters: Any) -> AsyncIterator[Interaction]:
        """Yield interactions from the newest on, page by page; filters are `state`, `run` and `job`."""
        async for row in self._transport.pages(f"{API}/interactions", limit, filters):
            yield Interaction.of(row)

    async def act(
        self,
        interaction: str | Interaction,
        name: str,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        account: str | None = None,
    ) -> Job:
        """Run a sub-action of an open interaction at one place of its data; returns its job at once."""
        body = {"path": path, "params": dict(params or {})} | ({"account": account} if account else {})
        way = f"{API}/interactions/{_id(interaction)}/actions/{name}"
        return Job.of(await self._transport.once("POST", way, key=uuid4().hex, json=body))

    async def sub_action_form(self, interaction: str | Interaction, name: str, path: str) -> Mapping[str, Any]:
        """Return `schema`, `defaults` and `served_by` of a sub-action at one place of the data."""
        way = f"{API}/interactions/{_id(interaction)}/actions/{name}/form"
        found: Mapping[str, Any] = await self._transport.json("GET", way, params={"path": path})
        return found

    async def answer(self, interaction: str | Interaction, response: Mapping[str, Any]) -> Interaction:
        """Answer an interaction, which lets its run go on; raises `Conflict` where somebody was first."""
        way = f"{API}/interactions/{_id(interaction)}/response"
        return Interaction.of(await self._transport.json("POST", way, json=dict(response)))


async def wait_run(calls: Workflows, follow: Follower, run: str | Run) -> Run:
    """Return a run when it is final or asks a person."""
    while True:
        now = await repeat(lambda: calls.workflow_run(run))
        if now.settled:
            return now
        async with aclosing(follow(after=now.as_of)) as events:
            async for event in events:
                if _concerns(event, now.id):
                    break


def _concerns(event: Event, run: str) -> bool:
    """Tell whether the run may be settled by what happened."""
    asked = event.data.get("interaction")
    owner = asked.get("run") if isinstance(asked, Mapping) else None
    return run in (event.job, owner) or event.type in ("attention.opened", "stream.reset")


def _body(document: Mapping[str, Any] | str) -> dict[str, Any]:
    return {"text": document} if isinstance(document, str) else dict(document)


def _id(thing: str | Workflow | Run | Interaction) -> str:
    return thing if isinstance(thing, str) else thing.id
