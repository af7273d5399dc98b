"""A provider in a distribution of its own: one file, and it is everywhere that a built-in one is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from maquette.core.staged import BEGINS
from tests import plugin
from tests.api.running import events
from tests.conformance.product import Product

ACTION = "media.postcard.emboss"
FILE = Path(plugin.HERE) / "maquette_postcard.py"


def command(product: Product, *words: str) -> str:
    """Run the command line against the product, in a process that does not see the plugin."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith("MAQUETTE_")}
    done = subprocess.run(
        [sys.executable, "-m", "maquette.cli", *words],
        env=environ | {"MAQUETTE_HOME": str(product.fleet.home), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def referred(document: Any, reference: str) -> Any:
    """Follow a reference inside a document."""
    for part in reference.removeprefix("#/").split("/"):
        document = document[part]
    return document


@pytest.mark.accepts("S1.50")
def test_the_plugin_is_one_file_of_at_most_sixty_lines() -> None:
    assert len(FILE.read_text().splitlines()) <= 60


@pytest.mark.accepts("S1.71")
def test_a_plugin_is_in_the_catalog_with_its_schema_and_an_account_of_its_own(product: Product) -> None:
    listed = {row["name"]: row for row in product.get("/api/v1/actions")["items"]}
    shown = listed[ACTION]
    assert (shown["provider"], shown["title"], shown["free"]) == ("postcard", "Print a postcard", True)
    assert shown["schema"]["properties"]["stripes"]["maximum"] == 16
    (account,) = product.get("/api/v1/accounts?provider=postcard")["items"]
    assert account["origin"] == "builtin"


@pytest.mark.accepts("S1.71")
def test_openapi_holds_the_parameters_of_every_action_and_every_reference_in_it_leads_somewhere(
    product: Product,
) -> None:
    document = product.get("/api/v1/openapi.json")
    schemas = document["components"]["schemas"]
    catalog = {row["name"]: row["schema"] for row in product.get("/api/v1/actions")["items"]}
    assert set(catalog) <= set(schemas)
    assert schemas[ACTION] == catalog[ACTION]
    text = json.dumps(document)
    for reference in {part.split('"')[0] for part in text.split('"$ref": "')[1:]}:
        assert referred(document, reference)


@pytest.mark.accepts("S1.71")
def test_the_flags_of_the_command_line_are_those_of_the_plugin(product: Product, tmp_path: Path) -> None:
    told = command(product, "generate", ACTION, "--help")
    assert all(flag in told for flag in ("--stripes", "--tint", "--seed", "How many stripes the picture has."))
    target = tmp_path / "card.png"
    command(product, "generate", ACTION, "a card", "--stripes", "3", "--seed", "5", "--output", str(target))
    assert target.read_bytes().startswith(b"\x89PNG")


@pytest.mark.accepts("S1.71")
def test_a_plugin_runs_streams_and_ends_with_its_assets(product: Product) -> None:
    body = {"action": ACTION, "params": {"prompt": "three cards", "n": 3, "seed": 1}}
    with product.client() as client:
        accept = {"Accept": "text/event-stream"}
        with client.stream("POST", "/api/v1/jobs", json=body, headers=accept) as stream:
            told = [(kind, data["data"]) for _, kind, data in events(stream.iter_lines())]
    kinds = [kind for kind, _ in told]
    assert (kinds[0], kinds[-1], kinds.count("asset.created")) == ("job.queued", "job.succeeded", 3)
    messages = [data["message"] for kind, data in told if kind == "attempt.progressed"]
    assert messages[-1:] == ["card 3 of 3"] or messages[:1] == ["card 1 of 3"]


@pytest.mark.accepts("S4.1", "S4.3")
def test_a_plugin_of_small_steps_shows_its_phases_and_is_answered_by_another_action(product: Product) -> None:
    shown = product.action("media.herald.announce")
    assert (shown["title"], shown["summary"]) == ("Announce", "Announce a thing.")
    assert list(shown["phases"]) == list(BEGINS)
    assert shown["phases"]["AI_CALL"] == "Having it written"
    job = product.run("media.herald.announce", prompt="a lighthouse for sale")
    assert job["state"] == "succeeded", job["error"]
    (child,) = (product.get(f"/api/v1/jobs/{name}") for name in job["children"])
    assert (child["action"], child["params"]["kind"]) == ("media.writer.txt2txt", "blurb")
    assert product.content(job["assets"][0]) == product.content(child["assets"][0])
    last = [data for kind, data in product.log(job["id"]) if kind == "attempt.progressed"][-1]
    assert (last["phase"], last["fraction"], last["message"]) == ("DONE", 0.98, "Announced")


def test_what_a_plugin_refuses_fails_the_job_with_its_words_and_asks_nobody(product: Product) -> None:
    job = product.run("media.herald.announce", prompt="nothing at all")
    assert (job["state"], job["error"]["code"], job["children"]) == ("failed", "params_invalid", [])
    assert job["error"]["detail"] == "There is no news"
