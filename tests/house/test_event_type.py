"""What the log may say, what the code says and what the interface follows are the same list."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from maquette.core.model import EVENT_TYPES
from tests.house.tree import ROOT, parsed, python_files

WEB = ROOT / "web" / "src"
OF_THE_WIRE = frozenset({"stream.reset"})
"""Said by the stream itself, and never written to the log."""
PARTS = ("type", "job", "data")
"""What an entry of the log is written with."""
TYPE = re.compile(r"[a-z]+\.[a-z]+")
TESTED = re.compile(r"/(\S*)/\.test\(event\.type\)")
GROUP = r"\((?:[^()]|\([^()]*\))*\)"
"""A group with at most one more inside."""


def called(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            if name == (function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", None)):
                yield node


def said(path: Path) -> Iterator[str]:
    """Yield a pattern for each type that a file writes to the log; a name is what its function is called with."""
    tree = parsed(path)
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
        for kind in (call.args[0] for call in called(function, "emit") if len(call.args) == len(PARTS)):
            if isinstance(kind, ast.Name):
                at = [each.arg for each in function.args.args].index(kind.id)
                yield from (pattern(each.args[at]) for each in called(tree, function.name))
            else:
                yield pattern(kind)


def pattern(kind: ast.expr) -> str:
    if isinstance(kind, ast.JoinedStr):
        return "".join(
            re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[a-z]+" for part in kind.values
        )
    assert isinstance(kind, ast.Constant), ast.unparse(kind)
    return re.escape(str(kind.value))


def followed() -> list[str]:
    source = (WEB / "live" / "follow.ts").read_text(encoding="utf-8")
    return TYPE.findall(source.split("const TYPES =")[1].split("\n\n")[0].split("const TICK_MS")[0])


def listened(text: str) -> Iterator[str]:
    """Yield a pattern for each type of event that a screen looks for."""
    for line in text.splitlines():
        for whole in re.findall(r"event\.type [!=]== '([a-z.]+)'", line):
            yield re.escape(whole)
        for start in re.findall(r"event\.type\.startsWith\('([a-z.]+)'\)", line):
            yield re.escape(start) + "[a-z]+"
        for tested in TESTED.findall(line):
            for each in unfolded(re.sub(r"[\\^$]", "", tested)):
                yield re.escape(each) + ("[a-z]+" if each.endswith(".") else "")


def unfolded(tested: str) -> list[str]:
    """Return what an expression of nothing but groups and bars stands for, one by one."""
    found = []
    for part in re.findall(rf"(?:[^|()]|{GROUP})+", tested):
        if group := re.search(GROUP, part):
            found += [whole for one in unfolded(group[0][1:-1]) for whole in unfolded(part.replace(group[0], one))]
        else:
            found.append(part)
    return found


def test_what_is_written_to_the_log_is_what_the_log_may_say() -> None:
    patterns = {kind for path in python_files("src") for kind in said(path)}
    assert len(patterns) > 20
    unknown = {kind for kind in patterns if not any(re.fullmatch(kind, each) for each in EVENT_TYPES)}
    assert unknown == set()
    assert [each for each in EVENT_TYPES if not any(re.fullmatch(kind, each) for kind in patterns)] == []


def test_the_interface_follows_all_that_the_log_may_say() -> None:
    assert sorted(followed()) == sorted({*EVENT_TYPES, *OF_THE_WIRE})


def test_no_screen_waits_for_what_nobody_says() -> None:
    heard = {kind for path in WEB.rglob("*.svelte") for kind in listened(path.read_text(encoding="utf-8"))}
    assert len(heard) > 10
    assert {kind for kind in heard if not any(re.fullmatch(kind, each) for each in EVENT_TYPES)} == set()
