"""An action is a named, typed, asynchronous function: the one thing that a job can run.

A provider is one file: a class that derives from `Provider`, whose methods marked `@operation` become
actions named `media.{module}.{method}`, and a module-level `PROVIDER`.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar, Literal, Protocol, TypeVar

from pydantic import ConfigDict

from .documented import Documented
from .errors import ProviderError, Unsupported
from .exchange import Answer, Http, ServerEvent, Socket, Upload
from .narrow import Narrowing, narrowed
from .params import Media, OpenParams, Params, Product, schema_of
from .usual import Usual

__all__ = [
    "Action",
    "Answer",
    "Call",
    "Cost",
    "Definition",
    "Http",
    "Mark",
    "Material",
    "Output",
    "Price",
    "Provider",
    "Result",
    "ServerEvent",
    "Settings",
    "Socket",
    "Source",
    "Upload",
    "external_action",
    "operation",
]

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Awaitable["Result"]])

Source = Literal["model", "algorithm", "typeset", "unknown"]
"""How a result came to be; decides its IPTC digital source type."""


@dataclass(frozen=True, slots=True)
class Output:
    """One thing made: bytes or text (`content`), a file that an offload left (`path`), or an address (`url`)."""

    media: Media
    content: bytes | str | None = None
    path: str | None = None
    url: str | None = None
    name: str | None = None
    """A file name for people, without a path."""
    source: Source = "model"
    seed: int | None = None
    """The seed that made this very output."""
    notes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What the provider says of it. `label`, `revised_prompt`, `remark`, `cut` and `nsfw` are shown to people (see
    `core/remark.py`); the rest is for the provider, when it is asked to go on with this output."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What an attempt cost: integer micro-USD, the native amount beside it."""

    micro_usd: int
    source: Literal["reported", "computed", "estimated"] = "computed"
    amount: str | None = None
    """The provider's own figure, e.g. "12 credits"."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a request is expected to cost, in micro-USD, before it runs."""

    low: int
    likely: int
    high: int
    source: str = ""
    """Where the figures are from."""
    amount: str | None = None
    rate: str | None = None
    """The likely sum in the provider's own unit, "12 credits", and what one costs, "$0.005 per credit"."""


@dataclass(frozen=True, slots=True)
class Result:
    """What an action returns."""

    outputs: Sequence[Output] = ()
    cost: Cost | None = None
    response: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The provider's answer, kept for the record; secrets and base64 are stripped by the engine."""
    value: Mapping[str, Any] | None = None
    """What a module returns: JSON, kept with its job."""


@dataclass(frozen=True, slots=True)
class Material:
    """An asset lent to an attempt as input."""

    id: str
    media: Media
    mime: str
    name: str
    digest: str
    content: bytes
    provider: str | None = None
    """Who made it here, if it was not uploaded."""
    notes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What that provider noted of it when it was made."""
    width: int | None = None
    height: int | None = None


class Call(Protocol):
    """What the engine lends to one attempt of an action."""

    @property
    def settings(self) -> Any:
        """The account's settings, an instance of the provider's `settings` class."""
        ...

    @property
    def http(self) -> Http:
        """The client of the account."""
        ...

    @property
    def token(self) -> str:
        """A lower-case UUID of this attempt, for providers that take an id of ours."""
        ...

    async def once(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run the one paid call of this attempt at most once, over every crash.

        A small JSON result is remembered as the handle. A larger one is made again from the spooled answer, so
        `work` must be deterministic but for its request.
        """
        ...

    async def memo(self, key: str, work: Callable[[], Awaitable[T]]) -> T:
        """Run repeatable, free work (an upload, a look-up) and remember its small JSON result for this attempt."""
        ...

    async def poll(self, check: Callable[[], Awaitable[T | None]], *, every: float | Callable[[], float] = 2.0) -> T:
        """Call `check` every so many seconds until it returns a value; cancel, deadline, passing faults live here."""
        ...

    async def progress(self, fraction: float | None, message: str = "", *, phase: str = "running") -> None:
        """Tell how far the attempt is, 0 to 1, or None where the provider does not say."""
        ...

    async def preview(self, content: bytes) -> None:
        """Show an unfinished picture, or text in UTF-8; only the newest is kept."""
        ...

    async def material(self, asset_id: str) -> Material:
        """Return the bytes of an input asset; raises `NotFound`."""
        ...

    async def link(self, asset_id: str) -> str:
        """Return an address of an input asset that is good for a day; raises `Unsupported`, saying what to set."""
        ...

    async def child(self, key: str, action: str, params: Mapping[str, Any]) -> Sequence[str]:
        """Run another action as a child job and return the ids of its assets; `key` names it within this job."""
        ...

    async def offload(self, function: str, **arguments: Any) -> dict[str, Any]:
        """Run `package.module:function` in a limited child process whose working folder is private to this attempt.

        Arguments and the returned dict are JSON; `Material.content` is written with `file`. Files that the function
        leaves in the folder can be returned as `Output(path=name)`.
        """
        ...

    def file(self, name: str, content: bytes) -> str:
        """Write an input for `offload` to the private folder and return its name there."""
        ...


