"""From an account's row to the settings that a provider reads, with its secrets opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError

from maquette.core.action import Provider, Settings
from maquette.core.errors import AccountRejected, ConfigInvalid
from maquette.core.model import Account
from maquette.store.vault import Vault


def lend(
    provider: Provider, account: Account, vault: Vault, base_url: str | None = None
) -> tuple[Settings, Sequence[str]]:
    """Return the settings and the secrets in them; a `base_url` that an attempt froze takes the account's place.

    Raises `ConfigInvalid` where they do not fit the provider, or where a reference leads nowhere, and `AccountRejected`
    where the account's secrets belong to another server than the frozen one by now.
    """
    values: dict[str, Any] = {**account.settings, **vault.reveal(account)}
    settings = _read(provider, account, values)
    if base_url and "base_url" in provider.settings.model_fields:
        # What began before the account moved goes on where it began, but not with a secret that was entered since.
        if account.sealed and origin_of(settings.base()) != origin_of(base_url):
            raise AccountRejected(
                f"Account {account.name!r} has moved to another server, and its key is not sent to {base_url!r}",
                hint="Make a second account for the old server, and attach the result by hand.",
            )
        settings = _read(provider, account, values | {"base_url": base_url})
    return settings, [v.get_secret_value() for v in _fields(settings) if isinstance(v, SecretStr)]


def origin_of(base: str | None) -> tuple[str, str, int | None] | None:
    """Return scheme, host and port of a server: where the secrets of its account go."""
    if base is None:
        return None
    parts = urlsplit(base)
    default = {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or default


def _read(provider: Provider, account: Account, values: Mapping[str, Any]) -> Settings:
    try:
        return provider.settings.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ConfigInvalid(f"Account {account.name!r} of {account.provider!r}: {where}: {first['msg']}") from error


def _fields(settings: Settings) -> list[Any]:
    return [getattr(settings, name) for name in type(settings).model_fields]
