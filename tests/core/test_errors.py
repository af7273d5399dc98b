"""Errors: one body for every door."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import pytest

from maquette.core import errors
from maquette.core.errors import MaquetteError, NotFound, RateLimited, UnknownAction


def kinds() -> Iterator[type[MaquetteError]]:
    for _, kind in inspect.getmembers(errors, inspect.isclass):
        if issubclass(kind, MaquetteError) and kind.__module__ == errors.__name__:
            yield kind


def made(kind: type[MaquetteError]) -> MaquetteError:
    return UnknownAction("media.none.txt2img", []) if kind is UnknownAction else kind("The 'thing' is not there")


@pytest.mark.parametrize("kind", [*kinds()])
def test_every_error_speaks_as_a_problem(kind: type[MaquetteError]) -> None:
    error = made(kind)
    body = error.problem()
    assert body == {
        "type": f"urn:maquette:error:{kind.code}",
        "title": inspect.getdoc(kind).splitlines()[0].rstrip("."),  # type: ignore[union-attr]
        "status": kind.status,
        "code": kind.code,
        "detail": error.message,
        "hint": kind.hint,
    } | ({"near": []} if kind is UnknownAction else {})
    assert body["title"]
    assert str(error) == body["detail"]


def test_details_are_part_of_the_body_and_empty_ones_are_not() -> None:
    body = NotFound("No provider 'x'", hint="Look again.", near=["y"], account=None).problem()
    assert body["hint"] == "Look again."
    assert body["near"] == ["y"]
    assert "account" not in body


def test_an_error_tells_how_long_to_wait_where_it_knows() -> None:
    assert RateLimited("slow down", retry_after=3).retry_after == 3.0
    assert RateLimited("slow down").retry_after is None


def test_the_tree_in_the_docstring_hangs_every_error_under_its_branch() -> None:
    drawn = (errors.__doc__ or "").split("```")[1]
    branch = ""
    for line in drawn.splitlines():
        names = re.findall(r"\b[A-Z]\w+\b", line)
        if re.match(r"[\u251c\u2514]", line):
            branch = names[0]
            names = []
        for name in names:
            if name != "MaquetteError":
                assert issubclass(getattr(errors, name), getattr(errors, branch)), f"{name} under {branch}"


@pytest.mark.parametrize(
    ("near", "advice"),
    [(["media.a.b", "media.a.c"], "Did you mean 'media.a.b', 'media.a.c'?"), ([], UnknownAction.hint)],
)
def test_an_unknown_action_names_what_was_perhaps_meant(near: list[str], advice: str) -> None:
    error = UnknownAction("media.a.d", near)
    assert str(error) == "Unknown action type: media.a.d"
    assert isinstance(error, ValueError)
    assert error.advice == advice
    assert error.problem()["near"] == near
