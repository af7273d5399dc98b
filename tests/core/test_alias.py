"""The documents' names for providers, and who serves them; and modules, found like providers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from maquette.core.alias import ALIASES
from maquette.core.errors import UnknownAction
from maquette.core.registry import MODULES, Registry

MODULE = '''"""A module of another package."""

from __future__ import annotations

from maquette.core.action import Result
from maquette.core.module import Stage, module
from maquette.core.params import Params


class Nothing(Params):
    """Nothing to say."""


@module("knit.scarf", title="Knit a scarf")
async def MODULE(params: Nothing, call: Stage) -> Result:
    """Knit."""
    return Result(value={})
'''


@pytest.mark.accepts("S0.8", "S0.23", "S0.25", "S0.26", "S0.27")
@pytest.mark.parametrize(
    ("name", "served"),
    [
        ("media.sora.txt2img", "media.painter.txt2img"),
        ("media.sora.img2vid", "media.slideshow.img2vid"),
        ("media.sora.txt2vid", "media.slideshow.txt2vid"),
        ("media.leonardo.txt2img", "media.painter.txt2img"),
        ("media.leonardo.img2vid", "media.slideshow.img2vid"),
        ("media.leonardo.upscale", "media.painter.upscale"),
        ("media.midjourney.img2img", "media.painter.img2img"),
        ("media.midjourney.vary", "media.painter.vary"),
        ("media.stable_diffusion.inpaint", "media.painter.inpaint"),
    ],
)
def test_a_name_of_the_documents_is_served_by_a_stand_in_where_nobody_has_an_account(name: str, served: str) -> None:
    assert Registry().serving(name, {"painter", "slideshow"}).name == served


@pytest.mark.accepts("S0.23", "S0.24", "S0.25")
@pytest.mark.parametrize(
    "name",
    [
        *(f"media.midjourney.{way}" for way in ("txt2img", "img2img", "img2vid", "upscale", "vary")),
        *(f"media.leonardo.{way}" for way in ("txt2img", "img2vid", "upscale")),
    ],
)
def test_a_name_of_the_documents_is_served_by_its_own_provider_where_that_has_an_account(name: str) -> None:
    provider = name.split(".")[1]
    assert Registry().serving(name, {"painter", "slideshow", provider}).name == name


def test_the_preferred_provider_with_an_account_goes_before_the_stand_in() -> None:
    assert Registry().serving("media.sora.txt2img", {"openai", "painter"}).provider == "openai"


@pytest.mark.accepts("S0.27")
@pytest.mark.parametrize(
    ("operation", "accounts", "served"),
    [
        ("txt2img", {"comfyui", "swarmui", "automatic1111"}, "automatic1111"),
        ("img2img", {"comfyui", "swarmui"}, "swarmui"),
        ("inpaint", {"comfyui"}, "comfyui"),
        ("upscale", {"comfyui", "swarmui"}, "comfyui"),
        ("upscale", {"automatic1111"}, "automatic1111"),
    ],
)
def test_stable_diffusion_is_whichever_local_server_has_an_account(
    operation: str, accounts: set[str], served: str
) -> None:
    action = Registry().serving(f"media.stable_diffusion.{operation}", accounts | {"painter"})
    assert action.name == f"media.{served}.{operation}"


def test_the_own_name_goes_before_all_others(installed: str) -> None:
    registry = Registry()
    assert registry.serving("media.midjourney.txt2img", {"midjourney", "painter"}).provider == "midjourney"
    assert registry.serving("media.midjourney.txt2img", {"painter"}).provider == "painter"


@pytest.mark.accepts("S0.20")
def test_an_operation_that_nobody_has_is_unknown_under_an_alias_too() -> None:
    with pytest.raises(UnknownAction, match=r"^Unknown action type: media\.sora\.fly$"):
        Registry().serving("media.sora.fly", {"painter"})


def test_what_is_retired_says_so_and_since_when() -> None:
    assert ALIASES["sora"].retired_on == "2026-09-24"
    assert ALIASES["sora"].notice
    assert ALIASES["sora"].source


@pytest.mark.accepts("S0.9")
def test_modules_are_known_by_their_files_without_import() -> None:
    registry = Registry()
    assert {"ask.form", "media.generation", "text.prompts", "workflow.run"} <= set(registry.modules())
    module = registry.action("media.generation")
    assert (module.composite, module.produces, module.provider) == (True, "data", "")
    assert module.summary


@pytest.mark.usefixtures("installed")
def test_a_module_of_another_package_is_found_by_its_entry_point() -> None:
    registry = Registry()
    assert "knit.scarf" in registry.modules()
    assert registry.action("knit.scarf").title == "Knit a scarf"
    with pytest.raises(UnknownAction) as caught:
        registry.action("knit.scraf")
    assert caught.value.details["near"] == ["knit.scarf"]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A provider called midjourney and a module, as an installer leaves them."""
    name = "midjourney_and_knitting_for_tests"
    (tmp_path / f"{name}.py").write_text(MODULE)
    provider = '''"""Midjourney."""

from maquette.core.action import Output, Provider, Result, operation
from maquette.core.params import Prompted


class Midjourney(Provider):
    """Midjourney."""

    title = "Midjourney"

    @operation(produces="image", title="Text to image")
    async def txt2img(self, params: Prompted, call) -> Result:
        """Make a picture."""
        return Result([Output("image", content=b"")])


PROVIDER = Midjourney()
'''
    (tmp_path / "own_midjourney_for_tests.py").write_text(provider)
    metadata = tmp_path / f"{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    entries = f"[{MODULES}]\nknit.scarf = {name}\n[maquette.providers]\nmidjourney = own_midjourney_for_tests\n"
    (metadata / "entry_points.txt").write_text(entries)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield name
    for loaded in (name, "own_midjourney_for_tests"):
        sys.modules.pop(loaded, None)
