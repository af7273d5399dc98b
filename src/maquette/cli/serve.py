"""Become the server, or a worker: the process is replaced, so that signals and exit codes are its own."""

from __future__ import annotations

import os
import sys

import click

from maquette.cli.reach import Reach

AS_IS = {"ignore_unknown_options": True, "help_option_names": []}


@click.command(context_settings=AS_IS)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def serve(reach: Reach, arguments: tuple[str, ...]) -> None:
    """Start the server; `maquette serve --help` lists its flags."""
    become(reach, "maquette.api", arguments)


@click.command(context_settings=AS_IS)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def worker(reach: Reach, arguments: tuple[str, ...]) -> None:
    """Start a worker; `maquette worker --help` lists its flags."""
    become(reach, "maquette.engine.worker", arguments)


def become(reach: Reach, module: str, arguments: tuple[str, ...]) -> None:
    """Replace this process by a module of the server, on the same home folder."""
    os.environ["MAQUETTE_HOME"] = str(reach.home)
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606 - no shell, a list of ours
