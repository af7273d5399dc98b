"""Sign a browser in."""

from __future__ import annotations

import webbrowser

import click

from maquette.cli.reach import Reach
from maquette.cli.show import json_flag, put, put_json


@click.command("open")
@click.option("--print", "only_print", is_flag=True, help="Print the link and open nothing.")
@json_flag
@click.pass_obj
def open_browser(reach: Reach, only_print: bool, as_json: bool) -> None:
    """Print a link that signs a browser in once within ten minutes, and open it.

    The server must run already: one that ends with this command would be of no use.
    """
    client = reach.running()
    made = client.request("POST", "/api/v1/session/links")
    address = str(made["url"])
    link = address if "://" in address else client.address() + address
    if as_json:
        put_json(made | {"url": link})
        return
    put(link)
    if not only_print:
        webbrowser.open(link)
