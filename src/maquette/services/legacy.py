"""The settings file of the chat application, read as a configuration of version 1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SETTINGS = {"api_url": "base_url", "api_key": "api_key", "enable_websocket": "enable_websocket"}
_LIMITS = {"timeout": "timeout_s", "concurrency": "concurrency", "per_minute": "per_minute", "per_day": "per_day"}
_SECTION = "media_creation"
_OWN = ("default_provider", "fallback_chain")
_ACCOUNT_NAME = "imported"


def from_settings_file(document: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the document of version 1, and the keys for which it has no place: defaults belong into a preset."""
    section = document.get(_SECTION)
    if not isinstance(section, Mapping):
        return {**document, "version": 1}, []
    left, accounts = [name for name in document if name not in (_SECTION, "version")], list[dict[str, Any]]()
    for name, value in section.items():
        if isinstance(value, Mapping):
            entry, unused = _account(str(name), value)
            accounts += [entry] if entry["settings"] else []
            left += [f"{_SECTION}.{name}.{word}" for word in unused]
        elif name not in _OWN:
            left.append(f"{_SECTION}.{name}")
    creation = {name: section[name] for name in _OWN if name in section}
    return {"version": 1, "media_creation": creation, "accounts": accounts}, left


def _account(provider: str, section: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    settings = {ours: section[theirs] for theirs, ours in _SETTINGS.items() if section.get(theirs)}
    limits = {ours: section[theirs] for theirs, ours in _LIMITS.items() if section.get(theirs)}
    unused = [word for word in section if word not in _SETTINGS and word not in _LIMITS]
    return {"provider": provider, "name": _ACCOUNT_NAME, "settings": settings, **limits}, unused
