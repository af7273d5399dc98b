"""Jobs on the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from maquette.cli.attention import plain_or_json
from maquette.cli.outcome import job_code
from maquette.cli.reach import Reach
from maquette.cli.show import json_flag, moment, money, put, put_json, put_table

if TYPE_CHECKING:
    from maquette.client import Job

STATES = ["queued", "running", "waiting", "succeeded", "failed", "cancelled"]


@click.group(invoke_without_command=True)
@click.pass_context
def jobs(context: click.Context) -> None:
    """List, watch, cancel, retry and resolve jobs."""
    if context.invoked_subcommand is None:
        context.invoke(list_jobs)


@jobs.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only jobs in this state.")
@click.option("--action", help="Only jobs of this action.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many.")
@json_flag
@click.pass_obj
def list_jobs(
    reach: Reach, state: str | None = None, action: str | None = None, limit: int = 20, as_json: bool = False
) -> None:
    """List jobs, newest first."""
    found = list(reach.client().jobs(limit=limit, state=state, action=action))
    if as_json:
        put_json([job.raw for job in found])
        return
    rows = [[job.id, job.state, job.action, moment(job.created_at), money(job.cost)] for job in found]
    put_table(["job", "state", "action", "created", "cost"], rows)


@jobs.command()
@click.argument("job")
@json_flag
@click.pass_obj
def show(reach: Reach, job: str, as_json: bool) -> None:
    """Show one job with its attempts and assets."""
    _put(reach.client().job(job), as_json)


@jobs.command()
@click.argument("job")
@json_flag
@click.pass_obj
def cancel(reach: Reach, job: str, as_json: bool) -> None:
    """Ask for a job to be stopped; what the provider had taken may still be billed."""
    _put(reach.client().cancel(job), as_json)


@jobs.command()
@click.argument("job")
@json_flag
@click.pass_obj
def retry(reach: Reach, job: str, as_json: bool) -> None:
    """Run the request of a failed or cancelled job again, as a new job."""
    _put(reach.client().retry(job), as_json)


@jobs.command()
@click.argument("job")
@click.option("--how", type=click.Choice(["resubmit", "attach", "give_up"]), required=True, help="What you found out.")
@click.option("--handle", help="With attach: the provider's id of the work, as JSON or plain text.")
@click.option("--asset", help="With attach: the id of an asset that holds the result.")
@json_flag
@click.pass_obj
def resolve(reach: Reach, job: str, how: str, handle: str | None, asset: str | None, as_json: bool) -> None:
    """Settle an attempt of which nobody knows whether the provider took it."""
    _put(reach.client().resolve(job, how, handle=plain_or_json(handle), asset=asset), as_json)


@jobs.command()
@click.argument("job")
@json_flag
@click.pass_obj
def watch(reach: Reach, job: str, as_json: bool) -> int:
    """Follow a job until it ends or waits for you; with --json, one event a line."""
    from maquette.cli.follow import Wish, display, report  # noqa: PLC0415 - loads the HTTP client

    client = reach.client()
    if as_json:
        for event in client.events(job):
            click.echo(json.dumps(dict(event.raw), ensure_ascii=False))
            if event.type == "attention.opened":
                break
        return job_code(client.job(job))
    with display(as_json) as shown:
        settled = client.wait(job, on_event=shown.show)
    return report(client, settled, Wish(settled.action, {}))


def _put(job: Job, as_json: bool) -> None:
    if as_json:
        put_json(job.raw)
        return
    failure = job.failure()
    put(f"{job.id}  {job.state}  {job.action}", f"created {moment(job.created_at)}  ended {moment(job.ended_at)}")
    put(f"waits for {job.waiting_for}" if job.waiting_for and not job.final else "")
    put(f"{failure.message}\nHint: {failure.advice}" if failure else "")
    for attempt in job.attempts:
        put(f"attempt {attempt.number}: {attempt.state}  {attempt.provider}  {money(attempt.cost)}")
    for asset in job.assets:
        put(f"{asset.id}  {asset.mime}  {asset.name}")
    put(f"Settle it: maquette jobs resolve {job.id} --how …" if job.attention else "")
