"""What callers send: closed models, so that a misspelt word is an error."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator
from typing_extensions import override

from maquette.api.ask_template import TemplateUse
from maquette.core.documented import Documented
from maquette.core.model import Role
from maquette.core.params import Media
from maquette.engine.plan import Wanted
from maquette.services.share import MOST_S
from maquette.services.template import Filling

Name = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""A name for people."""
Label = Annotated[str, Field(min_length=1, max_length=200)]
"""An id or a name of the caller's own."""
JobId = Annotated[str, Path(pattern=r"^(job|cgm)_[0-9a-f]{32}$", description="The id of a job.")]
AssetId = Annotated[str, Path(pattern=r"^(asset|gc)_[0-9a-f]{32}$", description="The id of an asset.")]
RunId = Annotated[str, Path(pattern=r"^(job|wr)_[0-9a-f]{32}$", description="The id of a run: that of its job.")]
InteractionId = Annotated[str, Path(pattern=r"^int_[0-9a-f]{32}$", description="The id of an interaction.")]
PresetId = Annotated[str, Path(min_length=1, max_length=128, description="The id or the name of a preset.")]
WorkflowId = Annotated[str, Path(min_length=1, max_length=128, description="The id or the name of a workflow.")]
SubActionName = Annotated[str, Path(min_length=1, max_length=200, description="The name of a sub-action.")]
PlainId = Annotated[str, Path(min_length=1, max_length=64, description="The id.")]
ActionName = Annotated[str, Path(min_length=1, max_length=200, description="The name, e.g. `media.painter.txt2img`.")]
ProviderName = Annotated[str, Path(min_length=1, max_length=64, description="The name of a provider.")]
After = Annotated[int | None, Query(ge=0, lt=2**63, description="The sequence number to go on from.")]
IdempotencyKey = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")] | None


class Ask(Documented):
    """Base of every body."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class QueryAsk(Ask):
    """Base of what stands in an address: FastAPI takes the fields of such a model apart, without its schema."""


class PageAsk(QueryAsk):
    """Ask for a page; an unknown query parameter is an error."""

    before: Annotated[str, Field(max_length=64, pattern=r"^[a-z]+_[0-9a-f]{32}$")] | None = None
    """`next` of the page before."""
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    """Most rows of a page."""

    def filters(self) -> dict[str, str]:
        """Return the filters that were given."""
        given: dict[str, str | None] = self.model_dump(exclude={"before", "limit"})
        return {name: value for name, value in given.items() if value}


class JobPage(PageAsk):
    """Ask for a page of jobs; several values of a filter are separated by commas."""

    state: Annotated[str, Field(max_length=200)] | None = None
    action: Annotated[str, Field(max_length=1000)] | None = None
    produces: Annotated[str, Field(max_length=200)] | None = None
    parent: Label | None = None
    interaction: Label | None = None
    subject: Annotated[str, Field(max_length=1000)] | None = None
    provider: Annotated[str, Field(max_length=64)] | None = None
    preset: Annotated[str, Field(max_length=1000)] | None = None


class ProviderAsk(Ask):
    """Ask one provider for something."""

    operation: Label | None = None
    """What it is to do, such as `txt2img`; without it, what makes the medium from a prompt."""
    media: Media = "image"
    """What to make, where no operation is named."""
    params: dict[str, Any] = Field(default_factory=dict)
    """The parameters, by the action's schema."""
    account: Label | None = None
    """The id or the name of the account to use."""
    strict: bool = False
    """Refuse to change any parameter."""

    def wanted(self, action: str) -> Wanted:
        """Return what the engine plans from."""
        return Wanted(action=action, params=self.params, account=self.account, strict=self.strict)


class AssetFilter(QueryAsk):
    """Choose assets; several values of a filter are separated by commas."""

    media: Annotated[str, Field(max_length=200)] | None = None
    provider: Annotated[str, Field(max_length=1000)] | None = None
    action: Annotated[str, Field(max_length=1000)] | None = None
    job: Label | None = None
    mime: Annotated[str, Field(max_length=200)] | None = None
    digest: Annotated[str, Field(max_length=64)] | None = None
    q: Annotated[str, Field(max_length=200)] | None = None
    """Words that all stand in the prompt or the name."""

    def filters(self) -> dict[str, str]:
        """Return the filters that were given."""
        given: dict[str, str | None] = self.model_dump(exclude={"before", "limit", "offset"})
        return {name: value for name, value in given.items() if value}


class AssetPage(AssetFilter, PageAsk):
    """Ask for a page of assets."""

    offset: Annotated[int, Field(ge=0, le=10_000_000)] | None = None
    """How many assets to pass over, counted from `before` itself: pages that later assets do not shift."""


