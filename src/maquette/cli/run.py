"""Runs of workflows on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from maquette.cli.outcome import ATTENTION, CANCELLED, FAILED, OK
from maquette.cli.reach import Reach
from maquette.cli.show import json_flag, moment, money, put, put_json, put_table

if TYPE_CHECKING:
    from maquette.client import Run

STATES = ["queued", "running", "waiting", "succeeded", "failed", "cancelled"]


@click.group(invoke_without_command=True)
@click.option("--state", type=click.Choice(STATES), help="Only runs in this state.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many.")
@json_flag
@click.pass_context
def runs(context: click.Context, state: str | None, limit: int, as_json: bool) -> None:
    """List runs of workflows, newest first; show, wait for, cancel or retry one."""
    if context.invoked_subcommand is not None:
        return
    reach: Reach = context.obj
    found = list(reach.client().runs(limit=limit, state=state))
    if as_json:
        put_json([run.raw for run in found])
        return
    rows = [[run.id, run.state, run.title, _where(run), moment(run.created_at), money(run.cost)] for run in found]
    put_table(["run", "state", "workflow", "at", "created", "cost"], rows)


def _where(run: Run) -> str:
    """Return the step at which a run is, or what it asks."""
    if run.asks:
        return f"maquette answer {run.asks[0]}"
    return ", ".join(step.title or step.id for step in run.steps if step.state in ("running", "waiting", "failed"))


@runs.command()
@click.argument("run")
@json_flag
@click.pass_obj
def show(reach: Reach, run: str, as_json: bool) -> None:
    """Show one run with its steps."""
    put_run(reach.client().workflow_run(run), as_json)


@runs.command()
@click.argument("run")
@json_flag
@click.pass_obj
def wait(reach: Reach, run: str, as_json: bool) -> int:
    """Wait until a run ends or asks you something."""
    found = reach.client().wait_run(run)
    put_run(found, as_json)
    return run_code(found)


@runs.command()
@click.argument("run")
@json_flag
@click.pass_obj
def cancel(reach: Reach, run: str, as_json: bool) -> None:
    """Ask for a run to be stopped, with all that it has begun."""
    client = reach.client()
    client.cancel(run)
    put_run(client.workflow_run(run), as_json)


@runs.command()
@click.argument("run")
@click.option("--wait/--no-wait", default=True, help="Wait until it ends or asks you, or print its id at once.")
@json_flag
@click.pass_obj
def retry(reach: Reach, run: str, wait: bool, as_json: bool) -> int:
    """Try a failed or cancelled run again, as a new one that goes on from the step that failed."""
    client = reach.client()
    made = client.workflow_run(client.retry(run).id)
    if wait or reach.temporary:
        made = client.wait_run(made)
    put_run(made, as_json)
    return run_code(made)


def put_run(run: Run, as_json: bool) -> None:
    """Print a run with its steps and what it asks."""
    if as_json:
        put_json(run.raw)
        return
    put(f"{run.id}  {run.state}  {run.title} (version {run.version})")
    put_table(
        ["step", "state", "cost", "title"],
        [[step.id, step.state, money(step.cost), step.title] for step in run.steps],
    )
    failure = run.failure()
    put(f"{failure.message}\nHint: {failure.advice}" if failure else "")
    put(*(f"It asks you: maquette answer {asked}" for asked in run.asks))
    put(f"Cost: {money(run.cost)}" if run.final else "")


def run_code(run: Run) -> int:
    """Return the exit code of a run that is settled, or that nobody waits for."""
    if run.state == "cancelled":
        return CANCELLED
    if run.state == "failed":
        return FAILED
    return ATTENTION if run.settled and not run.final else OK
