"""The catalog: every provider is known by name, and only the one that is used is imported."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from maquette.core.action import Definition
from maquette.core.errors import NotFound, UnknownAction
from maquette.core.params import Params
from maquette.core.registry import GROUP, Registry

PROVIDER = '''"""A shop for pictures."""

from __future__ import annotations

from maquette.core.action import Call, Output, Provider, Result, external_action, operation
from maquette.core.params import Prompted


class Shop(Provider):
    """A shop for pictures."""

    title = "Shop"
    keyless = True

    @operation(produces="image", title="Text to image")
    async def txt2img(self, params: Prompted, call: Call) -> Result:
        """Make a picture."""
        return Result([Output("image", content=b"")])

    def actions(self, definitions=()):
        """Yield the marked methods and one action a definition."""
        [base] = super().actions()
        yield base
        for made in definitions:
            yield external_action(base, name=f"media.shop.{made.name}", title=made.name, schema=made.body)


PROVIDER = Shop()
'''


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A provider that another package offers by an entry point, as an installer leaves it."""
    name = "corner_shop_for_tests"
    (tmp_path / f"{name}.py").write_text(PROVIDER)
    metadata = tmp_path / f"{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[{GROUP}]\nshop = {name}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield name
    sys.modules.pop(name, None)


def loaded_by(line: str) -> list[str]:
    """Return the providers that a fresh interpreter has imported after `line`."""
    script = (
        f"import sys\nfrom maquette.core.registry import Registry\nregistry = Registry()\n{line}\n"
        f"print(*sorted(name.split('.')[2] for name in sys.modules if name.count('.') == 2"
        f" and name.startswith({GROUP + '.'!r})))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.split()


@pytest.mark.accepts("S0.66", "S2.25", "S4.34")
def test_listing_the_names_imports_no_provider() -> None:
    assert loaded_by("assert 'painter' in registry.names()") == []


@pytest.mark.accepts("S0.66", "S2.25", "S4.34")
def test_using_one_provider_imports_that_one_only() -> None:
    assert loaded_by("assert registry.action('media.painter.txt2img').run") == ["painter"]


@pytest.mark.accepts("S4.34")
def test_an_action_tells_the_type_of_its_parameters() -> None:
    registry = Registry()
    for action in registry.actions():
        assert issubclass(action.params, Params)
        assert registry.action(action.name) is action or action.external is not None


def test_every_action_is_named_by_its_provider() -> None:
    registry = Registry()
    for name in registry.names():
        for action in registry.of(name).values():
            assert action.name.startswith(f"media.{name}.")
            assert action.provider == name
            assert action.title
            assert action.summary


@pytest.mark.accepts("S1.71")
def test_a_provider_of_another_package_is_found_by_its_entry_point(installed: str) -> None:
    registry = Registry()
    assert "shop" in registry.names()
    assert installed not in sys.modules, "it is known before it is imported"
    action = registry.action("media.shop.txt2img")
    assert installed in sys.modules
    assert (action.provider, action.title, action.summary) == ("shop", "Text to image", "Make a picture.")
    assert registry.provider("shop").title == "Shop"


def test_an_unknown_provider_is_refused_with_near_names() -> None:
    with pytest.raises(NotFound, match="'paintre'") as caught:
        Registry().provider("paintre")
    assert caught.value.details["near"] == ["painter"]
    assert "painter" in caught.value.advice


@pytest.mark.accepts("S0.20")
@pytest.mark.parametrize("name", ["media.painter.txt2imh", "media.paintr.txt2img"])
def test_an_unknown_action_is_a_value_error_with_near_names(name: str) -> None:
    with pytest.raises(ValueError, match=f"^Unknown action type: {name}$") as caught:
        Registry().action(name)
    assert isinstance(caught.value, UnknownAction)
    assert caught.value.details["near"][0] == "media.painter.txt2img"
    assert caught.value.status == 404


@pytest.mark.parametrize("name", ["", "media", "media.painter", "image.painter.txt2img", "media.painter.__init__"])
def test_what_is_no_name_of_an_action_is_unknown(name: str) -> None:
    with pytest.raises(UnknownAction):
        Registry().action(name)


@pytest.mark.usefixtures("installed")
def test_definitions_give_a_provider_further_actions_until_they_are_gone() -> None:
    registry = Registry()
    assert list(registry.of("shop")) == ["media.shop.txt2img"]
    schema = {"type": "object", "properties": {"face": {"type": "string"}}}
    registry.define("shop", [Definition("graph_1", "graph", "portrait", 1, schema)])
    assert registry.action("media.shop.portrait").schema() == schema
    assert list(registry.of("shop")) == ["media.shop.txt2img", "media.shop.portrait"]
    registry.define("shop", [])
    with pytest.raises(UnknownAction):
        registry.action("media.shop.portrait")


def test_who_needs_no_key_is_known_without_import_and_rightly() -> None:
    script = (
        "import sys; from maquette.core.registry import Registry; registry = Registry()\n"
        "found = {name: registry.is_keyless(name) for name in registry.names()}\n"
        "print([name for name in sys.modules if name.startswith('maquette.providers.')])\n"
        "print([name for name in found if found[name] != registry.provider(name).keyless], sum(found.values()))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    loaded, wrong = done.stdout.splitlines()
    assert loaded == "[]"
    assert wrong.startswith("[] ")
    assert not wrong.endswith(" 0")