class JobAsk(Ask):
    """Ask for a job: an action, a preset, or a media type that presets or the configured providers serve."""

    action: Label | None = None
    """The action to run."""
    media: Media | None = None
    """What to make, where the provider does not matter."""
    preset: Label | None = None
    """The id or the name of the preset that chooses what serves."""
    params: dict[str, Any] = Field(default_factory=dict)
    """The parameters, by the action's schema."""
    template: TemplateUse | None = None
    """A template that gives the prompt; it is filled in here, and parameters of the request go before its own."""
    account: Label | None = None
    """The id or the name of the account to use."""
    subject: Annotated[str, Field(max_length=1000)] | None = None
    """What the job is for, in the caller's own words; jobs can be found by it."""
    interaction: Label | None = None
    """The interaction that the job belongs to."""
    source: dict[str, Any] | None = None
    """What the job was made from; kept as it is."""
    strict: bool = False
    """Refuse to change any parameter."""
    priority: Annotated[int, Field(ge=-100, le=100)] = 0
    """Higher goes first where jobs wait for an account."""
    max_attempts: Annotated[int, Field(ge=1, le=20)] | None = None
    """How often a request that was proven unsent or refused is tried."""
    cache: bool | None = None
    """Whether the result of an equal request will do, which costs nothing; null: where a seed and a price say so."""

    @model_validator(mode="after")
    def _one_target(self) -> JobAsk:
        if [self.action, self.media, self.preset].count(None) != 2:
            raise ValueError("give one of `action`, `media` and `preset`")
        if self.preset is not None and self.account is not None:
            raise ValueError("`account` does not go with `preset`, whose candidates name their accounts")
        return self

    def wanted(self) -> Wanted:
        """Return what the engine plans from."""
        return Wanted(**{name: getattr(self, name) for name in type(self).model_fields if name != "template"})

    def filling(self) -> Filling | None:
        """Return how its template is filled in, if it has one."""
        return self.template.filling(self.template.name) if self.template is not None else None


class PresetTrial(Ask):
    """Try a request out on a preset."""

    params: dict[str, Any] = Field(default_factory=dict)
    """The parameters, as a job would have them."""
    strict: bool = False
    """Refuse to change any parameter."""


class Waiting(BaseModel):
    """Headers that say how a job is taken and waited for."""

    idempotency_key: IdempotencyKey = None
    """Makes a repeat of the same request safe for 24 hours."""
    prefer: Annotated[str, Field(max_length=200)] | None = None
    """`wait=N` returns the finished job, or the unfinished one after N seconds."""


class ResolveAsk(Ask):
    """Settle an attempt in doubt."""

    how: Literal["resubmit", "attach", "give_up"]
    """Send it again, attach what was found at the provider, or let it go."""
    handle: Any | None = None
    """With `attach`: the provider's id of the work."""
    asset: Annotated[str, Field(pattern=r"^asset_[0-9a-f]{32}$")] | None = None
    """With `attach`: the result, uploaded as an asset."""


class AccountLimits(Ask):
    """What bounds an account."""

    name: Name | None = None
    """A name for people, unique for the provider."""
    enabled: bool | None = None
    """Whether new work may use it."""
    concurrency: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """Attempts at once."""
    per_minute: Annotated[int, Field(ge=1, le=10**9)] | None = None
    """Attempts a minute; null lifts the limit."""
    per_day: Annotated[int, Field(ge=1, le=10**9)] | None = None
    """Attempts a day; null lifts the limit."""
    timeout_s: Annotated[int, Field(ge=1, le=10**6)] | None = None
    """Seconds without progress after which an attempt is past its deadline."""
    models: Annotated[list[Label], Field(max_length=1000)] | None = None
    """The models that it serves; null, or none at all, is whatever its provider offers."""

    def limits(self) -> dict[str, Any]:
        """Return what was given; the rates may be null, the others are then left as they are."""
        given = self.model_dump(
            include={"enabled", "concurrency", "per_minute", "per_day", "timeout_s", "models"}, exclude_unset=True
        )
        given |= {"models": given["models"] or None} if "models" in given else {}
        return {k: v for k, v in given.items() if v is not None or k in {"per_minute", "per_day", "models"}}


_ACCOUNT_WORDS = {"accountName": "name", "rateLimitPerMinute": "per_minute", "rateLimitPerDay": "per_day"}


