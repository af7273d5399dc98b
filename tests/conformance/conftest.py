"""The providers under test, in this process and in a running product."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from maquette.core.registry import Registry
from tests import plugin
from tests.conformance.product import Product, running_product
from tests.twins.running import Twin, running


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


@pytest.fixture(scope="package")
def swarmui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running("swarmui", tmp_path_factory.mktemp("swarmui"), step_delay=0.005) as twin:
        yield twin


@pytest.fixture(scope="package")
def automatic1111(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running("automatic1111", tmp_path_factory.mktemp("automatic1111"), step_delay=0.005) as twin:
        yield twin


@pytest.fixture(scope="package")
def twins(openai: Twin, comfyui: Twin, swarmui: Twin, automatic1111: Twin) -> dict[str, Twin]:
    """The twins of every provider with a wire."""
    return {"openai": openai, "comfyui": comfyui, "swarmui": swarmui, "automatic1111": automatic1111}


@pytest.fixture(scope="package")
def product(tmp_path_factory: pytest.TempPathFactory, site: Path, twins: dict[str, Twin]) -> Iterator[Product]:
    """A running server with every provider, those with a wire on their twins."""
    with running_product(tmp_path_factory.mktemp("product"), site, twins) as made:
        yield made
