"""What callers get of the catalog, accounts, definitions and keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from maquette.api.shape import Shape
from maquette.core.action import Action
from maquette.core.example import without_examples
from maquette.core.form import normalise
from maquette.core.model import Role
from maquette.core.params import Media, Product
from maquette.engine.choice import State
from maquette.services.account import AccountView, Health
from maquette.services.catalog import Offered, ProviderView, Verdict

_DOCUMENT = "application/json,application/yaml,.json,.yaml,.yml"


class ExampleShape(Shape):
    """Parameters to start from, and what they lead to."""

    title: str
    quality: str
    """What to expect of the result, in a few words."""
    params: dict[str, Any]
    picture: str | None
    """Where the result can be looked at before anything is made."""

    @classmethod
    def of(cls, action: Action, number: int, example: Mapping[str, Any]) -> ExampleShape:
        """Return an example as it is shown."""
        picture = f"/api/v1/actions/{action.name}/examples/{number}/picture" if example.get("picture") else None
        return cls(**{name: example[name] for name in ("title", "quality", "params")}, picture=picture)


def _examples(action: Action) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = action.schema().get("x-examples", [])
    return found


def _without_examples(action: Action, model: str | None) -> dict[str, Any]:
    return without_examples(action.schema(model))


class ActionShape(Shape):
    """One entry of the catalog."""

    name: str
    title: str
    summary: str
    provider: str
    by: str
    """What people call the provider; empty for an action that has none."""
    ready: bool
    """Whether it can run now: on an account that is switched on, or on none."""
    produces: Product
    parameters: dict[str, Any] = Field(serialization_alias="schema")
    """The JSON Schema of the parameters: form, flags, SDK and validation all read this one; a change of a field that
    carries `x-refresh` changes it, so read it again with `?model=`."""
    accepts: dict[str, list[Media]]
    """Parameters that take the id of an asset, and of which media."""
    free: bool
    """True where no money can be at stake."""
    composite: bool = False
    """True where it runs other actions or asks a person, and no provider."""
    phases: dict[str, str] = Field(default_factory=dict)
    """What is said in each phase, in order, where the action has named ones."""
    examples: list[ExampleShape] = Field(default_factory=list)
    """What to start from, and what to expect of it."""

    @classmethod
    def of(cls, offered: Offered, model: str | None = None) -> ActionShape:
        """Return an action as it is shown, with the parameters that `model` takes."""
        action = offered.action
        names = ("name", "title", "summary", "provider", "produces", "free", "composite")
        return cls(
            **{name: getattr(action, name) for name in names},
            by=offered.by,
            ready=offered.ready,
            parameters=_told_live(normalise(_without_examples(action, model)), action.name),
            examples=[ExampleShape.of(action, number, each) for number, each in enumerate(_examples(action))],
            accepts=action.accepts(model),
            phases=dict(action.phases),
        )


def _told_live(schema: dict[str, Any], action: str) -> dict[str, Any]:
    """Say where the provider's own list is, for a model that is free text and a field whose options it leaves open."""
    for name, field in schema.get("properties", {}).items():
        if field.get("x-widget") == "combobox" and (name == "model" or field.get("x-options") == {}):
            field["x-options"] = field.get("x-options") or {"href": f"/api/v1/actions/{action}/choices/{name}"}
    return schema


class Resolution(BaseModel):
    """The largest picture, in pixels."""

    w: int | None
    h: int | None


class CapabilityShape(BaseModel):
    """What a provider can do, derived from its actions."""

    model_config = ConfigDict(populate_by_name=True)

    media: list[Media]
    supports_image: bool = Field(serialization_alias="supportsImage")
    supports_video: bool = Field(serialization_alias="supportsVideo")
    supports_audio: bool = Field(serialization_alias="supportsAudio")
    max_resolution: Resolution = Field(serialization_alias="maxResolution")
    async_only: bool = Field(serialization_alias="asyncOnly")


class ImportShape(Shape):
    """The files from which a provider makes further actions."""

    title: str
    accept: str
    """Their type and ending, as a file field takes them."""


class ProviderAccount(Shape):
    """An account in brief."""

    id: str
    name: str
    health: Health


