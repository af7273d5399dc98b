"""The configuration as a file, and the record of who changed what."""

from __future__ import annotations

import json
from pathlib import Path

import click

from maquette.cli import document as documents
from maquette.cli.reach import Reach
from maquette.cli.show import json_flag, moment, put, put_json, put_table

ROUTE = "/api/v1/configuration"


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@click.pass_obj
def export(reach: Reach, file: Path | None) -> None:
    """Write the configuration as one document, without secrets, to FILE or to stdout."""
    document = reach.client().request("GET", ROUTE)
    if file is None:
        put_json(document)
        return
    file.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    put(f"Wrote {file}.")


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_flag
@click.pass_obj
def apply(reach: Reach, file: Path, as_json: bool) -> None:
    """Take a document over, all of it or nothing; what it does not name stays as it is."""
    done = reach.client().request("POST", ROUTE, json=documents.of_file(file, None))
    if as_json:
        put_json(done)
        return
    put(f"{len(done['created'])} new, {len(done['updated'])} changed, {done['unchanged']} as they were.")
    for waiting in done["needs_secrets"]:
        put(f"Account {waiting['name']!r} is off until you enter: {', '.join(waiting['secrets'])}.")
    put(*(f"Not taken over: {key}" for key in done["left_out"]))


@click.command()
@click.option("--action", help="What happened: account.updated, or account for all that happened to accounts.")
@click.option("--subject", help="The id of what was changed.")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True, help="Most rows.")
@json_flag
@click.pass_obj
def audit(reach: Reach, action: str | None, subject: str | None, limit: int, as_json: bool) -> None:
    """List who changed what, newest first."""
    asked = {"action": action, "subject": subject, "limit": limit}
    query = {name: value for name, value in asked.items() if value is not None}
    page = reach.client().request("GET", "/api/v1/audit", params=query)
    if as_json:
        put_json(page)
        return
    rows = [[moment(row["at"]), row["action"], row["subject"], row["key"] or "-"] for row in page["items"]]
    put_table(["when", "what", "of", "by key"], rows)
