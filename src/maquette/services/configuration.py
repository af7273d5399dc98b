"""The whole configuration as one versioned document: what serves by default, accounts without secrets, definitions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, ValidationError

from maquette import __version__
from maquette.core import pattern as patterns
from maquette.core import preset as presets
from maquette.core import workflow as workflows
from maquette.core.documented import Documented
from maquette.core.errors import MaquetteError, ParamsInvalid
from maquette.core.integration import ImageIntegration
from maquette.core.model import Account
from maquette.core.wildcard import WILDCARD
from maquette.engine.definition import KIND as GRAPH
from maquette.engine.definition import MEDIA_CREATION, SETTINGS
from maquette.engine.studio import Studio
from maquette.services import importing, integration
from maquette.services.caller import WORKSPACE, Caller, require
from maquette.services.legacy import upgraded
from maquette.store import account as accounts
from maquette.store import audit
from maquette.store import definition as definitions
from maquette.store.database import Tx

VERSION = 1
"""The version of the document that is written; every older one can be read."""
KINDS = (GRAPH, workflows.KIND, presets.KIND, patterns.KIND, WILDCARD)
"""The kinds of definitions that the document holds, in the order in which they build on each other."""

_OLDER: Mapping[int, Callable[[Mapping[str, Any]], tuple[dict[str, Any], list[str]]]] = {0: upgraded}


class Part(Documented):
    """Base of every part: closed, so that a misspelt word is an error."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Creation(Part):
    """What serves a request that names a medium and nothing else."""

    default_provider: Annotated[str, Field(max_length=64)] | None = None
    fallback_chain: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=100)] = Field(
        default_factory=list
    )


class AccountEntry(Part):
    """An account; its settings may hold secrets on the way in, and never on the way out."""

    provider: Annotated[str, Field(min_length=1, max_length=64)]
    name: Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]
    settings: dict[str, Any] = Field(default_factory=dict)
    enabled: bool = True
    concurrency: Annotated[int, Field(ge=1, le=10_000)] = 4
    per_minute: Annotated[int, Field(ge=1, le=10**9)] | None = None
    per_day: Annotated[int, Field(ge=1, le=10**9)] | None = None
    timeout_s: Annotated[int, Field(ge=1, le=10**6)] = 600
    models: Annotated[list[str], Field(min_length=1, max_length=1000)] | None = None
    secrets: list[str] = Field(default_factory=list)
    """The secret settings that were set where it was written."""


class DefinitionEntry(Part):
    """The newest version of a definition."""

    kind: Literal["graph", "workflow", "preset", "template", "wildcard"]
    name: Annotated[str, Field(min_length=1, max_length=128)]
    provider: Annotated[str, Field(max_length=64)] | None = None
    body: dict[str, Any]


class Document(Part):
    """The whole configuration."""

    version: Literal[1] = 1
    made_by: Annotated[str, Field(max_length=64)] = ""
    """The version of the program that wrote it."""
    media_creation: Creation | None = None
    accounts: Annotated[list[AccountEntry], Field(max_length=10_000)] = Field(default_factory=list)
    image_generation: ImageIntegration | None = None
    """What the workspace sets for the pictures of its articles."""
    definitions: Annotated[list[DefinitionEntry], Field(max_length=10_000)] = Field(default_factory=list)


@dataclass(slots=True)
class Imported:
    """What an import did."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: int = 0
    needs_secrets: list[Mapping[str, Any]] = field(default_factory=list)
    """Accounts that are switched off until their secrets are entered."""
    left_out: list[str] = field(default_factory=list)
    """What an older document says that has no place here."""


async def export(studio: Studio, caller: Caller) -> Document:
    """Return the configuration of the workspace; accounts that files of this machine make are not in it."""
    require(caller, "admin")

    def unit(tx: Tx) -> Document:
        known = accounts.listed(tx)
        names = {account.id: account.name for account in known}
        return Document(
            made_by=__version__,
            media_creation=_creation(studio) if caller.workspace == WORKSPACE else None,
            image_generation=integration.stored(tx),
            accounts=[_account(account) for account in known if account.origin == "user"],
            definitions=[
                DefinitionEntry(kind=kind, name=each.name, provider=provider, body=_portable(kind, each.body, names))
                for kind in KINDS
                for provider, each in accounts.defined(tx, kind)
            ],
        )

    return await studio.store.read(caller.workspace, unit)


def _creation(studio: Studio) -> Creation:
    creation = studio.config.media_creation
    return Creation(default_provider=creation.default_provider, fallback_chain=list(creation.fallback_chain))


def _account(account: Account) -> AccountEntry:
    words = ("provider", "name", "enabled", "concurrency", "per_minute", "per_day", "timeout_s")
    return AccountEntry(
        **{name: getattr(account, name) for name in words},
        models=list(account.models) if account.models else None,
        settings=dict(account.settings),
        secrets=sorted(account.sealed),
    )


def _portable(kind: str, body: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return a body whose accounts are called by name, since ids mean nothing elsewhere."""
    if kind != presets.KIND:
        return dict(body)
    entries = [
        entry | {"account": names[entry["account"]]} if entry.get("account") in names else entry
        for entry in body["candidates"]
    ]
    return dict(body) | {"candidates": entries}


