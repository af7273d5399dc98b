"""`maquette mcp`: the tools, for a program that starts its servers itself and speaks to them on their pipes."""

from __future__ import annotations

import click

from maquette.cli.reach import Reach


@click.command()
@click.pass_obj
def mcp(reach: Reach) -> None:
    """Lend the tools to a program that speaks the Model Context Protocol on its standard streams.

    Name this command in the settings of that program. It goes to the running server, or starts one for as long as it
    lasts; the key is that of the command line.
    """
    import anyio  # noqa: PLC0415 - loads when it is used

    from maquette.client.place import find_place  # noqa: PLC0415 - as above
    from maquette.mcp.pump import pump  # noqa: PLC0415 - as above

    reach.client()
    place = find_place(reach.url, reach.key, home=None if reach.url else reach.home)
    anyio.run(pump, place.url, place.key)
