"""Every error tells its reader what happened and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from maquette.core import errors

RECOVERIES = {"stop", "retry", "next", "wait"}


def below(kind: type[errors.MaquetteError]) -> Iterator[type[errors.MaquetteError]]:
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield child
            yield from below(child)


EVERY = [errors.MaquetteError, *sorted(set(below(errors.MaquetteError)), key=lambda kind: kind.__name__)]


@pytest.mark.parametrize("kind", EVERY)
def test_an_error_has_a_docstring_a_code_a_status_a_recovery_and_a_hint(kind: type[errors.MaquetteError]) -> None:
    assert (kind.__doc__ or "").strip().endswith(".")
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", kind.code)
    assert 400 <= kind.status <= 599
    assert kind.recovery in RECOVERIES
    assert kind.hint.strip()


def test_no_two_errors_share_a_code() -> None:
    codes = [kind.code for kind in EVERY if "code" in vars(kind)]
    assert len(codes) == len(set(codes))
    assert [kind.__name__ for kind in EVERY if "code" not in vars(kind)] == []


def test_the_tree_at_the_top_of_the_file_names_every_error() -> None:
    drawn = set(re.findall(r"\b[A-Z][A-Za-z]+\b", (errors.__doc__ or "").split("```")[1]))
    assert drawn == {kind.__name__ for kind in EVERY}
