"""The synchronous client: the asynchronous one, run on one background loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from concurrent import futures
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from typing_extensions import override

from maquette.client.asynchronous import AsyncClient, OnEvent
from maquette.client.content import Content
from maquette.client.model import Account, Action, Asset, Estimate, Event, Job, Provider
from maquette.client.money import Budget, ModelPrice
from maquette.client.preset import Preset
from maquette.client.run import Interaction, Run, Workflow
from maquette.client.synchronous_conversation import SyncConversations
from maquette.client.synchronous_template import SyncTemplates

T = TypeVar("T")

_TURN_S = 0.2


class Client(SyncTemplates, SyncConversations):
    """A client of one server, for use in ordinary code; it finds the server as `AsyncClient` does.

    `on_event` is called in a thread of the client.
    """

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        home: Path | str | None = None,
        timeout: float = 60.0,
        patience: float = 60.0,
    ) -> None:
        self._client = AsyncClient(base_url, api_key, home=home, timeout=timeout, patience=patience)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections and end the background thread."""
        loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        self._await(self._client.aclose())
        self._await(loop.shutdown_asyncgens())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        self._loop = self._thread = None

    @override
    def _await(self, work: Coroutine[Any, Any, T]) -> T:
        """Run one coroutine on the background loop; an interrupt of the caller cancels it."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, name="maquette-client", daemon=True)
            self._thread.start()
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            # In turns: a signal that another thread took is noticed only when this one wakes.
            while not futures.wait([future], timeout=_TURN_S).done:
                pass
            return future.result()
        except BaseException:
            future.cancel()
            raise

    @override
    def _each(self, items: AsyncIterator[T]) -> Iterator[T]:
        try:
            while True:
                try:
                    yield self._await(_next(items))
                except StopAsyncIteration:
                    return
        finally:
            self._await(_finish(items))

    def address(self) -> str:
        """Return the address of the server."""
        return self._await(self._client.address())

    def request(self, method: str, path: str, **words: Any) -> Any:
        """Send any request and return its JSON; `words` are `json`, `params` and `headers`."""
        return self._await(self._client.request(method, path, **words))

    def submit(self, action: str, *, idempotency_key: str | None = None, **words: Any) -> Job:
        """Queue a job and return it at once; the words are those of `generate`."""
        return self._await(self._client.submit(action, idempotency_key=idempotency_key, **words))

    def generate(
        self,
        action: str,
        *,
        wait: bool = True,
        on_event: OnEvent | None = None,
        idempotency_key: str | None = None,
        **words: Any,
    ) -> Job:
        """Run an action and return the job when it is settled; see `AsyncClient.generate` for the words."""
        return self._await(
            self._client.generate(action, wait=wait, on_event=on_event, idempotency_key=idempotency_key, **words)
        )

    run = generate

    def estimate(self, action: str, **words: Any) -> Estimate:
        """Return what a request is expected to cost, without running it."""
        return self._await(self._client.estimate(action, **words))

    def job(self, job: str | Job) -> Job:
        """Return a job as it is now."""
        return self._await(self._client.job(job))

    def jobs(self, *, limit: int | None = None, **filters: Any) -> Iterator[Job]:
        """Yield jobs from the newest on, page by page."""
        return self._each(self._client.jobs(limit=limit, **filters))

    def wait(self, job: str | Job, *, on_event: OnEvent | None = None, after: int | None = None) -> Job:
        """Return a job when it is final or waits for a person; survives restarts of the server."""
        return self._await(self._client.wait(job, on_event=on_event, after=after))

    def events(self, job: str | Job | None = None, *, after: int | None = None) -> Iterator[Event]:
        """Yield the events of a job until it ends, or those of everything for ever; a lost stream is resumed."""
        return self._each(self._client.events(job, after=after))

    def cancel(self, job: str | Job) -> Job:
        """Ask for a job to be stopped; what the provider had taken may still be billed."""
        return self._await(self._client.cancel(job))

    def retry(self, job: str | Job) -> Job:
        """Run a failed or cancelled job's request again, as a new job; a run goes on from its failed step."""
        return self._await(self._client.retry(job))

    def resolve(self, job: str | Job, how: str, *, handle: Any | None = None, asset: str | Asset | None = None) -> Job:
        """Settle an attempt whose outcome is unknown: `resubmit`, `attach` (a handle or an asset) or `give_up`."""
        return self._await(self._client.resolve(job, how, handle=handle, asset=asset))

    def asset(self, asset: str | Asset) -> Asset:
        """Return what is known of an asset."""
        return self._await(self._client.asset(asset))

    def assets(self, *, limit: int | None = None, **filters: Any) -> Iterator[Asset]:
        """Yield assets from the newest on, page by page."""
        return self._each(self._client.assets(limit=limit, **filters))

    def download(self, asset: str | Asset, path: Path | str) -> Path:
        """Write an asset to a file, or into a folder under its own name; the file appears when it is whole."""
        return self._await(self._client.download(asset, path))

    def upload(self, path: Path | str, *, name: str | None = None) -> Asset:
        """Upload a file, to be used as a parameter."""
        return self._await(self._client.upload(path, name=name))

    def delete_asset(self, asset: str | Asset) -> None:
        """Put an asset into the bin, from which it can be restored for a week."""
        self._await(self._client.delete_asset(asset))

    def restore_asset(self, asset: str | Asset) -> Asset:
        """Bring an asset back from the bin."""
        return self._await(self._client.restore_asset(asset))

    def actions(self) -> Sequence[Action]:
        """Return every action, each with its schema."""
        return self._await(self._client.actions())

    def action(self, name: str, *, model: str | None = None) -> Action:
        """Return one action, as `model` takes it; raises `UnknownAction`, which names near matches."""
        return self._await(self._client.action(name, model=model))

    def providers(self) -> Sequence[Provider]:
        """Return every provider, and what it can do."""
        return self._await(self._client.providers())

    def accounts(self) -> Sequence[Account]:
        """Return every account, without its secrets."""
        return self._await(self._client.accounts())

    def add_account(self, provider: str, *, settings: Mapping[str, Any], **words: Any) -> Account:
        """Add an account; `words` are its `name`, limits and the like."""
        return self._await(self._client.add_account(provider, settings=settings, **words))

    def change_account(self, account: str | Account, **changes: Any) -> Account:
        """Change an account; secrets that are not sent again stay as they are."""
        return self._await(self._client.change_account(account, **changes))

    def remove_account(self, account: str | Account) -> None:
        """Remove an account and its secrets; refused while it has open attempts."""
        self._await(self._client.remove_account(account))

    def check_account(self, account: str | Account) -> None:
        """Prove by a free call that an account works; raises the provider's error if it does not."""
        self._await(self._client.check_account(account))

    def account_models(self, account: str | Account) -> Sequence[Mapping[str, Any]]:
        """Return the models that an account can use."""
        return self._await(self._client.account_models(account))

    def presets(self) -> Sequence[Preset]:
        """Return every preset, the highest priority first, then those that came with the server."""
        return self._await(self._client.presets())

    def preset(self, preset: str) -> Preset:
        """Return a preset, by id or name."""
        return self._await(self._client.preset(preset))

    def save_preset(self, document: Mapping[str, Any], *, preset: str | None = None) -> Preset:
        """Keep a new preset, or a further version of `preset`; raises an error that names every fault by its path."""
        return self._await(self._client.save_preset(document, preset=preset))

    def delete_preset(self, preset: str | Preset) -> None:
        """Delete a preset; jobs that it made go on."""
        self._await(self._client.delete_preset(preset))

    def plan_preset(
        self, preset: str | Preset, params: Mapping[str, Any] | None = None, *, strict: bool = False
    ) -> Mapping[str, Any]:
        """Return which candidates would serve a request, who is left out and why, and the price; nothing is run."""
        return self._await(self._client.plan_preset(preset, params, strict=strict))

    def workflows(self) -> Sequence[Workflow]:
        """Return the newest version of every workflow, then those that came with the server."""
        return self._await(self._client.workflows())

    def workflow(self, workflow: str) -> Workflow:
        """Return a workflow, by id or name."""
        return self._await(self._client.workflow(workflow))

    def workflow_text(self, workflow: str) -> str:
        """Return the document of a workflow in YAML."""
        return self._await(self._client.workflow_text(workflow))

    def save_workflow(self, document: Mapping[str, Any] | str, *, workflow: str | None = None) -> Workflow:
        """Keep a new workflow, or a further version of `workflow`, as an object or as YAML; raises `ParamsInvalid`."""
        return self._await(self._client.save_workflow(document, workflow=workflow))

    def check_workflow(self, document: Mapping[str, Any] | str) -> Sequence[Mapping[str, Any]]:
        """Return every fault of a document, each with its path; none means that it can be saved."""
        return self._await(self._client.check_workflow(document))

    def delete_workflow(self, workflow: str | Workflow) -> None:
        """Delete a workflow; runs that have begun go on."""
        self._await(self._client.delete_workflow(workflow))

    def start(
        self, workflow: str | Workflow, inputs: Mapping[str, Any] | None = None, *, idempotency_key: str | None = None
    ) -> Run:
        """Begin a run of a workflow and return it at once."""
        return self._await(self._client.start(workflow, inputs, idempotency_key=idempotency_key))

    def workflow_run(self, run: str | Run) -> Run:
        """Return a run as it is now."""
        return self._await(self._client.workflow_run(run))

    def wait_run(self, run: str | Run) -> Run:
        """Return a run of a workflow when it is final or asks a person."""
        return self._await(self._client.wait_run(run))

    def runs(self, *, limit: int | None = None, **filters: Any) -> Iterator[Run]:
        """Yield runs from the newest on, page by page; filters are `state`, `workflow` and `nested`."""
        return self._each(self._client.runs(limit=limit, **filters))

    def interaction(self, interaction: str | Interaction) -> Interaction:
        """Return an interaction with everything that was made in it so far."""
        return self._await(self._client.interaction(interaction))

    def interactions(self, *, limit: int | None = None, **filters: Any) -> Iterator[Interaction]:
        """Yield interactions from the newest on, page by page; filters are `state`, `run` and `job`."""
        return self._each(self._client.interactions(limit=limit, **filters))

    def act(
        self,
        interaction: str | Interaction,
        name: str,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        account: str | None = None,
    ) -> Job:
        """Run a sub-action of an open interaction at one place of its data; returns its job at once."""
        return self._await(self._client.act(interaction, name, path, params, account=account))

    def sub_action_form(self, interaction: str | Interaction, name: str, path: str) -> Mapping[str, Any]:
        """Return `schema`, `defaults` and `served_by` of a sub-action at one place of the data."""
        return self._await(self._client.sub_action_form(interaction, name, path))

    def answer(self, interaction: str | Interaction, response: Mapping[str, Any]) -> Interaction:
        """Answer an interaction, which lets its run go on; raises `Conflict` where somebody was first."""
        return self._await(self._client.answer(interaction, response))

    def budgets(self) -> Sequence[Budget]:
        """Return every budget with how it stands, oldest first."""
        return self._await(self._client.budgets())

    def budget(self, budget: str) -> Budget:
        """Return a budget, by id or name."""
        return self._await(self._client.budget(budget))

    def add_budget(self, name: str, amount: int, **words: Any) -> Budget:
        """Make a budget of so many micro-USD; `words` are `scope`, `subject`, `period`, `mode` and `unpriced`."""
        return self._await(self._client.add_budget(name, amount, **words))

    def change_budget(self, budget: str | Budget, **changes: Any) -> Budget:
        """Change `name`, `amount`, `mode`, `unpriced` or `enabled` of a budget."""
        return self._await(self._client.change_budget(budget, **changes))

    def remove_budget(self, budget: str | Budget) -> None:
        """Remove a budget with its counters."""
        self._await(self._client.remove_budget(budget))

    def prices(self, provider: str | None = None) -> Sequence[ModelPrice]:
        """Return what every model costs that the catalog knows, or that a price was set for."""
        return self._await(self._client.prices(provider))

    def set_price(self, provider: str, model: str, price: Mapping[str, Any]) -> ModelPrice:
        """Set what a model costs here: `rates` by the million, `rules` by the unit, `credit`, `source` and the date."""
        return self._await(self._client.set_price(provider, model, price))

    def unset_price(self, provider: str, model: str) -> None:
        """Let the catalog count again for a model."""
        self._await(self._client.unset_price(provider, model))

    def drift(self, days: int = 30) -> Sequence[Mapping[str, Any]]:
        """Return by provider and model what was estimated and what it was settled at, the dearest first."""
        return self._await(self._client.drift(days))

    def export_ledger(self, path: Path | str, *, since: int | None = None, until: int | None = None) -> Path:
        """Write the ledger between two times, in ms, to a file as CSV; the file appears when it is whole."""
        return self._await(self._client.export_ledger(path, since=since, until=until))

    def check_ledger(self, *, mend: bool = False) -> Mapping[str, Any]:
        """Count counters and figures that do not agree with the ledger; `mend` makes them anew from it."""
        return self._await(self._client.check_ledger(mend=mend))

    def asset_cost(self, asset: str | Asset) -> Mapping[str, Any]:
        """Return `own` and `full` cost of an asset, and the `parts` that make it up."""
        return self._await(self._client.asset_cost(asset))

    def add_content(self, **words: Any) -> Content:
        """Hand an article in: `body` with a `format`, or the `asset` of a file; see POST /api/v1/contents."""
        return self._await(self._client.add_content(**words))

    def content(self, content: str) -> Content:
        """Return an article with its pictures."""
        return self._await(self._client.content(content))

    def contents(self, *, limit: int | None = None) -> Sequence[Content]:
        """Return articles, the newest first."""
        return self._await(self._client.contents(limit=limit))

    def illustrate(self, ids: Sequence[str], *, only: str = "pending", **settings: Any) -> Mapping[str, Any]:
        """Begin to make pictures of articles, and return the job and what is left out."""
        return self._await(self._client.illustrate(ids, only=only, **settings))

    def document(self, content: str, *, archive: bool = False) -> bytes:
        """Return the document with its pictures, or a zip of it with their files."""
        return self._await(self._client.document(content, archive=archive))

    def health(self) -> Mapping[str, Any]:
        """Return the server's own state; needs no key."""
        return self._await(self._client.health())


async def _next(items: AsyncIterator[T]) -> T:
    return await anext(items)


async def _finish(items: AsyncIterator[Any]) -> None:
    close = getattr(items, "aclose", None)
    if close is not None:
        await close()
