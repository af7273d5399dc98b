"""Errors survive the wire."""

from __future__ import annotations

import subprocess
import sys

import pytest

import maquette
from maquette.client.problem import error_of, kinds
from maquette.core.errors import Forbidden, MaquetteError, RequestRefused, ServerFault, UnknownAction


@pytest.mark.parametrize("code", sorted(kinds()))
def test_every_error_class_survives_the_wire(code: str) -> None:
    kind = kinds()[code]
    sent = kind.__new__(kind, "what happened")
    MaquetteError.__init__(sent, "what happened", hint="do this", near=["a"], retry_after=3)
    back = error_of(sent.problem())
    assert type(back) is kind
    assert str(back) == "what happened"
    assert back.problem() == sent.problem()
    assert back.retry_after == 3


def test_an_unknown_action_keeps_its_near_matches() -> None:
    back = error_of(UnknownAction("media.painter.txt2im", ["media.painter.txt2img"]).problem())
    assert isinstance(back, UnknownAction)
    assert back.details == {"near": ["media.painter.txt2img"]}
    assert "Did you mean" in back.advice


@pytest.mark.parametrize(("status", "kind"), [(403, Forbidden), (418, RequestRefused), (500, ServerFault)])
def test_a_code_of_a_newer_server_goes_by_its_status(status: int, kind: type[MaquetteError]) -> None:
    assert type(error_of({"code": "from_the_future"}, status)) is kind


def test_importing_the_package_loads_no_http_client() -> None:
    script = "import maquette, sys; print('httpx2' in sys.modules, len(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    loaded, count = done.stdout.split()
    assert loaded == "False"
    assert int(count) < 200


def test_every_public_name_is_there_and_nothing_else() -> None:
    for name in maquette.__all__:
        assert getattr(maquette, name) is not None
    with pytest.raises(AttributeError, match="nonsense"):
        _ = maquette.nonsense
    assert dir(maquette) == sorted(maquette.__all__)
