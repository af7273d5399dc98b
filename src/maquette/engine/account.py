"""From an account's row to the settings that a provider reads, with its secrets opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import SecretStr, ValidationError

from maquette.core.action import Provider, Settings
from maquette.core.errors import ConfigInvalid
from maquette.core.model import Account
from maquette.store.vault import Vault


def lend(
    provider: Provider, account: Account, vault: Vault, base_url: str | None = None
) -> tuple[Settings, Sequence[str]]:
    """Return the settings and the secrets in them; a `base_url` that an attempt froze takes the account's place.

    Raises `ConfigInvalid` where they do not fit the provider, or where a reference leads nowhere.
    """
    values: dict[str, Any] = {**account.settings, **vault.reveal(account)}
    if base_url and "base_url" in provider.settings.model_fields:
        values["base_url"] = base_url
    try:
        settings = provider.settings.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ConfigInvalid(f"Account {account.name!r} of {account.provider!r}: {where}: {first['msg']}") from error
    return settings, [v.get_secret_value() for v in _fields(settings) if isinstance(v, SecretStr)]


def _fields(settings: Settings) -> list[Any]:
    return [getattr(settings, name) for name in type(settings).model_fields]
