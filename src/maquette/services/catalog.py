"""The catalog: what can be made, by whom, and what each provider is able to do. All of it is derived."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Protocol, runtime_checkable

from maquette.core.action import Action, Call, Provider
from maquette.core.errors import AccountUnknown, MaquetteError, NotFound
from maquette.core.params import MEDIA, Media
from maquette.engine.plan import is_ready
from maquette.engine.studio import Studio
from maquette.services import account as account_service
from maquette.services.account import AccountView
from maquette.services.caller import Caller
from maquette.services.definition import Importer
from maquette.services.secret import secret_fields
from maquette.store import account as accounts

HOOKS = ("cancel", "find", "models")
"""What a provider may offer beside its actions."""
_SIZE = re.compile(r"(\d+)[x\u00d7](\d+)")


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do, read off its actions."""

    media: Sequence[Media]
    max_width: int | None
    max_height: int | None
    async_only: bool
    """Whether its work is submitted and asked after, rather than answered at once."""


@dataclass(frozen=True, slots=True)
class ProviderView:
    """A provider with its actions and accounts."""

    name: str
    provider: Provider
    actions: Sequence[Action]
    accounts: Sequence[AccountView]
    capabilities: Capabilities
    settings: Mapping[str, Any]
    """The JSON Schema of an account."""
    secrets: Sequence[str]
    hooks: Sequence[str]
    imports: str | None
    """What the documents are called from which it makes further actions; None where it takes none."""

    @property
    def status(self) -> str:
        """What the ledger says: `ready`, `failing`, or `no_account`."""
        usable = [view for view in self.accounts if view.health != "disabled"]
        if not usable:
            return "no_account"
        return "failing" if all(view.health == "failing" for view in usable) else "ready"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a connection works."""

    success: bool
    error: Mapping[str, Any] | None = None
    latency_ms: int | None = None
    """How long the proof took."""


@dataclass(frozen=True, slots=True)
class Offered:
    """An action as it is offered to a caller."""

    action: Action
    by: str
    """The title of its provider; of a module, nothing."""
    ready: bool
    """Whether it can run on an account of the caller's workspace, or needs none."""


async def offered(studio: Studio, caller: Caller, found: Sequence[Action]) -> list[Offered]:
    """Return actions with what makes them an offer to this caller."""
    known = await studio.store.read(caller.workspace, accounts.listed)
    titles = {name: studio.registry.provider(name).title for name in {each.provider for each in found} if name}
    return [Offered(each, titles.get(each.provider, ""), is_ready(each, known)) for each in found]


async def actions(studio: Studio) -> Sequence[Action]:
    """Return every action, by name."""
    return await asyncio.to_thread(lambda: sorted(studio.registry.actions(), key=lambda action: action.name))


async def action(studio: Studio, name: str) -> Action:
    """Return one action; raises `UnknownAction` with near matches."""
    return await asyncio.to_thread(studio.registry.action, name)


async def example_picture(studio: Studio, name: str, number: int) -> bytes:
    """Return the picture of an action's example, a WebP; raises `NotFound` where it has none of that number."""
    found = await action(studio, name)
    examples = found.schema().get("x-examples", ())
    file = examples[number].get("picture") if 0 <= number < len(examples) else None
    if not file or not found.provider:
        raise NotFound(f"{name!r} has no picture of an example {number}", hint="GET /api/v1/actions lists them.")
    home = type(studio.registry.provider(found.provider)).__module__
    return await asyncio.to_thread(resources.files(home).joinpath(file).read_bytes)


@runtime_checkable
class Chooser(Protocol):
    """A provider whose server tells what parameters beside the model can be."""

    async def choices(self, field: str, call: Call) -> Sequence[Mapping[str, Any]]:
        """List the values of a parameter, each with at least an `id`."""
        ...


async def choices(
    studio: Studio, caller: Caller, name: str, field: str, account: str | None = None
) -> Sequence[Mapping[str, Any]]:
    """Return what a parameter can be as a provider tells now, first its model; nothing where nobody tells.

    Raises a `ProviderError` where the provider does not answer, and `UnknownAction` with near matches.
    """
    found = await action(studio, name)
    if found.composite or field not in found.schema().get("properties", {}):
        return ()
    offered = await provider(studio, caller, found.provider)
    usable = [view.account.id for view in offered.accounts if view.health != "disabled"]
    if not (wanted := account or next(iter(usable), None)):
        return ()
    if field != "model":
        if not isinstance(offered.provider, Chooser):
            return ()
        return await offered.provider.choices(field, await account_service.lent(studio, caller, wanted))
    if "models" not in offered.hooks:
        return ()
    rows = await account_service.models(studio, caller, wanted)
    return [row for row in rows if _makes(row.get("media"), found.produces)]


def _makes(media: object, product: str) -> bool:
    """Tell whether a model that says what it makes, one medium or several, makes a product."""
    return media is None or media == product or (isinstance(media, list) and product in media)


async def providers(studio: Studio, caller: Caller) -> Sequence[ProviderView]:
    """Return every provider."""
    known = await account_service.listed(studio, caller)
    return await asyncio.to_thread(lambda: [_view(studio, name, known) for name in studio.registry.names()])


async def provider(studio: Studio, caller: Caller, name: str) -> ProviderView:
    """Return one provider; raises `NotFound` with near matches."""
    known = await account_service.listed(studio, caller)
    return await asyncio.to_thread(_view, studio, name, known)


async def check(studio: Studio, caller: Caller, name: str) -> Verdict:
    """Prove for free that a provider works, on the first of its accounts that does."""
    found = await provider(studio, caller, name)
    fault: MaquetteError = AccountUnknown(f"Provider {name!r} has no enabled account")
    for view in found.accounts:
        if view.health == "disabled":
            continue
        try:
            took = await account_service.check(studio, caller, view.account.id)
        except MaquetteError as error:
            fault = error
        else:
            return Verdict(success=True, latency_ms=took)
    return Verdict(success=False, error=fault.problem())


def _view(studio: Studio, name: str, known: Sequence[AccountView]) -> ProviderView:
    found = studio.registry.provider(name)
    offered = list(studio.registry.of(name).values())
    hooks = [hook for hook in HOOKS if found.offers(hook)]
    return ProviderView(
        name=name,
        provider=found,
        actions=offered,
        accounts=[view for view in known if view.account.provider == name],
        capabilities=capabilities(offered, hooks),
        settings=found.settings.schema_of(),
        secrets=secret_fields(found.settings),
        hooks=hooks,
        imports=found.imports if isinstance(found, Importer) else None,
    )


def capabilities(offered: Sequence[Action], hooks: Sequence[str]) -> Capabilities:
    """Derive what actions can do together."""
    made = {action.produces for action in offered}
    sizes = [size for action in offered for size in _sizes(action.schema().get("properties", {}))]
    return Capabilities(
        media=[media for media in MEDIA if media in made],
        max_width=max((width for width, _ in sizes), default=None),
        max_height=max((height for _, height in sizes), default=None),
        async_only=bool({"cancel", "find"} & set(hooks)),
    )


def _sizes(fields: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[int, int]]:
    width, height = fields.get("width", {}).get("maximum"), fields.get("height", {}).get("maximum")
    if width and height:
        yield int(width), int(height)
    for size in fields.get("size", {}).get("enum", ()):
        if match := _SIZE.fullmatch(str(size)):
            yield int(match[1]), int(match[2])
