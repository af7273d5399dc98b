"""Graphs that become actions, on the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click

from maquette.cli.reach import Reach
from maquette.cli.show import json_flag, put, put_json, put_table

ROUTE = "/api/v1/definitions"


@click.group()
def graphs() -> None:
    """Import graphs as actions, list, export and remove them."""


@graphs.command("list")
@json_flag
@click.pass_obj
def list_graphs(reach: Reach, as_json: bool) -> None:
    """List the imported graphs."""
    page = reach.client().request("GET", ROUTE)
    if as_json:
        put_json(page)
        return
    rows = [[row["id"], str(row.get("provider", row.get("kind", ""))), row["name"]] for row in page["items"]]
    put_table(["graph", "provider", "name"], rows)


@graphs.command("import")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--provider", default="comfyui", show_default=True, help="The provider that runs it.")
@click.option("--name", help="The last part of the action's name; the file's name if none is given.")
@click.option("--account", help="An account whose server knows the nodes.")
@json_flag
@click.pass_obj
def import_graph(reach: Reach, path: Path, provider: str, name: str | None, account: str | None, as_json: bool) -> None:
    """Import a graph, or the description of a server, from a JSON or YAML file; it becomes actions."""
    plain = re.sub(r"[^a-z0-9]+", "_", path.stem.lower()).strip("_")
    body = {"provider": provider, "name": name or plain, "document": _document(path)}
    made = reach.client().request("POST", ROUTE, json=body | ({"account": account} if account else {}))
    if as_json:
        put_json(made)
        return
    put(str(made["id"]), *(f"Run it: maquette generate {action}" for action in made.get("actions", ())))


def _document(path: Path) -> object:
    """Return the file's JSON, or its text as it is: the server reads YAML too, and says where a text is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{str(path)!r} is no text: {error}") from error
    try:
        return json.loads(text)
    except ValueError:
        return text


@graphs.command()
@click.argument("graph")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path), required=False)
@click.pass_obj
def export(reach: Reach, graph: str, path: Path | None) -> None:
    """Write a graph as JSON to PATH or stdout."""
    text = json.dumps(reach.client().request("GET", f"{ROUTE}/{graph}/export"), ensure_ascii=False, indent=2)
    if path is None:
        put(text)
    else:
        path.write_text(f"{text}\n", encoding="utf-8")


@graphs.command()
@click.argument("graph")
@click.pass_obj
def remove(reach: Reach, graph: str) -> None:
    """Remove a graph; jobs that run it keep their version."""
    reach.client().request("DELETE", f"{ROUTE}/{graph}")