class Settings(Documented):
    """Base of a provider's account settings; its schema is the account form."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @classmethod
    def schema_of(cls) -> dict[str, Any]:
        """Return the JSON Schema of these settings."""
        return schema_of(cls)

    def base(self) -> str | None:
        """Return the base URL of the account's server, if it has one."""
        value = getattr(self, "base_url", None)
        return str(value).rstrip("/") if value else None

    def headers(self) -> Mapping[str, str]:
        """Return the headers that authenticate every request to that base URL and to nowhere else."""
        return {}

    def trusts(self, url: str) -> bool:
        """Tell whether an address that the server named is the same vendor's, so that those headers may go there."""
        return False


@dataclass(frozen=True, slots=True)
class Action:
    """One entry of the catalog, e.g. `media.midjourney.txt2img`."""

    name: str
    title: str
    summary: str
    produces: Product
    params: type[Params]
    run: Callable[..., Awaitable[Result]]
    provider: str = ""
    composite: bool = False
    """True for a module: it has no account and no attempt, and all that it does are child jobs and questions."""
    external: Mapping[str, Any] | None = None
    """The JSON Schema of an action whose schema comes from outside; `params` is then `OpenParams`."""
    price: Callable[[Params], Price | None] | None = None
    """Estimate the cost of a request; None where it is free or nobody knows."""
    free: bool = False
    """True where no money can be at stake: it runs on this machine."""
    phases: Mapping[str, str] = field(default_factory=dict[str, str])
    """What is said in each of its phases, in order, where it has named ones."""
    narrow: Callable[[str], Narrowing | None] | None = None
    """What a model leaves of the parameters; None for a model of which nothing is known."""
    serves: Callable[[Mapping[str, Any]], str | None] | None = None
    """Say why an account with these settings cannot run it, None where it can; a provider speaks for its actions."""

    def schema(self, model: str | None = None) -> dict[str, Any]:
        """Return the JSON Schema that forms, flags, SDK and validation all read: the whole, or what `model` takes."""
        whole = dict(self.external) if self.external is not None else self.params.schema_of()
        left = self.narrow(model) if self.narrow is not None and model is not None else None
        return whole if left is None else narrowed(whole, left)

    def accepts(self, model: str | None = None) -> dict[str, list[Media]]:
        """Return the fields that take assets and the media that each takes."""
        fields = self.schema(model).get("properties", {})
        return {name: found for name, spec in fields.items() if (found := _accepted(spec))}


def _accepted(spec: Mapping[str, Any]) -> list[Media]:
    return list(spec.get("x-accept") or spec.get("items", {}).get("x-accept") or [])


@dataclass(frozen=True, slots=True)
class Mark:
    """What `@operation` notes on a method."""

    produces: Media
    title: str
    price: Callable[[Any], Price | None] | None
    free: bool
    narrow: Callable[[str], Narrowing | None] | None


