"""The ledger on the command line."""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import click

from maquette.cli.reach import Reach
from maquette.cli.show import json_flag, money, put, put_json, put_table

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def ledger() -> None:
    """Export what was spent; tell how estimates fared."""


@ledger.command()
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="File; else standard output.")
@click.option("--since", type=_DAY, help="First day, in UTC.")
@click.option("--until", type=_DAY, help="Day before which it ends, in UTC.")
@click.pass_obj
def export(reach: Reach, output: Path | None, since: datetime | None, until: datetime | None) -> None:
    """Export the ledger as CSV, an attempt a row, oldest first."""
    span = {"since": _ms(since), "until": _ms(until)}
    if output is not None:
        put(str(reach.client().export_ledger(output, **span)))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = reach.client().export_ledger(Path(folder) / "ledger.csv", **span)
        with path.open(encoding="utf-8", newline="") as text:
            for line in text:
                sys.stdout.write(line)


def _ms(day: datetime | None) -> int | None:
    return None if day is None else round(day.replace(tzinfo=UTC).timestamp() * 1000)


@ledger.command()
@click.option("--days", type=click.IntRange(1, 366), default=30, show_default=True, help="How many days back.")
@json_flag
@click.pass_obj
def drift(reach: Reach, days: int, as_json: bool) -> None:
    """Tell by provider and model what was estimated and what it was settled at, the dearest first."""
    found = reach.client().drift(days)
    if as_json:
        put_json(found)
        return
    put_table(
        ["provider", "model", "settled", "estimated", "cost", "ratio", "outside", "reported", "computed", "guessed"],
        [
            [
                row["provider"], row["model"] or "", str(row["settled"]), money(row["estimated"]), money(row["spend"]),
                "" if row["ratio"] is None else f"{row['ratio']:.2f}",
                *(str(row[name]) for name in ("outside", "reported", "computed", "guessed")),
            ]
            for row in found
        ],
    )  # fmt: skip
