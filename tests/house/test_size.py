"""Files and functions stay small enough to be read at one sitting."""

from __future__ import annotations

import ast

from tests.house.tree import parsed, python_files, short

FILE_LINES = 400
FUNCTION_LINES = 50


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function without its decorators and its docstring."""
    count = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None:
        count -= (first.end_lineno or first.lineno) - first.lineno + 1
    return count


def test_no_file_is_longer_than_400_lines() -> None:
    sizes = {short(path): len(path.read_text().splitlines()) for path in python_files("src", "tests", "bench")}
    assert {name: size for name, size in sizes.items() if size > FILE_LINES} == {}


def test_no_function_is_longer_than_50_lines() -> None:
    long = {
        f"{short(path)}:{node.lineno} {node.name}": lines_of(node)
        for path in python_files("src", "tests", "bench")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and lines_of(node) > FUNCTION_LINES
    }
    assert long == {}


def test_a_docstring_does_not_count_as_length() -> None:
    tree = ast.parse('def short():\n    """One.\n\n    Two.\n    """\n    return 1\n')
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    assert lines_of(function) == 2
