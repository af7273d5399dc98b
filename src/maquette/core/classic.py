"""Providers in the shape of the workflow document: a class with a `db` and synchronous methods.

`register_sub_action("media.shop.txt2img", Shop, "txt2img")` is all it takes; the method
`(params, progress_callback(elapsed_ms, message)) -> (urls, raw_response)` may be synchronous (it then runs in a
thread) or asynchronous.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any

from typing_extensions import override

from .action import Action, Call, Definition, Output, Provider, Result
from .errors import UnknownAction, Unsupported
from .params import Media, OpenParams

Outcome = tuple[Sequence[str], Mapping[str, Any]]
Progress = Callable[[int, str], None]

_handlers: dict[str, tuple[type[Any], str]] = {}
_DRAIN_S = 0.3
"""Seconds after which a message that may have been held back is told again."""
_OPEN_SCHEMA = {
    "type": "object",
    "properties": {"prompt": {"type": "string", "x-widget": "textarea"}},
    "additionalProperties": True,
}


def register_sub_action(action_type: str, provider_class: type[Any], method_name: str) -> None:
    """Offer `provider_class.method_name` as the action `action_type`, at import time or later."""
    _handlers[action_type] = (provider_class, method_name)


def get_sub_action_handler(action_type: str) -> tuple[type[Any], str]:
    """Return (provider class, method name); raises `UnknownAction`, a ValueError, for an unknown type."""
    if action_type not in _handlers:
        raise UnknownAction(action_type, sorted(_handlers)[:3])
    return _handlers[action_type]


def medium_of(operation: str) -> Media:
    """Return what an operation of that name makes: "vid" in it means video, else an image."""
    return "video" if "vid" in operation else "image"


def classic_actions() -> Iterator[Action]:
    """Yield an action for every registered handler."""
    for name, (owner, method) in _handlers.items():
        _, _, rest = name.partition(".")
        provider, _, operation = rest.partition(".")
        yield Action(
            name=name,
            title=f"{provider} {operation}".replace("_", " "),
            summary=inspect.getdoc(getattr(owner, method, None)) or "",
            produces=medium_of(operation),
            params=OpenParams,
            run=_runner(owner, method, operation),
            provider=provider,
            external=getattr(owner, "param_schema", None) or _OPEN_SCHEMA,
        )


def _runner(owner: type[Any], method: str, operation: str) -> Callable[..., Awaitable[Result]]:
    async def run(params: OpenParams, call: Call) -> Result:
        handler = getattr(owner(None), method)
        urls, raw = await call.once(lambda: _drive(handler, params.values, call))
        return Result([Output(medium_of(operation), url=url) for url in urls], response=raw)

    return run


async def _drive(handler: Callable[..., Any], params: dict[str, Any], call: Call) -> Outcome:
    loop, queue = asyncio.get_running_loop(), asyncio.Queue[tuple[int, str] | None]()

    def report(elapsed_ms: int, message: str) -> None:
        loop.call_soon_threadsafe(queue.put_nowait, (elapsed_ms, message))

    async def tell() -> None:
        untold: str | None = None
        while True:
            try:
                async with asyncio.timeout(None if untold is None else _DRAIN_S):
                    said = await queue.get()
            except TimeoutError:
                # What came too soon after another is held back until it is said again: nobody else does.
                await call.progress(None, untold or "")
                untold = None
                continue
            if said is None:
                return
            untold = said[1]
            await call.progress(None, untold)

    teller = asyncio.create_task(tell())
    try:
        return await _invoke(handler, params, report)
    except NotImplementedError as error:
        raise Unsupported(str(error) or "This provider does not offer this operation") from error
    finally:
        loop.call_soon_threadsafe(queue.put_nowait, None)
        await teller


async def _invoke(handler: Callable[..., Any], params: dict[str, Any], report: Progress) -> Outcome:
    if inspect.iscoroutinefunction(handler):
        made: Outcome = await handler(params, report)
    else:
        made = await _in_thread(partial(handler, params, report))
    return made


async def _in_thread(work: Callable[[], Outcome]) -> Outcome:
    """Run a call that may take minutes in a thread of its own: the loop's few threads are for short work."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="classic")
    try:
        return await asyncio.get_running_loop().run_in_executor(pool, copy_context().run, work)
    finally:
        pool.shutdown(wait=False)


class ClassicProvider(Provider):
    """All actions that were registered under one provider's name."""

    keyless = True

    def __init__(self, name: str) -> None:
        self.name = name
        self.title = name.replace("_", " ").title()  # type: ignore[misc]  # here a title belongs to the instance

    @override
    def actions(self, definitions: Sequence[Definition] = ()) -> Iterator[Action]:
        return (action for action in classic_actions() if action.provider == self.name)
