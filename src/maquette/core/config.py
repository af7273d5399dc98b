"""The one settings model: a TOML file, then the environment, then flags; the later wins.

The environment's names are the keys in capitals with `MAQUETTE_` before them and `__` between levels:
`MAQUETTE_PORT=8080`, `MAQUETTE_LIMITS__PIXELS=40000000`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, ValidationError, model_validator

from .documented import Documented
from .errors import ConfigInvalid

PREFIX = "MAQUETTE_"
_OWN = frozenset({"HOME", "CONFIG", "URL", "KEY"})
"""Variables with our prefix that are not settings of the model, or are read by the caller."""


class Section(Documented):
    """Base of every part: closed, so that a misspelt key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Limits(Section):
    """Bounds that hold for everybody."""

    body_bytes: int = Field(4 * 2**20, ge=1024)
    """Largest JSON body, in bytes."""
    upload_bytes: int = Field(512 * 2**20, ge=1024)
    """Largest upload, in bytes."""
    output_bytes: int = Field(2 * 2**30, ge=1024)
    """Largest output taken from a provider, in bytes."""
    pixels: int = Field(100_000_000, ge=4096)
    """Most pixels of a picture or a video frame."""
    duration_s: int = Field(4 * 3600, ge=1)
    """Longest video or audio, in seconds."""
    jobs_per_minute: int = Field(6000, ge=1)
    """Most jobs that one key may start a minute."""
    disk_reserve_bytes: int = Field(64 * 2**20, ge=0)
    """Below so much free disk no new paid call is started, in bytes."""


class ProviderSection(Section):
    """Defaults and limits of one provider; the names are those of the chat application's settings file."""

    api_url: str | None = None
    """Base URL; together with `api_key` it makes an account from the file."""
    api_key: str = ""
    """The key, or a reference: `env:NAME` or `file:PATH`."""
    timeout: int | None = Field(None, ge=1)
    """Seconds without progress after which an attempt is past its deadline."""
    max_retries: int | None = Field(None, ge=0, le=20)
    """How often a request that was proven unsent or refused is tried again."""
    enable_websocket: bool | None = None
    """Whether to follow progress over a WebSocket where the provider has one; else it is polled."""
    default_model: str | None = None
    """Used where a request names no model."""
    default_width: int | None = Field(None, ge=1)
    """Width in pixels where a request names none."""
    default_height: int | None = Field(None, ge=1)
    """Height in pixels where a request names none."""
    default_steps: int | None = Field(None, ge=1)
    """Steps where a request names none."""
    default_cfg_scale: float | None = Field(None, ge=0)
    """Guidance where a request names none."""
    default_sampler: str | None = None
    """Sampler where a request names none."""
    max_width: int | None = Field(None, ge=1)
    """Widest picture, in pixels."""
    max_height: int | None = Field(None, ge=1)
    """Highest picture, in pixels."""
    max_steps: int | None = Field(None, ge=1)
    """Most steps."""
    max_batch_size: int | None = Field(None, ge=1)
    """Most results of one request."""
    concurrency: int | None = Field(None, ge=1, le=10_000)
    """Attempts of one account at once."""
    per_minute: int | None = Field(None, ge=1)
    """Attempts of one account a minute."""
    per_day: int | None = Field(None, ge=1)
    """Attempts of one account a day."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """Further account settings of the provider, by their names in its schema."""

    def defaults(self) -> dict[str, Any]:
        """Return the default parameters by their common names."""
        named = {
            "model": self.default_model,
            "width": self.default_width,
            "height": self.default_height,
            "steps": self.default_steps,
            "guidance": self.default_cfg_scale,
            "sampler": self.default_sampler,
        }
        return {word: value for word, value in named.items() if value is not None}

    def ceilings(self) -> dict[str, int]:
        """Return the largest allowed values by their common names."""
        named = {"width": self.max_width, "height": self.max_height, "steps": self.max_steps, "n": self.max_batch_size}
        return {word: value for word, value in named.items() if value is not None}


class MediaCreation(Section):
    """What generates, with what defaults; `[media_creation.NAME]` is a `ProviderSection`."""

    enabled: bool = True
    """Whether anything may be generated."""
    default_provider: str | None = None
    """Serves a request that names a media type and no action."""
    fallback_chain: list[str] = Field(default_factory=list)
    """Providers tried in this order after the default one."""
    providers: dict[str, ProviderSection] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        tables = {k: v for k, v in data.items() if isinstance(v, dict) and k != "providers"}
        rest = {k: v for k, v in data.items() if k not in tables}
        return rest | {"providers": {**rest.get("providers", {}), **tables}}

    def of(self, provider: str) -> ProviderSection:
        """Return the section of one provider, empty if there is none."""
        return self.providers.get(provider, ProviderSection())


class Fault(Section):
    """A fault or a delay for the built-in providers; honoured only while `testing` is on."""

    latency_s: float = Field(0, ge=0)
    """Seconds before each piece of work starts."""
    fail: Literal["", "refuse", "crash", "corrupt"] = ""
    """What goes wrong."""


class Config(Section):
    """Settings of one process."""

    home: Path
    """Folder of everything that is kept on this machine."""
    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = Field(7878, ge=0, le=65535)
    """Port to listen on; 0 takes a free one."""
    auth: bool = True
    """Whether requests need a key; without it only loopback may be bound."""
    allowed_hosts: list[str] = Field(default_factory=list)
    """Host names beside loopback under which the server may be called."""
    embed_origins: list[Annotated[str, Field(pattern=r"^https?://[A-Za-z0-9.-]+(:\d{1,5})?$")]] = Field(
        default_factory=list
    )
    """Origins whose pages may show `/embed/...` in a frame; a browser signs in there only on the same site."""
    database_url: str = ""
    """SQLAlchemy URL; empty is a SQLite file in the home folder."""
    blob_url: str = ""
    """Where bytes are kept: `s3://bucket/prefix`, a `file://` URL, or empty for the home folder."""
    blob_options: dict[str, str] = Field(default_factory=dict)
    """Options of the object store, e.g. `endpoint`, `region`; credentials come from its usual environment."""
    master_key: Literal["file", "keyring"] = "file"
    """Where the key lives that encrypts the secrets."""
    lease_s: float = Field(15, ge=1)
    """Seconds after which the jobs of a silent process are taken over."""
    worker_concurrency: int = Field(1000, ge=1)
    """Jobs that one process runs at once; a job that waits at a provider counts."""
    runs_jobs: bool = True
    """Whether this server runs jobs from the queue besides interactive ones; off where workers do."""
    find_settle_s: float = Field(30, ge=0)
    """Seconds for which an empty look-up of a lost submit is not yet believed."""
    answer_timeout_s: float = Field(600, gt=0)
    """Seconds to wait for the whole answer of one provider request."""
    offload_processes: int = Field(2, ge=1, le=64)
    """Child processes for decoding and for the built-in providers."""
    offload_bytes: int = Field(2 * 2**30, ge=2**28)
    """Memory limit of one child process, in bytes."""
    private_networks: bool = True
    """Whether an account's base URL may point inside this machine or its private network."""
    public_assets: bool = False
    """Whether `/shared/ASSET` shows every asset to whoever knows its id, without a key or a signature."""
    web_dir: Path | None = None
    """Folder of a build of the web interface; empty takes the installed one."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """How much is logged."""
    log_format: Literal["text", "json"] = "text"
    """How a line of the log is written: for people, or as one JSON object."""
    limits: Limits = Limits()
    media_creation: MediaCreation = MediaCreation()
    testing: dict[str, Fault] | None = None
    """Faults by provider name, for tests."""

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.home / 'maquette.db'}"

    @property
    def blobs(self) -> str:
        """The URL of the blob store in force."""
        return self.blob_url or (self.home / "blobs").as_uri()

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a SQLite file."""
        return self.database.startswith("sqlite")


