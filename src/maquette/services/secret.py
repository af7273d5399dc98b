"""Account settings in two halves: what may be shown, and what is sealed and never read back."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import SecretStr, ValidationError

from maquette.core.action import Settings
from maquette.core.errors import ParamsInvalid
from maquette.engine.account import origin_of as server
from maquette.store.reference import is_reference
from maquette.store.vault import Vault


def secret_fields(settings: type[Settings]) -> list[str]:
    """Return the names of the fields that hold a secret."""
    return [name for name, field in settings.model_fields.items() if _holds_secret(field.annotation)]


def _holds_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(_holds_secret(part) for part in get_args(annotation))


def checked(settings: type[Settings], values: Mapping[str, Any]) -> Settings:
    """Validate settings; raises `ParamsInvalid` naming each field, never its value."""
    try:
        return settings.model_validate(dict(values))
    except ValidationError as error:
        faults = [
            {"path": ".".join(map(str, e["loc"])), "message": e["msg"]}
            for e in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        raise ParamsInvalid(f"Account setting {faults[0]['path']!r}: {faults[0]['message']}", errors=faults) from None


def refuse_references(values: Mapping[str, Any]) -> None:
    """Refuse values that would be followed on the server's own machine, and control characters in any value."""
    for path, text in _texts(values, ""):
        if is_reference(text):
            raise ParamsInvalid(
                f"Account setting {path!r} is a reference, which is not followed for accounts made over HTTP",
                hint="Enter the secret itself; or give the reference on the server: in its configuration file, or by "
                "`maquette accounts add`.",
                errors=[{"path": path, "message": "references are for the configuration file only"}],
            )
        if any(unicodedata.category(character) == "Cc" for character in text):
            raise ParamsInvalid(
                f"Account setting {path!r} holds a control character",
                errors=[{"path": path, "message": "control characters are not allowed"}],
            )


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(inner, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, f"{path}.{index}")


def divide(
    settings: Settings, given: Mapping[str, Any], account: str, vault: Vault
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the settings as they are kept: the plain ones, and the secret ones sealed for this account.

    Only what was given is kept, so that a default that changes with a version changes for everybody.
    """
    hidden = secret_fields(type(settings))
    plain = settings.model_dump(mode="json", include=set(given) - set(hidden))
    sealed = {name: vault.seal(account, name, text) for name in hidden if (text := _text_of(given.get(name)))}
    return plain, sealed


def _text_of(value: Any) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value or "")


def server_of(kind: type[Settings], plain: Mapping[str, Any]) -> tuple[str, str, int | None] | None:
    """Return scheme, host and port of the server that plain settings name, else those of the provider's own."""
    field = kind.model_fields.get("base_url")
    if field is None:
        return None
    given = plain.get("base_url") or field.get_default(call_default_factory=True, validated_data={})
    return server(str(given) if given else None)


def origin_of(settings: Settings) -> tuple[str, str, int | None] | None:
    """Return scheme, host and port of the account's server: where its secrets go."""
    return server(settings.base())