class ProviderShape(Shape):
    """A provider: what it offers, needs and does."""

    name: str
    id: str
    """The same as the name."""
    title: str
    summary: str
    keyless: bool
    """True where an account needs nothing entered."""
    settings: dict[str, Any]
    """The JSON Schema of an account's settings."""
    secrets: list[str]
    """The settings that are never read back."""
    media: list[Media]
    actions: list[str]
    hooks: list[str]
    """What it offers beside its actions: `cancel`, `find`, `models`."""
    capabilities: CapabilityShape
    accounts: list[ProviderAccount]
    status: str
    """`ready`, `failing` or `no_account`."""
    imports: ImportShape | None = None
    """What POST /api/v1/definitions takes for it."""

    @classmethod
    def of(cls, view: ProviderView) -> ProviderShape:
        """Return a provider as it is shown."""
        can = view.capabilities
        return cls(
            name=view.name,
            id=view.name,
            title=view.provider.title,
            summary=(type(view.provider).__doc__ or "").strip(),
            keyless=view.provider.keyless,
            settings=normalise(view.settings),
            secrets=list(view.secrets),
            media=list(can.media),
            actions=[action.name for action in view.actions],
            hooks=list(view.hooks),
            capabilities=CapabilityShape(
                media=list(can.media),
                supports_image="image" in can.media,
                supports_video="video" in can.media,
                supports_audio="audio" in can.media,
                max_resolution=Resolution(w=can.max_width, h=can.max_height),
                async_only=can.async_only,
            ),
            accounts=[
                ProviderAccount(id=each.account.id, name=each.account.name, health=each.health)
                for each in view.accounts
            ],
            status=view.status,
            imports=ImportShape(title=view.imports, accept=_DOCUMENT) if view.imports else None,
        )


class ProviderStatus(Shape):
    """How a provider does, from the ledger."""

    name: str
    status: str
    accounts: list[ProviderAccount]


class VerdictShape(Shape):
    """Whether a connection works."""

    success: bool
    error: dict[str, Any] | None = None
    latency_ms: int | None = None
    """How long the proof took, where it was measured."""

    @classmethod
    def of(cls, verdict: Verdict) -> VerdictShape:
        """Return a verdict as it is shown."""
        return cls.model_validate(verdict)


class HealthShape(Shape):
    """What the ledger says of an account's last day."""

    state: Health
    attempts: dict[str, int]
    success_rate: float | None
    latency_ms: int | None
    spend: int
    """Micro-USD."""


class RoomShape(Shape):
    """How much of a limit is used."""

    limit: int | None
    used: int
    left: int | None


class AccountShape(Shape):
    """Credentials and settings of one provider, without the secrets."""

    id: str
    provider: str
    name: str
    settings: dict[str, Any]
    secrets: list[str]
    """The secret settings that are set."""
    enabled: bool
    concurrency: int
    per_minute: int | None
    per_day: int | None
    timeout_s: int
    cooldown_until: int | None
    models: list[str] | None
    """The models that it serves; null is whatever its provider offers."""
    origin: str
    """`user`; `config`, kept in files of the server's own machine; or `builtin`."""
    state: State
    """`error` and `rate_limited` end by themselves: at `recovers_at`, where that is known."""
    recovers_at: int | None
    headroom: dict[str, RoomShape]
    """What is left of `concurrency`, `per_minute` and `per_day`; who waits in line counts as used."""
    health: HealthShape
    created_at: int
    updated_at: int | None

    @classmethod
    def of(cls, view: AccountView) -> AccountShape:
        """Return an account as it is shown."""
        account = view.account
        made = {
            "settings": dict(account.settings),
            "secrets": sorted(account.sealed),
            "health": HealthShape(state=view.health, **dict(view.figures)),
            "state": view.standing.state,
            "recovers_at": view.standing.until,
            "headroom": {name: RoomShape.model_validate(room) for name, room in view.standing.rooms.items()},
        }
        return cls(**{n: getattr(account, n) for n in cls.model_fields if n not in made}, **made)


class DefinitionShape(Shape):
    """What people wrote or imported and the catalog reads."""

    id: str
    kind: str
    name: str
    version: int
    provider: str | None
    actions: list[str]
    """The actions made from it."""


class KeyShape(Shape):
    """An API key, without its token."""

    id: str
    name: str
    role: Role
    created_at: int
    expires_at: int | None
    scopes: list[str] | None
    """What alone it may use; null is all that its role may."""
    per_minute: int | None
    created_by: str | None
    """The id of the key that made it."""


class NewKey(KeyShape):
    """A fresh API key; the token is shown this once."""

    token: str


class LinkShape(Shape):
    """A link that signs one browser in once."""

    url: str
    expires_at: int


class SessionShape(Shape):
    """Who is asking."""

    workspace: str
    key: str | None
    role: Role
    via: str


class HealthAnswer(Shape):
    """Whether the server runs."""

    status: str
    version: str
    database: str
    engine: str


class FindingShape(BaseModel):
    """What one rule of the contract found."""

    rule: str
    kept: bool
    faults: list[str]
    """What breaks the rule, each with its place."""
    note: str