def read(text: str, environ: Mapping[str, str], flags: Mapping[str, Any], *, home: Path) -> Config:
    """Combine the text of a TOML file, the environment and flags; raises `ConfigInvalid` naming the key."""
    try:
        merged: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigInvalid(f"The configuration file is no valid TOML: {error}") from error
    _merge(merged, _from_environ(environ))
    _merge(merged, {key: value for key, value in flags.items() if value is not None})
    try:
        return Config.model_validate({"home": home} | merged)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ConfigInvalid(f"Configuration key {'.'.join(map(str, first['loc']))!r}: {first['msg']}") from error


def _from_environ(environ: Mapping[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    ours = [name for name in environ if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in _OWN]
    for name in sorted(ours, key=lambda name: (name.count("__"), name)):  # a table comes before its parts
        *path, last = name.removeprefix(PREFIX).lower().split("__")
        table = made
        for depth, key in enumerate(path, 1):
            table = table.setdefault(key, {})
            if not isinstance(table, dict):
                whole = PREFIX + "__".join(path[:depth]).upper()
                raise ConfigInvalid(
                    f"The variable {whole!r} sets one value, and {name!r} a part of the same setting",
                    hint=f"Unset one of them; {whole!r} may also hold a TOML table.",
                )
        table[last] = _value(environ[name])
    return made


def _value(text: str) -> Any:
    """Read a quoted string, a list or a table as TOML; all else stays a string, for a key may be made of digits."""
    try:
        value = tomllib.loads(f"v = {text}")["v"]
    except tomllib.TOMLDecodeError:
        return text
    return value if isinstance(value, str | list | dict) else text


def _merge(into: dict[str, Any], other: Mapping[str, Any]) -> None:
    for key, value in other.items():
        if isinstance(value, Mapping) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value
