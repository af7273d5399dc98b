"""Write docs/acceptance.md: which rows of the acceptance list are proven, and by which test.

The tests are read, not run: `python -m tests.house.acceptance` rewrites the page from their `accepts` marks.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.house.tree import ROOT, parsed, python_files, short

PAGE = ROOT / "docs" / "acceptance.md"

ROW = re.compile(r"(?P<part>S[0-4]\.|A|C|R|S)(?P<number>\d+)")

PARTS = {
    "A": "Demands that override everything else",
    "S0.": "Document S0: media generation inside a workflow",
    "S1.": "Document S1: media creation in an application",
    "S2.": "Document S2: image generation",
    "S3.": "Document S3: accounts, presets and mixing",
    "S4.": "Document S4: batches of images for a writer",
    "C": "Contradictions between the documents, as settled",
    "R": "Reliability",
    "S": "Security",
}

HEAD = """# What is proven

Each row of the acceptance list that a test proves, with the test. `python -m tests.house.acceptance` writes this page
from the marks `accepts` of the tests; a test fails when it is out of date.
"""


UNPROVEN = {
    "S1.68": "The `diffusers` provider was tried on tiny pipelines by hand; its tests need torch and are skipped.",
    "S2.11": "Health is read from the ledger whenever it is asked for, so that nothing has to expire.",
}
"""Rows that no test proves, each with the reason."""


@dataclass(frozen=True)
class Proof:
    """One test that proves one row."""

    row: str
    says: str
    test: str


def said(function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """Say what a test shows: the first line of its docstring, else its name read as a sentence."""
    if told := ast.get_docstring(function):
        return told.splitlines()[0].rstrip(".")
    words = function.name.removeprefix("test_").replace("_", " ")
    return words[:1].upper() + words[1:]


def marked_rows(decorators: list[ast.expr]) -> Iterator[str]:
    """Yield the rows of every `pytest.mark.accepts(...)` among decorators."""
    for node in decorators:
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.accepts":
            for argument in node.args:
                if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
                    raise TypeError(f"line {node.lineno}: accepts() takes row ids as plain text")
                yield argument.value


def module_marks(tree: ast.Module) -> list[ast.expr]:
    """Return the marks of a `pytestmark` assignment, which every test of the file bears."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
            return node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else [node.value]
    return []


def proofs() -> list[Proof]:
    """Collect every proof, in the order of the list."""
    found = []
    for path in python_files("tests"):
        tree = parsed(path)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                rows = marked_rows([*node.decorator_list, *module_marks(tree)])
                found += [Proof(row, said(node), f"{short(path)}::{node.name}") for row in rows]
    return sorted(found, key=lambda proof: (place(proof.row), proof.test))


def place(row: str) -> tuple[int, int]:
    """Give the place of a row in the list; raises ValueError when it is no row."""
    match = ROW.fullmatch(row)
    if match is None:
        raise ValueError(f"{row!r} is not a row of the acceptance list")
    return list(PARTS).index(match["part"]), int(match["number"])


def page(found: list[Proof]) -> str:
    """Render the page."""
    lines = [HEAD]
    lines.append(f"{len({proof.row for proof in found})} rows, {len({proof.test for proof in found})} tests.\n")
    for index, title in enumerate(PARTS.values()):
        own = [proof for proof in found if place(proof.row)[0] == index]
        if own:
            lines += [f"## {title}\n", "| row | shown | test |", "| --- | --- | --- |"]
            lines += [f"| {proof.row} | {proof.says.replace('|', '/')} | `{proof.test}` |" for proof in own]
            lines.append("")
    lines += ["## Not proven, and why\n", "| row | why |", "| --- | --- |"]
    lines += [f"| {row} | {why} |" for row, why in UNPROVEN.items() if row not in {proof.row for proof in found}]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(proofs()), encoding="utf-8")
