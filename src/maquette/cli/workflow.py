"""Workflows on the command line: look at them, check and keep documents, run them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from maquette.cli.outcome import FAILED, OK
from maquette.cli.reach import Reach
from maquette.cli.show import json_flag, put, put_json, put_table

DOCUMENT = click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group()
def workflows() -> None:
    """List, check, add and run workflows."""


@workflows.command("list")
@json_flag
@click.pass_obj
def list_workflows(reach: Reach, as_json: bool) -> None:
    """List every workflow."""
    found = reach.client().workflows()
    if as_json:
        put_json([workflow.raw for workflow in found])
        return
    rows = [[each.name, str(each.version), each.origin, str(len(each.steps)), each.title] for each in found]
    put_table(["workflow", "version", "origin", "steps", "title"], rows)


@workflows.command("show")
@click.argument("workflow")
@click.option("--yaml", "as_yaml", is_flag=True, help="Print its document, to be changed and added again.")
@json_flag
@click.pass_obj
def show_workflow(reach: Reach, workflow: str, as_yaml: bool, as_json: bool) -> None:
    """Show one workflow: what it starts from, and its steps."""
    if as_yaml:
        put(reach.client().workflow_text(workflow).rstrip())
        return
    found = reach.client().workflow(workflow)
    if as_json:
        put_json(found.raw)
        return
    put(f"{found.name}: {found.title} (version {found.version}, {found.origin})", found.description)
    needed = set(found.inputs.get("required", ()))
    for name, spec in found.inputs.get("properties", {}).items():
        put(f"  --set {name}=…{' (required)' if name in needed else ''}  {spec.get('description', '')}".rstrip())
    put_table(
        ["step", "kind", "runs", "title"],
        [[step["id"], step["kind"], str(step["module_id"] or ""), step["title"]] for step in found.steps],
    )


@workflows.command()
@DOCUMENT
@json_flag
@click.pass_obj
def check(reach: Reach, path: Path, as_json: bool) -> int:
    """Check a document in YAML or JSON and keep nothing of it; exit code 1 if it has faults."""
    faults = reach.client().check_workflow(_text(path))
    if as_json:
        put_json({"valid": not faults, "errors": list(faults)})
    else:
        put(*(f"{path}:{_place(fault)}: {fault['path'] or '/'}: {fault['message']}" for fault in faults))
        put("" if faults else "It can be added.")
    return FAILED if faults else OK


@workflows.command()
@DOCUMENT
@json_flag
@click.pass_obj
def add(reach: Reach, path: Path, as_json: bool) -> None:
    """Keep a document in YAML or JSON as a workflow, or as a further version of the one of that name."""
    from maquette.core import notation  # noqa: PLC0415 - what list needs not

    text = _text(path)
    document = notation.read(text).value
    name = document.get("name") if isinstance(document, dict) else None
    client = reach.client()
    own = {each.name: each.id for each in client.workflows() if each.origin == "user"}
    made = client.save_workflow(text, workflow=own.get(str(name)))
    if as_json:
        put_json(made.raw)
        return
    put(f"{made.name} version {made.version}  {made.id}", f"Run it: maquette workflows run {made.name}")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{str(path)!r} is no text in UTF-8: {error}") from error


def _place(fault: Mapping[str, Any]) -> str:
    """Return where in its file a fault stands, as editors read it."""
    return f"{fault.get('line', 1)}:{fault.get('column', 1)}"


@workflows.command("run")
@click.argument("workflow")
@click.option("--set", "pairs", multiple=True, metavar="NAME=VALUE", help="An input; repeatable.")
@click.option("--wait/--no-wait", default=True, help="Wait until it ends or asks you, or print its id at once.")
@json_flag
@click.pass_obj
def run_workflow(reach: Reach, workflow: str, pairs: Sequence[str], wait: bool, as_json: bool) -> int:
    """Run a workflow until it ends or asks you something."""
    from maquette.cli.field import given  # noqa: PLC0415 - what list needs not
    from maquette.cli.run import put_run, run_code  # noqa: PLC0415 - as above

    client = reach.client()
    found = client.workflow(workflow)
    run = client.start(found, given(pairs, found.inputs))
    if wait or reach.temporary:
        run = client.wait_run(run)
    put_run(run, as_json)
    return run_code(run)
