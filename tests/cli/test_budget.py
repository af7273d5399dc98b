"""Budgets, prices and the ledger from the command line, against the real server."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from tests.cli.test_preset import Said, client, maquette, running

__all__ = ["client", "maquette", "running"]


def test_a_budget_is_added_changed_listed_and_removed(maquette: Said) -> None:
    code, said, _ = maquette("budgets", "add", "team", "0.50", "--period", "day", "--warn")
    assert (code, "$0.50 a day for the workspace, warning" in said) == (0, True)
    assert maquette("budgets", "change", "team", "--amount", "12", "--off")[0] == 0
    (row,) = json.loads(maquette("budgets", "list", "--json")[1])
    assert (row["amount"], row["enabled"], row["mode"]) == (12_000_000, False, "warning")
    assert "team\tthe workspace\t$12.00\tday\toff\t$0.00" in maquette("budgets", "list")[1]
    assert maquette("budgets", "show", "team")[0] == 0
    assert maquette("budgets", "remove", "team")[0] == 0
    assert maquette("budgets", "show", "team")[0] == 4


def test_a_wrong_sum_and_a_wrong_subject_are_refused(maquette: Said) -> None:
    for wrong in ("-5", "much", "nan"):
        code, _, told = maquette("budgets", "add", "x", "--", wrong)
        assert code == 2, told
    code, _, told = maquette("budgets", "add", "x", "1", "--scope", "account", "--for", "nobody")
    assert (code, "there is no account 'nobody'" in told) == (4, True)
    assert maquette("budgets", "change", "x")[0] == 2
    assert json.loads(maquette("budgets", "list", "--json")[1]) == []


def test_a_price_is_set_shown_and_unset(maquette: Said) -> None:
    rules = '[{"per": "second", "credits": 5}]'
    arguments = ("--per", "image=0.04", "--json-rules", rules, "--credit", "0.01")
    code, said, told = maquette("prices", "set", "openai", "a/model", *arguments)
    assert (code, said.strip()) == (0, "openai a/model: 0.04 per image; 5 credits per second"), told
    shown = maquette("prices", "list", "--provider", "openai")[1]
    assert "openai\ta/model\t0.04 per image; 5 credits per second\town\t" in shown
    assert maquette("prices", "unset", "openai", "a/model")[0] == 0
    assert maquette("prices", "set", "openai", "x", "--per", "image")[0] == 2
    assert maquette("prices", "set", "openai", "x", "--json-rules", "{")[0] == 2


def test_the_ledger_is_exported_and_checked(maquette: Said, tmp_path: Path) -> None:
    words = ("--width", "64", "--height", "64", "--no-preview", "--output", str(tmp_path / "disc.png"))
    assert maquette("generate", "media.painter.txt2img", "a red disc", *words)[0] == 0
    path = tmp_path / "deep" / "ledger.csv"
    assert maquette("ledger", "export", "--output", str(path))[0] == 0
    with path.open(newline="") as text:
        rows = list(csv.DictReader(text))
    assert [row["provider"] for row in rows] == ["painter"]
    assert maquette("ledger", "export")[1].replace("\r\n", "\n") == path.read_text().replace("\r\n", "\n")
    assert maquette("ledger", "export", "--since", "2099-01-01")[1].splitlines()[1:] == []
    assert "painter" in maquette("ledger", "drift")[1]
    assert "budgets and figures agree with it" in maquette("doctor")[1]
    assert maquette("doctor", "--mend")[0] == 0
