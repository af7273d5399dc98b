"""The providers under test, in this process and in a running product."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from maquette.core.registry import Registry
from tests import plugin
from tests.conformance.found import WIRES
from tests.conformance.product import Product, running_product
from tests.twins.running import Name, Twin, running


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the separate distribution installed."""
    return plugin.install(tmp_path_factory.mktemp("plugin"))


@pytest.fixture
def registry(site: Path) -> Iterator[Registry]:
    """The catalog of this process, with the separate distribution in it."""
    sys.path.insert(0, str(site))
    yield Registry()
    sys.path.remove(str(site))


@pytest.fixture(scope="package")
def openai(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running("openai", tmp_path_factory.mktemp("openai")) as twin:
        yield twin


@pytest.fixture(scope="package")
def comfyui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running("comfyui", tmp_path_factory.mktemp("comfyui"), step_delay=0.005) as twin:
        yield twin


def hosted(name: Name) -> Any:
    """Return the fixture of a hosted service's twin."""

    @pytest.fixture(scope="package", name=name)
    def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
        with running(name, tmp_path_factory.mktemp(name)) as twin:
            yield twin

    return run


leonardo = hosted("leonardo")
midjourney = hosted("midjourney")
runware = hosted("runware")
runway = hosted("runway")


@pytest.fixture(scope="package")
def product(tmp_path_factory: pytest.TempPathFactory, site: Path, request: pytest.FixtureRequest) -> Iterator[Product]:
    """A running server with every provider, those with a wire on their twins."""
    twins = {name: request.getfixturevalue(name) for name in WIRES}
    with running_product(tmp_path_factory.mktemp("product"), site, twins) as made:
        yield made
