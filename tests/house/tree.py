"""The files of this repository, as the house rules read them."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "maquette"

SKIPPED = frozenset({
    ".git", ".hypothesis", ".import_linter_cache", ".maquette", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".venv",
    "__pycache__", "build", "dist", "htmlcov", "node_modules",
})  # fmt: skip


@cache
def files() -> tuple[Path, ...]:
    """Return every file of ours, sorted, without what tools make."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if name not in SKIPPED)
        found += [Path(folder, name) for name in names]
    return tuple(sorted(found))


def python_files(*tops: str) -> list[Path]:
    """Return our Python files below the folders named."""
    return [path for path in files() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in tops]


@cache
def parsed(path: Path) -> ast.Module:
    """Parse one file, once."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def text_files() -> Iterator[tuple[Path, str]]:
    """Yield every file that is text, with its text."""
    for path in files():
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def short(path: Path) -> str:
    """Name a file from the root, for a message."""
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[str]:
    """Yield the full name of everything that a file imports from elsewhere, at any depth."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
