"""The asynchronous client: every call of the HTTP interface, typed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from typing_extensions import override

from maquette.client.content import Contents
from maquette.client.conversation import MEDIA, Conversations
from maquette.client.file import receive, send
from maquette.client.model import Account, Action, Asset, Estimate, Event, Job, Provider, parse
from maquette.client.money import Money
from maquette.client.place import find_place
from maquette.client.preset import Presets
from maquette.client.problem import ServerUnreachable, error_of
from maquette.client.run import Run
from maquette.client.stream import read_events
from maquette.client.template import Templates
from maquette.client.transport import API, Transport, repeat
from maquette.client.workflow import Workflows, wait_run

OnEvent = Callable[[Event], None]
ABOUT = ("account", "interaction", "max_attempts", "priority", "source", "strict", "subject", "template")
"""Words of a request that say how to run it and are not parameters."""
PAUSE_S = 0.25
SILENCE_S = 30.0
"""The server pings every 10 s; a stream that is silent for so long is dead."""


class AsyncClient(Workflows, Presets, Money, Templates, Contents, Conversations):
    """A client of one server, for use in a coroutine.

    Without arguments it takes `MAQUETTE_URL` and `MAQUETTE_KEY`, else the server that runs on the home folder
    (`home`, `MAQUETTE_HOME` or `~/.maquette`). While a job is followed, a lost server is looked for again for
    `patience` seconds.
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
        # A home folder that the caller names is meant; the environment's server would be another one.
        self._transport = Transport(
            partial(find_place, base_url, api_key, home=home, environ=home is None), timeout=timeout
        )
        self._patience = patience

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.close()

    async def address(self) -> str:
        """Return the address of the server."""
        return (await self._transport.place()).url

    async def request(self, method: str, path: str, **words: Any) -> Any:
        """Send any request and return its JSON; `words` are `json`, `params` and `headers`."""
        return await self._transport.json(method, path, **words)

    # Jobs

    async def submit(self, action: str, *, idempotency_key: str | None = None, **words: Any) -> Job:
        """Queue a job and return it at once; the words are those of `generate`."""
        body = self._wanted(action, words)
        key = idempotency_key or uuid4().hex
        return Job.of(await self._transport.once("POST", f"{API}/jobs", key=key, json=body))

    async def generate(
        self,
        action: str,
        *,
        wait: bool = True,
        on_event: OnEvent | None = None,
        idempotency_key: str | None = None,
        **words: Any,
    ) -> Job:
        """Run an action, a preset or what serves a media type, and return the job when it is settled.

        Settled is what is final or waits for a person: a workflow that asks something returns as `waiting`.
        A request whose answer was lost is repeated with the same Idempotency-Key, so it never makes two jobs.

        Args:
            action: A name such as `media.painter.txt2img`; or `image`, `video`, `audio`, `text`, `document`; or the
                id or the name of a preset.
            wait: Return at once where false.
            on_event: Called with each event of the job.
            idempotency_key: Names this very request; made up where none is given.
            words: The parameters of the action; `account`, `interaction`, `max_attempts`, `priority`, `source`,
                `strict`, `subject` and `template`, which are about the job; and `params`, a mapping for parameters of
                such names.
        """
        key = idempotency_key or uuid4().hex
        if not wait:
            return await self.submit(action, idempotency_key=key, **words)
        body = self._wanted(action, words)
        seen = _Seen(on_event)
        await repeat(lambda: self._begin(body, key, seen))
        return await self.wait(seen.job, on_event=on_event, after=seen.seq)

    run = generate

    async def generate_from_template(
        self, template: str, context: Mapping[str, Any] | None = None, *, action: str = "image", **words: Any
    ) -> Job:
        """Make something from a template, whose variables `context` fills; the words are those of `generate`."""
        return await self.generate(action, template={"name": template, "values": dict(context or {})}, **words)

    async def _begin(self, body: Mapping[str, Any], key: str, seen: _Seen) -> None:
        """Post a job and follow its stream as long as that lasts; return without error once the job is known."""
        headers = {"Idempotency-Key": key, "Accept": "text/event-stream"}
        try:
            async with self._transport.answer("POST", f"{API}/jobs", json=body, headers=headers) as response:
                seen.job = response.headers.get("location", "").rstrip("/").rpartition("/")[2]
                async for event in read_events(response.aiter_lines(), job=seen.job or None):
                    seen.note(event)
                    if seen.settles(event):
                        return
        except ServerUnreachable:
            if not seen.job:
                raise

    @staticmethod
    def _wanted(action: str, words: Mapping[str, Any]) -> dict[str, Any]:
        rest = dict(words)
        named = {name: rest.pop(name) for name in ABOUT if name in rest}
        params = {**rest.pop("params", {}), **rest}
        kept = {name: value for name, value in params.items() if value is not None}
        kind = "action" if "." in action else "media" if action in MEDIA else "preset"
        target = {kind: action}
        return target | {"params": kept} | {name: value for name, value in named.items() if value is not None}

    async def estimate(self, action: str, **words: Any) -> Estimate:
        """Return what a request is expected to cost, without running it; the words are those of `generate`."""
        body = self._wanted(action, words)
        answer = await self._transport.json("POST", f"{API}/estimate", json=body)
        return parse(Estimate, answer.get("cost", answer))

    async def job(self, job: str | Job) -> Job:
        """Return a job as it is now."""
        return Job.of(await self._transport.json("GET", f"{API}/jobs/{_id(job)}"))

    async def jobs(self, *, limit: int | None = None, **filters: Any) -> AsyncIterator[Job]:
        """Yield jobs from the newest on, page by page."""
        async for row in self._transport.pages(f"{API}/jobs", limit, filters):
            yield Job.of(row)

    @override
    async def wait(self, job: str | Job, *, on_event: OnEvent | None = None, after: int | None = None) -> Job:
        """Return a job when it is final or waits for a person; survives restarts of the server."""
        seen = _Seen(on_event, _id(job), after)
        while True:
            now = await self._found(seen.job)
            if now.settled:
                await self._catch_up(seen, now)
                return now
            await self._follow(seen)

    async def _found(self, job: str) -> Job:
        """Return a job as it is now, and look for a lost server while patience lasts."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._patience
        while True:
            try:
                return await self.job(job)
            except ServerUnreachable:
                if loop.time() > deadline:
                    raise
            await asyncio.sleep(PAUSE_S)

    async def _follow(self, seen: _Seen) -> None:
        """Follow a job until it may be settled or its stream is lost."""
        async with aclosing(self._stream(seen.job, seen.seq)) as events:
            try:
                async for event in events:
                    seen.note(event)
                    if seen.settles(event):
                        return
            except ServerUnreachable:
                return
        # A stream that ends before its job is about to be closed for good; do not ask again at once.
        await asyncio.sleep(PAUSE_S)

    async def _catch_up(self, seen: _Seen, job: Job) -> None:
        """Show the events that came between the last stream and the end."""
        if seen.on_event is not None and job.final and not seen.ended:
            await self._follow(seen)

    async def events(self, job: str | Job | None = None, *, after: int | None = None) -> AsyncGenerator[Event, None]:
        """Yield the events of a job until it ends, or those of everything for ever; a lost stream is resumed."""
        seen = _Seen(None, _id(job) if job else "", after)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._patience
        while True:
            try:
                async with aclosing(self._stream(seen.job, seen.seq)) as events:
                    async for event in events:
                        deadline = loop.time() + self._patience
                        seen.note(event)
                        yield event
                        if seen.ended:
                            return
            except ServerUnreachable:
                if loop.time() > deadline:
                    raise
            await asyncio.sleep(PAUSE_S)

    async def _stream(self, job: str, after: int | None) -> AsyncGenerator[Event, None]:
        path = f"{API}/jobs/{job}/events" if job else f"{API}/events"
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": str(after)} if after is not None else {})
        async with self._transport.answer("GET", path, headers=headers, timeout=SILENCE_S) as response:
            async for event in read_events(response.aiter_lines(), job=job or None):
                yield event

    async def cancel(self, job: str | Job) -> Job:
        """Ask for a job to be stopped; what the provider had taken may still be billed."""
        return Job.of(await self._transport.json("POST", f"{API}/jobs/{_id(job)}/cancel"))

    async def retry(self, job: str | Job) -> Job:
        """Run a failed or cancelled job's request again, as a new job; a run goes on from its failed step."""
        return Job.of(await self._transport.once("POST", f"{API}/jobs/{_id(job)}/retry", key=uuid4().hex))

    async def resolve(
        self, job: str | Job, how: str, *, handle: Any | None = None, asset: str | Asset | None = None
    ) -> Job:
        """Settle an attempt whose outcome is unknown: `resubmit`, `attach` (a handle or an asset) or `give_up`."""
        words = {"how": how, "handle": handle, "asset": _id(asset) if asset else None}
        body = {name: value for name, value in words.items() if value is not None}
        return Job.of(await self._transport.json("POST", f"{API}/jobs/{_id(job)}/resolve", json=body))

    async def wait_run(self, run: str | Run) -> Run:
        """Return a run of a workflow when it is final or asks a person."""
        return await wait_run(self, self.events, run)

    # Assets

    async def asset(self, asset: str | Asset) -> Asset:
        """Return what is known of an asset."""
        return parse(Asset, await self._transport.json("GET", f"{API}/assets/{_id(asset)}"))

    async def assets(self, *, limit: int | None = None, **filters: Any) -> AsyncIterator[Asset]:
        """Yield assets from the newest on, page by page."""
        async for row in self._transport.pages(f"{API}/assets", limit, filters):
            yield parse(Asset, row)

    async def download(self, asset: str | Asset, path: Path | str) -> Path:
        """Write an asset to a file, or into a folder under its own name; the file appears when it is whole.

        Raises:
            OutputRejected: The bytes are not those that the server recorded.
        """
        known = asset if isinstance(asset, Asset) and asset.digest else await self.asset(asset)
        async with self._transport.answer("GET", known.content) as response:
            return await receive(response.aiter_bytes(), known, Path(path))

    async def upload(self, path: Path | str, *, name: str | None = None) -> Asset:
        """Upload a file, to be used as a parameter."""
        body, headers = await send(Path(path), name)
        return parse(Asset, await self._transport.json("POST", f"{API}/assets", content=body, headers=headers))

    async def delete_asset(self, asset: str | Asset) -> None:
        """Put an asset into the bin, from which it can be restored for a week."""
        await self._transport.json("DELETE", f"{API}/assets/{_id(asset)}")

    async def restore_asset(self, asset: str | Asset) -> Asset:
        """Bring an asset back from the bin."""
        return parse(Asset, await self._transport.json("POST", f"{API}/assets/{_id(asset)}/restore"))

    # Catalog

    async def actions(self) -> Sequence[Action]:
        """Return every action, each with its schema."""
        return [parse(Action, row) async for row in self._transport.pages(f"{API}/actions", None, {})]

    async def action(self, name: str, *, model: str | None = None) -> Action:
        """Return one action, as `model` takes it; raises `UnknownAction`, which names near matches."""
        query = {"model": model} if model else {}
        return parse(Action, await self._transport.json("GET", f"{API}/actions/{name}", params=query))

    async def providers(self) -> Sequence[Provider]:
        """Return every provider, and what it can do."""
        return [parse(Provider, row) async for row in self._transport.pages(f"{API}/providers", None, {})]

    # Accounts

    async def accounts(self) -> Sequence[Account]:
        """Return every account, without its secrets."""
        return [parse(Account, row) async for row in self._transport.pages(f"{API}/accounts", None, {})]

    async def add_account(self, provider: str, *, settings: Mapping[str, Any], **words: Any) -> Account:
        """Add an account; `words` are its `name`, limits and the like."""
        body = {"provider": provider, "settings": dict(settings)} | words
        return parse(Account, await self._transport.json("POST", f"{API}/accounts", json=body))

    async def change_account(self, account: str | Account, **changes: Any) -> Account:
        """Change an account; secrets that are not sent again stay as they are."""
        return parse(Account, await self._transport.json("PATCH", f"{API}/accounts/{_id(account)}", json=changes))

    async def remove_account(self, account: str | Account) -> None:
        """Remove an account and its secrets; refused while it has open attempts."""
        await self._transport.json("DELETE", f"{API}/accounts/{_id(account)}")

    async def check_account(self, account: str | Account) -> None:
        """Prove by a free call that an account works; raises the provider's error if it does not."""
        verdict = await self._transport.json("POST", f"{API}/accounts/{_id(account)}/check") or {}
        if not verdict.get("success", True):
            raise error_of(verdict.get("error") or {})

    async def account_models(self, account: str | Account) -> Sequence[Mapping[str, Any]]:
        """Return the models that an account can use."""
        return [row async for row in self._transport.pages(f"{API}/accounts/{_id(account)}/models", None, {})]

    async def health(self) -> Mapping[str, Any]:
        """Return the server's own state; needs no key."""
        answer: Mapping[str, Any] = await self._transport.json("GET", "/healthz", timeout=5.0)
        return answer


class _Seen:
    """What has been seen of one job's log."""

    def __init__(self, on_event: OnEvent | None, job: str = "", seq: int | None = None) -> None:
        self.on_event, self.job, self.seq, self.ended = on_event, job, seq, False

    def note(self, event: Event) -> None:
        self.job = self.job or event.job or ""
        # After a reset the log goes on from where it was read, not from a number that it no longer knows.
        follows = event.data.get("as_of") if event.type == "stream.reset" else event.seq
        self.seq = follows if follows is not None else self.seq
        self.ended = self.ended or (event.job == self.job != "" and event.type in ENDS)
        if self.on_event is not None:
            self.on_event(event)

    def settles(self, event: Event) -> bool:
        return self.ended or event.type in {"attention.opened", "job.waiting"}


ENDS = frozenset({"job.succeeded", "job.failed", "job.cancelled"})


def _id(thing: str | Job | Asset | Account) -> str:
    return thing if isinstance(thing, str) else thing.id
