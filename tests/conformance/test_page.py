"""Every built-in provider has a page, and its tables are those of its schemas."""

from __future__ import annotations

import importlib.util
from types import ModuleType

import pytest

from maquette.core.registry import Registry
from tests.conformance.found import BUILT_IN
from tests.house.tree import ROOT

FOLDER = ROOT / "docs" / "providers"


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    """The script that writes the tables."""
    spec = importlib.util.spec_from_file_location("make_provider_pages", ROOT / "docs" / "make_provider_pages.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_there_is_a_page_for_each_built_in_provider_and_no_other() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.md")) == BUILT_IN


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_tables_of_a_page_are_up_to_date(maker: ModuleType, name: str) -> None:
    text = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    assert text == maker.renewed(text, maker.tables(Registry(), name)), "run docs/make_provider_pages.py"


def test_a_page_without_its_marks_is_refused(maker: ModuleType) -> None:
    with pytest.raises(ValueError, match="from the schemas"):
        maker.renewed("# A page\n", "| a |")
