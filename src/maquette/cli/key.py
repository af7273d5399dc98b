"""API keys on the command line."""

from __future__ import annotations

import time
from typing import Any

import click

from maquette.cli.reach import Reach
from maquette.cli.show import json_flag, moment, put, put_json, put_table


@click.group()
def keys() -> None:
    """Create, list and revoke API keys."""


@keys.command("list")
@json_flag
@click.pass_obj
def list_keys(reach: Reach, as_json: bool) -> None:
    """List the keys; a key itself is never shown again."""
    page = reach.client().request("GET", "/api/v1/keys")
    if as_json:
        put_json(page)
        return
    rows = [
        [row["id"], row["role"], row["name"], moment(row.get("created_at")), " ".join(row.get("scopes") or ())]
        for row in page["items"]
    ]
    put_table(["key", "role", "name", "created", "scopes"], rows)


@keys.command()
@click.argument("name")
@click.option("--role", type=click.Choice(["admin", "member", "viewer"]), default="member", show_default=True)
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    help="What alone it may use: jobs, assets:read, action:media.x.*, preset:NAME; repeatable.",
)
@click.option("--per-minute", type=click.IntRange(1), help="Jobs that it may start a minute.")
@click.option("--days", type=click.IntRange(1), help="Days after which it ends.")
@json_flag
@click.pass_obj
def create(reach: Reach, /, name: str, as_json: bool, **values: Any) -> None:
    """Create a key and print it once."""
    ends = round(time.time() + values["days"] * 86_400) * 1000 if values["days"] else None
    asked = {
        "name": name,
        "role": values["role"],
        "scopes": list(values["scopes"]) or None,
        "per_minute": values["per_minute"],
        "expires_at": ends,
    }
    body = {word: value for word, value in asked.items() if value is not None}
    _once(reach.client().request("POST", "/api/v1/keys", json=body), as_json)


@click.group(invoke_without_command=True)
@click.pass_context
def workspaces(context: click.Context) -> None:
    """Make and list workspaces: rooms of one installation, each with its own keys, accounts and media."""
    if context.invoked_subcommand is None:
        context.invoke(list_workspaces)


@workspaces.command("list")
@json_flag
@click.pass_obj
def list_workspaces(reach: Reach, as_json: bool = False) -> None:
    """List the workspaces."""
    page = reach.client().request("GET", "/api/v1/workspaces")
    if as_json:
        put_json(page)
        return
    put_table(
        ["workspace", "name", "created"], [[row["id"], row["name"], moment(row["created_at"])] for row in page["items"]]
    )


@workspaces.command("create")
@click.argument("name")
@json_flag
@click.pass_obj
def create_workspace(reach: Reach, name: str, as_json: bool) -> None:
    """Make a workspace and print its first admin key once."""
    _once(reach.client().request("POST", "/api/v1/workspaces", json={"name": name}), as_json)


@workspaces.command()
@click.argument("workspace")
@json_flag
@click.pass_obj
def admit(reach: Reach, workspace: str, as_json: bool) -> None:
    """Make a fresh admin key of a workspace whose keys are lost, and print it once."""
    _once(reach.client().request("POST", f"/api/v1/workspaces/{workspace}/keys"), as_json)


def _once(made: dict[str, Any], as_json: bool) -> None:
    if as_json:
        put_json(made)
        return
    put(str(made["token"]))
    click.echo("Keep it now: it is not shown again.", err=True)


@keys.command()
@click.argument("key")
@click.pass_obj
def revoke(reach: Reach, key: str) -> None:
    """Revoke a key, by its id."""
    reach.client().request("DELETE", f"/api/v1/keys/{key}")
