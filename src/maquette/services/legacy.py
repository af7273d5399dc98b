"""Documents of older programs, read as a configuration of version 1; what has no place here is named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maquette.core.integration import IMAGE_GENERATION, renamed

_SETTINGS = {"api_url": "base_url", "api_key": "api_key", "enable_websocket": "enable_websocket"}
_LIMITS = {"timeout": "timeout_s", "concurrency": "concurrency", "per_minute": "per_minute", "per_day": "per_day"}
_SECTION = "media_creation"
_OWN = ("default_provider", "fallback_chain")
_ACCOUNT_NAME = "imported"
_ACCOUNT = {"accountName": "name", "rateLimitPerMinute": "per_minute", "rateLimitPerDay": "per_day"}
_SERVERS = ("comfyui", "comfyUI", "comfy")
"""What the section of a document was called that knew one server of graphs and nothing else."""
_SERVER = {
    "base_url": ("baseUrl", "base_url", "serverUrl", "server_url", "url"),
    "token": ("authToken", "auth_token", "apiKey", "api_key", "token"),
    "enable_websocket": ("enableWebsocket", "enable_websocket"),
}
_MANY = ("defaultProvider", "fallbackChain", "providers")
"""The parts of a document that knew several providers, each with what it needs."""
_PROVIDERS = {
    **dict.fromkeys(("gemini", "imagen", "geminiimagen", "googleimagen", "googlegeminiimagen"), "google"),
    **dict.fromkeys(("veo", "googleveo"), "google"),
    **dict.fromkeys(("stablediffusion", "sd", "a1111", "sdwebui"), "automatic1111"),
    **dict.fromkeys(("dalle", "dalle2", "dalle3", "openaidalle"), "openai"),
    "comfy": "comfyui",
}
"""What that document's providers are called here, by their letters and digits alone; others keep their name."""
_PLACES = {
    **dict.fromkeys(("baseurl", "serverurl", "webuiurl", "apiurl", "url", "endpoint"), "base_url"),
    **dict.fromkeys(("apikey", "key"), "api_key"),
    **dict.fromkeys(("authtoken", "token"), "token"),
    **dict.fromkeys(("username", "user"), "user"),
    "enablewebsocket": "enable_websocket",
}
_LOCAL = ("comfyui", "automatic1111")
"""Providers whose server has a usual address, so that there is an account though nothing was said of it."""
_Read = tuple[dict[str, Any], list[str]]


def upgraded(document: Mapping[str, Any]) -> _Read:
    """Return the document of version 1, and the keys for which it has no place: defaults belong into a preset."""
    if isinstance(document.get(_SECTION), Mapping):
        return _settings_file(document)
    if "integration_type" in document or document.keys() & {"service", "runwareModel"}:
        return _integration(document)
    if any(isinstance(document.get(name), Mapping) for name in _SERVERS):
        return _server(document)
    if document.keys() & {*_MANY}:
        return _several(document)
    made = {**document, "version": 1}
    if isinstance(document.get("accounts"), list):
        made["accounts"] = [_named(entry) if isinstance(entry, Mapping) else entry for entry in document["accounts"]]
    return made, []


def _settings_file(document: Mapping[str, Any]) -> _Read:
    """Read the settings file of the chat application."""
    section: Mapping[str, Any] = document[_SECTION]
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


def _integration(document: Mapping[str, Any]) -> _Read:
    """Read the settings that an article writer kept for its pictures; a key among them becomes an account."""
    whole = document if "config" not in document else {**document["config"]}
    outer = {"integration_type", "config", "is_active", "account", "id", "version"}
    left = [name for name in document if name not in outer] if "config" in document else []
    found = renamed({name: value for name, value in whole.items() if name not in ("integration_type", "version")})
    made: dict[str, Any] = {"version": 1, IMAGE_GENERATION: found}
    if "is_active" in document:
        found["is_active"] = document["is_active"]
    key = next((found.pop(word) for word in ("apiKey", "api_key") if word in found), None)
    if key and "provider" in found:
        settings = {"api_key": key}
        made["accounts"] = [{"provider": found["provider"], "name": _ACCOUNT_NAME, "settings": settings}]
    return made, left


def _server(document: Mapping[str, Any]) -> _Read:
    """Read the settings of a program that knew one server of graphs: its graphs are imported one by one."""
    name = next(word for word in _SERVERS if isinstance(document.get(word), Mapping))
    section: Mapping[str, Any] = document[name]
    settings, used = dict[str, Any](), set[str]()
    for ours, theirs in _SERVER.items():
        for word in theirs:
            if section.get(word) not in (None, ""):
                settings.setdefault(ours, section[word])
            used.add(word)
    left = [word for word in document if word not in (name, "version")]
    left += [f"{name}.{word}" for word in section if word not in used]
    return {"version": 1, "accounts": [{"provider": "comfyui", "name": _ACCOUNT_NAME, "settings": settings}]}, left


def _several(document: Mapping[str, Any]) -> _Read:
    """Read a document of several providers: one serves by default, others after it, each with its credentials."""
    accounts, left = list[dict[str, Any]](), [name for name in document if name not in (*_MANY, "version")]
    providers = document.get("providers")
    for name, section in providers.items() if isinstance(providers, Mapping) else ():
        if not isinstance(section, Mapping):
            left.append(f"providers.{name}")
            continue
        entry, unused = _provider(str(name), section)
        accounts += [entry] if entry else []
        left += [f"providers.{name}{word}" for word in unused]
    chain = document.get("fallbackChain")
    creation: dict[str, Any] = {
        "default_provider": _provider_name(document.get("defaultProvider")),
        "fallback_chain": list(dict.fromkeys(map(_provider_name, chain))) if isinstance(chain, list) else chain or [],
    }
    made: dict[str, Any] = {"version": 1, "accounts": accounts}
    # What serves by default is left as it is by a document that says nothing of it.
    return (made | {"media_creation": creation} if document.keys() & {*_MANY[:2]} else made), left


def _provider_name(name: Any) -> Any:
    return _PROVIDERS.get(_plain(name), name) if isinstance(name, str) else name


def _plain(word: str) -> str:
    return "".join(letter for letter in word.lower() if letter.isalnum())


def _provider(name: str, section: Mapping[str, Any]) -> tuple[dict[str, Any] | None, list[str]]:
    """Return the account of one provider, if it says enough for one, and what has no place in it."""
    provider, settings = _provider_name(name), dict[str, Any]()
    unused = [f".{word}" for word in section if word not in ("enabled", "credentials", "settings")]
    for part in ("settings", "credentials"):
        given = section.get(part)
        for word, value in given.items() if isinstance(given, Mapping) else ():
            place = _PLACES.get(_plain(word), word if part == "credentials" else None)
            place = "token" if (provider, place) == ("comfyui", "api_key") else place
            if value in (None, ""):
                continue
            if place is None:
                unused.append(f".{part}.{word}")
            else:
                settings[place] = value
    if not settings and provider not in _LOCAL:
        return None, unused or [""]
    enabled = section.get("enabled", True)
    return {"provider": provider, "name": name, "enabled": enabled, "settings": settings}, unused


def _named(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an account under the names of today."""
    made = renamed({_ACCOUNT.get(word, word): value for word, value in entry.items() if word != "apiKey"})
    if "apiKey" in entry:
        made["settings"] = {"api_key": entry["apiKey"], **made.get("settings", {})}
    model = made.pop("model", None)
    if model:
        made.setdefault("models", [model])
    return made
