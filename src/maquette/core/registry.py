"""The catalog: knows every provider and module by name and imports one only when it is used."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import json
import pkgutil
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path

from .action import Action, Definition, Provider
from .alias import ALIASES, servers
from .classic import ClassicProvider, classic_actions, get_sub_action_handler, register_sub_action
from .errors import NotFound, UnknownAction
from .installed import offers

__all__ = ["ALIASES", "GROUP", "MODULES", "Registry", "get_sub_action_handler", "register_sub_action"]

GROUP = "maquette.providers"
MODULES = "maquette.modules"
"""The package of the built-in modules, and the group of the entry points of others."""
_SHIPPED = {
    "preset": "presets",
    "workflow": "examples",
    "template": "templates",
    "style": "styles",
    "wildcard": "wildcards",
}
"""The folders of what comes with the modules, by kind."""
_KEYLESS = re.compile(r"^    keyless(: ClassVar\[bool\])? = True$", re.MULTILINE)
_LABELS = {"workflow": "example"}


class Registry:
    """Built-in ones are the files of a package; others are entry points of the group of the same name."""

    def __init__(self, package: str = GROUP, modules: str = MODULES) -> None:
        self._targets = {**_built_in(package), **offers(GROUP)}
        built_in = {name.replace("_", ".", 1): target for name, target in _built_in(modules).items()}
        self._module_targets = {**built_in, **offers(MODULES)}
        self._modules: dict[str, Action] = {}
        self._examples = modules
        self._loaded: dict[str, Provider] = {}
        self._definitions: dict[str, list[Definition]] = {}
        self._actions: dict[str, dict[str, Action]] = {}
        self._shipped: dict[str, list[Definition]] = {}

    def names(self) -> list[str]:
        """Return the names of all providers, sorted, without importing any."""
        return sorted(self._targets.keys() | {action.provider for action in classic_actions()})

    def provider(self, name: str) -> Provider:
        """Return the provider called `name`, importing it on first use; raises `NotFound` with near matches."""
        if name not in self._loaded:
            self._loaded[name] = self._load(name)
        return self._loaded[name]

    def _load(self, name: str) -> Provider:
        if name in self._targets:
            module, _, attribute = self._targets[name].partition(":")
            made: Provider = getattr(importlib.import_module(module), attribute or "PROVIDER")
            return made
        if any(action.provider == name for action in classic_actions()):
            return ClassicProvider(name)
        near = difflib.get_close_matches(name, self.names(), 3)
        raise NotFound(f"No provider {name!r}", hint=f"Known: {', '.join(self.names())}", near=near)

    def is_keyless(self, name: str) -> bool:
        """Tell whether a provider needs nothing entered; reads its file, so that a start imports none of them."""
        if name in self._loaded or name not in self._targets:
            return self.provider(name).keyless
        return any(_KEYLESS.search(text) for text in _sources(self._targets[name].partition(":")[0]))

    def define(self, provider: str, definitions: Sequence[Definition]) -> None:
        """Replace the definitions (graphs, …) from which `provider` makes further actions."""
        self._definitions[provider] = list(definitions)
        self._actions.pop(provider, None)

    def of(self, provider: str) -> dict[str, Action]:
        """Return the actions of one provider by name."""
        loaded = self.provider(provider)
        if provider not in self._actions or isinstance(loaded, ClassicProvider):
            made = (_filed(action, provider) for action in loaded.actions(self._definitions.get(provider, ())))
            self._actions[provider] = {action.name: action for action in made}
        return self._actions[provider]

    def modules(self) -> list[str]:
        """Return the names of all modules, sorted, without importing any."""
        return sorted(self._module_targets)

    def module(self, name: str) -> Action:
        """Return the module called `name`, importing it on first use; raises `UnknownAction` with near matches."""
        if name not in self._module_targets:
            raise UnknownAction(name, difflib.get_close_matches(name, self.modules(), 3, 0.5))
        if name not in self._modules:
            file, _, attribute = self._module_targets[name].partition(":")
            made: Action = getattr(importlib.import_module(file), attribute or "MODULE")
            self._modules[name] = replace(made, name=name)
        return self._modules[name]

    def action(self, name: str) -> Action:
        """Return the action of that name, or what serves it today; raises `UnknownAction` with near matches."""
        return self.serving(name, self.names())

    def known(self, name: str) -> Action | None:
        """Return what `action` does, or None: for whoever asks of many names, for which no near match is looked for."""
        return self._serving(name, self.names())

    def serving(self, name: str, enabled: Collection[str]) -> Action:
        """Return the action that serves a name, under an alias the first whose provider is among `enabled`.

        Raises `UnknownAction` with near matches.
        """
        if (found := self._serving(name, enabled)) is not None:
            return found
        raise UnknownAction(name, difflib.get_close_matches(name, [a.name for a in self.actions()], 3, 0.5))

    def _serving(self, name: str, enabled: Collection[str]) -> Action | None:
        if name in self._module_targets:
            return self.module(name)
        parts = name.split(".", 2)
        if len(parts) != 3 or parts[0] != "media":
            return None
        named = servers(parts[1], parts[2]) if parts[1] in ALIASES else [parts[1]]
        able = [found for each in named if (found := self.found(each, parts[2])) is not None]
        served = (action for action in able if len(named) == 1 or action.provider in enabled)
        return next(served, able[0] if able else None)

    def found(self, provider: str, operation: str) -> Action | None:
        """Return a provider's own action of that name, None where it, or the provider, is not there."""
        return self.of(provider).get(f"media.{provider}.{operation}") if self.has(provider) else None

    def shipped(self, kind: str) -> Sequence[Definition]:
        """Return the definitions of a kind that come with the built-in modules, by name; read once."""
        if kind not in self._shipped:
            self._shipped[kind] = self._read_shipped(kind)
        return self._shipped[kind]

    def _read_shipped(self, kind: str) -> list[Definition]:
        folder = resources.files(self._examples).joinpath(_SHIPPED.get(kind, ""))
        if kind not in _SHIPPED or not folder.is_dir():
            return []
        read = [json.loads(file.read_text("utf-8")) for file in folder.iterdir() if file.name.endswith(".json")]
        return [
            Definition(f"{_LABELS.get(kind, kind)}_{body['name']}", kind, body["name"], 1, body)
            for body in sorted(read, key=lambda body: str(body["name"]))
        ]

    def picture(self, kind: str, name: str) -> bytes | None:
        """Return the example picture of a shipped definition, as WebP; None where it has none."""
        if name not in {each.name for each in self.shipped(kind)}:
            return None
        file = resources.files(self._examples).joinpath(_SHIPPED[kind], f"{name}.webp")
        return file.read_bytes() if file.is_file() else None

    def has(self, provider: str) -> bool:
        """Tell whether a provider is installed; imports nothing."""
        return provider in self.names()

    def actions(self) -> Iterator[Action]:
        """Yield every action of every provider and every module, importing all of them."""
        for name in self.names():
            yield from self.of(name).values()
        for name in self.modules():
            yield self.module(name)


def _built_in(package: str) -> dict[str, str]:
    places = importlib.import_module(package).__path__
    return {m.name: f"{package}.{m.name}" for m in pkgutil.iter_modules(places) if not m.name.startswith("_")}


def _sources(module: str) -> Iterator[str]:
    """Yield the text of a module's file, and that of `provider.py` where it is a package; nothing is run."""
    spec = importlib.util.find_spec(module)
    if spec is None:
        return
    files = [Path(spec.origin)] if spec.origin else []
    files += [Path(place) / "provider.py" for place in spec.submodule_search_locations or ()]
    yield from (file.read_text("utf-8") for file in files if file.is_file())


def _filed(action: Action, provider: str) -> Action:
    """Return an action under the name by which its provider is known, whatever the provider's module is called."""
    if action.provider == provider:
        return action
    return replace(action, name=f"media.{provider}.{action.name.split('.', 2)[-1]}", provider=provider)