class AccountAsk(AccountLimits):
    """Make an account.

    The words of the media generation document are taken as well: `accountName`, `apiKey`, `models`,
    `rateLimitPerMinute` and `rateLimitPerDay`.
    """

    provider: Label
    """The provider's name."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """Settings and secrets, by the provider's schema; secrets are never read back."""

    @model_validator(mode="before")
    @classmethod
    def _translate(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        doubled = [theirs for theirs, ours in _ACCOUNT_WORDS.items() if theirs in data and ours in data]
        if doubled:
            raise ValueError(f"give either `{doubled[0]}` or `{_ACCOUNT_WORDS[doubled[0]]}`")
        made = {_ACCOUNT_WORDS.get(name, name): value for name, value in data.items() if name != "apiKey"}
        if "apiKey" in data:
            made["settings"] = {"api_key": data["apiKey"], **made.get("settings", {})}
        return made


class AccountTrial(AccountAsk):
    """Try an account out before it is kept."""

    account: Label | None = None
    """The account that would change; secrets that are not given are taken from there."""


class AccountChange(AccountLimits):
    """Change an account; what is not given stays."""

    settings: dict[str, Any] = Field(default_factory=dict)
    """Settings and secrets to change; null takes one away."""


class ContentAsk(QueryAsk):
    """Ask for the bytes of an asset."""

    download: bool = False
    """Offer it for saving."""
    format: Literal["png", "jpeg", "webp"] | None = None
    """Another format, for pictures."""


class ShareAsk(Ask):
    """Make an address that shows an asset without a key."""

    expires_in: Annotated[int, Field(ge=1, le=MOST_S)] | None = 3600
    """Seconds for which it works; null is for ever and for everybody, where the configuration allows that."""


class FetchAsk(Ask):
    """Keep a file from a public address."""

    # Described here, since the schema is needed when its route is made: to import a module opens no file of ours.
    url: Annotated[str, Field(min_length=1, max_length=4000, description="The address; private ones are refused.")]
    name: Annotated[Name | None, Field(description="A file name.")] = None


class KeyAsk(Ask):
    """Make an API key."""

    name: Name
    """What it is for."""
    role: Role
    """What it may do."""
    expires_at: Annotated[int, Field(ge=0, lt=2**53)] | None = None
    """When it ends, in ms since 1970."""
    scopes: Annotated[list[Label], Field(min_length=1, max_length=100)] | None = None
    """What alone it may use, within its role: groups of routes (`jobs`, `assets:read`) and actions, by name or pattern
    (`action:media.painter.*`) and presets (`preset:posters`), which open `jobs` for these. All else is refused; without
    scopes, nothing is."""
    per_minute: Annotated[int, Field(ge=1, le=10**6)] | None = None
    """How many jobs it may start a minute; never more than the configuration allows to everybody."""


class WorkspaceAsk(Ask):
    """Make a workspace."""

    name: Name
    """What it is called; unique in the installation."""


class DefinitionAsk(Ask):
    """Import a document (a graph) from which a provider makes an action."""

    provider: Label
    """The provider that reads the document."""
    name: Name
    """What it is called; the action's name is made from it. The same name again is a further version."""
    document: dict[str, Any] | Annotated[str, Field(max_length=1_000_000)]
    """The document as it was exported, or its text in JSON or YAML."""
    account: Label | None = None
    """The account whose server explains the document, where it needs explaining."""


class RunPage(PageAsk):
    """Ask for a page of runs; several values of a filter are separated by commas."""

    state: Annotated[str, Field(max_length=200)] | None = None
    workflow: Label | None = None
    nested: bool = False
    """Show those too that are steps of others."""

    @override
    def filters(self) -> dict[str, str]:
        return {**super().filters(), "nested": str(self.nested).lower()}


class RunAsk(Ask):
    """Begin a run of a workflow."""

    inputs: dict[str, Any] = Field(default_factory=dict)
    """What it starts from, by the workflow's schema."""


class InteractionPage(PageAsk):
    """Ask for a page of interactions; several values of a filter are separated by commas."""

    state: Annotated[str, Field(max_length=200)] | None = None
    run: Label | None = None
    job: Label | None = None


class ActAsk(Ask):
    """Run a sub-action of an interaction."""

    path: Annotated[str, Field(max_length=1000)]
    """Where in the data it hangs: a JSON pointer."""
    params: dict[str, Any] = Field(default_factory=dict)
    """The parameters, over the interaction's own defaults."""
    account: Label | None = None
    """The id or the name of the account to use."""


class SubActionAsk(Ask):
    """Run a sub-action, in the words of the workflow document."""

    interaction_id: Label
    """The interaction that offers it."""
    action_type: Label
    """The action's name."""
    provider: Annotated[str, Field(max_length=200)]
    """The provider group of the prompt."""
    prompt_id: Annotated[str, Field(max_length=200)]
    """The prompt within its group."""
    operation: Annotated[str, Field(max_length=200)]
    """What is done with it."""
    params: dict[str, Any] = Field(default_factory=dict)
    """The parameters, by the action's schema."""
    source_data: Any = None
    """The prompt's whole content, a text or an object; kept as it is."""


def job_id(given: str) -> str:
    """Return a job's id under its own label; the workflow document calls it `cgm_`."""
    return f"job_{given.rpartition('_')[2]}"


def run_id(given: str) -> str:
    """Return a run's id under the label of its job; the workflow document calls it `wr_`."""
    return job_id(given)


def asset_id(given: str) -> str:
    """Return an asset's id under its own label; the workflow document calls it `gc_`."""
    return f"asset_{given.rpartition('_')[2]}"
