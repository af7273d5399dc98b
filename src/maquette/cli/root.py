"""The `maquette` command: sub-commands that load when they are called, and one meaning for every exit code."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from typing_extensions import override

import maquette
from maquette.cli.outcome import CANCELLED, OK, USAGE, exit_code
from maquette.core.errors import MaquetteError

COMMANDS: dict[str, tuple[str, str]] = {
    "accounts": ("account:accounts", "Add, check, list and remove accounts of providers."),
    "answer": ("answer:answer", "Answer what a run of a workflow asks you."),
    "actions": ("catalog:actions", "List what can be made, and show the parameters."),
    "attention": ("attention:attention", "List and settle paid calls whose outcome nobody knows."),
    "audit": ("configuration:audit", "List who changed what."),
    "assets": ("asset:assets", "List, upload, download and delete media."),
    "chat": ("chat:chat", "Talk, and make media from what was said."),
    "budgets": ("budget:budgets", "List, add, change and remove budgets."),
    "config": ("setting:config", "Show, export and import the configuration."),
    "demo": ("demo:demo", "Make one of each medium through a real server, kill it once, check all."),
    "doctor": ("doctor:doctor", "Look for what is wrong with this installation."),
    "generate": ("generate:generate", "Make something; the flags are those of the action."),
    "graphs": ("graph:graphs", "Import graphs as actions, list, export and remove them."),
    "illustrate": ("illustrate:illustrate", "Give an article its pictures: Markdown, HTML or DOCX."),
    "jobs": ("job:jobs", "List, watch, cancel, retry and resolve jobs."),
    "keys": ("key:keys", "Create, list and revoke API keys."),
    "ledger": ("ledger:ledger", "Export what was spent; tell how estimates fared; check the sums."),
    "open": ("browser:open_browser", "Sign a browser in by a one-time link."),
    "presets": ("preset:presets", "List, add, try out and remove presets."),
    "prices": ("price:prices", "List what models cost, and set it."),
    "providers": ("contract:providers", "List the providers and what each can do; check one."),
    "runs": ("run:runs", "List runs of workflows; show, wait for or cancel one."),
    "serve": ("serve:serve", "Start the server."),
    "templates": ("template:templates", "List, fill in, add, reset and hand on templates of prompts."),
    "verify": ("verify:verify", "Make one of each medium on any server and check every file."),
    "worker": ("serve:worker", "Start a worker beside servers that share a Postgres."),
    "workspaces": ("key:workspaces", "Make and list workspaces, each with its own keys."),
    "workflows": ("workflow:workflows", "List, check, add and run workflows."),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and one line of help, and imports the one that is called."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(f"maquette.cli.{module}"), attribute)
        return command

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in sorted(COMMANDS)])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.option("--home", type=click.Path(path_type=Path), help="Home folder of the server  [env: MAQUETTE_HOME]")
@click.option("--url", help="Address of the server  [env: MAQUETTE_URL]")
@click.option("--key", help="API key; better in the environment  [env: MAQUETTE_KEY]")
@click.version_option(maquette.__version__, message="%(version)s")
@click.pass_context
def root(context: click.Context, home: Path | None, url: str | None, key: str | None) -> None:
    """Make images, video, audio, text and documents through one durable server.

    Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 no server, 4 refused by the server, 5 waiting for a
    person, 130 cancelled.
    """
    from maquette.cli.reach import Reach  # noqa: PLC0415 - --help needs no way to a server

    context.obj = context.with_resource(Reach(home, url, key))


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; every error becomes one line and a hint."""
    as_json = "--json" in arguments
    try:
        result = root.main(list(arguments), prog_name="maquette", standalone_mode=False)
    except click.exceptions.Exit as left:
        return left.exit_code
    except click.ClickException as error:
        _complain_of_usage(error, as_json)
        return USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("Cancelled.", err=True)
        return CANCELLED
    except MaquetteError as error:
        complain(error, as_json)
        return exit_code(error)
    except BrokenPipeError:
        # The reader of our output left, as `head` does; nothing more can be said to it.
        sys.stderr.close()
        return OK
    return result if isinstance(result, int) else OK


def complain(error: MaquetteError, as_json: bool) -> None:
    """Write an error to stderr: its problem body, or one red line and what to do."""
    if as_json:
        click.echo(json.dumps(error.problem(), ensure_ascii=False), err=True)
        return
    click.secho(error.message, fg="red", err=True)
    for fault in error.details.get("errors") or ():
        click.echo(f"  {fault.get('path', '')}: {fault.get('message', fault)}", err=True)
    if error.advice:
        click.echo(f"Hint: {error.advice}", err=True)


def _complain_of_usage(error: click.ClickException, as_json: bool) -> None:
    if as_json:
        body = {
            "type": "urn:maquette:error:usage",
            "title": "Wrong usage",
            "code": "usage",
            "detail": error.format_message(),
        }
        click.echo(json.dumps(body, ensure_ascii=False), err=True)
        return
    error.show()
