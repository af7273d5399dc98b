"""The catalog on the command line: actions, providers, and the copy in the home folder that completion reads."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from maquette.cli.flag import flags_of
from maquette.cli.reach import Reach
from maquette.cli.show import json_flag, put, put_json, put_table

if TYPE_CHECKING:
    from maquette.client import Action

CACHE = "catalog.json"


def remember(home: Path, actions: Sequence[Action]) -> None:
    """Keep the catalog for completion; a home folder that cannot be written has none."""
    text = json.dumps({action.name: dict(action.raw) for action in actions})
    part = home / f".{CACHE}.{os.getpid()}"
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(home / CACHE)
    except OSError:
        part.unlink(missing_ok=True)


def remembered(home: Path) -> Mapping[str, Mapping[str, Any]]:
    """Return the kept catalog, by name; empty if there is none."""
    try:
        found = json.loads((home / CACHE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


@click.group()
def actions() -> None:
    """List what can be made, and show the parameters."""


@actions.command("list")
@click.option("--media", type=click.Choice(["image", "video", "audio", "text", "document"]), help="Only these.")
@click.option("--ready", is_flag=True, help="Only what can run now.")
@json_flag
@click.pass_obj
def list_actions(reach: Reach, media: str | None, ready: bool, as_json: bool) -> None:
    """List every action, and whether an account serves it."""
    every = reach.client().actions()
    remember(reach.home, every)
    found = [action for action in every if media in (None, action.produces) and (action.ready or not ready)]
    if as_json:
        put_json([action.raw for action in found])
        return
    rows = [[each.name, each.produces, each.title, "" if each.ready else "an account"] for each in found]
    put_table(["action", "makes", "title", "needs"], rows)


@actions.command("show")
@click.argument("name")
@click.option("--model", help="Only the parameters that this model takes.")
@json_flag
@click.pass_obj
def show_action(reach: Reach, name: str, model: str | None, as_json: bool) -> None:
    """Show one action with its parameters."""
    action = reach.client().action(name, model=model)
    if as_json:
        put_json(action.raw)
        return
    put(f"{action.name}: {action.title} ({action.produces})", action.summary)
    put_table(
        ["flag", "type", "default", "meaning"],
        [
            [
                f"--{flag.word}{' (required)' if flag.required else ''}",
                str(flag.spec.get("type", "json")),
                json.dumps(flag.spec["default"]) if "default" in flag.spec else "",
                str(flag.spec.get("description", "")),
            ]
            for flag in flags_of(action.schema)
        ],
    )


@click.group()
def providers() -> None:
    """List the providers and what each can do."""


@providers.command("list")
@json_flag
@click.pass_obj
def list_providers(reach: Reach, as_json: bool) -> None:
    """List every provider."""
    found = reach.client().providers()
    if as_json:
        put_json([provider.raw for provider in found])
        return
    rows = [
        [provider.name, provider.title, ", ".join(provider.media), str(len(provider.actions)), _needs(provider.keyless)]
        for provider in found
    ]
    put_table(["provider", "title", "makes", "actions", "needs"], rows)


def _needs(keyless: bool) -> str:
    return "nothing" if keyless else "an account"
