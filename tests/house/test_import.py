"""Importing is free: no network, no file, no environment, no heavy package, no vendor's library."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import SOURCE, imports, parsed, python_files, short

HEAVY = ("PIL", "aiohttp", "alembic", "dbos", "fastapi", "mcp", "numpy", "sqlalchemy", "starlette", "uvicorn")

VENDORS = frozenset({
    "anthropic", "assemblyai", "azure", "boto3", "botocore", "cohere", "deepgram", "elevenlabs", "fal_client", "google",
    "googleapiclient", "groq", "huggingface_hub", "litellm", "lumaai", "mistralai", "ollama", "openai", "replicate",
    "requests", "runware", "runwayml", "stability_sdk", "together", "vertexai", "xai_sdk",
})  # fmt: skip

# Runs in a fresh interpreter. An effect counts when a frame of ours stands between it and the import machinery. Reading
# counts only when we do it ourselves: pydantic looks for its plug-ins and reads docstrings when a model is made.
PROBE = """
import importlib, json, os, sys, sysconfig

SOURCE, names = sys.argv[1], json.loads(sys.argv[2])
STANDARD, OTHERS = sysconfig.get_path("stdlib"), sysconfig.get_path("purelib")
FORBIDDEN = ("open", "os.", "socket.", "subprocess.", "shutil.", "tempfile.", "sqlite3.")
LOOKING = {"os.listdir", "os.scandir"}
found = []

def ours(ourselves):
    frame = sys._getframe(2)
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith("<frozen importlib"):
            return None
        if name.startswith(SOURCE):
            return f"{name[len(SOURCE):]}:{frame.f_lineno}"
        standard = name.startswith("<") or (name.startswith(STANDARD) and not name.startswith(OTHERS))
        if ourselves and not standard:
            return None
        frame = frame.f_back
    return None

def watch(event, arguments):
    if not event.startswith(FORBIDDEN):
        return
    reading = event in LOOKING or (event == "open" and not arguments[2] & (os.O_WRONLY | os.O_RDWR))
    if where := ours(reading):
        found.append(f"{where} {event} {arguments[:1]!r}")

class Spied(type(os.environ)):
    def __getitem__(self, key):
        if where := ours(True):
            found.append(f"{where} reads ${key}")
        return super().__getitem__(key)

os.environ.__class__ = Spied
sys.addaudithook(watch)
for name in names:
    importlib.import_module(name)
print(json.dumps(found))
"""


def module_names() -> list[str]:
    """Name every module of ours that is meant to be imported, not run."""
    names = []
    for path in python_files("src"):
        parts = path.relative_to(SOURCE.parent).with_suffix("").parts
        # Alembic runs these two kinds of file itself.
        if parts[-1] == "__main__" or ("migrations" in parts and parts[-1] != "__init__"):
            continue
        names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return names


def effects(source: Path, names: list[str], cwd: Path | None = None) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROBE, str(source), json.dumps(names)],
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: list[str] = json.loads(done.stdout)
    return found


def test_importing_every_module_touches_nothing() -> None:
    assert effects(SOURCE, module_names()) == []


@pytest.mark.parametrize(
    "line",
    [
        "import os; HOME = os.environ.get('HOME')",
        "import os; HOME = os.getenv('HOME')",
        "TEXT = open('/etc/hosts').read()",
        "from pathlib import Path; TEXT = Path('/etc/hosts').read_text()",
        "from pathlib import Path; PLACES = list(Path().iterdir())",
        "open('made.py', 'w').close()",
        "import socket; SOCKET = socket.create_server(('127.0.0.1', 0)); SOCKET.close()",
        "import subprocess; subprocess.run(['true'])",
    ],
)
def test_the_probe_sees_an_effect(line: str, tmp_path: Path) -> None:
    (tmp_path / "guilty.py").write_text(line + "\n")
    assert effects(tmp_path, ["guilty"], cwd=tmp_path) != []


def test_the_probe_lets_an_innocent_module_pass(tmp_path: Path) -> None:
    (tmp_path / "innocent.py").write_text("import decimal\n\ndef read(path):\n    return open(path).read()\n")
    assert effects(tmp_path, ["innocent"], cwd=tmp_path) == []


@pytest.mark.parametrize("name", ["maquette", "maquette.core.registry", "maquette.cli"])
def test_a_front_door_loads_no_heavy_package(name: str) -> None:
    script = f"import {name}, sys; print(*[word for word in {HEAVY!r} if word in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == []


def test_no_vendor_library_is_imported() -> None:
    bad = [
        f"{short(path)}: {name}"
        for path in python_files("src")
        for name in imports(path)
        if name.split(".")[0] in VENDORS
    ]
    assert bad == []


def test_nothing_is_run_from_text_or_unpickled() -> None:
    calls = {"eval", "exec", "compile", "__import__"}
    bad = [
        f"{short(path)}:{node.lineno}"
        for path in python_files("src")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in calls
    ]
    bad += [
        f"{short(path)}: {name}"
        for path in python_files("src")
        for name in imports(path)
        if name in {"pickle", "marshal"}
    ]
    assert bad == []