def read(document: Mapping[str, Any]) -> tuple[Document, list[str]]:
    """Return what a document of any known version says, and what of it has no place here; raises `ParamsInvalid`."""
    version = document.get("version", 0)
    if not isinstance(version, int) or isinstance(version, bool) or version < 0:
        raise refused([{"path": "version", "message": "the version is a whole number"}])
    if version > VERSION:
        message = f"the document has version {version}; this program reads versions up to {VERSION}"
        raise ParamsInvalid(
            f"The configuration cannot be taken: {message}",
            hint="Import it with the version of the program that wrote it, or a newer one.",
            errors=[{"path": "version", "message": message, "allowed": {"maximum": VERSION}}],
        )
    left = list[str]()
    for step in range(version, VERSION):
        document, more = _OLDER[step](document)
        left += more
    try:
        return Document.model_validate(dict(document)), left
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        raise refused([{"path": ".".join(map(str, e["loc"])), "message": e["msg"]} for e in found]) from error


def refused(faults: Sequence[Mapping[str, Any]]) -> ParamsInvalid:
    """Return the error of a document with these faults."""
    first = faults[0]
    return ParamsInvalid(f"The configuration: {first['path']}: {first['message']}", errors=[dict(f) for f in faults])


async def apply(studio: Studio, caller: Caller, given: Mapping[str, Any]) -> Imported:
    """Take a document over, all of it in one commit or nothing; what it does not name stays as it is.

    Raises:
        ParamsInvalid: The document has faults, each with its path, or a newer version.
    """
    require(caller, "admin")
    document, left = read(given)

    def unit(tx: Tx) -> Imported:
        done, faults = Imported(left_out=left), list[Mapping[str, Any]]()
        for index, entry in enumerate(document.accounts):
            with _noted(faults, f"accounts.{index}"):
                importing.account(tx, studio, caller, entry.model_dump(), done)
        rows = sorted(enumerate(document.definitions), key=lambda pair: KINDS.index(pair[1].kind))
        for index, row in rows:
            with _noted(faults, f"definitions.{index}"):
                importing.definition(tx, caller, row.model_dump(), done)
        for index, row in rows:
            with _noted(faults, f"definitions.{index}.body"):
                importing.check(tx, studio, row.kind, row.body)
        faults += _owners(caller, document)
        with _noted(faults, "image_generation"):
            _integrate(tx, studio, caller, document.image_generation, done)
        with _noted(faults, "media_creation"):
            _settle(tx, studio, caller, document.media_creation, done)
        if faults:
            raise refused(faults)
        audit.note(tx, caller.key, "config.imported", "configuration", after={"created": done.created})
        tx.emit("config.changed", None, {"created": len(done.created), "updated": len(done.updated)})
        tx.emit("catalog.changed", None, {"configuration": VERSION})
        return done

    done = await studio.store.write(caller.workspace, unit)
    if caller.workspace == WORKSPACE:
        await studio.engine.definitions.load()
    return done


def _owners(caller: Caller, document: Document) -> list[Mapping[str, Any]]:
    """Return what of a document holds for the whole installation, where it is imported into another workspace."""
    if caller.workspace == WORKSPACE:
        return []
    paths = [f"definitions.{index}" for index, row in enumerate(document.definitions) if row.kind == GRAPH]
    paths += ["media_creation"] if document.media_creation is not None else []
    message = f"it holds for the whole installation, and is imported in the workspace {WORKSPACE!r} only"
    return [{"path": path, "message": message} for path in paths]


@contextmanager
def _noted(faults: list[Mapping[str, Any]], path: str) -> Iterator[None]:
    """Collect the faults of one part instead of raising, so that all of a document are told at once."""
    try:
        yield
    except MaquetteError as error:
        found = error.details.get("errors") or [{"path": "", "message": error.message}]
        faults += [{**fault, "path": f"{path}.{fault['path']}".rstrip(".")} for fault in found]


def _integrate(tx: Tx, studio: Studio, caller: Caller, wanted: ImageIntegration | None, done: Imported) -> None:
    if wanted is None:
        return
    integration.check(studio, wanted)
    if (kept := integration.keep(tx, caller, wanted.model_dump())) is None:
        done.unchanged += 1
    else:
        done.updated.append(kept)


def _settle(tx: Tx, studio: Studio, caller: Caller, creation: Creation | None, done: Imported) -> None:
    if creation is None:
        return
    named = [("default_provider", creation.default_provider)] if creation.default_provider else []
    named += [(f"fallback_chain.{index}", name) for index, name in enumerate(creation.fallback_chain)]
    faults = [
        {"path": path, "message": f"provider {name!r} is not installed"}
        for path, name in named
        if not studio.registry.has(str(name))
    ]
    if faults:
        raise refused(faults)
    body = creation.model_dump()
    entry = {"kind": SETTINGS, "name": MEDIA_CREATION, "provider": None, "body": body}
    in_force = studio.config.media_creation.model_dump(include=set(body))
    if body != in_force or definitions.named(tx, SETTINGS, MEDIA_CREATION) is not None:
        importing.definition(tx, caller, entry, done)
