"""The providers under test, in this process and in a running product."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from maquette.core.registry import Registry
from tests import plugin
from tests.conformance.found import WIRES
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
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Twin]]:
    """A twin of each vendor, by the name of its provider."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(running(name, tmp_path_factory.mktemp(name), step_delay=0.005)) for name in WIRES
        }


@pytest.fixture(scope="package")
def product(tmp_path_factory: pytest.TempPathFactory, site: Path, twins: Mapping[str, Twin]) -> Iterator[Product]:
    """A running server with every provider, those with a wire on their twins."""
    with running_product(tmp_path_factory.mktemp("product"), site, twins) as made:
        yield made
