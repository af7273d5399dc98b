"""The sample of a host draws its panel from the schema, asks, follows, completes and cancels."""

from __future__ import annotations

import importlib.util
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import anyio
import pytest

from maquette import AsyncClient
from tests.api.running import Running, serving
from tests.house.tree import ROOT

pytest.importorskip("textual", reason="textual is optional: install it to try the sample")
SAMPLE = ROOT / "docs" / "samples" / "host_textual.py"
PAINT = "media.painter.txt2img"
SAID = ("Requested", "Progressed", "Completed", "Cancelled")
SLOW = "\n[testing.narrator]\nlatency_s = 30.0\n"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("host") / "home", SLOW) as child:
        yield child


@pytest.fixture(scope="module")
def sample() -> ModuleType:
    spec = importlib.util.spec_from_file_location("host_textual", SAMPLE)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@asynccontextmanager
async def host(sample: ModuleType, running: Running, action: str) -> AsyncIterator[tuple[Any, Any, list[str]]]:
    """Run the app without a terminal; yields the app, its pilot, and the names of the messages that the host got."""
    told: list[str] = []

    def hear(message: Any) -> None:
        told.append(type(message).__name__)

    async with AsyncClient(home=running.home) as client:
        app = sample.Host(client, action)
        async with app.run_test(size=(140, 60), message_hook=hear) as pilot:
            await until(lambda: bool(app.query("#panel #generate")))
            yield app, pilot, told


async def until(found: Callable[[], bool]) -> None:
    with anyio.fail_after(20):
        while not found():
            await anyio.sleep(0.02)


def logged(app: Any) -> list[str]:
    return [line.text for line in app.query_one("#log").lines]


def test_the_sample_is_short() -> None:
    assert len(SAMPLE.read_text().splitlines()) <= 150


@pytest.mark.accepts("S1.87")
async def test_the_panel_is_drawn_from_the_schema_and_makes_what_was_said(sample: ModuleType, running: Running) -> None:
    async with host(sample, running, PAINT) as (app, pilot, told):
        assert {"prompt", "width", "height", "seed"} <= {each.id for each in app.query("#panel Input")}
        app.query_one("#say").focus()
        await pilot.press(*"a red disc", "enter")
        await until(lambda: "You: a red disc" in logged(app))
        app.query_one("#width").value = app.query_one("#height").value = "64"
        app.query_one("#use").press()
        await until(lambda: app.query_one("#prompt").value == "a red disc")
        app.query_one("#generate").press()
        await until(lambda: any(line.startswith("completed asset_") for line in logged(app)))
        assert [name for name in dict.fromkeys(told) if name in SAID] == ["Requested", "Progressed", "Completed"]
        await until(lambda: not app.query_one("#generate").disabled)


@pytest.mark.accepts("S1.87")
async def test_a_job_is_cancelled_from_the_panel_and_a_refusal_is_shown(sample: ModuleType, running: Running) -> None:
    async with host(sample, running, "media.narrator.speech") as (app, _, told):
        app.query_one("#generate").press()
        await until(lambda: "nothing yet" in str(app.query_one("#status").render()))
        field = next(each for each in app.query("#panel Input") if each.id in ("prompt", "text"))
        field.value = "say this slowly"
        app.query_one("#generate").press()
        await until(lambda: "Progressed" in told)
        app.query_one("#cancel").press()
        await until(lambda: "cancelled" in logged(app))
        assert list(dict.fromkeys(name for name in told if name in SAID)) == ["Requested", "Progressed", "Cancelled"]


@pytest.mark.parametrize("path", [SAMPLE])
def test_the_sample_uses_nothing_but_the_public_client(path: Path) -> None:
    inner = [
        line for line in path.read_text().splitlines() if "maquette" in line and line.startswith(("from", "import"))
    ]
    assert inner == ["from maquette import AsyncClient, Event, Job, MaquetteError"]
