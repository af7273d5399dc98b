"""Names say what a thing is, and the public ones are few, sorted and true."""

from __future__ import annotations

import ast
import importlib
import inspect
import tomllib

import pytest

from tests.house.tree import ROOT, SOURCE, parsed, python_files, short

EMPTY_WORDS = ("Manager", "Helper", "Handler", "Base", "Impl", "Util", "Utils")
EMPTY_MODULES = {"base", "handler", "helper", "helpers", "impl", "manager", "misc", "util", "utils"}


def test_no_class_has_a_name_that_says_nothing() -> None:
    bad = [
        f"{short(path)}: {node.name}"
        for path in python_files("src")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ClassDef) and (node.name.endswith(EMPTY_WORDS) or node.name.startswith("Base"))
    ]
    assert bad == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [short(path) for path in python_files("src", "tests", "bench") if path.stem in EMPTY_MODULES] == []


def test_the_public_names_are_sorted_exact_and_there() -> None:
    maquette = importlib.import_module("maquette")
    names = list(maquette.__all__)
    assert names == sorted(set(names))
    assert all(getattr(maquette, name, None) is not None for name in names)
    defined = {
        name for name, value in vars(maquette).items() if not name.startswith("_") and not inspect.ismodule(value)
    }
    assert defined - {"annotations"} <= set(names)


@pytest.mark.parametrize(
    "name", ["maquette.core.action", "maquette.core.errors", "maquette.core.params", "maquette.core.registry"]
)
def test_modules_for_plugins_export_only_what_is_there(name: str) -> None:
    module = importlib.import_module(name)
    exported = list(getattr(module, "__all__", ()))
    assert exported == sorted(set(exported))
    assert all(hasattr(module, word) for word in exported)


def test_the_version_is_written_once_and_agrees() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert importlib.import_module("maquette").__version__ == project["version"]
    assert f"## {project['version']}" in (ROOT / "CHANGELOG.md").read_text()


def test_every_folder_of_code_is_a_package() -> None:
    """The floors are checked for packages only: a folder without `__init__.py` would escape."""
    folders = {path.parent for path in python_files("src") if "migrations" not in path.parts}
    assert [short(folder) for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_every_package_says_that_it_is_typed() -> None:
    assert (SOURCE / "py.typed").is_file()
