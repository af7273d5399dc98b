"""Hold an account of OpenAI, of Azure, or of a server that speaks the same protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self
from urllib.parse import quote, urlsplit

from pydantic import ConfigDict, Field, HttpUrl, SecretStr, model_validator
from typing_extensions import override

from maquette.catalog import retirement
from maquette.core.action import Settings
from maquette.core.params import hint

Flavour = Literal[
    "auto", "openai", "compatible", "azure-v1", "azure-classic",
    "ollama", "lm-studio", "vllm", "vllm-omni", "localai", "litellm", "openrouter",
]  # fmt: skip
Endpoint = Literal["text", "images", "edits", "speech", "transcription", "videos"]

_VENDOR = "api.openai.com"
_AZURE = (".openai.azure.com", ".services.ai.azure.com", ".cognitiveservices.azure.com")
_ALL: frozenset[str] = frozenset(("text", "images", "edits", "speech", "transcription", "videos"))
_HAS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("openai", "azure-v1", "azure-classic"), _ALL - {"videos"}),
    "ollama": frozenset(("text", "speech", "transcription")),
    "lm-studio": frozenset(("text",)),
    "vllm": frozenset(("text", "transcription")),
    "vllm-omni": _ALL - {"transcription"},
    "localai": frozenset(("text", "images", "speech", "transcription")),
    "openrouter": frozenset(("text",)),
}
"""The endpoints of a kind of server; one that is not named may have all."""
_OWN = frozenset(("ollama", "lm-studio", "vllm", "vllm-omni", "localai"))
_NEEDS = {
    **dict.fromkeys(("img2img", "inpaint"), "edits"),
    **dict.fromkeys(("txt2vid", "img2vid"), "videos"),
    "txt2txt": "text",
    "txt2img": "images",
    "speech": "speech",
    "transcribe": "transcription",
}
"""The endpoint that an operation needs."""


def kind_of(base_url: str, flavour: str) -> str:
    """Return whose server it is, by the address where the account does not say."""
    if flavour != "auto":
        return flavour
    host = urlsplit(base_url).hostname or ""
    return "openai" if host == _VENDOR else "azure-v1" if host.endswith(_AZURE) else "compatible"


def unserved(operation: str, settings: Mapping[str, Any]) -> str | None:
    """Say which endpoint of an operation the server of an account with these settings lacks; None if it has it."""
    base_url = str(settings.get("base_url") or f"https://{_VENDOR}/v1")
    kind, needed = kind_of(base_url, str(settings.get("flavour") or "auto")), _NEEDS.get(operation, operation)
    if needed in (settings.get("endpoints") or _HAS.get(kind, _ALL)):
        return None
    return f"its server, of the kind {kind!r}, has no endpoint for {needed}"


class Account(Settings):
    """Credentials and address of an account."""

    model_config = ConfigDict(json_schema_extra=hint(page="https://platform.openai.com/logs"))
    api_key: SecretStr | None = None
    """The key from the vendor's console; servers of your own often need none."""
    base_url: HttpUrl = HttpUrl("https://api.openai.com/v1")
    """Where the API listens, with its version path: any compatible server will do. For Azure the resource's address."""
    organization: str = ""
    """The organization to bill, if the key belongs to several."""
    project: str = ""
    """The project to bill, if the key belongs to several."""
    flavour: Annotated[Flavour, Field(json_schema_extra=hint(advanced=True))] = "auto"
    """Whose server it is: decides what is known of its models and endpoints. `auto` goes by the address."""
    api: Annotated[Literal["auto", "responses", "chat"], Field(json_schema_extra=hint(advanced=True))] = "auto"
    """The endpoint for text. `auto` uses Responses at OpenAI and Chat Completions elsewhere."""
    api_version: Annotated[
        str, Field(pattern=r"^(\d{4}-\d\d-\d\d(-preview)?|v1|preview)?$", json_schema_extra=hint(advanced=True))
    ] = ""
    """The version of Azure's API, such as 2025-04-01-preview; its classic kind needs one."""
    endpoints: Annotated[tuple[Endpoint, ...], Field(json_schema_extra=hint(advanced=True))] = ()
    """What the server has, where that is known better here; empty for what its flavour is known to have."""
    safety_identifier: Annotated[str, Field(max_length=64, json_schema_extra=hint(advanced=True))] = ""
    """A name that the vendor keeps with pictures and texts to tell abuse apart; never a person's own name."""

    @model_validator(mode="after")
    def _versioned(self) -> Self:
        if self.kind == "azure-classic" and not self.api_version:
            raise ValueError("`azure-classic` needs an `api_version`, such as 2025-04-01-preview")
        return self

    @property
    def kind(self) -> str:
        """Whose server it is."""
        return kind_of(str(self.base_url), self.flavour)

    @property
    def official(self) -> bool:
        """Whether the vendor's own models and retirement dates apply."""
        return self.kind == "openai"

    @property
    def azure(self) -> bool:
        """Whether it is the vendor's models at Azure, under names and dates of its own."""
        return self.kind.startswith("azure")

    @property
    def own(self) -> bool:
        """Whether the work is done on a machine of one's own, so that nothing is billed."""
        return self.kind in _OWN

    @property
    def responses(self) -> bool:
        """Whether text goes through the Responses endpoint."""
        return self.api == "responses" or (self.api == "auto" and self.official)

    @override
    def base(self) -> str:
        whole = str(self.base_url).rstrip("/")
        if not self.azure:
            return whole
        found = urlsplit(whole)
        root = f"{found.scheme}://{found.netloc}"
        return root if self.kind == "azure-classic" else f"{root}/openai/v1"

    @override
    def headers(self) -> Mapping[str, str]:
        """Return the headers that authenticate every request."""
        key = self.api_key.get_secret_value() if self.api_key is not None else ""
        if self.azure:
            return {"api-key": key} if key else {}
        named = {"OpenAI-Organization": self.organization, "OpenAI-Project": self.project}
        named |= {"Authorization": f"Bearer {key}"} if key else {}
        return {name: value for name, value in named.items() if value}

    def path(self, path: str, model: str = "") -> str:
        """Return where an endpoint is: on Azure under the name of a deployment, and with the version."""
        if self.kind == "azure-classic":
            path = f"/openai/deployments/{quote(model, safe='')}{path}" if model else f"/openai{path}"
        return f"{path}?api-version={self.api_version}" if self.azure and self.api_version else path

    def admit(self, model: str) -> None:
        """Refuse a model that is known to be gone, before anything is sent; raises `ModelRetired`."""
        if self.official:
            retirement.admit("openai", model)
