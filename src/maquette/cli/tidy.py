"""Tidy a workspace from the command line."""

from __future__ import annotations

from typing import Any

import click

from maquette.cli.reach import Reach
from maquette.cli.show import json_flag, moment, put, put_json, put_table

_SHOWN = 50


@click.command()
@click.option("--dry-run", is_flag=True, help="Only tell what would go, and how much.")
@json_flag
@click.pass_obj
def tidy(reach: Reach, /, dry_run: bool, as_json: bool) -> None:
    """Put what the rules of this workspace let go into the bin, from which it can be brought back for a week.

    What is kept, chosen or in use stays. The rules are set by PUT /api/v1/housekeeping and followed once a day.
    """
    path = "/api/v1/housekeeping/tidy"
    done: dict[str, Any] = reach.client().request("POST", path, json={"dry_run": dry_run})
    if as_json:
        put_json(done)
        return
    rows = [
        [each["asset"], each["media"], _megabytes(each["size"]), moment(each["created_at"]), each["why"]]
        for each in done["items"][:_SHOWN]
    ]
    put_table(["asset", "medium", "size", "made", "why"], rows)
    if done["count"] > _SHOWN:
        put(f"… and {done['count'] - _SHOWN} more; --json lists the first thousand.")
    put(f"{done['count']} files, {_megabytes(done['bytes'])}, {'would go' if dry_run else 'are in the bin'}.")
    if done["compressed"]:
        put(f"{done['compressed']} pictures are stored in {_megabytes(done['saved_bytes'])} less.")


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"
