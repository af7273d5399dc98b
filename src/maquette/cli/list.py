"""Lists on the command line: one action for each row of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from maquette.cli.outcome import CANCELLED, FAILED, OK
from maquette.cli.reach import Reach
from maquette.cli.show import json_flag, money, put, put_json, put_table

if TYPE_CHECKING:
    from maquette.client import Client, Job

ACTION = "list.run"
WAIT = click.option("--wait/--no-wait", default=True, help="Wait until it ends, or print its id at once.")
ZIP = click.option("--zip", "target", type=click.Path(dir_okay=False, path_type=Path), help="Write all files there.")


@click.group("list")
def lists() -> None:
    """Run an action for each row of a file; show, retry and download lists."""


@lists.command("run")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--action", required=True, help="What each row runs.")
@click.option("--set", "pairs", multiple=True, metavar="NAME=VALUE", help="A parameter of all rows; repeatable.")
@click.option("--at-once", type=click.IntRange(1, 20), default=1, show_default=True, help="Rows at a time.")
@click.option("--check", is_flag=True, help="Tell what would run, and run nothing.")
@WAIT
@ZIP
@json_flag
@click.pass_obj
def run_list(  # noqa: PLR0913, PLR0917 - one parameter for each option
    reach: Reach,
    file: Path,
    action: str,
    pairs: Sequence[str],
    at_once: int,
    check: bool,
    wait: bool,
    target: Path | None,
    as_json: bool,
) -> int:
    """Run an action for each row of a CSV or JSON file.

    The first line of a CSV names the parameters; `--set 'prompt=a {{ animal }}'` makes a column of the name `animal` a
    part of every prompt. A row that fails stops no other: `maquette list retry` runs only those that failed.
    """
    from maquette.cli.field import given  # noqa: PLC0415 - loads when it is used

    client = reach.client()
    shared = given(pairs, client.action(action).schema)
    uploaded = client.upload(file)
    seen = client.preview_list(action, file=uploaded.id, params=shared)
    if check or not as_json:
        _put_preview(seen, as_json=as_json and check)
    if check:
        return OK if seen["ready"] == seen["total"] else FAILED
    words = {"action": action, "file": uploaded.id, "params": shared, "at_once": at_once}
    job = client.submit(ACTION, params=words)
    return _ended(client, job, (wait or reach.temporary, target, as_json))


@lists.command("show")
@click.argument("job")
@ZIP
@json_flag
@click.pass_obj
def show_list(reach: Reach, job: str, target: Path | None, as_json: bool) -> int:
    """Show how each row of a list goes."""
    client = reach.client()
    return _ended(client, client.job(job), (False, target, as_json), rows=True)


@lists.command("retry")
@click.argument("job")
@WAIT
@ZIP
@json_flag
@click.pass_obj
def retry_list(reach: Reach, job: str, wait: bool, target: Path | None, as_json: bool) -> int:
    """Run the rows of a list again that failed or were not reached; what is done is taken over."""
    client = reach.client()
    return _ended(client, client.retry(job), (wait or reach.temporary, target, as_json))


def _ended(client: Client, job: Job, wish: tuple[bool, Path | None, bool], *, rows: bool = False) -> int:
    wait, target, as_json = wish
    if wait:
        from maquette.cli.follow import display  # noqa: PLC0415 - loads when it is used

        with display(as_json) as shown:
            job = client.wait(job, on_event=shown.show)
    if target is not None:
        client.archive(job, target)
    if as_json:
        put_json({"job": job.id, "state": job.state, "rows": list(client.list_rows(job))})
    elif wait or rows:
        _put_rows(client.list_rows(job), job)
    else:
        put(f"{job.id} {job.state}", f"Look at it: maquette list show {job.id}")
    return _code(job)


def _code(job: Job) -> int:
    failed = ((job.raw.get("result") or {}).get("tally") or {}).get("failed")
    if job.state == "cancelled":
        return CANCELLED
    return FAILED if job.state == "failed" or failed else OK


def _put_preview(seen: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        put_json(seen)
        return
    columns = ", ".join(f"{each['name']}" for each in seen["columns"])
    put(f"{seen['ready']} of {seen['total']} rows can run; columns: {columns}")
    put(*(f"  row {row['row']} {row['state']}: {row['why']}" for row in seen["rows"] if row["why"]))


def _put_rows(rows: Sequence[Mapping[str, Any]], job: Job) -> None:
    shown = [[str(row["row"]), row["state"], _words(row), money(row["cost_micro_usd"]), _made(row)] for row in rows]
    put_table(["row", "state", "prompt", "cost", "made"], shown)
    counts = [f"{sum(row['state'] == state for row in rows)} {state}" for state in ("succeeded", "failed", "skipped")]
    put(f"{job.id} {job.state}: {', '.join(counts)}")
    if error := job.error:
        put(str(error.get("detail")))
    if any(row["state"] in ("failed", "cancelled") for row in rows):
        put(f"Try the rest again: maquette list retry {job.id}")


def _words(row: Mapping[str, Any]) -> str:
    return str(row["params"].get("prompt") or "")[:40]


def _made(row: Mapping[str, Any]) -> str:
    return " ".join(asset["id"] for asset in row["assets"]) or str((row["error"] or {}).get("detail") or "")[:60]
