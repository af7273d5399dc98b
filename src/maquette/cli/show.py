"""What commands print: JSON for programs, tables and lines for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
UNSEEN_WIDTH = 140
"""Columns of a table in a log, where nobody says how wide a line may be."""


def json_flag(command: F) -> F:
    """Add `--json` to a command, as its argument `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON; errors too, on stderr.")(command)


def put(*lines: str) -> None:
    """Print the lines that say something."""
    for line in lines:
        if line:
            click.echo(line)


def put_json(value: Any) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=dict))


def put_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table: drawn on a terminal, tab-separated for other programs."""
    if sys.stdout.isatty():
        draw_table(headings, rows)
        return
    for row in rows:
        click.echo("\t".join(row))


def draw_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Draw a table for people, wherever it goes."""
    from rich.console import Console  # noqa: PLC0415 - loads where a table is drawn
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        # As text: what a provider or a person wrote is never read as markup.
        table.add_row(*map(Text, row))
    Console(width=None if sys.stdout.isatty() else UNSEEN_WIDTH).print(table)


def money(micro_usd: int | None) -> str:
    """Write micro-USD as dollars, as short as is exact enough."""
    if not micro_usd:
        return "free" if micro_usd == 0 else ""
    return f"${micro_usd / 1_000_000:.6f}".rstrip("0") if micro_usd % 10_000 else f"${micro_usd / 1_000_000:.2f}"


def moment(milliseconds: int | None) -> str:
    """Write a time in UTC."""
    if not milliseconds:
        return ""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def size(count: int) -> str:
    """Write a number of bytes for people."""
    for unit, scale in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= scale:
            return f"{count / scale:.1f} {unit}"
    return f"{count} B"