def operation(
    *,
    produces: Media,
    title: str,
    price: Callable[[Any], Price | None] | None = None,
    free: bool = False,
    narrow: Callable[[str], Narrowing | None] | None = None,
) -> Callable[[F], F]:
    """Mark a provider's method `(self, params, call) -> Result` as an operation."""

    def mark(method: F) -> F:
        method.__dict__["operation"] = Mark(produces, title, price, free, narrow)
        return method

    return mark


@dataclass(frozen=True, slots=True)
class Definition:
    """What people write and the catalog reads: a graph, a preset, a template; one version of it."""

    id: str
    kind: str
    name: str
    version: int
    body: Mapping[str, Any]


class Provider:
    """Base of every provider: a title, account settings, and methods marked `@operation`."""

    title: ClassVar[str]
    settings: ClassVar[type[Settings]] = Settings
    keyless: ClassVar[bool] = False
    """True where an account needs nothing entered: it then exists from the first start."""
    console: ClassVar[str] = ""
    """The page of the service where its user sees what was made and billed."""
    outward: ClassVar[bool] = False
    """True where requests may leave for any public address, then without what authenticates the account."""
    usual: ClassVar[Usual] = Usual()
    """Where an account of it is usually found on a machine, to be offered and never taken unasked."""

    async def check(self, call: Call) -> None:
        """Prove that the account works, for free; raise a `ProviderError` if it does not."""

    def status_of(self, body: Mapping[str, Any]) -> int | None:
        """Return the status that the body of a success stands for, where the service wraps its refusals in it."""
        return None

    def refusal(self, status: int, body: Mapping[str, Any]) -> ProviderError | None:
        """Name the error that an answer of status 400 or above means, where its body says more than its status."""
        return None

    def final(self, status: int, body: Mapping[str, Any]) -> ProviderError | None:
        """Name what an answer of status 500 or above to a paid call means, where its body proves what became of it.

        `ProviderUnavailable` says that nothing was taken, `GenerationFailed` that it was, and came to nothing. None
        leaves the call in doubt, as any such answer does of itself.
        """
        return None

    async def cancel(self, handle: Any, call: Call) -> bool:
        """Ask the provider to stop `handle`; return whether it says that it did."""
        raise Unsupported("This provider cannot stop what it has taken")

    async def find(self, token: str, call: Call) -> Any | None:
        """Return the handle of the work submitted under `token`, or None if the provider does not have it."""
        raise Unsupported("This provider has no way to look a submit up")

    async def models(self, call: Call) -> Sequence[Mapping[str, Any]]:
        """List the models that the account can use, each with at least an `id`."""
        raise Unsupported("This provider has no list of models")

    def serves(self, operation: str, settings: Mapping[str, Any]) -> str | None:
        """Say why an account with these settings, those that are no secret, cannot run an operation; None if it can."""
        return None

    @classmethod
    def offers(cls, hook: str) -> bool:
        """Tell whether the optional hook `cancel`, `find` or `models` is there."""
        return getattr(cls, hook) is not getattr(Provider, hook)

    def actions(self, definitions: Sequence[Definition] = ()) -> Iterator[Action]:
        """Yield the marked methods as actions; a provider with actions from outside adds those of `definitions`."""
        name = type(self).__module__.removesuffix(".provider").rpartition(".")[2]
        for method_name, method in inspect.getmembers(self, inspect.iscoroutinefunction):
            if (mark := getattr(method, "operation", None)) is None:
                continue
            yield Action(
                name=f"media.{name}.{method_name}",
                title=mark.title,
                summary=inspect.getdoc(method) or "",
                produces=mark.produces,
                params=inspect.signature(method, eval_str=True).parameters["params"].annotation,
                run=method,
                provider=name,
                price=mark.price,
                free=mark.free,
                narrow=mark.narrow,
                serves=partial(self.serves, method_name),
            )


def external_action(base: Action, *, name: str, title: str, schema: Mapping[str, Any]) -> Action:
    """Return `base` under another name, with a schema that came from outside."""
    return replace(base, name=name, title=title, params=OpenParams, external=schema)
