"""API keys on the command line."""

from __future__ import annotations

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
    rows = [[row["id"], row["role"], row["name"], moment(row.get("created_at"))] for row in page["items"]]
    put_table(["key", "role", "name", "created"], rows)


@keys.command()
@click.argument("name")
@click.option("--role", type=click.Choice(["admin", "member", "viewer"]), default="member", show_default=True)
@json_flag
@click.pass_obj
def create(reach: Reach, name: str, role: str, as_json: bool) -> None:
    """Create a key and print it once."""
    made = reach.client().request("POST", "/api/v1/keys", json={"name": name, "role": role})
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
