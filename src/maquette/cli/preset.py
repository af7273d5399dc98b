"""Presets on the command line: look at them, keep documents, try a request out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from maquette.cli import document as documents
from maquette.cli.reach import Reach
from maquette.cli.show import json_flag, money, put, put_json, put_table

_PRESET = click.argument("preset")


@click.group()
def presets() -> None:
    """List, add, try out and remove presets; `maquette generate PRESET` uses one."""


@presets.command("list")
@json_flag
@click.pass_obj
def list_presets(reach: Reach, as_json: bool) -> None:
    """List every preset."""
    found = reach.client().presets()
    if as_json:
        put_json([preset.raw for preset in found])
        return
    rows = [
        [each.name, each.media, each.strategy, str(len(each.candidates)), "yes" if each.enabled else "no", each.title]
        for each in found
    ]
    put_table(["preset", "makes", "strategy", "candidates", "enabled", "title"], rows)


@presets.command("show")
@_PRESET
@json_flag
@click.pass_obj
def show_preset(reach: Reach, preset: str, as_json: bool) -> None:
    """Show one preset and its candidates in order."""
    found = reach.client().preset(preset)
    if as_json:
        put_json(found.raw)
        return
    put(f"{found.name}: {found.title} (version {found.version}, {found.origin})", found.description)
    put(f"Makes {found.media} by the strategy {found.strategy}.")
    put_table(
        ["", "action", "account", "weight", "params"],
        [
            [str(number), each["action"], each.get("account") or "", f"{each['weight']:g}", _short(each["params"])]
            for number, each in enumerate(found.candidates)
        ],
    )
    _warn(found.warnings)


@presets.command()
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_flag
@click.pass_obj
def add(reach: Reach, path: Path, as_json: bool) -> None:
    """Keep a document in JSON as a preset, or as a further version of the one of that name."""
    document = documents.of_file(path)
    client = reach.client()
    own = {each.name: each.id for each in client.presets() if each.origin == "user"}
    made = client.save_preset(document, preset=own.get(str(document.get("name"))))
    if as_json:
        put_json(made.raw)
        return
    put(f"{made.name} version {made.version}  {made.id}", f"Use it: maquette generate {made.name}")
    _warn(made.warnings)


@presets.command()
@_PRESET
@click.argument("prompt", required=False)
@click.option("--params", default="{}", help="Further parameters, as a JSON object.")
@json_flag
@click.pass_obj
def plan(reach: Reach, preset: str, prompt: str | None, params: str, as_json: bool) -> None:
    """Tell which candidates would serve a request, in which order and for how much; nothing is run."""
    given = documents.of_text(params, "--params")
    found = reach.client().plan_preset(preset, given | ({"prompt": prompt} if prompt else {}))
    if as_json:
        put_json(found)
        return
    put(f"{found['strategy']}: {found['why']}")
    put_table(
        ["candidate", "action", "account", "likely", "figures"],
        [
            [str(each["candidate"]), each["action"], each["account"], _price(each), _short(each["figures"])]
            for each in found["candidates"]
        ],
    )
    put(*(f"Left out: {each['candidate']} {each['action']}: {each['why']}" for each in found["left_out"]))
    put(
        *(
            f"Changed for {each['action']}: {_told(each['warnings'])}"
            for each in found["candidates"]
            if each["warnings"]
        )
    )
    put(f"Likely {money(found['estimate']['likely'])}, at most {money(found['estimate']['max'])}.")
    _warn(found["warnings"])


@presets.command()
@_PRESET
@click.pass_obj
def remove(reach: Reach, preset: str) -> None:
    """Remove a preset; jobs that it made go on."""
    reach.client().delete_preset(preset)


def _short(values: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in values.items() if value is not None)


def _price(candidate: Mapping[str, Any]) -> str:
    return money(candidate["price"]["likely"]) if candidate["price"] else "unknown"


def _told(warnings: Sequence[Mapping[str, Any]]) -> str:
    return "; ".join(f"{each['field']}: {each['why']}" for each in warnings)


def _warn(warnings: Sequence[Mapping[str, str]]) -> None:
    for each in warnings:
        click.secho(f"{each['path']}: {each['message']}", fg="yellow", err=True)
