"""The catalog: knows every provider by name and imports one only when it is used."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.metadata import entry_points

from .action import Action, Definition, Provider
from .classic import ClassicProvider, classic_actions, get_sub_action_handler, register_sub_action
from .errors import NotFound, UnknownAction

__all__ = ["ALIASES", "GROUP", "Registry", "get_sub_action_handler", "register_sub_action"]

GROUP = "maquette.providers"
ALIASES: dict[str, str] = {}
"""Other names of providers, and what serves them today."""


class Registry:
    """Built-in providers are the modules of a package; others are entry points of the group of the same name."""

    def __init__(self, package: str = GROUP) -> None:
        found = importlib.import_module(package)
        self._targets = {
            m.name: f"{package}.{m.name}" for m in pkgutil.iter_modules(found.__path__) if not m.name.startswith("_")
        }
        self._targets |= {entry.name: entry.value for entry in entry_points(group=GROUP)}
        self._loaded: dict[str, Provider] = {}
        self._definitions: dict[str, list[Definition]] = {}
        self._actions: dict[str, dict[str, Action]] = {}

    def names(self) -> list[str]:
        """Return the names of all providers, sorted, without importing any."""
        return sorted(self._targets.keys() | {action.provider for action in classic_actions()})

    def provider(self, name: str) -> Provider:
        """Return the provider called `name`, importing it on first use; raises `NotFound` with near matches."""
        key = ALIASES.get(name, name)
        if key not in self._loaded:
            self._loaded[key] = self._load(key)
        return self._loaded[key]

    def _load(self, name: str) -> Provider:
        if name in self._targets:
            module, _, attribute = self._targets[name].partition(":")
            made: Provider = getattr(importlib.import_module(module), attribute or "PROVIDER")
            return made
        if any(action.provider == name for action in classic_actions()):
            return ClassicProvider(name)
        near = difflib.get_close_matches(name, self.names(), 3)
        raise NotFound(f"No provider {name!r}", hint=f"Known: {', '.join(self.names())}", near=near)

    def define(self, provider: str, definitions: Sequence[Definition]) -> None:
        """Replace the definitions (graphs, …) from which `provider` makes further actions."""
        self._definitions[provider] = list(definitions)
        self._actions.pop(provider, None)

    def of(self, provider: str) -> dict[str, Action]:
        """Return the actions of one provider by name."""
        key = ALIASES.get(provider, provider)
        loaded = self.provider(key)
        if key not in self._actions or isinstance(loaded, ClassicProvider):
            made = (_filed(action, key) for action in loaded.actions(self._definitions.get(key, ())))
            self._actions[key] = {action.name: action for action in made}
        return self._actions[key]

    def action(self, name: str) -> Action:
        """Return the action called `media.{provider}.{operation}`; raises `UnknownAction` with near matches."""
        parts = name.split(".", 2)
        if len(parts) == 3 and parts[0] == "media" and self.has(parts[1]):
            key = ALIASES.get(parts[1], parts[1])
            if found := self.of(key).get(f"media.{key}.{parts[2]}"):
                return found
        raise UnknownAction(name, difflib.get_close_matches(name, [a.name for a in self.actions()], 3, 0.5))

    def has(self, provider: str) -> bool:
        """Tell whether a provider, or what serves that name today, is installed; imports nothing."""
        return ALIASES.get(provider, provider) in self.names()

    def actions(self) -> Iterator[Action]:
        """Yield every action of every provider, importing all of them."""
        for name in self.names():
            yield from self.of(name).values()


def _filed(action: Action, provider: str) -> Action:
    """Return an action under the name by which its provider is known, whatever the provider's module is called."""
    if action.provider == provider:
        return action
    return replace(action, name=f"media.{provider}.{action.name.split('.', 2)[-1]}", provider=provider)
