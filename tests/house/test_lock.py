"""The locks pin everything with hashes, and agree with each other and with the project."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.house.tree import ROOT

LOCKS = ["requirements.lock", "requirements-embedded.lock", "requirements-build.lock", "requirements-dev.lock"]
PINNED = [*LOCKS, "requirements-web.lock"]
PIN = re.compile(r"^(?P<name>[a-z0-9-]+)(\[[a-z0-9,-]+\])?==(?P<version>[^\s;]+)", re.MULTILINE)
ENGINES = {"av", "espeakng-loader", "typst"}
DISTRIBUTIONS = 85


def pins(name: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for match in PIN.finditer((ROOT / name).read_text()):
        found.setdefault(match["name"], set()).add(match["version"])
    return found


@pytest.mark.parametrize("name", PINNED)
def test_every_pin_of_a_lock_has_a_hash(name: str) -> None:
    entries = re.split(r"\n(?! )", (ROOT / name).read_text().strip())
    assert [entry for entry in entries if not PIN.match(entry) or "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize(("narrow", "wide"), [(LOCKS[0], LOCKS[1]), (LOCKS[1], LOCKS[3]), (LOCKS[2], LOCKS[3])])
def test_a_narrow_lock_is_part_of_the_wide_one(narrow: str, wide: str) -> None:
    assert {
        name: versions for name, versions in pins(narrow).items() if not versions <= pins(wide).get(name, set())
    } == {}


def test_every_dependency_is_locked_where_it_belongs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    plain = {re.split(r"[\[>=<;]", line)[0].strip() for line in project["dependencies"]}
    embedded = {re.split(r"[\[>=<;]", line)[0].strip() for line in project["optional-dependencies"]["embedded"]}
    assert plain <= pins("requirements.lock").keys()
    assert embedded <= pins("requirements-embedded.lock").keys()


def test_a_plain_installation_has_no_engine() -> None:
    assert ENGINES & pins("requirements.lock").keys() == set()


def test_an_installation_stays_small_in_number() -> None:
    assert len(pins("requirements-embedded.lock")) <= DISTRIBUTIONS
