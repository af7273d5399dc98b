"""The papers are short, true and complete."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

import pytest

from tests.house.acceptance import PAGE, page, place, proofs
from tests.house.tree import ROOT, files, short, text_files

DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
HEADINGS = ["Context", "Decision", "Consequences", "Alternatives"]

# Built from pieces, so that this file does not hold what it looks for.
HOMES = re.compile("/" + r"(?:home|Users)/[a-z][\w.-]*/|(?<![\w.])/" + "root/")
REGISTRIES = re.compile(
    "|".join(["pypi" + r"\.org", "python" + r"hosted\.org", "npmjs" + r"\.(?:org|com)", "--extra-" + "index-url"])
)


def test_the_first_commands_of_the_readme_are_demo_and_test() -> None:
    commands = [
        line.split("#")[0].strip()
        for line in (ROOT / "README.md").read_text().splitlines()
        if line.startswith("./run ")
    ]
    assert commands[:2] == ["./run demo", "./run test"]


def test_the_readme_names_only_commands_that_run_has() -> None:
    offered = set(re.findall(r"^    ([a-z |]+)\)$", (ROOT / "run").read_text(), re.MULTILINE))
    known = {word for group in offered for word in group.split(" | ")}
    for name in ("README.md", "AGENTS.md", "CONTRIBUTING.md", "docs/development.md"):
        assert set(re.findall(r"\./run ([a-z]+)", (ROOT / name).read_text())) <= known, name


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_its_four_headings_and_fits_one_screen(path: object) -> None:
    text = (ROOT / "docs" / "decisions" / str(path)).read_text()
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
    assert len(text.splitlines()) <= 60


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_the_guide_for_makers_is_at_most_100_lines() -> None:
    assert len((ROOT / "AGENTS.md").read_text().splitlines()) <= 100


def test_the_provider_shown_to_contributors_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = re.search(r"```python\n(.+?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)
    assert shown is not None
    (tmp_path / "example.py").write_text(shown[1])
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "example", raising=False)
    module = importlib.import_module("example")
    (action,) = module.PROVIDER.actions()
    assert action.name == "media.example.txt2img"
    assert set(action.schema()["properties"]) == {"prompt", "seed"}
    assert module.Account(api_key="secret").headers() == {"Authorization": "Bearer secret"}


def test_every_local_link_in_the_papers_leads_somewhere() -> None:
    broken = [
        f"{short(path)}: {target}"
        for path, text in text_files()
        if path.suffix == ".md"
        for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", text)
        if not (path.parent / target).exists()
    ]
    assert broken == []


def test_the_acceptance_page_is_what_the_tests_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(proofs()), "run: .venv/bin/python -m tests.house.acceptance"


def test_an_unknown_row_is_refused() -> None:
    with pytest.raises(ValueError, match="is not a row"):
        place("S9.1")


def test_no_file_holds_a_path_of_a_home_or_of_this_folder() -> None:
    here = f"{ROOT}/" if len(ROOT.parts) > 2 else None
    assert [short(path) for path, text in text_files() if HOMES.search(text) or (here and here in text)] == []


def test_no_file_names_a_registry() -> None:
    assert [short(path) for path, text in text_files() if REGISTRIES.search(text)] == []


def test_no_file_is_larger_than_a_megabyte() -> None:
    assert [short(path) for path in files() if path.stat().st_size > 1_000_000] == []


@pytest.mark.accepts("C22", "S1.69")
def test_what_is_left_out_is_named_with_its_reason() -> None:
    rows = [
        line.split("|") for line in (ROOT / "docs" / "left-out.md").read_text().splitlines() if line.startswith("| ")
    ]
    reasons = {row[1].strip(): row[3].strip() for row in rows[2:]}
    assert all(reasons.values())
    told = " ".join(reasons)
    for word in ("Training", "Clusters", "writing of articles", "ComfyUI"):
        assert word in told
